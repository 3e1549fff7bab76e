"""Sentences that say what the numbers say, and nothing more.

Every sentence is chosen and filled from figures of this run. The model is described by what it did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from picturebook_tui.game.events import EpochResult, StepResult
from picturebook_tui.game.gap import Gap, gap_between
from picturebook_tui.percent import percent, points
from picturebook_tui.settings import RunSettings

if TYPE_CHECKING:
    # Home says some of these sentences before NumPy is loaded.
    from picturebook_tui.book.book import Book
    from picturebook_tui.game.pupil import PupilBoard
    from picturebook_tui.game.run import Run
    from picturebook_tui.game.scoreboard import Scoreboard

TOO_FEW = "too few"
"""Stands in a table where no gap can be told from none."""

NAMED = 5
"""Dropped pictures that are named one by one; a line holds no more."""


def signed(number: float, digits: int = 0) -> str:
    """A number with its sign, and a true minus; nothing has no sign."""
    told = f"{abs(number):.{digits}f}"
    if float(told) == 0:
        return told
    return f"{'+' if number > 0 else '−'}{told}"


def gap_bounds(gap: Gap) -> tuple[int, int] | None:
    """Between which whole points it lies (95%); None where that spans 0, and there were too few pictures to tell."""
    low, high = points(gap.low), points(gap.high)
    return None if low <= 0 <= high else (low, high)


def gap_told(gap: Gap) -> str:
    """How far the book and unseen pictures are apart, to stand after how many those are."""
    bounds = gap_bounds(gap)
    if bounds is None:
        return "too few to tell a gap"
    low, high = bounds
    if low > 0:
        return f"a gap of between {low} and {high} points (95%)"
    return f"between {-high} and {-low} points better on pictures never learned from (95%)"


def gap_cell(gap: Gap | None) -> str:
    """The same in a table's cell: "5 to 38", "too few", or "–" where there are no unseen pictures."""
    if gap is None:
        return "–"
    bounds = gap_bounds(gap)
    return TOO_FEW if bounds is None else " to ".join(f"{bound}".replace("-", "−") for bound in bounds)


def all_unseen(pictures: int) -> str:
    """ "all 30 unseen pictures"."""
    return "the one unseen picture" if pictures == 1 else f"all {pictures:,} unseen pictures"


def unseen_told(book: Book) -> str:
    """What "unseen" means in this book, and how many pictures that are."""
    if not len(book.unseen):
        return "There are no unseen pages, so no gap can be told."
    means = book.unseen_means or "pictures that are not in the book"
    if book.distortion is not None:
        means += ", as hard to see as those"
    listed = ", ".join(
        f"{count} {name}" for count, name in zip(book.unseen_by_label, book.labels, strict=True) if count
    )
    return f"Unseen here: {means} ({listed})."


def times(number: int, noun: str) -> str:
    """ "1 picture", "10 pictures"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def step_sentence(result: StepResult) -> str:
    """What the model's one update did to the page just read."""
    if result.page.unseen:
        return "Unseen pages: the model made no update. Nothing was learned from them."
    if result.loss_after is None:
        return "The model made no update on this page."
    before, after = f"{result.loss:,.2f}", f"{result.loss_after:,.2f}"
    if before == after:
        return f"One update: the model's loss here stayed at {before}."
    change = "down" if result.loss_after < result.loss else "up"
    return f"One update: the model's loss here went {change}, {before} → {after}."


def stopped_told(stopped: str) -> str:
    """Why the model makes no more updates, and that it makes none."""
    return f"{stopped} It makes no more updates."


def is_plain(settings: RunSettings) -> bool:
    """An epoch reads the whole book once: nothing dropped, and the epoch line where it belongs."""
    return settings.steps_per_epoch is None and not settings.drop_last


def epoch_told(run: Run) -> str:
    """What an epoch is, in this run's own numbers."""
    epoch = run.epochs[-1].epoch
    told = f"That was epoch {epoch + 1}"
    pictures, steps = len(run.book.training), times(run.plan.steps, "step")
    if run.settings.steps_per_epoch is not None:
        return f"{told}: {steps}, as you set; they read {book_share(run.plan.share_read(epoch))}."
    dropped = run.plan.dropped(epoch)
    if not dropped:
        return f"{told}: once through the whole book, {times(pictures, 'picture')} in {steps}."
    names = [run.book.training.pictures[index].name for index in dropped]
    named = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    read = f"{pictures - len(dropped)} of the book's {times(pictures, 'picture')} in {steps}"
    return f"{told}: {read}. Dropped, because their page was not full: {named}."


def book_share(share: float) -> str:
    """How much of the book was read: "50% of the book", "the whole book", "3 times the book"."""
    if share == 1:
        return "the whole book"
    return f"{percent(share)} of the book" if share < 1 else f"{share:.3g} times the book"


