"""The gap: how much better a book is known than pictures never learned from, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from picturebook_tui.book.book import Book, Picture
    from picturebook_tui.learner.learner import Learner


@dataclass(frozen=True, slots=True)
class Known:
    """How many pictures somebody called rightly, label by label: a number for each label of the book."""

    right: tuple[int, ...]
    pictures: tuple[int, ...]
    """0 for a label that none was of."""
    drawings: tuple[int, ...]
    """How many different drawings these were: one that comes again, moved by a pixel, is no new trial."""

    @property
    def accuracy(self) -> float:
        """Share of all pictures, 0 to 1."""
        return sum(self.right) / sum(self.pictures)

    @property
    def by_label(self) -> float:
        """Mean over the labels that occur of the share of their pictures, 0 to 1: the balanced accuracy."""
        shares = [right / pictures for right, pictures in zip(self.right, self.pictures, strict=True) if pictures]
        return sum(shares) / len(shares)

    def shares(self, labels: Iterable[int]) -> list[tuple[float, int]]:
        """Of these labels, the share right and of how many different drawings."""
        return [(self.right[label] / self.pictures[label], self.drawings[label]) for label in labels]


@dataclass(frozen=True, slots=True)
class Gap:
    """Accuracy on the book minus accuracy on unseen pictures, both averaged over the labels that are on both sides.

    It mixes all that parts the two: what was learned by heart, other artists' hands, other things. Shares, 0 to 1.
    """

    book: float
    unseen: float
    low: float
    """The difference lies between ``low`` and ``high`` (95%); see ``metrics.difference_interval``."""
    high: float
    pictures: int
    """On how many unseen pictures it was measured."""


def known(pictures: Iterable[Picture], right: Iterable[bool], labels: int) -> Known:
    """Count label by label which pictures were right, by the label that stands under each."""
    counts, of_all = [0] * labels, [0] * labels
    drawings: list[set[tuple[str, str]]] = [set() for _ in range(labels)]
    for picture, is_right in zip(pictures, right, strict=True):
        counts[picture.label] += is_right
        of_all[picture.label] += 1
        drawings[picture.label].add((picture.emoji or picture.name, picture.artist))
    return Known(tuple(counts), tuple(of_all), tuple(map(len, drawings)))


def gap_between(book: Known | None, unseen: Known | None) -> Gap | None:
    """The gap between two sets that one player was measured on; None where they have no label in common."""
    if book is None or unseen is None:
        return None
    # Its file imports NumPy, which Home shows its first screen without.
    from picturebook_tui.learner.metrics import difference_interval

    both = [label for label, pictures in enumerate(book.pictures) if pictures and unseen.pictures[label]]
    if not both:
        return None
    first, second = book.shares(both), unseen.shares(both)
    low, high = difference_interval(first, second)
    on_book, on_unseen = (sum(share for share, _ in side) / len(both) for side in (first, second))
    return Gap(on_book, on_unseen, low, high, sum(unseen.pictures[label] for label in both))


def model_gap(learner: Learner, book: Book) -> Gap | None:
    """The gap of a learner as it is now: its weights are held still while it is asked about every picture."""
    if not len(book.unseen):
        return None
    labels = len(book.labels)
    again, new = (learner.evaluate(part.pixels, part.targets) for part in (book.training, book.unseen))
    return gap_between(
        known(book.training.pictures, again.right, labels), known(book.unseen.pictures, new.right, labels)
    )


def known_from_dict(data: Any) -> Known | None:
    """Read what ``dataclasses.asdict`` wrote of a Known; None is none.

    Raises
    ------
    ValueError, TypeError, KeyError
        Where it is nothing of the kind.
    """
    if data is None:
        return None
    if not isinstance(data, Mapping):
        raise ValueError("no counts")
    right, pictures, drawings = (tuple(data[name]) for name in ("right", "pictures", "drawings"))
    whole = all(type(number) is int for row in (right, pictures, drawings) for number in row)
    rows = zip(right, pictures, drawings, strict=True)
    # Every share of them is asked for, so that no damaged file divides by zero.
    if not whole or not any(pictures) or not all(0 <= r <= p and min(p, 1) <= d <= p for r, p, d in rows):
        raise ValueError("no such counts")
    return Known(right, pictures, drawings)


def saved_gap(epoch: Mapping[str, Any], book: str = "model_again", new: str = "model_new") -> Gap | None:
    """The gap of an epoch as a summary keeps it; None in runs saved before it was counted, and in damaged ones."""
    try:
        return gap_between(known_from_dict(epoch.get(book)), known_from_dict(epoch.get(new)))
    except (KeyError, TypeError, ValueError):
        return None
