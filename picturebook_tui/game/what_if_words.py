"""What a sweep says, in sentences: about one sibling, about the whole map, and about the child against all of them."""

from __future__ import annotations

from collections.abc import Sequence

from picturebook_tui.game.scoreboard import Tally
from picturebook_tui.game.what_if import Figure, HeatMap, Replay, Walk, replay
from picturebook_tui.game.words import times
from picturebook_tui.learner.sweep import Sibling, SweepResult
from picturebook_tui.percent import percent

FEW_UNSEEN = 50
"""Up to so many unseen pictures one of them is two points or more, and the best of 64 by them owes much to luck."""

MOST_TIES = 2
"""So many rates that share a batch size's best are named; of more none stands out."""

WHERE: dict[Figure, str] = {"book": "the book", "unseen": "the unseen pages", "guessed": "the book as it was read"}


def sibling_sentence(sibling: Sibling, epochs: int, shares: tuple[float | None, float | None], own: str = "") -> str:
    """ "Batch 32 at learning rate 0.1: 87% of the book and 70% of the unseen pages right after 3 epochs."

    Parameters
    ----------
    epochs
        How many it was to read.
    shares
        Of the book and of the unseen pages, as they stand on the map; None where there are none.
    own
        What to call the run itself, where it is this one: "Your run".
    """
    named = f"batch {sibling.batch_size} at learning rate {sibling.learning_rate:g}"
    who = f"{own}, {named}" if own else named[0].upper() + named[1:]
    book, unseen = shares
    if book is None:
        if not sibling.epochs:
            return f"{who}: it has not begun to read."
        return f"{who}: it has read {len(sibling.epochs)} of {times(epochs, 'epoch')}."
    also = "" if unseen is None else f" and {percent(unseen)} of the unseen pages"
    said = f"{who}: {percent(book)} of the book{also} right after {times(epochs, 'epoch')}."
    if sibling.stopped is not None:
        said += f" Its steps were too big: step {sibling.stopped + 1:,} was its last."
    return said


def map_sentences(table: HeatMap, result: SweepResult, unseen: Sequence[int], yours: str = "yours") -> tuple[str, ...]:
    """What can be read off a complete map, the most telling first; nothing of one that still has gaps.

    Parameters
    ----------
    unseen
        Unseen pictures of each label.
    yours
        What to call the run's own model: "yours" or "this run's".
    """
    if table.best is None or any(value is None for row in table.values for value in row):
        return ()
    said = [_best(table, result, yours)]
    if table.figure == "unseen" and 0 < sum(unseen) <= FEW_UNSEEN:
        siblings = len(result.siblings)
        # Each label counts the same, so a picture of the rarest weighs most.
        counts = [count for count in unseen if count]
        most = percent(1 / len(counts) / min(counts)).removesuffix("%")
        one = f"one picture is {'up to ' if len(set(counts)) > 1 else ''}{most} points"
        said.append(f"On {times(sum(unseen), 'unseen picture')} {one}: the best of {siblings} owes something to luck.")
    said += [_ends(table), _too_big(table, result)]
    return tuple(sentence for sentence in said if sentence)


def _best(table: HeatMap, result: SweepResult, yours: str) -> str:
    leaders, siblings = table.leaders, len(result.siblings)
    highest = percent(table.value(leaders[0]))
    on = f"on {WHERE[table.figure]}"
    own = None if table.own is None else table.value(table.own)
    if table.own in leaders:
        if len(leaders) == 1:
            return f"Of all {siblings}, {yours} did best {on}: {highest}."
        return f"{yours[0].upper()}{yours[1:]} is one of {len(leaders)} that did best {on}: {highest}."
    beside = "" if own is None else f" {yours[0].upper()}{yours[1:]}: {percent(own)}."
    if len(leaders) == 1:
        row, column = leaders[0]
        knobs = f"batch {table.batch_sizes[row]} at {table.learning_rates[column]:g}"
        return f"Best of {siblings} {on}: {knobs}, {highest}.{beside}"
    return f"Best of {siblings} {on}: {highest}, by {len(leaders)} of them.{beside}"


def _ends(table: HeatMap) -> str:
    """Which rate was best at either end of the batch sizes."""
    if len(table.batch_sizes) < 2 or len(table.learning_rates) < 2:
        return ""
    named = []
    for row in (0, -1):
        highest = max(value for value in table.values[row] if value is not None)
        rates = [
            f"{rate:g}" for rate, value in zip(table.learning_rates, table.values[row], strict=True) if value == highest
        ]
        if len(rates) > MOST_TIES:
            return ""
        named.append(" and ".join(rates))
    first, last = table.batch_sizes[0], table.batch_sizes[-1]
    if named[0] == named[1]:
        return f"Batch {first} and batch {last} both did best at learning rate {named[0]}."
    return f"Batch {first} did best at learning rate {named[0]}, batch {last} at {named[1]}."


def _too_big(table: HeatMap, result: SweepResult) -> str:
    stopped = sum(map(sum, table.stopped))
    if not stopped:
        return ""
    columns = len(table.learning_rates)
    always = [column for column in range(columns) if all(row[column] for row in table.stopped)]
    if always == list(range(columns - len(always), columns)) and stopped == len(always) * len(table.batch_sizes):
        return (
            f"From learning rate {table.learning_rates[always[0]]:g} on, the steps were too big for every batch size."
        )
    return f"{stopped} of {len(result.siblings)} took steps too big to settle, and stopped."


def against_all(child: Sequence[Tally], result: SweepResult, own: Replay | None, player: str = "you") -> str:
    """How the child's answers would have fared against every sibling that is done; "" where there is none."""
    against = [replay(child, sibling) for sibling in result.siblings if len(sibling.epochs) == result.epochs]
    if own is not None:
        # What was played, rather than what its sibling did.
        against = [own if _same(each, own) else each for each in against]
    against = [each for each in against if each.epochs]
    if not against:
        return ""
    won = sum(each.won > each.lost for each in against)
    lost = sum(each.won < each.lost for each in against)
    drawn = len(against) - won - lost
    whole = f"all {len(against)}"
    told = [f"won against {whole if won == len(against) else won}"] if won else []
    told += [f"lost to {whole if lost == len(against) else lost}"] if lost else []
    told += [f"drawn with {whole if drawn == len(against) else drawn}"] if drawn else []
    listed = f"{', '.join(told[:-1])} and {told[-1]} of the {len(against)}" if len(told) > 1 else told[0]
    # Said because the map beside it shows what they knew in the end, not what they guessed as the pages were turned.
    return f"Page by page, {player} would have {listed}."


def _same(one: Replay, other: Replay) -> bool:
    return (one.batch_size, one.learning_rate) == (other.batch_size, other.learning_rate)


def walk_sentence(path: Walk) -> str:
    """Where along a walk the book and the unseen pages did best; "" while it has gaps."""
    if None in path.book:
        return ""
    knob = "batch" if path.along == "batch_size" else "learning rate"
    said = [f"the book did best at {_peak(path.book, path.positions, knob)}"]
    if None not in path.unseen:
        said.append(f"the unseen pages at {_peak(path.unseen, path.positions, knob)}")
    return f"Along this line {', '.join(said)}."


def _peak(values: Sequence[float | None], positions: Sequence[float], knob: str) -> str:
    highest = max(value for value in values if value is not None)
    places = [f"{position:g}" for position, value in zip(positions, values, strict=True) if value == highest]
    if len(places) > MOST_TIES:
        return f"{len(places)} of {len(values)} places ({percent(highest)})"
    return f"{knob} {' and '.join(places)} ({percent(highest)})"