def epoch_sentences(
    settings: RunSettings, result: EpochResult, before: EpochResult | None, name: str = "you"
) -> tuple[str, ...]:
    """A few true sentences about an epoch, the most telling first."""
    said = [_gap_sentence(result), _own_gap_sentence(result, name)]
    if before is not None:
        said.append(_progress_sentence(settings, result, before))
    elif is_plain(settings):
        both = f"you {percent(result.child_accuracy)}, model {percent(result.model_accuracy)}"
        said.append(f"Both of you met every picture for the first time: {both}.")
    return tuple(sentence for sentence in said if sentence)


def _gap_sentence(result: EpochResult) -> str:
    return "" if result.gap is None else model_gap_told(result.gap)


def model_gap_told(gap: Gap) -> str:
    """What the model knows with its weights held still, on average over the labels, and the gap."""
    return (
        f"Asked once more, label by label, the model gets {percent(gap.book)} of the book right and"
        f" {percent(gap.unseen)} of {all_unseen(gap.pictures)}: {gap_told(gap)}."
    )


def _own_gap_sentence(result: EpochResult, name: str) -> str:
    """The child's gap, from the cards that it was shown."""
    gap = result.child_gap
    if gap is None:
        return ""
    cards = times(gap.pictures, "unseen card")
    return f"{name.capitalize()}: {percent(gap.book)} of the book, {percent(gap.unseen)} of {cards}: {gap_told(gap)}."


def _progress_sentence(settings: RunSettings, result: EpochResult, before: EpochResult) -> str:
    gain = points(result.model_accuracy) - points(before.model_accuracy)
    now = f"{percent(before.model_accuracy)} → {percent(result.model_accuracy)}"
    start = "The same pictures once more, and the model" if is_plain(settings) else "In this epoch the model"
    if gain == 0:
        return f"{start} guessed as many right as before ({now})."
    amount = f"{abs(gain)} point{'' if abs(gain) == 1 else 's'} {'more' if gain > 0 else 'fewer'}"
    return f"{start} guessed {amount} of them right ({now})."


def next_epoch_told(settings: RunSettings, epochs_read: int) -> str:
    """What comes after an epoch's summary."""
    if epochs_read >= settings.epochs:
        return "The book is closed. Space: how it ended."
    if settings.steps_per_epoch is not None:
        how = "Reading goes on where it stopped."
    else:
        what = "The book once more" if settings.drop_last else "The same pictures"
        how = f"{what}, in {'a new' if settings.shuffle else 'the same'} order."
    return f"Space: epoch {epochs_read + 1}. {how}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who was ahead on one kind of page, in words and by how much."""

    where: str
    child: float
    model: float
    name: str = "you"
    """What the child is called: "you", or "the child" where a simulated one played."""
    cards: int | None = None
    """On how few cards it was counted, where points would make much of one; None where they are many."""

    @property
    def sentence(self) -> str:
        figures = f"{self.name} {percent(self.child)}, model {percent(self.model)}"
        if self.child == self.model:
            return f"{self.where}: {figures}. A draw."
        who = self.name.capitalize() if self.child > self.model else "The model"
        if self.cards is not None:
            return (
                f"{self.where}: {figures}. {who}, by {times(round(abs(self.child - self.model) * self.cards), 'card')}."
            )
        lead = abs(points(self.child) - points(self.model))
        by = f"{lead} point{'' if lead == 1 else 's'}" if lead else "less than a point"
        return f"{self.where}: {figures}. {who}, by {by}."


def verdicts(board: Scoreboard, name: str = "you") -> tuple[Verdict, ...]:
    """On the book over all epochs, and on the last epoch's unseen pages where there were any."""
    said = []
    if board.child.book.accuracy is not None and board.model.book.accuracy is not None:
        where = "On the book" if len(board.epochs) == 1 else "On the book, all epochs"
        said.append(Verdict(where, board.child.book.accuracy, board.model.book.accuracy, name))
    if board.child.unseen.accuracy is not None and board.model.unseen.accuracy is not None:
        cards = board.child.unseen.answered
        where = f"On the {times(cards, 'unseen card')}{'' if len(board.epochs) == 1 else ', last epoch'}"
        said.append(Verdict(where, board.child.unseen.accuracy, board.model.unseen.accuracy, name, cards))
    return tuple(said)


def best_sentence(right: int, answered: int, best_before: float | None) -> str:
    """How this run stands beside the child's best of the same kind: book, length, way of looking."""
    score = right / answered
    told = f"You labelled {right} of {times(answered, 'card')} rightly"
    if best_before is None:
        return f"{told}: your first run of this kind to its end."
    if score > best_before:
        return f"{told}: your best run of this kind so far, before it {percent(best_before)}."
    return f"{told}; your best run of this kind: {percent(best_before)}."


