"""What if the model had read other batches, or learned faster? Tables, walks and replays over a sweep's siblings.

The child's answers stay what they were: a sibling's guesses on the same pictures are held against them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from picturebook_tui.book.book import Book
from picturebook_tui.game.events import EpochResult, StepResult
from picturebook_tui.game.scoreboard import Tally
from picturebook_tui.game.words import times
from picturebook_tui.learner.defaults import default_learning_rate, default_optimizer
from picturebook_tui.learner.sweep import Sibling, SweepJob, SweepResult, estimated_seconds
from picturebook_tui.learner.sweep_axes import (
    BATCH_SIZES,
    FEWEST,
    default_batch_sizes,
    default_learning_rates,
)
from picturebook_tui.settings import RunSettings

Figure = Literal["book", "unseen", "guessed"]
"""The whole book after the last epoch; all unseen pictures after it, each label counting the same; or the last epoch's
guesses before each update."""

Axis = Literal["batch_size", "learning_rate"]

Right = Callable[[StepResult], int]
"""How many one of the players had right on a page."""


def own_rate(settings: RunSettings) -> float:
    """The learning rate of the run, its default looked up."""
    if settings.learning_rate is not None:
        return float(settings.learning_rate)
    return default_learning_rate(settings.learner, settings.optimizer or default_optimizer(settings.learner))


def sweep_job(
    settings: RunSettings,
    book: Book,
    *,
    batch_sizes: Sequence[int] | None = None,
    learning_rates: Sequence[float] | None = None,
) -> SweepJob:
    """The siblings of a run: everything as in the run but batch size and learning rate.

    Parameters
    ----------
    batch_sizes, learning_rates : None: eight of each around the run's own, which is among them.
    """
    sizes = batch_sizes or default_batch_sizes(len(book.training), settings.batch_size, drop_last=settings.drop_last)
    return SweepJob(
        pixels=book.training.pixels,
        targets=book.training.targets,
        labels=len(book.labels),
        # The run's own first, then the quickest to run.
        batch_sizes=tuple(sorted(sizes, key=lambda size: (size != settings.batch_size, -size))),
        learning_rates=tuple(learning_rates or default_learning_rates(own_rate(settings))),
        unseen_pixels=book.unseen.pixels,
        unseen_targets=book.unseen.targets,
        kind=settings.learner,
        optimizer=settings.optimizer,
        hidden=settings.hidden,
        epochs=settings.epochs,
        seed=settings.seed,
        **settings.arguments("fit"),
    )


def affordable_job(settings: RunSettings, book: Book, most_seconds: float) -> SweepJob | None:
    """As many siblings of a run as one core teaches in about so many seconds; None where even nine take longer."""
    for count in range(BATCH_SIZES, FEWEST - 1, -1):
        sizes = default_batch_sizes(len(book.training), settings.batch_size, drop_last=settings.drop_last, count=count)
        rates = default_learning_rates(own_rate(settings), count=count)
        job = sweep_job(settings, book, batch_sizes=sizes, learning_rates=rates)
        if estimated_seconds(job) <= most_seconds:
            return job
    return None


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Accuracy by batch size (rows, ascending) and learning rate (columns, ascending)."""

    figure: Figure
    batch_sizes: tuple[int, ...]
    learning_rates: tuple[float, ...]
    values: tuple[tuple[float | None, ...], ...]
    """Shares, 0 to 1; None where the sibling is not done, or there are no unseen pages."""
    stopped: tuple[tuple[bool, ...], ...]
    """Siblings whose updates were refused because they would have run away; they have values all the same."""
    own: tuple[int, int] | None
    """Row and column of the run itself; None where the sweep left it out."""
    best: tuple[int, int] | None
    """Row and column of the highest value, the first of several; None where there is none."""

    def value(self, cell: tuple[int, int]) -> float | None:
        return self.values[cell[0]][cell[1]]

    @property
    def leaders(self) -> tuple[tuple[int, int], ...]:
        """All cells that share the highest value, row by row."""
        if self.best is None:
            return ()
        highest = self.value(self.best)
        return tuple(
            (row, column)
            for row, values in enumerate(self.values)
            for column, value in enumerate(values)
            if value == highest
        )


