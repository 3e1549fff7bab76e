"""Drawing lots for a book: how many of each label, which drawings, how they lie, in which order they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from picturebook_tui.book.atlas import Atlas, Drawing
from picturebook_tui.book.augment import AS_DRAWN, Laying, laying_orders, paint
from picturebook_tui.book.book import Book, Picture, PictureSet
from picturebook_tui.book.split import Looks, OtherSide, held_out_choices
from picturebook_tui.errors import PictureBookError

HELD_OUT, UNSEEN, TRAINING, MIXING, SHARES, ENTRIES, RULE, MIXUPS = range(1, 9)
"""Streams of chance made from one seed: drawing more from one never moves another."""

DEFAULT_UNSEEN = 10
"""Unseen pictures where nobody says otherwise: one page after each epoch."""

ENOUGH = 5
"""Unseen drawings of a label that are plenty: half a page. Asking for more would always hold out the same two
artists, those with the most dogs."""

BY_OTHERS = "drawings by artists who drew nothing in the book"
"""What makes pictures unseen in most books."""

NEVER_SHOWN = 2 / 9
"""Share kept unseen where it isn't artists who are held out: as much as elsewhere, two of nine."""

Thing = TypeVar("Thing")


class Sample(NamedTuple):
    """One picture decided upon."""

    drawing: Drawing
    laying: Laying
    label: int
    true_label: int | None = None
    """Where ``label`` is wrong."""


class Request(NamedTuple):
    """One picture wanted: its label, and the pool that its drawing comes from."""

    label: int
    pool: Hashable
    true_label: int | None = None
    """Where ``label`` is wrong."""


Pools = Mapping[Hashable, Sequence[Drawing]]


