"""The way from the command line to the screens."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from picturebook_tui.errors import PictureBookError

if TYPE_CHECKING:
    from picturebook_tui.launch import LaunchOptions


def open_screens(options: LaunchOptions) -> int:
    """Play until the person leaves; returns the exit status.

    Raises
    ------
    PictureBookError
        This is no terminal a screen can be painted on.
    """
    check_terminal()
    # Late: the screens bring Textual with them.
    from picturebook_tui.tui.running import run_app

    return run_app(options)


def check_terminal() -> None:
    """Raise PictureBookError unless keys can be read and a screen painted.

    Textual reads standard input and paints on standard error, so standard output may be redirected.
    """
    if not (_is_terminal(sys.__stdin__) and _is_terminal(sys.__stderr__)):
        raise PictureBookError(
            "The game needs a terminal to play in (over ssh, `ssh -t`): open one, "
            "or run `picturebook fit cats-and-dogs`, which needs none."
        )
    if os.environ.get("TERM", "") == "dumb":
        raise PictureBookError(
            "This terminal says that it can't paint a screen (TERM=dumb): play in another one, "
            "or run `picturebook fit cats-and-dogs`, which only prints lines."
        )
    name = encoding_of(sys.__stderr__, os.environ)
    if not is_utf8(name):
        raise PictureBookError(f"Encoding {name}: {way_to_utf8(os.environ)}.")


def encoding_of(canvas: TextIO | None, environ: Mapping[str, str]) -> str:
    """What a terminal's text is encoded in: as its locale says, also one that this system lacks and Python therefore
    passes over; as Python was told, where it was."""
    known = getattr(canvas, "encoding", None) or "unknown"
    if environ.get("PYTHONIOENCODING") or environ.get("PYTHONUTF8"):
        return known
    _, _, codeset = environ.get(_deciding(environ), "").partition("@")[0].partition(".")
    return codeset if codeset and not is_utf8(codeset) else known


def _deciding(environ: Mapping[str, str]) -> str:
    """Which variable names the locale's characters."""
    return next((name for name in ("LC_ALL", "LC_CTYPE") if environ.get(name)), "LANG")


def is_utf8(name: str) -> bool:
    """Whether that encoding is UTF-8, under whatever name."""
    import codecs

    try:
        return codecs.lookup(name).name == "utf-8"
    except LookupError:
        return False


def way_to_utf8(environ: Mapping[str, str]) -> str:
    """What to change, by the variable that decides."""
    if environ.get("PYTHONIOENCODING"):
        return "unset PYTHONIOENCODING, the pictures need UTF-8"
    return f"set {_deciding(environ)}=C.UTF-8 (or PYTHONUTF8=1), the pictures need UTF-8"


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        # Closed.
        return False
