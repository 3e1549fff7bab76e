"""What is kept of a finished run."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from picturebook_tui.game.run import Run
from picturebook_tui.game.scoreboard import Scoreboard
from picturebook_tui.game.share import share_grid

SUMMARY_VERSION = 2
"""Of the summary kept with a finished run. Version 1 had ``pictures_to_90`` for ``first_good_stretch``, and a ``kappa``
over all epochs and every showing of a picture, which nobody reads any more."""


def summarise(run: Run) -> dict[str, Any]:
    """What the history keeps of a finished run; see ``records/store.py`` for who reads it."""
    board = Scoreboard.of(run)
    return {
        "version": SUMMARY_VERSION,
        "book": run.book.name,
        "title": run.book.title,
        "labels": list(run.book.labels),
        "child_accuracy": board.child.book.accuracy,
        "model_accuracy": board.model.book.accuracy,
        "child_right": sum(r.child_right for r in (*run.turned, *run.unseen_turned)),
        "child_answered": sum(len(r.truth) for r in (*run.turned, *run.unseen_turned)),
        "child_unseen": board.child.unseen.accuracy,
        "model_unseen": board.model.unseen.accuracy,
        "epochs": [asdict(epoch) for epoch in run.epochs],
        "settings": run.settings.to_dict(),
        "order_hash": run.plan.order_hash(run.book),
        "first_good_stretch": {"child": board.child.first_good_stretch, "model": board.model.first_good_stretch},
        "agreement": None if board.agreement is None else asdict(board.agreement),
        "share": share_grid(run),
    }
