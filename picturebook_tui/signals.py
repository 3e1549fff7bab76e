"""Signals that end a program: caught, so that it ends in order."""

from __future__ import annotations

import contextlib
import signal

# Not from `typing`: loading it would cost as much as all of `--version`.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import FrameType
    from typing import Any

OTHERS = (
    "SIGKILL",  # nobody hears of it
    "SIGSTOP",
    "SIGSEGV",  # the instruction at fault would be tried again, for ever
    "SIGBUS",
    "SIGFPE",
    "SIGILL",
    "SIGPIPE",  # Python has these two as errors of what was written
    "SIGXFSZ",
    "SIGCHLD",  # these end nothing
    "SIGCLD",
    "SIGCONT",
    "SIGURG",
    "SIGWINCH",
    "SIGINFO",
    "SIGTSTP",  # these stop it for a while
    "SIGTTIN",
    "SIGTTOU",
)
"""Signals that do not end a program, or that it can't answer."""


def told_to_stop() -> list[int]:
    """The signals by which a server is told to stop: also by its terminal (closed, or Ctrl+\\), unless it was started
    not to mind (``nohup``)."""
    terminal = [getattr(signal, name) for name in ("SIGHUP", "SIGQUIT") if hasattr(signal, name)]
    return [
        signal.SIGTERM,
        signal.SIGINT,
        *(number for number in terminal if signal.getsignal(number) != signal.SIG_IGN),
    ]


SERVER = (signal.SIGTERM, signal.SIGINT)
"""Those by which a server is told to stop, however it was started: a script's jobs in the background ignore Ctrl+C."""


class Ending:
    """What is done when a signal comes that would end the program; called with its number."""

    def __init__(self, do: Callable[[int], object]) -> None:
        self._do = do

    def __call__(self, number: int, frame: object) -> None:
        self._do(number)


@contextlib.contextmanager
def on_ending(do: Callable[[int], object], always: Iterable[int] = ()) -> Iterator[None]:
    """Have ``do`` called, instead of the program's end, with the number of every signal that would end it.

    Inside one another the innermost is called. A signal that this process was started to ignore (``nohup``, a job in
    the background) stays ignored, unless it is one of ``always``, and one that somebody else listens to stays theirs.
    Nothing happens outside the main thread, where Python lets nobody listen.
    """
    others = {getattr(signal, name) for name in OTHERS if hasattr(signal, name)}
    ending = Ending(do)
    before: dict[int, Callable[[int, FrameType | None], Any] | int | None] = {}
    for number in map(int, sorted(signal.valid_signals() - others)):
        handler = signal.getsignal(number)
        is_ours = isinstance(handler, Ending) or (number == signal.SIGINT and callable(handler))
        if handler == signal.SIG_DFL or is_ours or number in always:
            # In another thread, or one that the C library keeps for itself.
            with contextlib.suppress(ValueError, OSError):
                signal.signal(number, ending)
                before[number] = handler
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is ending:
                signal.signal(number, handler)