class Words(Protocol):
    """What a book is called; both a shelf book and a person's own have it."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def keys(self) -> tuple[str, ...]: ...
    @property
    def emblems(self) -> tuple[str, ...]: ...


def source(seed: int, purpose: int, part: int = 0) -> np.random.Generator:
    """A source of chance of its own: NumPy's PCG64 seeded with (seed, purpose, part)."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, purpose, part])))


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked of a book, checked; None where the book itself decides."""

    pictures: int | None
    unseen: int | None
    seed: int
    size: int
    augment: bool
    held_out: tuple[str, ...] | None
    atlas: Atlas
    looks: Looks
    wrong_labels: float | None = None
    """A share, 0 to ``MAX_WRONG_LABELS``; only for books that have some."""
    kind: int | None = None
    """Which kind of rule, from 1; only for books that have several."""

    def rng(self, purpose: int, part: int = 0) -> np.random.Generator:
        """A source of chance of its own, see ``source``."""
        return source(self.seed, purpose, part)

    def check_labels(self, words: Words) -> None:
        """Refuse a book in which a label would have no picture: PictureBookError."""
        labels = len(words.labels)
        if self.pictures is not None and self.pictures < labels:
            raise PictureBookError(
                f"{words.title} has {labels} labels and can't be a book of {self.pictures} "
                f"{'picture' if self.pictures == 1 else 'pictures'}: choose {labels} or more."
            )

    def who_to_hold_out(
        self, unseen_groups: Sequence[Sequence[str]], training_groups: Sequence[Sequence[str]], enough: int
    ) -> list[tuple[str, ...]]:
        """List who may be held out, best first; only those asked for, where somebody asked. As ``split`` has it."""
        if self.held_out is None:
            return held_out_choices(unseen_groups, training_groups, enough, self.rng(HELD_OUT))
        asked = set(self.held_out)
        fits = all(asked & set(group) for group in unseen_groups) and all(set(g) - asked for g in training_groups)
        return [self.held_out] if fits else []


def mixed(things: Sequence[Thing], rng: np.random.Generator) -> list[Thing]:
    """The same things in a random order."""
    return [things[place] for place in rng.permutation(len(things)).tolist()]


def shares(total: int, labels: int, rng: np.random.Generator) -> list[int]:
    """Share ``total`` pictures among labels: equally, and what is left over one each to labels by lot."""
    each, over = divmod(total, labels)
    lucky = set(rng.permutation(labels)[:over].tolist())
    return [each + (label in lucky) for label in range(labels)]


def weighted(total: int, parts: Sequence[int]) -> list[int]:
    """Share ``total`` pictures among labels as ``parts`` stand to one another, each at least one where there are two.

    Rounded down for every label but the commonest, which gets the rest.
    """
    common = max(range(len(parts)), key=parts.__getitem__)
    whole = sum(parts)
    counts = [max(total * part // whole, min(1, total // len(parts))) for part in parts]
    counts[common] = 0
    counts[common] = total - sum(counts)
    return counts


def draw(
    requests: Sequence[Request],
    pools: Pools,
    rng: np.random.Generator,
    choices: Sequence[Laying],
    *,
    as_drawn_first: bool = False,
) -> list[Sample]:
    """Answer each request with a drawing from its pool, none again before the pool is used up.

    Parameters
    ----------
    requests
        In any order; the answers come in the same.
    pools
        No empty one may be asked for. The first time through, a pool is taken in the order it has.
    rng
        The only source of chance.
    choices
        Layings to use; a drawing that comes again lies another way, until all are used.
    as_drawn_first
        True for unseen pages: a drawing is only moved or mirrored when it comes again.
    """
    dealt = {
        key: iter(_deal(pools[key], count, rng, choices, as_drawn_first))
        for key, count in Counter(request.pool for request in requests).items()
    }
    return [Sample(*next(dealt[request.pool]), request.label, request.true_label) for request in requests]


def _deal(
    pool: Sequence[Drawing], count: int, rng: np.random.Generator, choices: Sequence[Laying], as_drawn_first: bool
) -> list[tuple[Drawing, Laying]]:
    size = len(pool)
    rounds = [np.arange(size)] + [rng.permutation(size) for _ in range(-(-count // size) - 1)]
    which = np.concatenate(rounds)[:count]
    orders = laying_orders(rng, size, choices, as_drawn_first=as_drawn_first)
    turn = np.arange(count) // size % len(choices)
    return [(pool[w], choices[c]) for w, c in zip(which.tolist(), orders[which, turn].tolist(), strict=True)]


def the_rest(
    pages: Sequence[Sample],
    pools: Iterable[tuple[int, Sequence[Drawing]]],
    book: Sequence[Sample],
    looks: Looks,
) -> list[Sample]:
    """Every other unseen drawing, as drawn: ten pictures are a page, and too few to measure anything with.

    Parameters
    ----------
    pages
        The unseen pages as they are; their drawings don't come again.
    pools
        A label, and drawings of it that are on the unseen side; any number for one label.
    book
        The other side: what looks like anything there is left out.
    """
    known = {(sample.label, sample.drawing) for sample in pages}
    found = dict.fromkeys((label, drawing) for label, pool in pools for drawing in pool)
    rest = [each for each in found if each not in known]
    other_side = OtherSide(looks.rows(list(dict.fromkeys(sample.drawing for sample in book))))
    near = other_side.near(looks.rows([drawing for _, drawing in rest]))
    return [
        Sample(drawing, AS_DRAWN, label) for (label, drawing), is_near in zip(rest, near, strict=True) if not is_near
    ]


def as_set(samples: Sequence[Sample], size: int, atlas: Atlas) -> PictureSet:
    """Paint the pictures, in this order."""
    # A large book holds each drawing many times over: equal descriptions are kept once.
    known: dict[Sample, Picture] = {}
    pictures: list[Picture] = []
    for sample in samples:
        picture = known.get(sample)
        if picture is None:
            drawing, laying, label, true_label = sample
            picture = known[sample] = Picture(
                drawing.emoji, drawing.artist, drawing.name, label, laying.flip, laying.dx, laying.dy, true_label
            )
        pictures.append(picture)
    pixels = paint(atlas, [s.drawing for s in samples], [s.laying for s in samples], size)
    return PictureSet(tuple(pictures), pixels, np.array([s.label for s in samples], dtype=np.int64))


def bind(
    words: Words,
    book: Sequence[Sample],
    unseen: Sequence[Sample],
    held_out: tuple[str, ...],
    wishes: Wishes,
    *,
    rest: Sequence[Sample] = (),
    unseen_means: str = BY_OTHERS,
    secret: str = "",
    fresh: bool = False,
) -> Book:
    """Mix each side's pictures, paint them, and put the words around them.

    Parameters
    ----------
    unseen, rest
        The pages that both players are shown, and what only the model is asked about, as ``the_rest`` found it.
    """
    return Book(
        name=words.name,
        title=words.title,
        about=words.about,
        labels=words.labels,
        keys=words.keys,
        emblems=words.emblems,
        size=wishes.size,
        seed=wishes.seed,
        training=as_set(mixed(book, wishes.rng(MIXING, 0)), wishes.size, wishes.atlas),
        unseen=as_set([*mixed(unseen, wishes.rng(MIXING, 1)), *rest], wishes.size, wishes.atlas),
        held_out=held_out,
        secret=secret,
        fresh=fresh,
        cards=len(unseen),
        unseen_means=unseen_means if unseen else "",
    )
