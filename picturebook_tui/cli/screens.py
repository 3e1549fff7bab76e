"""The way from the command line to the screens."""

from __future__ import annotations

import os
import sys
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


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        # Closed.
        return False
