"""Work that can be done a slice at a time: a generator that yields between two slices, and returns what came of it."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")


def ended(work: Generator[object, None, T]) -> T:
    """Do all of it now; returns what came of it."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            found: T = end.value
            return found
