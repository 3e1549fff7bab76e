"""A generator that tells as it goes, done to its end."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def done(work: Generator[T, None, R]) -> tuple[list[T], R]:
    """Everything it told, and what it came to."""
    told: list[T] = []
    while True:
        try:
            told.append(next(work))
        except StopIteration as end:
            return told, end.value