def heat_map(
    result: SweepResult, settings: RunSettings, figure: Figure = "book", last: EpochResult | None = None
) -> HeatMap:
    """Lay out one figure of all siblings, after the last epoch.

    Parameters
    ----------
    last
        The run's own last epoch: what it measured stands in its cell, so that the map says what the board says (they
        differ by rounding at most, which now and then turns a picture round). None: the sibling's.
    """
    columns = len(result.learning_rates)
    cells = [_value(sibling, figure, result.epochs) for sibling in result.siblings]
    own = own_cell(result, settings)
    if last is not None and own is not None:
        # Of a run saved before all unseen pictures were counted, those of its pages are all there were.
        unseen = last.model_unseen if last.model_new is None else last.model_new.by_label
        measured = {"book": last.model_frozen, "unseen": unseen, "guessed": last.model_accuracy}
        cells[own[0] * columns + own[1]] = measured[figure]
    stopped = [sibling.stopped is not None for sibling in result.siblings]
    known = [(value, -number) for number, value in enumerate(cells) if value is not None]
    best = divmod(-max(known)[1], columns) if known else None
    return HeatMap(
        figure=figure,
        batch_sizes=result.batch_sizes,
        learning_rates=result.learning_rates,
        values=tuple(tuple(cells[i : i + columns]) for i in range(0, len(cells), columns)),
        stopped=tuple(tuple(stopped[i : i + columns]) for i in range(0, len(stopped), columns)),
        own=own,
        best=best,
    )


def own_cell(result: SweepResult, settings: RunSettings) -> tuple[int, int] | None:
    """Row and column of the run among its siblings."""
    rate = own_rate(settings)
    if settings.batch_size not in result.batch_sizes or rate not in result.learning_rates:
        return None
    return result.batch_sizes.index(settings.batch_size), result.learning_rates.index(rate)


def _value(sibling: Sibling, figure: Figure, epochs: int) -> float | None:
    if len(sibling.epochs) < epochs:
        return None
    last = sibling.epochs[-1]
    if figure == "unseen":
        return last.unseen_accuracy
    return last.book_accuracy if figure == "book" else last.accuracy


@dataclass(frozen=True, slots=True)
class Walk:
    """One row or column of the heat map as curves: one knob turned, the other left where it is."""

    along: Axis
    positions: tuple[float, ...]
    """Batch sizes or learning rates, ascending."""
    book: tuple[float | None, ...]
    unseen: tuple[float | None, ...]
    guessed: tuple[float | None, ...]
    """See ``Figure``; None where the sibling is not done."""
    stopped: tuple[bool, ...]
    own: int | None
    """Which position is the run's; None where the walk does not lead through it."""
    siblings: tuple[Sibling, ...]
    """Each position's sibling, for its curve over the epochs."""


def walk(
    result: SweepResult,
    settings: RunSettings,
    along: Axis,
    through: tuple[int, int] | None = None,
    last: EpochResult | None = None,
) -> Walk | None:
    """Walk through a cell, the run's own unless another is given; None where the sweep left the run out.

    ``last`` is as for ``heat_map``.
    """
    own = own_cell(result, settings)
    cell = through or own
    if cell is None:
        return None
    columns = len(result.learning_rates)
    if along == "batch_size":
        cells = [(row, cell[1]) for row in range(len(result.batch_sizes))]
        positions: tuple[float, ...] = result.batch_sizes
    else:
        cells = [(cell[0], column) for column in range(columns)]
        positions = result.learning_rates
    siblings = tuple(result.siblings[row * columns + column] for row, column in cells)

    def values(figure: Figure) -> tuple[float | None, ...]:
        table = heat_map(result, settings, figure, last)
        return tuple(table.value(each) for each in cells)

    return Walk(
        along=along,
        positions=positions,
        book=values("book"),
        unseen=values("unseen"),
        guessed=values("guessed"),
        stopped=tuple(sibling.stopped is not None for sibling in siblings),
        own=cells.index(own) if own in cells else None,
        siblings=siblings,
    )


