"""What a learner gives away of itself: its figures, and all that it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

STATE_VERSION = 1
"""Goes up when an older state can no longer be taken up again."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well a set of pictures is known; measured without learning from it. ``loss, accuracy = …`` takes it apart."""

    loss: float
    """Mean cross-entropy in nats."""
    accuracy: float
    """Share guessed right, 0 to 1."""
    right: tuple[bool, ...]
    """Whether each picture was, in the order given."""

    def __iter__(self) -> Iterator[float]:
        return iter((self.loss, self.accuracy))


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Where ``fit`` stopped reading, at the last epoch line; there the next call goes on."""

    epoch: int = 0
    """Epochs read: the number of the next one."""
    pass_: int = 0
    """Which time through the book comes, or is under way; it decides the order."""
    pictures: int = 0
    """Pictures read of that pass; above 0 only where ``steps_per_epoch`` moved the epoch line."""
    book: str = ""
    """Tells the book that lies open in the middle from others; "" where none does."""


@dataclass(frozen=True, slots=True)
class LearnerState:
    """Everything a learner is, in plain values: pickles, compares, and crosses threads and processes."""

    version: int
    kind: str
    labels: tuple[str, ...] | None
    size: int | None
    hidden: int
    seed: int
    optimizer: str
    learning_rate: float
    global_step: int
    stopped: str | None
    parameters: bytes
    """Float32, little-endian; empty where no picture has been seen yet."""
    memory: tuple[bytes, ...]
    """What the optimizer remembers, as many numbers as there are parameters each."""
    bookmark: Bookmark = field(default=Bookmark(), compare=False)
    """Two that learned the same are equal, whether page by page or with ``fit``."""
