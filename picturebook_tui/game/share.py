"""A run as a few lines of text to paste anywhere: shapes, no colours, and no picture given away."""

from __future__ import annotations

from collections.abc import Sequence

from picturebook_tui.game.events import StepResult
from picturebook_tui.game.run import Run
from picturebook_tui.game.scoreboard import Scoreboard
from picturebook_tui.game.words import times
from picturebook_tui.percent import percent

SHAPES = "○◔◑◕●"
"""None, up to a third, about half, most, all of a page: told apart by how full they are, not by colour."""

WIDEST = 10
"""Shapes per epoch and player; longer epochs put several pages into one shape so that lines stay pasteable."""

MOST_EPOCHS = 10
"""Rows; longer runs show the first ones and the last."""


def shape(right: int, answered: int) -> str:
    """One shape for a share of right answers; full and empty are kept for all and none."""
    if right == answered:
        return SHAPES[4]
    if right == 0:
        return SHAPES[0]
    share = right / answered
    return SHAPES[1] if share < 0.4 else SHAPES[2] if share < 0.65 else SHAPES[3]


def share_grid(run: Run) -> str:
    """The run as text; each shape is a page (or a few pages), the one after ``|`` is the unseen pages."""
    board = Scoreboard.of(run)
    settings = run.settings
    lines = [
        f"Picture Book · {run.book.title}",
        f"{times(len(run.book.training), 'picture')} · batch {settings.batch_size} · {times(settings.epochs, 'epoch')}"
        f" · seed {settings.seed}",
        *_harder(run),
    ]
    epochs = sorted({result.page.epoch for result in run.turned})
    shown = epochs if len(epochs) <= MOST_EPOCHS else [*epochs[: MOST_EPOCHS - 1], epochs[-1]]
    for before, epoch in zip([None, *shown], shown, strict=False):
        if before is not None and epoch != before + 1:
            lines.append("…")
        pages = [result for result in run.turned if result.page.epoch == epoch]
        unseen = [result for result in run.unseen_turned if result.page.epoch == epoch]
        child = _row(pages, unseen, "child_right")
        model = _row(pages, unseen, "model_right")
        lines.append(f"{epoch + 1:>2} 🧒 {child}  🤖 {model}")
    lines.append(f"🧒 {percent(board.child.book.accuracy)}  🤖 {percent(board.model.book.accuracy)} of the book")
    if board.child.unseen.answered:
        lines.append(
            f"🧒 {percent(board.child.unseen.accuracy)}  🤖 {percent(board.model.unseen.accuracy)} of unseen pages"
        )
    return "\n".join(lines)


def _harder(run: Run) -> list[str]:
    """A line on what made the pictures harder, where something did: such figures are not to be held beside others."""
    told = [] if run.settings.glimpse_ms is None else [f"glimpses of {run.settings.glimpse_ms:,} ms"]
    if run.book.distortion is not None:
        told.append(run.book.distortion.title)
    return [" · ".join(told)] if told else []


def _row(pages: Sequence[StepResult], unseen: Sequence[StepResult], right: str) -> str:
    groups = min(WIDEST, len(pages))
    shapes = ""
    for number in range(groups):
        group = pages[number * len(pages) // groups : (number + 1) * len(pages) // groups]
        shapes += _of(group, right)
    return f"{shapes}|{_of(unseen, right)}" if unseen else shapes


def _of(results: Sequence[StepResult], right: str) -> str:
    return shape(sum(getattr(result, right) for result in results), sum(len(result.truth) for result in results))
