"""One line of JSON for everything worth knowing: no codes, no passwords, no keys, nothing that was typed."""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable
from typing import TextIO


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


def place_of(error: BaseException) -> str:
    """The last places of an exception's way, innermost first: file, line, function, and nothing that was typed."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames))
