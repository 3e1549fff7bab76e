"""The JSON that ``picturebook fit`` writes: enough to repeat the run, and to prove that it was the same."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from picturebook_tui import __version__
from picturebook_tui.cli.fit_lines import finite

if TYPE_CHECKING:
    from picturebook_tui.book.book import Book
    from picturebook_tui.book.pages import Plan
    from picturebook_tui.game.gap import Gap
    from picturebook_tui.learner.history import History, StepEnded
    from picturebook_tui.learner.learner import Learner
    from picturebook_tui.settings import RunSettings

FORMAT = 2
"""Raised when a reader of the last format would misunderstand this one. In format 1 epochs and steps counted from 0."""


def report(
    book: Book,
    plan: Plan,
    learner: Learner,
    settings: RunSettings,
    history: History,
    steps: Sequence[StepEnded],
    gap: Gap | None,
) -> str:
    """Write a finished fit as JSON text (no NaN, no infinity: what was not finite is null).

    Everything counts from 1, as it is printed, but ``indices``: places in the book as Python counts them, from 0.
    Losses are nats per picture, accuracies shares from 0 to 1, seconds those of the step alone. Of parameters that
    nobody gave there stands what was used. ``gap`` is the finished model's: its accuracy on the book and on all unseen
    pictures, averaged over the labels, and between what their difference lies (95%). ``updates``
    counts those that were made: the last step of a run that stopped made none.
    """
    import numpy as np

    from picturebook_tui.game.making import as_used

    used = as_used(replace(settings, pictures=len(book.training), unseen=book.unseen_cards, size=book.size))
    document: dict[str, Any] = {
        "format": FORMAT,
        "book": {
            "name": book.name,
            "title": book.title,
            "labels": list(book.labels),
            "pictures": len(book.training),
            "unseen": len(book.unseen),
            "size": book.size,
            "held_out": list(book.held_out),
            "unseen_means": book.unseen_means,
        },
        "parameters": used.to_dict(),
        "weights": learner.parameters,
        "steps_per_epoch": plan.steps,
        "updates": learner.global_step,
        "gap": None if gap is None else asdict(gap),
        "history": {"epoch": [epoch + 1 for epoch in history.epoch], **history.history},
        "steps": [
            {
                "epoch": step.epoch + 1,
                "step_in_epoch": step.step_in_epoch + 1,
                "global_step": step.global_step + 1,
                "first": step.first,
                "last": step.last,
                "indices": list(step.indices),
                "loss": step.loss,
                "accuracy": step.accuracy,
                "seconds": step.seconds,
                "updated": step.updated,
            }
            for step in steps
        ],
        "stopped": learner.stopped,
        "order_hash": plan.order_hash(book),
        "pixels_hash": book.pixels_hash,
        "versions": {"picturebook": __version__, "python": platform.python_version(), "numpy": np.__version__},
    }
    # A line for each part, so that a person can look inside without a screenful of brackets.
    lines = (f" {json.dumps(name)}: {_text(part)}" for name, part in document.items() if name != "steps")
    rows = ",\n  ".join(_text(step) for step in document["steps"])
    return "{\n" + ",\n".join([*lines, f' "steps": [\n  {rows}\n ]']) + "\n}"


def _text(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    """Make NumPy's numbers and tuples JSON's, and null of what is not finite."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str | bool | int) or value is None:
        return value
    if hasattr(value, "item"):
        return _plain(value.item())
    return finite(float(value))
