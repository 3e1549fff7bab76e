"""The tests' own surroundings, whoever starts them: from a shell's background, by `nohup`, in any terminal or none."""

from __future__ import annotations

import os
import signal

DEFAULT = ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGTSTP", "SIGCONT", "SIGCHLD")

OTHERS = (
    "COLORTERM", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "STY", "TERM_PROGRAM", "TMUX", "VTE_VERSION",
    "WT_SESSION", "KONSOLE_VERSION", "SSH_CONNECTION", "SSH_TTY", "LC_ALL", "LC_CTYPE",
    "PYTHONWARNINGS", "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONDEVMODE", "PYTHONOPTIMIZE", "PYTHONUNBUFFERED",
    "XDG_DATA_HOME", "_PICTUREBOOK_COMPLETE",
)  # fmt: skip
"""Variables that change what is painted or said."""


def _begin() -> None:
    # A process that was started to ignore a signal, or to hold it back, hands that on to all that it starts.
    for name in DEFAULT:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [getattr(signal, name) for name in DEFAULT])
    for name in [*OTHERS, *(name for name in os.environ if name.startswith(("PICTUREBOOK_", "TEXTUAL")))]:
        # Where the snapshots' report is collected from all the processes that run tests side by side.
        if name != "TEXTUAL_SNAPSHOT_TEMPDIR":
            os.environ.pop(name, None)
    os.environ |= {"TERM": "xterm-256color", "LANG": "C.UTF-8"}


# At once: some tests look at their surroundings while they are imported.
_begin()
