"""An epoch's figures, from its turned pages and one look at all pictures; formulas: ``learning.md``."""

from __future__ import annotations

from collections.abc import Generator
from statistics import median_low
from typing import TYPE_CHECKING

from picturebook_tui.book.book import PictureSet
from picturebook_tui.game.events import EpochResult, StepResult
from picturebook_tui.game.gap import Known, known

if TYPE_CHECKING:
    from picturebook_tui.game.run import Run


def measuring_epoch(run: Run, epoch: int) -> Generator[None, None, EpochResult]:
    """The figures of an epoch that has just been read; asks the learner about every picture, some at a time."""
    read = [result for result in run.turned if result.page.epoch == epoch]
    unseen = [result for result in run.unseen_turned if result.page.epoch == epoch]
    book, labels = run.book, len(run.book.labels)
    frozen = yield from run.learner.evaluating(book.training.pixels, book.training.targets)
    new = (yield from run.learner.evaluating(book.unseen.pixels, book.unseen.targets)) if len(book.unseen) else None
    times = [ms for result in read for ms in result.response_ms]
    glimpses = [ms for result in read for ms in result.shown_ms if ms is not None]
    return EpochResult(
        epoch=epoch,
        child_accuracy=_share(read, "child_right"),
        model_accuracy=_share(read, "model_right"),
        model_loss=_mean_loss(read),
        child_unseen=_share(unseen, "child_right") if unseen else None,
        model_unseen=_share(unseen, "model_right") if unseen else None,
        model_unseen_loss=_mean_loss(unseen) if unseen else None,
        model_frozen=float(frozen.accuracy),
        model_frozen_loss=float(frozen.loss),
        # A median of whole milliseconds that some card really took.
        response_ms=median_low(times) if times else None,
        shown_ms=median_low(glimpses) if glimpses else None,
        model_again=known(book.training.pictures, frozen.right, labels),
        model_new=None if new is None else known(book.unseen.pictures, new.right, labels),
        model_new_loss=None if new is None else float(new.loss),
        child_book=_childs(read, book.training, labels),
        child_new=_childs(unseen, book.unseen, labels) if unseen else None,
    )


def _childs(results: list[StepResult], of: PictureSet, labels: int) -> Known:
    """What the child's answers on these pages come to."""
    pictures = [of.pictures[index] for result in results for index in result.page.indices]
    rights = [a == b for result in results for a, b in zip(result.child, result.truth, strict=True)]
    return known(pictures, rights, labels)


def _share(results: list[StepResult], of: str) -> float:
    """Σ right / Σ pictures over pages; short pages count by their length."""
    return float(sum(getattr(result, of) for result in results) / sum(len(result.truth) for result in results))


def _mean_loss(results: list[StepResult]) -> float:
    """Σ loss × length / Σ length: unweighted means of pages would overrate the short last one."""
    return sum(r.loss * len(r.truth) for r in results) / sum(len(r.truth) for r in results)
