"""The command line: what a person types, and one sentence back where it can't be done.

Nothing here loads the screens or NumPy before they are needed, and ``--version`` not even click: whoever only asks
a question gets the answer at once.
"""

import os
import sys

from picturebook_tui.blas import ONE_THREAD
from picturebook_tui.cli.boundary import guarded
from picturebook_tui.cli.program import COMPLETION, PROGRAM

# Not from `typing`: loading it would cost as much as all of `--version`.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Do what the command line says.

    Parameters
    ----------
    arguments
        The words after the program's name; None: the process's own.

    Returns
    -------
    int
        The exit status: 0 done, 1 the game can't be played here (``doctor``) or went wrong inside, 2 something a
        person can mend, 128 + n ended by signal n (130: Ctrl+C).
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    for name, count in ONE_THREAD.items():
        os.environ.setdefault(name, count)
    if os.environ.get("HOME") == "":
        # The root folder, to many: an empty variable counts as none here.
        del os.environ["HOME"]
    return guarded(lambda: _answer(given))


def _answer(given: list[str]) -> int:
    """Take the shortest way to what was asked."""
    if given == ["--version"]:
        from picturebook_tui import __version__

        print(f"{PROGRAM} {__version__}")
        return 0
    if not given and COMPLETION not in os.environ:
        # Home, the commonest wish, needs nothing of click: a tenth of a second saved.
        from picturebook_tui.cli.screens import open_screens
        from picturebook_tui.launch import LaunchOptions

        return open_screens(LaunchOptions())
    from picturebook_tui.cli.commands import run

    return run(given)
