"""The tests' own surroundings, whoever starts them: from a shell's background, by `nohup`, in any terminal or none."""

from __future__ import annotations

import os
import signal
import sys

from hypothesis import HealthCheck, settings

DEFAULT = ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGTSTP", "SIGCONT", "SIGCHLD")

OTHERS = (
    "COLORTERM", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "STY", "TERM_PROGRAM", "TMUX", "VTE_VERSION",
    "WT_SESSION", "KONSOLE_VERSION", "SSH_CONNECTION", "SSH_TTY", "LC_ALL", "LC_CTYPE",
    "PYTHONWARNINGS", "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONDEVMODE", "PYTHONOPTIMIZE", "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE",
    "XDG_DATA_HOME", "_PICTUREBOOK_COMPLETE",
)  # fmt: skip
"""Variables that change what is painted or said, or how long a game takes to start."""


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
    # Hundreds of tests start a game of their own. Compiled anew each time, it takes two and a half times as long.
    sys.dont_write_bytecode = False
    os.environ |= {"TERM": "xterm-256color", "LANG": "C.UTF-8"}


# An example that takes long has been tried on a busy machine; no test fails of that.
settings.register_profile("unhurried", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# At once: some tests look at their surroundings while they are imported.
_begin()
