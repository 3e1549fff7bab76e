"""Work that can be done a slice at a time: a generator that yields between two slices, and returns what came of it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

T = TypeVar("T")
Told = TypeVar("Told")
Other = TypeVar("Other")


def ended(work: Generator[object, None, T]) -> T:
    """Do all of it now; returns what came of it."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            found: T = end.value
            return found


def mapped(work: Generator[Told, None, T], change: Callable[[Told], Other | None]) -> Generator[Other, None, T]:
    """The same work, but what it yields is changed first; where that gives None, nothing is yielded."""
    while True:
        try:
            told = change(next(work))
        except StopIteration as end:
            found: T = end.value
            return found
        if told is not None:
            yield told
