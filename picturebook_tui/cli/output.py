"""Writing to a terminal, a pipe or a file, plainly."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from picturebook_tui.book.widths import columns as width_of
from picturebook_tui.errors import PictureBookError

COLOURS = {"good": "32", "warn": "33", "bad": "31", "quiet": "2", "strong": "1"}
"""Select Graphic Rendition parameters (ECMA-48 8.3.117) of the terminal's own palette: legible in its theme."""


def say(text: str = "", stream: TextIO | None = None) -> None:
    """Print a line at once; to standard output unless told otherwise."""
    target = sys.stdout if stream is None else stream
    if target is not None:
        target.write(text + "\n")
        target.flush()


def data_stream() -> TextIO:
    """Standard output for data: UTF-8 and the line ends as written, whatever the terminal's habits."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="replace", newline="")
    return sys.stdout


def colourful(stream: TextIO | None) -> bool:
    """Whether colour is welcome there: a terminal that knows it, and no NO_COLOR (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM", "") == "dumb":
        return False
    return stream is not None and stream.isatty()


def room(stream: TextIO) -> int:
    """Columns of the terminal that the stream leads to; of one that can't be asked, what the surroundings say."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (AttributeError, OSError, ValueError):
        columns = 0
    return columns or shutil.get_terminal_size().columns


def paint(text: str, style: str, stream: TextIO | None = None) -> str:
    """Colour a text where colour is welcome; never the only sign of anything."""
    if not colourful(sys.stdout if stream is None else stream):
        return text
    return f"\x1b[{COLOURS[style]}m{text}\x1b[0m"


def columns(rows: Iterable[Sequence[str]], *, gap: int = 2, right: frozenset[int] = frozenset()) -> list[str]:
    """Lay rows out in aligned columns.

    Parameters
    ----------
    rows
        Equally many cells in each.
    gap
        Spaces between two columns.
    right
        Which columns, from 0, are set flush right (numbers).
    """
    table = [list(row) for row in rows]
    if not table:
        return []
    widths = [max(width_of(row[i]) for row in table) for i in range(len(table[0]))]
    lines = []
    for row in table:
        cells = []
        for i, (cell, width) in enumerate(zip(row, widths, strict=True)):
            air = " " * (width - width_of(cell))
            cells.append(air + cell if i in right else cell + air)
        lines.append((" " * gap).join(cells).rstrip())
    return lines


def writable_target(path: str, what: str) -> Path:
    """Check, before long work begins, that a file can be written there.

    Raises
    ------
    PictureBookError
        The folder is missing, or the path is a folder, or it may not be written.
    """
    target = Path(path)
    try:
        if target.is_dir():
            raise PictureBookError(f"{path} is a folder: add a file name for {what}.")
        folder = target.resolve().parent
        if not folder.is_dir():
            raise PictureBookError(f"There is no folder {folder} for {what}: make it, or choose another path.")
        if not os.access(target if target.exists() else folder, os.W_OK):
            raise PictureBookError(f"{path} may not be written: choose another path for {what}.")
    except PermissionError:
        raise PictureBookError(f"{path} may not be written: choose another path for {what}.") from None
    except (OSError, ValueError, RuntimeError):
        # Names too long, with a zero byte, or links in a circle.
        raise PictureBookError(f"{path!r} can't be the name of a file: choose another path for {what}.") from None
    return target


def write_file(target: Path, text: str) -> None:
    """Write a UTF-8 file, all of it or nothing; OSError where the system refuses."""
    from picturebook_tui.records.files import write_atomically

    write_atomically(target, text.encode("utf-8", "replace"))
