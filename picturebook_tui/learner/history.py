"""What a training run leaves behind, and what it tells while it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class History:
    """What ``Learner.fit`` returns; the names are Keras'."""

    history: dict[str, list[float]] = field(default_factory=dict)
    """One value an epoch for "accuracy", "loss" and, with validation, "val_accuracy" and "val_loss"."""
    epoch: list[int] = field(default_factory=list)
    """The epochs' numbers, from 0; they count on from one fit of a learner to the next."""
    params: dict[str, Any] = field(default_factory=dict)
    """What was asked for: epochs, initial_epoch, steps, batch_size, pictures, learning_rate, optimizer and so on."""
    stopped: str | None = None
    """Why training ended early, as a sentence; None where it did not."""

    def add(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Note down one epoch."""
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)


class Average:
    """Σ over batches of value × batch length, divided by Σ lengths: a short last batch weighs what it holds."""

    def __init__(self) -> None:
        self.loss = self.right = 0.0
        self.pictures = 0

    def add(self, loss: float, right: int, pictures: int) -> None:
        """``loss`` is the batch's mean, ``right`` the number guessed right."""
        self.loss += loss * pictures
        self.right += right
        self.pictures += pictures

    def logs(self) -> dict[str, float]:
        return {"accuracy": self.right / self.pictures, "loss": self.loss / self.pictures}


@dataclass(frozen=True, slots=True)
class EpochBegan:
    epoch: int
    """From 0."""
    epochs: int
    steps: int
    """Updates this epoch is to make."""


@dataclass(frozen=True, slots=True)
class StepEnded:
    epoch: int
    step_in_epoch: int
    """From 0."""
    global_step: int
    """Updates the learner had made before this one, since it was new."""
    steps: int
    """Steps in this epoch."""
    first: int
    last: int
    """"Pictures 1 to 10": positions in this pass's order, from 1, true to the last page."""
    indices: tuple[int, ...]
    """Which pictures of the book."""
    loss: float
    """Mean cross-entropy in nats on this batch, before its update."""
    accuracy: float
    """Share of this batch guessed right before its update."""
    seconds: float | None
    """Batch preparation, forward, backward and update; None where no clock was given, and where no update was made."""
    updated: bool = True
    """Whether the update was made; not where it would have been too big, nor by a learner that has stopped."""

    @property
    def pictures(self) -> int:
        return len(self.indices)


@dataclass(frozen=True, slots=True)
class EpochEnded:
    epoch: int
    epochs: int
    logs: Mapping[str, float]
    """"accuracy", "loss" (averages over this epoch's pictures, each measured before its batch's update) and,
    with validation, "val_accuracy", "val_loss" (the whole set, weights frozen)."""
    seconds: float | None
    """Sum of the steps' seconds: validation is not in it, nor a page from which no update was made."""
    steps: int
    """Updates made in this epoch."""
    pictures: int
    """Pictures shown in this epoch."""
    learned_from: int | None = None
    """Of these, the ones that updates were made from; None: all."""

    @property
    def seconds_per_step(self) -> float | None:
        return None if self.seconds is None or not self.steps else self.seconds / self.steps

    @property
    def seconds_per_picture(self) -> float | None:
        pictures = self.pictures if self.learned_from is None else self.learned_from
        return None if self.seconds is None or not pictures else self.seconds / pictures

    @property
    def pace(self) -> str:
        """ "4.2 ms/step · 0.42 ms/picture"; "" where no time was taken, or no update made."""
        if self.seconds_per_step is None or self.seconds_per_picture is None:
            return ""
        return f"{_brief(1000 * self.seconds_per_step)} ms/step · {_brief(1000 * self.seconds_per_picture)} ms/picture"


@dataclass(frozen=True, slots=True)
class Stopped:
    """The loss would no longer be a finite number; the learner keeps its last good weights and learns no more."""

    global_step: int
    """Updates made until then."""
    sentence: str


FitEvent = EpochBegan | StepEnded | EpochEnded | Stopped


def _brief(value: float) -> str:
    """Three digits, without a power of ten where a person would write none."""
    return f"{value:.3g}" if value < 999.5 else f"{value:.0f}"


def print_event(event: FitEvent, verbose: int, steps: int) -> None:
    """Keras' lines, on standard output: what people who know it look for.

    Parameters
    ----------
    verbose : 1 or 2, as in ``Learner.fit``.
    steps : updates that each epoch is to make.
    """
    if isinstance(event, EpochBegan):
        print(f"Epoch {event.epoch + 1}/{event.epochs}", flush=True)
    elif isinstance(event, Stopped):
        print(event.sentence, flush=True)
    elif isinstance(event, EpochEnded):
        parts = [f"{event.steps}/{steps}"]
        if verbose == 1:
            parts[0] += " " + "━" * 20
        if event.pace:
            parts.append(f"{event.seconds:.0f}s {event.pace}")
        parts += [f"{name}: {value:.4f}" for name, value in event.logs.items()]
        print(" - ".join(parts), flush=True)
