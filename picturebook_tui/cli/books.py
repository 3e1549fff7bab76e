"""``picturebook books``: the shelf, and what a person's own book holds."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from picturebook_tui.cli.boundary import one_line
from picturebook_tui.cli.groups import NearestGroup
from picturebook_tui.cli.options import BookName, FilePath
from picturebook_tui.cli.output import colourful, columns, paint, say

if TYPE_CHECKING:
    from picturebook_tui.book.atlas import Atlas
    from picturebook_tui.book.check import Report
    from picturebook_tui.book.shelf import ShelfBook

ROW_OF_PICTURES = 16
"""Columns of one drawing at 16 pixels; a row of five is the 80 columns of the smallest whole page."""

MOST_EMOJI = 12
"""In a row of the table: as many as still fit 80 columns."""


@click.group(cls=NearestGroup, invoke_without_command=True)
@click.pass_context
def books(ctx: click.Context, /) -> int:
    """The shelf: list, show, check a book of your own."""
    return ctx.invoke(list_books) if ctx.invoked_subcommand is None else 0


@books.command("list")
def list_books() -> int:
    """List the shelf: name, title, labels, what it shows."""
    from picturebook_tui.book.shelf import SHELF

    # Emoji last: not all terminals agree on their width.
    rows = columns((book.name, book.title, ", ".join(book.labels), " ".join(book.sample)) for book in SHELF.values())
    indent = " " * (max(map(len, SHELF)) + 2)
    for row, book in zip(rows, SHELF.values(), strict=True):
        say(row.replace(book.name, paint(book.name, "strong"), 1))
        say(f"{indent}{paint(book.about, 'quiet')}")
    first = next(iter(SHELF))
    say(f"Look inside one: `picturebook books show {first}`. Play it: `picturebook play {first}`.")
    return 0


@books.command()
@click.argument("book", type=BookName())
def show(book: str) -> int:
    """Look inside BOOK: a name from `books list`, or the path of your own."""
    from picturebook_tui.book.atlas import open_atlas
    from picturebook_tui.book.custom import SUFFIXES
    from picturebook_tui.book.load import load_book
    from picturebook_tui.book.shelf import SHELF

    if book.lower().endswith(SUFFIXES):
        return _tell(book)
    # "Cats and dogs" is a name, too; and an unknown one is answered with the nearest.
    name = load_book(book).name
    for line in shelf_lines(SHELF[name], open_atlas()):
        say(line)
    say(f"Play it: `picturebook play {name}`.")
    return 0


@books.command()
@click.argument("path", type=FilePath())
def check(path: str) -> int:
    """Read a book of your own at PATH, and say what came of it.

    JSON (a list of {"image": "🐱", "label": "cat"}), or the same as CSV or TOML.
    """
    return _tell(path)


def _tell(path: str) -> int:
    from picturebook_tui.book.check import check_custom

    for line in report_lines(check_custom(path)):
        say(line)
    say(f"Play it: `picturebook play {one_line(shlex.quote(path))}`.")
    return 0


def shelf_lines(book: ShelfBook, atlas: Atlas) -> Iterator[str]:
    """Lay a shelf book out: its labels, how often each was drawn, by whom."""
    yield paint(book.title, "strong")
    yield book.about
    if colourful(sys.stdout):
        yield from _pictures(book, atlas)
    titles = {artist.key: artist.title for artist in atlas.artists}
    if book.hidden_rule or book.kinds:
        for label, key in zip(book.labels, book.keys, strict=True):
            yield f"{label} (key {key})"
        yield (
            "Our own creatures: three shapes, four colours, two sizes. A book has eight."
            if book.kinds
            else "All kinds of drawings, sorted by a rule that the seed chooses."
        )
        return
    table = [("label", "key", "drawings", "emoji")]
    for number, label in enumerate(book.labels):
        kinds = book.contents[number] if book.contents else _drawn_by_all(book, atlas)
        count = len(atlas.drawings(emoji=kinds)) if book.contents else len(kinds)
        more = " …" if len(kinds) > MOST_EMOJI else ""
        table.append((label, book.keys[number], f"{count:,}", " ".join(kinds[:MOST_EMOJI]) + more))
    yield from columns(table, right=frozenset({2}))
    artists = book.artists or tuple(titles)
    yield f"Drawn by {', '.join(titles[key] for key in artists)}."


def _drawn_by_all(book: ShelfBook, atlas: Atlas) -> tuple[str, ...]:
    """Where artists are the labels: the emoji that each of them drew."""
    everyone = set(book.artists)
    return tuple(
        entry.emoji
        for entry in atlas.emoji
        if everyone <= set(entry.artists) and entry.subgroup.startswith(book.subjects)
    )


def _pictures(book: ShelfBook, atlas: Atlas) -> Iterator[str]:
    """Paint the sample's drawings as the game does: half blocks, the upper pixel before the lower."""
    from picturebook_tui.tui.depth import detect_depth

    if detect_depth(os.environ) != "truecolor":
        return
    from picturebook_tui.book.previews import preview_pictures

    room = max(1, shutil.get_terminal_size().columns // ROW_OF_PICTURES)
    pictures = [preview.pixels for preview in preview_pictures(book, atlas)][:room]
    for row in range(0, ROW_OF_PICTURES, 2):
        cells = (
            "\x1b[38;2;{};{};{};48;2;{};{};{}m▀".format(*picture[row, x], *picture[row + 1, x])
            for picture in pictures
            for x in range(ROW_OF_PICTURES)
        )
        yield "".join(cells) + "\x1b[0m"


def report_lines(report: Report) -> Iterator[str]:
    """Lay the check of a person's own book out."""
    yield f"{paint('✓', 'good')} {report.path} makes a book: {paint(report.title, 'strong')}"
    yield report.about
    head: Sequence[str] = ("label", "key", "pictures", "emoji", "drawings", "unseen", "")
    rows = (
        (row.label, row.key, str(row.pictures), str(row.emoji), str(row.drawings), str(row.unseen), row.emblem)
        for row in report.labels
    )
    yield from columns([head, *rows], right=frozenset({2, 3, 4, 5}))
    yield f"{report.pictures} to learn from, {report.unseen} unseen{_held_out(report.held_out)}."
    if report.measured > report.unseen:
        yield f"The model is asked about {report.measured} unseen pictures: all there are of these drawings."
    for warning in report.warnings:
        yield f"{paint('!', 'warn')} {warning}"


def _held_out(keys: tuple[str, ...]) -> str:
    if not keys:
        return ""
    from picturebook_tui.book.atlas import open_atlas

    titles = {artist.key: artist.title for artist in open_atlas().artists}
    return f" (drawn by {', '.join(titles.get(key, key) for key in keys)} alone)"
