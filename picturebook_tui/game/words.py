"""Sentences that say what the numbers say, and nothing more.

Every sentence is chosen and filled from figures of this run. The model is described by what it did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from picturebook_tui.game.events import EpochResult, RunSettings, StepResult

if TYPE_CHECKING:
    # Home says some of these sentences before NumPy is loaded.
    from picturebook_tui.game.run import Run
    from picturebook_tui.game.scoreboard import Scoreboard

WIDE_GAP = 10
"""Points between the book and unseen pages from which the gap is worth a sentence of its own: on ten unseen pictures
one picture is ten points, so anything less is a single card."""


NAMED = 5
"""Dropped pictures that are named one by one; a line holds no more."""


def percent(share: float | None) -> str:
    """A share as whole percent, "–" where there is none."""
    return "–" if share is None else f"{round(100 * share)}%"


def points(share: float) -> int:
    """A difference of shares in whole percentage points."""
    return round(100 * share)


def times(number: int, noun: str) -> str:
    """ "1 picture", "10 pictures"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def step_sentence(result: StepResult) -> str:
    """What the model's one update did to the page just read."""
    if result.page.unseen:
        return "Unseen pages: the model made no update. Nothing was learned from them."
    if result.loss_after is None:
        return "The model made no update on this page."
    change = "down" if result.loss_after < result.loss else "up"
    if f"{result.loss:.2f}" == f"{result.loss_after:.2f}":
        return f"One update: the model's loss here stayed at {result.loss:.2f}."
    return f"One update: the model's loss here went {change}, {result.loss:.2f} → {result.loss_after:.2f}."


def epoch_told(settings: RunSettings, epoch: int, pictures: int, steps: int) -> str:
    """What an epoch is, in this run's own numbers."""
    told = f"That was epoch {epoch + 1}"
    if settings.steps_per_epoch is not None:
        return f"{told}: {times(steps, 'step')}, as you set."
    return f"{told}: once through the whole book, {times(pictures, 'picture')} in {times(steps, 'step')}."


def epoch_sentences(result: EpochResult, before: EpochResult | None) -> tuple[str, ...]:
    """One to three true sentences about an epoch, the most telling first."""
    said = [_gap_sentence(result)]
    if before is None:
        said.append(f"Both of you met every picture for the first time: you {_both(result)}.")
    else:
        said.append(_progress_sentence(result, before))
    return tuple(sentence for sentence in said if sentence)


def _both(result: EpochResult) -> str:
    return f"{percent(result.child_accuracy)}, model {percent(result.model_accuracy)}"


def _gap_sentence(result: EpochResult) -> str:
    if result.gap is None or result.model_unseen is None:
        return ""
    # The difference of the two figures as shown, so that a reader can do the sum.
    gap = points(result.model_frozen) - points(result.model_unseen)
    told = f"Model {percent(result.model_frozen)} on the book, {percent(result.model_unseen)} on unseen pages"
    if gap >= WIDE_GAP:
        return f"{told}: a gap of {gap} points. It knows these pictures better than it knows new ones."
    if gap <= -WIDE_GAP:
        return f"{told}: {-gap} points better on pictures it never learned from. With few pictures, that happens."
    return f"{told}: about the same on both."


def _progress_sentence(result: EpochResult, before: EpochResult) -> str:
    gain = points(result.model_accuracy) - points(before.model_accuracy)
    now = f"{percent(before.model_accuracy)} → {percent(result.model_accuracy)}"
    if gain > 0:
        return f"The same pictures once more, and the model guessed {gain} points more of them right ({now})."
    if gain < 0:
        return f"The same pictures once more, and the model guessed {-gain} points fewer of them right ({now})."
    return f"The same pictures once more; the model guessed as many of them right as before ({now})."


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who was ahead on one kind of page, in words and by how much."""

    where: str
    child: float
    model: float

    @property
    def sentence(self) -> str:
        lead = points(self.child) - points(self.model)
        figures = f"you {percent(self.child)}, model {percent(self.model)}"
        if lead == 0:
            return f"{self.where}: {figures}. A draw."
        who = "You" if lead > 0 else "The model"
        return f"{self.where}: {figures}. {who}, by {abs(lead)} point{'' if abs(lead) == 1 else 's'}."


def verdicts(board: Scoreboard) -> tuple[Verdict, ...]:
    """On the book over all epochs, and on the last epoch's unseen pages where there were any."""
    said = []
    if board.child.book.accuracy is not None and board.model.book.accuracy is not None:
        said.append(Verdict("On the book", board.child.book.accuracy, board.model.book.accuracy))
    if board.child.unseen.accuracy is not None and board.model.unseen.accuracy is not None:
        said.append(Verdict("On unseen pages", board.child.unseen.accuracy, board.model.unseen.accuracy))
    return tuple(said)


