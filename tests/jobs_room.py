"""Jobs for tests of slow work. Processes import this module: it loads little."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from picturebook_tui.errors import PictureBookError
from picturebook_tui.jobs import Job

LONG = 120.0
"""Seconds before a test gives up; none takes a tenth of it on its own."""


def count_to(most: int) -> Generator[int, None, int]:
    yield from range(most)
    return most


def until_there(path: Path, notes: Path | None = None, name: str = "") -> Generator[str, None, str]:
    """Tells until a file is there, and notes each slice that it begins."""
    yield "begun"
    told_at = time.monotonic()
    while not path.exists():
        if notes is not None and time.monotonic() - told_at > 0.05:
            with notes.open("a") as file:
                print(name, file=file)
        told_at = time.monotonic()
        time.sleep(0.01)
        yield "waits"
    return "done"


def deaf(path: Path, began: Path) -> Generator[str, None, None]:
    """Tells nothing, until a file is there."""
    began.touch()
    while not path.exists():
        time.sleep(0.01)
    yield "at last"


def dies(path: Path, times: int) -> Generator[str, None, int]:
    """Tells of three things, and takes its process along before the second, so many times."""
    yield "first"
    # The first slice is over, so what it told is known.
    time.sleep(0.15)
    yield "second"
    lives = len(path.read_text().split()) if path.exists() else 0
    if lives < times:
        with path.open("a") as file:
            print(os.getpid(), file=file)
        os.kill(os.getpid(), signal.SIGKILL)
    yield "third"
    return lives


def speeds_without_end(settings: object, book: object) -> Generator[Any, None, None]:
    """Stands for a learning-rate test that takes a while."""
    from picturebook_tui.learner.rate_test import RateTried

    while True:
        time.sleep(0.01)
        yield RateTried(1e-5, 0.7, 0.7)


def refuses() -> Generator[None, None, None]:
    yield from ()
    raise PictureBookError("This can't be done: do something else.")


def breaks() -> Generator[None, None, None]:
    yield from ()
    raise KeyError("a secret")


def leaves_python() -> Generator[None, None, None]:
    yield from ()
    sys.exit(3)


def tells_what_can_t_be_sent() -> Generator[object, None, None]:
    yield "something"
    yield threading.Lock()


def prints() -> Generator[None, None, None]:
    print("on standard output", flush=True)
    print("on standard error", file=sys.stderr, flush=True)
    os.system("echo by another process; echo and its standard error >&2")
    yield from ()


def says_where() -> Generator[None, None, tuple[int, int, str | None]]:
    yield from ()
    return os.getpid(), os.nice(0), os.environ.get("OPENBLAS_NUM_THREADS")


def gives_back(value: Any) -> Generator[Any, None, Any]:
    yield value
    return value


def until(true: Callable[[], Any]) -> Any:
    until = time.monotonic() + LONG
    while not (found := true()):
        assert time.monotonic() < until, "it never came"
        time.sleep(0.005)
    return found


def come(job: Job[Any, Any]) -> Any:
    """What came of it."""
    until(lambda: job.over)
    return asyncio.run(job.outcome())
