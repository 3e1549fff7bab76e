"""One line of JSON for everything worth knowing: no codes, no passwords, no keys, nothing that was typed."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import traceback
from collections.abc import Callable
from typing import TextIO

from picturebook_tui.serve.limits import Bucket, Buckets, household

FEW = (10.0, 1 / 60)
MANY = (100.0, 1 / 10)
"""Lines about whoever was not let in, or tripped over something: so many at once, and so many a second after that, of
one address and of all together."""

VISITS = (1000.0, 1 / 10)
ALL_VISITS = (10_000.0, 1.0)
"""The same of those who play: a class on one address has a few hundred on its day."""

TOGETHER_SECONDS = 10.0
LONGEST_TOGETHER = 640.0
"""What was not told is counted, and told after so long; after twice as long each time while it goes on."""

APART = 8
"""Addresses that are counted apart meanwhile; the others are counted in one."""

ELSEWHERE = "elsewhere"


class Log:
    """Lines to standard error, or wherever ``write`` puts them."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.time, **always: object) -> None:
        self._stream = stream
        self._clock = clock
        self._always = always

    def tell(self, event: str, **fields: object) -> None:
        """Write one line; a full disk or a closed terminal stops nobody's game."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(self._clock()))
        known = {name: value for name, value in {**self._always, **fields}.items() if value is not None}
        line = json.dumps({"at": f"{moment}Z", "event": event, **known}, ensure_ascii=True)
        try:
            stream = self._stream or sys.stderr
            stream.write(line + "\n")
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass


class Rationed:
    """Lines that anybody on the net can cause, as many as they like: a few are told, the rest is counted and then told
    in one line, as ``more`` of the kind in so many ``seconds``. For the loop's own thread.

    Parameters
    ----------
    each, together
        Lines at once and a second, of one address (IPv6: of its /64) and of all. The address "" is nobody's.
    """

    def __init__(self, log: Log, each: tuple[float, float] = FEW, together: tuple[float, float] = MANY) -> None:
        self._log = log
        self._each = Buckets(*each)
        self._together = Bucket(*together, tokens=together[0], at=0.0)
        self._more: dict[tuple[str, str | None, str], int] = {}
        """By event, reason and address."""
        self._since = self._told_at = 0.0
        self._patience = TOGETHER_SECONDS
        self._due: asyncio.TimerHandle | None = None

    def tell(self, event: str, address: str, *, why: str | None = None, **fields: object) -> None:
        """Write a line, or count it."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._each.take(address, now) and self._together.take(now):
            self._log.tell(event, why=why, address=address or None, **fields)
            return
        if self._due is None:
            if now - self._told_at > self._patience:
                self._patience = TOGETHER_SECONDS
            self._since = now
            self._due = loop.call_later(self._patience, self.tell_rest)
        key = (event, why, household(address))
        if key not in self._more and len(self._more) >= APART:
            key = (event, why, ELSEWHERE)
        self._more[key] = self._more.get(key, 0) + 1

    def tell_rest(self) -> None:
        """Tell now what was only counted so far."""
        if self._due is None:
            return
        self._due.cancel()
        self._due = None
        self._told_at = asyncio.get_running_loop().time()
        self._patience = min(2 * self._patience, LONGEST_TOGETHER)
        seconds = max(1, round(self._told_at - self._since))
        for (event, why, address), count in self._more.items():
            self._log.tell(event, why=why, address=address or None, more=count, seconds=seconds)
        self._more.clear()


def place_of(error: BaseException) -> str:
    """The last places of an exception's way, innermost first: file, line, function, and nothing that was typed."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames))
