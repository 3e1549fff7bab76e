"""The scoreboard's figures as rows and lines for the widgets; shared by summary, finale and history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from picturebook_tui.game.events import EpochResult
from picturebook_tui.game.gap import Gap
from picturebook_tui.game.pupil import PupilBoard, PupilEpoch
from picturebook_tui.game.run import Run
from picturebook_tui.game.scoreboard import Scoreboard
from picturebook_tui.game.words import gap_cell, pupil_sentence
from picturebook_tui.percent import percent
from picturebook_tui.tui.widgets.curves import Series
from picturebook_tui.tui.widgets.scoreboard import PUPIL


def score_rows(board: Scoreboard, pupil: PupilBoard, last: int | None = None) -> list[tuple[str, ...]]:
    """Heading and one row an epoch, of the last so many where given; then the pupil as of the latest.

    A pupil that was told nothing else than the model has the model's figures, and no row.
    """
    rows = epoch_rows(board.epochs if last is None else board.epochs[-last:])
    return rows if pupil.twin else [*rows, pupil_row(pupil.epochs[-1])]


def pupil_row(epoch: PupilEpoch) -> tuple[str, ...]:
    """The pupil's figures under the model's, which are of the same kinds; nobody else's stand in its row."""
    again, new = _measured(epoch.gap, epoch.frozen)
    return (PUPIL, "", percent(epoch.accuracy), "", percent(epoch.unseen), gap_cell(epoch.gap), again, new, "")


def _measured(gap: Gap | None, frozen: float) -> tuple[str, str]:
    """The two figures that a gap lies between; without one, the book's alone."""
    return (percent(frozen), "–") if gap is None else (percent(gap.book), percent(gap.unseen))


def epoch_rows(epochs: Sequence[EpochResult]) -> list[tuple[str, ...]]:
    """Heading and one row an epoch.

    The unseen columns are a contest on the same cards. The gap is the model's, between "again", the book asked once
    more with frozen weights (its own column was counted while the model still learned), and "new", every unseen picture
    there is: both averaged over the labels.
    """
    head = ("epoch", "🧒 book", "🤖 book", "🧒 unseen", "🤖 unseen", "gap", "🤖 again", "🤖 new", "🧒 time")
    rows: list[tuple[str, ...]] = [head]
    for epoch in epochs:
        rows.append(
            (
                str(epoch.epoch + 1),
                percent(epoch.child_accuracy),
                percent(epoch.model_accuracy),
                percent(epoch.child_unseen),
                percent(epoch.model_unseen),
                gap_cell(epoch.gap),
                *_measured(epoch.gap, epoch.model_frozen),
                "–" if epoch.response_ms is None else f"{epoch.response_ms / 1000:.1f} s",
            )
        )
    return rows


def local_time(moment: str) -> str:
    """A saved moment (ISO 8601, UTC) as the clock on the wall had it: "2026-11-22 21:10"."""
    try:
        return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return moment


def pupil_told(run: Run, board: Scoreboard, pupil: PupilBoard, watched: bool = False) -> str:
    """The pupil in one sentence, its sign before it: that is what stands in the table."""
    known = not run.book.fresh and not run.book.mixed_up
    name = "the child" if watched else "you"
    return f"{PUPIL} {pupil_sentence(pupil, board.epochs[-1], name, slips_known=known)}"


def epoch_series(board: Scoreboard, pupil: PupilBoard, watched: bool = False) -> list[Series]:
    """Curves over epochs; the pupil's lies beside the model's where it is another."""
    lines = series_of(board.epochs, "child" if watched else "you")
    if not pupil.twin:
        lines.append(Series("pupil", [epoch.accuracy for epoch in pupil.epochs], "ok", "▲", dashed=False))
    return lines


def series_of(epochs: Sequence[EpochResult], name: str = "you") -> list[Series]:
    """Four lines at most: who by shape and tone, book or unseen by solid or dashed.

    The child's unseen line is of its cards, the model's of every unseen picture (averaged over the labels), which the
    gap is counted from; in rows saved before it was asked about those, of the cards as well.
    """
    lines = [
        Series(name, [epoch.child_accuracy for epoch in epochs], "you", "●", dashed=False),
        Series("model", [epoch.model_accuracy for epoch in epochs], "model", "◆", dashed=False),
    ]
    if any(epoch.model_unseen is not None for epoch in epochs):
        everything = [None if epoch.gap is None else epoch.gap.unseen for epoch in epochs]
        whole = None not in everything
        model = everything if whole else [epoch.model_unseen for epoch in epochs]
        lines += [
            Series(f"{name} unseen", [epoch.child_unseen for epoch in epochs], "you", "○", dashed=True),
            Series("model all unseen" if whole else "model unseen", model, "model", "◇", dashed=True),
        ]
    return lines
