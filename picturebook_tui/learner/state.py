"""What a learner gives away of itself: its figures, and all that it is."""

from __future__ import annotations

from dataclasses import dataclass

STATE_VERSION = 1
"""Goes up when an older state can no longer be taken up again."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well a set of pictures is known; measured without learning from it."""

    loss: float
    """Mean cross-entropy in nats."""
    accuracy: float
    """Share guessed right, 0 to 1."""
    right: tuple[bool, ...]
    """Whether each picture was, in the order given."""


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
