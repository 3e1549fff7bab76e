"""The scoreboard's figures as rows and lines for the widgets; shared by summary, finale and history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from picturebook_tui.game.events import EpochResult
from picturebook_tui.game.pupil import PupilBoard, PupilEpoch
from picturebook_tui.game.run import Run
from picturebook_tui.game.scoreboard import Scoreboard
from picturebook_tui.game.words import gap_points, percent, points, pupil_sentence, signed
from picturebook_tui.tui.widgets.curves import Series
from picturebook_tui.tui.widgets.scoreboard import PUPIL


def score_rows(
    board: Scoreboard, pupil: PupilBoard, watched: bool = False, last: int | None = None
) -> list[tuple[str, ...]]:
    """Heading and one row an epoch, of the last so many where given; then the pupil as of the latest.

    A pupil that was told nothing else than the model has the model's figures, and no row.
    """
    rows = epoch_rows(board.epochs if last is None else board.epochs[-last:], watched)
    return rows if pupil.twin else [*rows, pupil_row(pupil.epochs[-1])]


def pupil_row(epoch: PupilEpoch) -> tuple[str, ...]:
    """The pupil's figures under the model's, which are of the same kinds; nobody else's stand in its row."""
    gap = "–" if epoch.unseen is None else signed(points(epoch.frozen) - points(epoch.unseen))
    return (PUPIL, "", percent(epoch.accuracy), percent(epoch.frozen), "", percent(epoch.unseen), gap, "")


def epoch_rows(epochs: Sequence[EpochResult], watched: bool = False) -> list[tuple[str, ...]]:
    """Heading and one row an epoch.

    "again" is the book asked once more with frozen weights, which the gap is counted from; the book's own column
    was counted while the model still learned.
    """
    head = ("epoch", "🧒 book", "🤖 book", "🤖 again", "🧒 unseen", "🤖 unseen", "gap")
    rows: list[tuple[str, ...]] = [(*head, "its time" if watched else "your time")]
    for epoch in epochs:
        gap = gap_points(epoch)
        rows.append(
            (
                str(epoch.epoch + 1),
                percent(epoch.child_accuracy),
                percent(epoch.model_accuracy),
                percent(epoch.model_frozen),
                percent(epoch.child_unseen),
                percent(epoch.model_unseen),
                "–" if gap is None else signed(gap),
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
    """Four lines at most: who by shape and tone, book or unseen by solid or dashed."""
    lines = [
        Series(name, [epoch.child_accuracy for epoch in epochs], "you", "●", dashed=False),
        Series("model", [epoch.model_accuracy for epoch in epochs], "model", "◆", dashed=False),
    ]
    if any(epoch.model_unseen is not None for epoch in epochs):
        lines += [
            Series(f"{name} unseen", [epoch.child_unseen for epoch in epochs], "you", "○", dashed=True),
            Series("model unseen", [epoch.model_unseen for epoch in epochs], "model", "◇", dashed=True),
        ]
    return lines
