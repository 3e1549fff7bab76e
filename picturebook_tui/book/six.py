"""Six Wugs: eight creatures, and the six kinds of rule that can part eight in two fours.

Shepard, Hovland & Jenkins, "Learning and memorization of classifications", Psychological Monographs 75 (1961): shape,
colour and size have two values each. Whatever the kind, four creatures belong to either family; what differs is how
many of the three have to be looked at, and how.

The eight creatures come again and again, drawn alike each time, as in the laboratory. There are no others, so the
unseen pages cannot show any: they show the same eight turned round, looking to the left, and moved by a pixel when
they come again. That asks whether one knows the creature and not its pixels; it is a milder question than unseen
artists are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from picturebook_tui.book.augment import AS_DRAWN, MIRRORED_TOO
from picturebook_tui.book.book import Book
from picturebook_tui.book.deal import RULE, TRAINING, UNSEEN, Pools, Request, Sample, Wishes, bind, draw, mixed, source
from picturebook_tui.book.shelf import ShelfBook
from picturebook_tui.book.wugs import COOL, SHAPES, WARM, Wug
from picturebook_tui.book.wugs import SIZES as WUG_SIZES
from picturebook_tui.errors import PictureBookError

TYPES = ("AAAABBBB", "AABBBBAA", "BBBAABAA", "BBBABAAA", "BBBAAAAB", "BAABABBA")
"""Types I to VI: the families of the creatures 111, 112, 121, 122, 211, 212, 221, 222, where each digit is the value
of one dimension."""

NUMERALS = ("I", "II", "III", "IV", "V", "VI")

LOOKING_LEFT = tuple(laying for laying in MIRRORED_TOO if laying.flip)
"""Turned round; the first stands in its place."""

Values = tuple[str, str]
"""A dimension's two values."""


def make_six(shelf: ShelfBook, wanted: Sequence[int], kept: Sequence[int], wishes: Wishes) -> Book:
    """Make the book.

    The seed chooses which two shapes and colours there are, which dimension is the first, second and third, which of
    its values counts as 1, and, where nobody asked for one, the kind of rule.

    Parameters
    ----------
    shelf
        The words, and the kinds there are.
    wanted, kept
        Training and unseen pictures of either label.
    wishes
        The kind asked for, the seed and so on.

    Raises
    ------
    PictureBookError
        Where artists are to be held out.
    """
    if wishes.held_out:
        raise PictureBookError(f"In {shelf.title} one hand drew everything: leave held_out away.")
    rng = wishes.rng(RULE)
    by_lot = _by_lot(shelf, rng)
    kind = wishes.kind or by_lot
    shapes = mixed(SHAPES, rng)[:2]
    colours = mixed((mixed(WARM, rng)[0], mixed(COOL, rng)[0]), rng)
    dimensions = mixed([(shapes[0], shapes[1]), (colours[0], colours[1]), _pair(mixed(WUG_SIZES, rng))], rng)
    families = families_of(kind, dimensions)
    book: list[Sample] = []
    unseen: list[Sample] = []
    rest: list[Sample] = []
    for label, family in enumerate(families):
        pools: Pools = {label: [wug.drawing for wug in mixed(family, rng)]}
        requests = [Request(label, label)] * wanted[label]
        book += draw(requests, pools, wishes.rng(TRAINING, label), (AS_DRAWN,))
        requests = [Request(label, label)] * kept[label]
        choices = LOOKING_LEFT if wishes.augment else LOOKING_LEFT[:1]
        pages = draw(requests, pools, wishes.rng(UNSEEN, label), choices, as_drawn_first=True)
        unseen += pages
        if any(kept):
            shown = {sample.drawing for sample in pages}
            rest += [Sample(drawing, LOOKING_LEFT[0], label) for drawing in pools[label] if drawing not in shown]
    secret = f"The hidden rule, type {NUMERALS[kind - 1]} of six: {rule_told(kind, dimensions, shelf.labels)}"
    return bind(
        shelf, book, unseen, (), wishes, rest=rest, unseen_means=shelf.unseen_means, secret=secret, fresh=shelf.fresh
    )


def kind_by_lot(shelf: ShelfBook, seed: int) -> int:
    """The kind of rule that a seed chooses where nobody asks for one."""
    return _by_lot(shelf, source(seed, RULE))


def _by_lot(shelf: ShelfBook, rng: np.random.Generator) -> int:
    return shelf.kinds[int(rng.integers(len(shelf.kinds)))]


def _pair(values: Sequence[str]) -> Values:
    return values[0], values[1]


def families_of(kind: int, dimensions: Sequence[Values]) -> tuple[list[Wug], list[Wug]]:
    """The two families of four, A and B.

    Parameters
    ----------
    kind
        1 to 6.
    dimensions
        Two shapes, two colours and two sizes, in any order; the first value of each counts as 1.
    """
    families: tuple[list[Wug], list[Wug]] = ([], [])
    for number, letter in enumerate(TYPES[kind - 1]):
        values = {dimension[number >> (2 - place) & 1] for place, dimension in enumerate(dimensions)}
        (shape,) = values & set(SHAPES)
        (colour,) = values & {*WARM, *COOL}
        (size,) = values & set(WUG_SIZES)
        families["AB".index(letter)].append(Wug(shape, colour, size))
    return families


def rule_told(kind: int, dimensions: Sequence[Values], labels: Sequence[str]) -> str:
    """The rule in words, true of ``families_of`` with the same arguments; ``labels`` name families A and B."""
    (a1, a2), (b1, b2), (c1, c2) = dimensions
    first, second = labels
    told = {
        1: f"the {a1} ones are {first}s, the {a2} ones {second}s.",
        2: f"{first}s are {a1} and {b1}, or {a2} and {b2}; the rest are {second}s.",
        3: f"{first}s are {c1} and {a2}, or {c2} and {b2}; the rest are {second}s.",
        4: f"{first}s have two of these or all three: {a2}, {b2}, {c2}; the rest are {second}s.",
        5: f"the {a2} ones are {first}s, the {a1} ones {second}s; where {b2} and {c2} it is the other way round.",
        6: f"{first}s have one of these or all three: {a2}, {b2}, {c2}; {second}s have two or none.",
    }
    return told[kind]