# -- counterfactual replay -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replay:
    """The child's epochs held against one learner's."""

    batch_size: int
    learning_rate: float
    child: tuple[Tally, ...]
    model: tuple[Tally, ...]
    """One for each epoch that both have read."""

    @property
    def outcomes(self) -> tuple[int, ...]:
        """For each epoch 1 where the child was ahead, −1 where the model was, 0 for a draw."""
        return tuple(_compare(child, model) for child, model in zip(self.child, self.model, strict=True))

    @property
    def won(self) -> int:
        return self.outcomes.count(1)

    @property
    def lost(self) -> int:
        return self.outcomes.count(-1)

    @property
    def drawn(self) -> int:
        return self.outcomes.count(0)

    @property
    def epochs(self) -> int:
        return len(self.child)


def _compare(child: Tally, model: Tally) -> int:
    """By shares, in whole numbers: 2 of 3 and 4 of 6 are a draw."""
    ahead = child.right * model.answered - model.right * child.answered
    return (ahead > 0) - (ahead < 0)


def child_epochs(turned: Iterable[StepResult], epochs: int) -> tuple[Tally, ...]:
    """The child's right answers per epoch, for those of the first ``epochs`` whose pages were turned."""
    return _tallies(turned, epochs, lambda result: result.child_right)


def model_epochs(turned: Iterable[StepResult], epochs: int) -> tuple[Tally, ...]:
    """The model's, as the board shows them."""
    return _tallies(turned, epochs, lambda result: result.model_right)


def epochs_from_results(results: Sequence[EpochResult], pictures: int) -> tuple[Tally, ...]:
    """The child's, from rows of the board kept without their pages; ``pictures`` are those an epoch shows."""
    return tuple(Tally(round(result.child_accuracy * pictures), pictures) for result in results)


def replay(child: Sequence[Tally], sibling: Sibling) -> Replay:
    """Hold the child's epochs against a sibling's."""
    epochs = min(len(child), len(sibling.epochs))
    model = tuple(Tally(row.right, row.pictures) for row in sibling.epochs[:epochs])
    return Replay(sibling.batch_size, sibling.learning_rate, tuple(child[:epochs]), model)


def replay_sentence(played: Replay, other: Replay, player: str = "you") -> str:
    """ "You lost to batch 10; against batch 32 you would have won 3 of 4 epochs."

    Parameters
    ----------
    played, other
        Against the run's own model, and against a sibling.
    player
        "you" or "the child".
    """
    who = player[0].upper() + player[1:]
    same_rate, same_size = played.learning_rate == other.learning_rate, played.batch_size == other.batch_size

    def named(which: Replay) -> str:
        size, rate = f"batch {which.batch_size}", f"learning rate {which.learning_rate:g}"
        if same_size and not same_rate:
            return rate
        return size if same_rate else f"{size} at {rate}"

    if same_size and same_rate:
        return f"Against {named(played)} {player} won {_of_epochs(played, 'drew')}."
    if not played.epochs or not other.epochs:
        return ""
    if played.won > played.lost:
        was = f"{who} won against {named(played)}"
    elif played.won < played.lost:
        was = f"{who} lost to {named(played)}"
    else:
        was = f"It was a draw against {named(played)}"
    return f"{was}; against {named(other)} {player} would have won {_of_epochs(other)}."


def _of_epochs(which: Replay, drew: str = "drawn") -> str:
    if which.epochs == 1:
        told = "the one epoch" if which.won else "no epoch"
    elif which.won == which.epochs:
        told = "both epochs" if which.epochs == 2 else f"all {times(which.epochs, 'epoch')}"
    else:
        told = f"{which.won or 'none'} of {times(which.epochs, 'epoch')}"
    if which.drawn:
        told += f" and {drew} {which.drawn}" if which.epochs > 1 else f", but {drew} it"
    return told


def _tallies(turned: Iterable[StepResult], epochs: int, right: Right) -> tuple[Tally, ...]:
    pages: dict[int, list[StepResult]] = {}
    for result in turned:
        if not result.page.unseen and result.page.epoch < epochs:
            pages.setdefault(result.page.epoch, []).append(result)
    return tuple(
        Tally(sum(map(right, pages[epoch])), sum(len(result.truth) for result in pages[epoch]))
        for epoch in sorted(pages)
    )
