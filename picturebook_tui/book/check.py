"""A person's own book read and made once, and what came of it told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from picturebook_tui.book.atlas import Atlas, open_atlas
from picturebook_tui.book.custom import read_custom
from picturebook_tui.book.deal import Wishes
from picturebook_tui.book.own import make_own
from picturebook_tui.book.split import Looks
from picturebook_tui.book.words import shown


@dataclass(frozen=True, slots=True)
class LabelReport:
    """One label of a checked book."""

    label: str
    key: str
    emblem: str
    pictures: int
    """Entries in the file, apart from unseen ones."""
    emoji: int
    """Different emoji among them."""
    drawings: int
    """Drawings of those emoji, by all artists."""
    unseen: int
    """Cards of it on the unseen pages, as the book stands."""


@dataclass(frozen=True, slots=True)
class Report:
    """What ``picturebook books check`` tells of a person's book."""

    path: str
    """Safe to show: control characters spelt out."""
    title: str
    about: str
    labels: tuple[LabelReport, ...]
    pictures: int
    unseen: int
    """Cards on the unseen pages."""
    measured: int
    """Unseen pictures that the model is asked about: the cards, and every other drawing of the same."""
    held_out: tuple[str, ...]
    """Keys of the artists who drew the unseen pages and nothing else; () where no one could be held out."""
    warnings: tuple[str, ...]
    """Sentences about what works but may not be meant."""


def check_custom(path: str | Path, *, atlas: Atlas | None = None) -> Report:
    """Read a person's book, make it once, and say what came of it.

    Raises
    ------
    PictureBookError
        Where it can't be read or made; the same sentence that playing it would give.
    """
    the_atlas = atlas or open_atlas()
    written = read_custom(path, atlas=the_atlas)
    looks = Looks(the_atlas)
    book = make_own(written, Wishes(None, None, 0, 16, augment=True, held_out=None, atlas=the_atlas, looks=looks))
    drawn_by = {entry.emoji: len(entry.artists) for entry in the_atlas.emoji}
    kinds = [{e.emoji for e in written.pictures if e.label == number} for number in range(len(written.labels))]
    asked = Counter(entry.label for entry in written.pictures)
    kept = Counter(book.unseen.targets[: book.unseen_cards].tolist())
    labels = tuple(
        LabelReport(
            label=label,
            key=written.keys[number],
            emblem=written.emblems[number],
            pictures=asked[number],
            emoji=len(kinds[number]),
            drawings=sum(drawn_by[emoji] for emoji in kinds[number]),
            unseen=kept[number],
        )
        for number, label in enumerate(written.labels)
    )
    return Report(
        path=shown(path, 400)[1:-1],
        title=written.title,
        about=written.about,
        labels=labels,
        pictures=len(book.training),
        unseen=book.unseen_cards,
        measured=len(book.unseen),
        held_out=book.held_out,
        warnings=(*written.warnings, *_warnings(labels)),
    )


def _warnings(labels: Sequence[LabelReport]) -> list[str]:
    """Say what works but may not be meant, of the book as it was made."""
    found: list[str] = []
    most, fewest = max(labels, key=lambda row: row.pictures), min(labels, key=lambda row: row.pictures)
    if most.pictures >= 2 * fewest.pictures:
        found.append(
            f"{shown(most.label)} has {most.pictures} pictures and {shown(fewest.label)} {fewest.pictures}: "
            "always answering the first would already score well."
        )
    for row in labels:
        if row.pictures > row.drawings:
            found.append(
                f"{shown(row.label)} asks for {row.pictures} pictures of {row.drawings} drawings: some come again."
            )
        if not row.unseen and any(other.unseen for other in labels):
            found.append(f"{shown(row.label)} is not on the unseen pages: add a picture of it there.")
    if not any(row.unseen for row in labels):
        found.append("There are no unseen pages: too few artists drew these emoji to hold any out.")
    return found