def good_stretch_sentence(child: int | None, model: int | None, name: str = "you") -> str:
    """When each player's first good stretch came, in pictures read; None: there was none.

    It says what happened and no more: somebody who is always right on 80% has such a stretch in nearly every long run.
    """
    whose = "Your" if name == "you" else f"{name.capitalize()}'s"
    if child is not None and model is not None:
        return f"{whose} first good stretch came after {times(child, 'picture')}, the model's after {model:,}."
    if child is not None:
        return f"{whose} first good stretch came after {times(child, 'picture')}; the model had none."
    if model is not None:
        return f"The model's first good stretch came after {times(model, 'picture')}; {name} had none."
    return f"Neither {name} nor the model had a good stretch."


def agreement_sentence(board: Scoreboard) -> str:
    """How alike the mistakes are in the latest epoch; κ only where there are different pictures enough to say so."""
    agreement = board.agreement
    if agreement is None:
        return ""
    told = (
        f"Both right or both wrong on {percent(agreement.observed)} of the"
        f" {times(agreement.pictures, 'different picture')} in epoch {agreement.epoch + 1};"
        f" by chance it would be {percent(agreement.expected)}"
    )
    if agreement.kappa is None or agreement.low is None or agreement.high is None:
        return f"{told}."
    low, high = signed(agreement.low, 2), signed(agreement.high, 2)
    return f"{told} (error consistency κ {signed(agreement.kappa, 2)}, 95%: {low} to {high})."


def sensitivity_sentence(board: Scoreboard, labels: tuple[str, ...], name: str = "you") -> str:
    """d′ and c of both players, for books of two labels."""
    child, model = board.child, board.model
    if child.sensitivity is None or model.sensitivity is None or child.bias is None or model.bias is None:
        return ""
    return (
        f"Telling {labels[0]} from {labels[1]}: {name} d′ {signed(child.sensitivity, 1)} c {signed(child.bias, 1)},"
        f" model d′ {signed(model.sensitivity, 1)} c {signed(model.bias, 1)}."
    )


def pupil_sentence(pupil: PupilBoard, model: EpochResult, name: str = "you", *, slips_known: bool = True) -> str:
    """What became of the learner that was taught the child's labels, beside the model as of the same epoch.

    Parameters
    ----------
    slips_known
        Whether saying something else than the book is a slip: not where the book's labels may be wrong, nor where
        they could only be guessed at first.
    """
    whose, its = ("Your", "your") if name == "you" else (f"{name.capitalize()}'s", "its")
    if pupil.twin:
        never = "made no mistake" if slips_known else "always said what the book says"
        return f"{name.capitalize()} {never}, so {its} pupil is the model's twin."
    if slips_known:
        learned = f"{its} one slip" if pupil.slips == 1 else f"{its} {pupil.slips:,} slips"
    else:
        learned = f"{its} labels, {pupil.slips:,} of them other than the book's"
    epoch = pupil.epochs[-1]
    apart, of = gap_between(model.model_new, epoch.new), "of unseen pictures"
    if apart is None:
        apart, of = gap_between(model.model_again, epoch.again), "of the book, asked once more"
    if apart is None:
        # The model's figures are of a run saved before they were counted so.
        return f"{whose} pupil learned {learned}."
    # Here the model's accuracy stands where a gap has the book's, and the pupil's where it has that on unseen pictures.
    own, other, bounds = percent(apart.unseen), percent(apart.book), gap_bounds(apart)
    if bounds is None:
        beside = "like the model" if own == other else f"the model {other}: too few to tell them apart"
    elif bounds[0] > 0:
        beside = f"the model {other}, between {bounds[0]} and {bounds[1]} points more (95%)"
    else:
        beside = f"the model {other}, between {-bounds[1]} and {-bounds[0]} points fewer (95%)"
    return f"{whose} pupil learned {learned}: {own} {of}, {beside}."


def steps_sentence(settings: RunSettings, pictures: int, steps: int) -> str:
    """ "Steps per epoch = ceil(100 / 10) = 10", and what is odd about it where something is."""
    size = settings.batch_size
    if settings.steps_per_epoch is not None:
        return f"Steps per epoch = {steps}, as you set: {book_share(steps * size / pictures)}"
    if settings.drop_last:
        dropped = times(pictures - steps * size, "picture")
        return f"Steps per epoch = floor({pictures} / {size}) = {steps}, {dropped} dropped"
    told = f"Steps per epoch = ceil({pictures} / {size}) = {steps}"
    if size > pictures:
        return f"{told}, a single page"
    short = pictures - (steps - 1) * size
    return f"{told}, the last of {short}" if short != size else told
