"""The process in which sweeps and experiments run: it does one thing at a time, and tells how it gets on."""

from __future__ import annotations

import os
import pickle
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import IO, Any

from picturebook_tui.errors import PictureBookError
from picturebook_tui.sweep_worker import be_modest

SEND_SECONDS = 0.1
"""Between two messages: screens look ten times a second, and each message costs the process that serves a turn."""


@dataclass(frozen=True, slots=True)
class Work:
    """Something to do: ``call(*args, tell)``."""

    number: int
    call: Callable[..., Any]
    args: tuple[Any, ...]
    known: int = 0
    """So much of what will be told is known from another process, which has ended: it is not told again."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Nobody waits for this work any more: it ends the next time that it tells."""

    number: int


@dataclass(frozen=True, slots=True)
class Some:
    """What was told since the last message."""

    count: int
    told: bytes
    """A list, pickled: whoever passes it on need not look at it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The last that is heard of a work."""

    value: bytes = b""
    """What came of it, pickled; b"" where nothing did."""
    sentence: str | None = None
    """Why it could not be done, for the person."""
    trouble: str | None = None
    """The kind of exception, where it should not have happened."""


class _Left(Exception):
    """Somebody left while it was under way."""


class _Teller:
    """Passes on what is told, not more often than anybody looks."""

    def __init__(self, work: Work, answers: IO[bytes], left: set[int]) -> None:
        self._work = work
        self._answers = answers
        self._left = left
        self._known = work.known
        self._waiting: list[Any] = []
        self._sent_at = 0.0

    def tell(self, told: Any) -> None:
        if self._work.number in self._left:
            raise _Left
        if self._known:
            self._known -= 1
            return
        self._waiting.append(told)
        if time.monotonic() - self._sent_at >= SEND_SECONDS:
            self.send()

    def send(self) -> None:
        """Whatever waits goes now."""
        if self._waiting:
            some = Some(len(self._waiting), pickle.dumps(self._waiting, pickle.HIGHEST_PROTOCOL))
            self._waiting = []
            _say(self._answers, some)
        self._sent_at = time.monotonic()


def main(orders: IO[bytes], answers: IO[bytes]) -> None:
    """Work until the pipe is closed."""
    be_modest(0)
    _import_everything()
    inbox: SimpleQueue[Work] = SimpleQueue()
    left: set[int] = set()
    threading.Thread(target=_listen, args=(orders, inbox, left), daemon=True).start()
    while True:
        work = inbox.get()
        _say(answers, _do(work, answers, left))


def _import_everything() -> None:
    """Whatever the first job would otherwise wait for."""
    import picturebook_tui.game.speeds
    import picturebook_tui.learner.sweep_stack  # noqa: F401
    from picturebook_tui.book.atlas import open_atlas

    open_atlas()


def _listen(orders: IO[bytes], inbox: SimpleQueue[Work], left: set[int]) -> None:
    """Take in at once what is ordered; and end with whoever ordered it."""
    while True:
        try:
            order: Work | Leave = pickle.load(orders)
        except Exception:
            # The pipe is closed, or what came out of it can't be read: there is no one to work for.
            os._exit(0)
        if isinstance(order, Leave):
            left.add(order.number)
        else:
            inbox.put(order)


def _do(work: Work, answers: IO[bytes], left: set[int]) -> Ended:
    teller = _Teller(work, answers, left)
    try:
        value = work.call(*work.args, teller.tell)
        teller.send()
        return Ended(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    except _Left:
        return Ended()
    except PictureBookError as error:
        return Ended(sentence=str(error))
    except Exception as error:
        return Ended(trouble=type(error).__name__)
    finally:
        left.discard(work.number)


def _say(answers: IO[bytes], message: Some | Ended) -> None:
    try:
        pickle.dump(message, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()
    except OSError:
        os._exit(0)
