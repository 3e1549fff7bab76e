"""A book whose labels follow a rule that nobody has said: Dax & Wug."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from picturebook_tui.book.atlas import Drawing
from picturebook_tui.book.deal import ENOUGH, RULE, Wishes, mixed
from picturebook_tui.book.rules import choose_rule, sorted_by, subjects
from picturebook_tui.book.shelf import ShelfBook

EXAM_EVERY = 3
"""One thing in three is kept for the unseen pages: with other things by other artists, remembering pictures is of no
help there, only the rule is."""

SPARE = 1.5
"""Drawings sorted for each one needed; some will turn out near-duplicates of the other side's."""


MANY_THINGS = 25
"""Different things of a label, where the book is that long: a page of ten then rarely shows one twice."""


def _enough(pools: Sequence[Sequence[Drawing]], drawings: int, things: int) -> bool:
    """Whether either label has so many drawings, of so many different things."""
    return all(len(pool) >= drawings and len({d.emoji for d in pool}) >= things for pool in pools)


class HiddenRule:
    """A rule drawn by the seed, and drawings sorted by it.

    Parameters
    ----------
    wishes
        Everything is drawn from its seed.
    wanted, kept
        Training and unseen pictures of a label. Things are sorted until there are drawings enough for them, or no
        more things: it takes 0.1 ms a drawing to look.
    """

    def __init__(self, wishes: Wishes, wanted: int, kept: int) -> None:
        rng = wishes.rng(RULE)
        self.rule, self._swapped = choose_rule(rng)
        self._training: list[list[Drawing]] = [[], []]
        self._exam: list[list[Drawing]] = [[], []]
        # Two artists of nine are left to the exam, in the worst case those who drew least of this.
        training = (int(SPARE * wanted * 9 / 7), min(wanted, MANY_THINGS))
        exam = (int(SPARE * max(kept, ENOUGH) * 9 / 2), 2 * min(kept, ENOUGH))
        for place, entry in enumerate(mixed(subjects(wishes.atlas), rng)):
            pools = self._exam if place % EXAM_EVERY == 0 and kept else self._training
            sides = sorted_by(self.rule, entry, wishes.atlas)
            for label, found in enumerate(reversed(sides) if self._swapped else sides):
                pools[label] += found
            if _enough(self._training, *training) and (not kept or _enough(self._exam, *exam)):
                break

    def secret(self, labels: Sequence[str]) -> str:
        """The rule in a sentence."""
        first, second = reversed(labels) if self._swapped else labels
        return f"The hidden rule: a {first} {self.rule.first}, a {second} {self.rule.second}."

    def sides(
        self, shelf: ShelfBook, unseen: int, wishes: Wishes
    ) -> Iterator[tuple[tuple[str, ...], list[list[Drawing]], list[list[Drawing]]]]:
        """Who is held out, then each label's drawings for the book and for the unseen pages; the best choice first."""
        if not unseen and wishes.held_out is None:
            yield (), self._training, [[], []]
            return
        groups = [[[drawing.artist for drawing in pool] for pool in pools] for pools in (self._exam, self._training)]
        for held_out in wishes.who_to_hold_out(groups[0], groups[1], ENOUGH):
            yield (
                held_out,
                [[d for d in pool if d.artist not in held_out] for pool in self._training],
                [[d for d in pool if d.artist in held_out] for pool in self._exam],
            )