def best_sentence(right: int, answered: int, best_before: float | None) -> str:
    """How this run stands beside the child's best of the same book."""
    score = right / answered
    told = f"You labelled {right} of {times(answered, 'card')} rightly"
    if best_before is None:
        return f"{told}: your first run of this book to the end."
    if score > best_before:
        return f"{told}: your best of this book so far, before it {percent(best_before)}."
    return f"{told}; your best of this book is {percent(best_before)}."


def fluency_sentence(board: Scoreboard) -> str:
    """How many pictures each player read before the faded accuracy passed 90%."""

    def told(pictures: int | None) -> str:
        return "not yet" if pictures is None else f"after {times(pictures, 'picture')}"

    return f"To 90%: you {told(board.child.pictures_to_90)}, the model {told(board.model.pictures_to_90)}."


def agreement_sentence(board: Scoreboard) -> str:
    """How alike the mistakes are; κ only where there are pictures enough to say so."""
    agreement = board.agreement
    if agreement is None:
        return ""
    same = percent(agreement.observed)
    chance = percent(agreement.expected)
    told = f"Both right or both wrong on {same} of the pictures (two strangers this good: {chance})"
    if agreement.kappa is None or agreement.low is None or agreement.high is None:
        return f"{told}."
    return (
        f"{told}; error consistency κ {agreement.kappa:.2f}, 95% between {agreement.low:.2f} and {agreement.high:.2f}."
    )


def sensitivity_sentence(board: Scoreboard, labels: tuple[str, ...]) -> str:
    """d′ and c of both players, for books of two labels."""
    child, model = board.child, board.model
    if child.sensitivity is None or model.sensitivity is None or child.bias is None or model.bias is None:
        return ""
    return (
        f"Telling {labels[0]} from {labels[1]}: d′ {child.sensitivity:.1f} (you), {model.sensitivity:.1f} (model);"
        f" leaning c {child.bias:+.1f} and {model.bias:+.1f}."
    )


def reading_sentence(run: Run) -> str:
    """What the latest epoch did not read as a plain epoch would: a moved epoch line, or dropped pictures."""
    epoch = run.epochs[-1].epoch
    if run.settings.steps_per_epoch is not None:
        share = percent(run.plan.share_read(epoch))
        return f"You set {times(run.plan.steps, 'step')} per epoch: this one read {share} of the book."
    dropped = run.plan.dropped(epoch)
    if not dropped:
        return ""
    names = [run.book.training.pictures[index].name for index in dropped]
    told = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    return f"Dropped from this epoch, because a last page of {len(dropped)} is not full: {told}."


def steps_sentence(settings: RunSettings, pictures: int, steps: int) -> str:
    """ "Steps per epoch = ceil(100 / 10) = 10", and what is odd about it where something is."""
    size = settings.batch_size
    if settings.steps_per_epoch is not None:
        read = min(1.0, steps * size / pictures)
        return f"You set {times(steps, 'step')} per epoch: each epoch reads {percent(read)} of the book, then goes on."
    if settings.drop_last:
        dropped = pictures - steps * size
        return (
            f"Steps per epoch = floor({pictures} / {size}) = {steps}; {times(dropped, 'picture')} dropped each epoch."
        )
    told = f"Steps per epoch = ceil({pictures} / {size}) = {steps}"
    if size > pictures:
        return f"{told}: the batch is larger than the book, so one page holds all {times(pictures, 'picture')}."
    short = pictures - (steps - 1) * size
    return f"{told}; the last page has {short}." if short != size else f"{told}."
