"""The same run as a Jupyter notebook (nbformat 4.5), written with the standard library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from picturebook_tui.book.words import harmless
from picturebook_tui.records.take_home import pieces
from picturebook_tui.records.take_home.played import Played
from picturebook_tui.records.take_home.script import IMPORTS, OPENING, Cell, cells

ORDER = ("parameters", "data", "inputs", "network", "guess", "update", "limits", "loop", "run")
"""A notebook is run from the top, so the pictures come early; their cell is folded."""


def notebook(of: Played) -> str:
    """Write the run as a notebook: the script's code in cells, with words between and nothing run yet.

    The format: https://nbformat.readthedocs.io/en/latest/format_description.html
    """
    document = {
        "cells": list(_cells(of)),
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _cells(of: Played) -> Iterator[dict[str, Any]]:
    by_key = {cell.key: cell for cell in cells(of)}
    opening = " ".join(OPENING.format(number=of.run_id).split("\n\n", 1)[1].split())
    yield _words("title", f"# {markdown(of.book.title)}\n\n{markdown(of.book.about)}\n\n{opening}")
    yield _code("imports", IMPORTS.strip("\n"))
    for number, key in enumerate(ORDER, 1):
        cell = by_key[key]
        yield from _told(cell, number)
        if key == "data":
            words = "The first ten pictures that both players were shown, with their labels."
            yield _words("pictures-words", words)
            yield _code("pictures", pieces.PICTURES_SHOWN.strip("\n"))
    yield _words("curves-words", "Both curves: the network's, drawn from the history above, and yours.")
    yield _code("curves", pieces.CURVES_SHOWN.strip("\n"))


def _told(cell: Cell, number: int) -> Iterator[dict[str, Any]]:
    more = "".join(f"\n- {line}" for line in cell.more)
    yield _words(f"{cell.key}-words", f"## {number}. {cell.heading}\n\n{cell.words}" + (more and f"\n{more}"))
    yield _code(cell.key, cell.code, folded=cell.key == "data")


def _words(name: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": _lines(text)}


def _code(name: str, text: str, *, folded: bool = False) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": {"jupyter": {"source_hidden": True}} if folded else {},
        "outputs": [],
        "source": _lines(text),
    }


def _lines(text: str) -> list[str]:
    """Each with its line end: a notebook kept in git then changes line by line."""
    return text.splitlines(keepends=True)


def markdown(text: str) -> str:
    """A person's own text inside Markdown, as text: whatever could be a sign to Markdown or HTML is spelt out."""
    plain = " ".join(text.split())
    return "".join(c if c.isalnum() or c in " ,.’" or ord(c) > 0x2000 else f"&#{ord(c)};" for c in plain if harmless(c))
