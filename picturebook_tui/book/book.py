"""What a picture book is: pictures, their labels, and the pages kept unseen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.atlas import Atlas, Drawing, open_atlas
from picturebook_tui.book.augment import Laying, paint
from picturebook_tui.book.counting import MAX_PICTURES
from picturebook_tui.book.distort import distort
from picturebook_tui.book.ladder import Distortion, distortion_of
from picturebook_tui.book.wugs import ARTIST, KINDS
from picturebook_tui.errors import PictureBookError

RECIPE_VERSION = 4
"""Older ones are read all the same: of 3 all unseen pictures were on the pages, of 2 no book was distorted, and of 1
books had neither secrets, nor wrong labels, nor drawings of our own."""

Pixels = NDArray[np.uint8]
"""uint8 (n, size, size, 3): red, green, blue on the paper colour; exactly what is drawn and what is learned."""

Targets = NDArray[np.int64]
"""int64 (n,): the index of each picture's label in ``Book.labels``."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One sample's description: which drawing, what it is called here, how it was laid on the paper."""

    emoji: str
    """"" for a drawing of this game's own."""
    artist: str
    """The artist's key, as in ``atlas.ARTISTS``; ``wugs.ARTIST`` for our own."""
    name: str
    """What the drawing shows, in words: "cat face with tears of joy"."""
    label: int
    """Index into ``Book.labels``."""
    flip: bool = False
    """Mirrored left to right."""
    dx: int = 0
    """Moved right by this many pixels (left where negative)."""
    dy: int = 0
    """Moved down by this many pixels (up where negative)."""
    true_label: int | None = None
    """Index of the label it should have; None where ``label`` is right."""

    @property
    def mixed_up(self) -> bool:
        """Whether its label is wrong, on purpose."""
        return self.true_label is not None


@dataclass(frozen=True, slots=True, eq=False)
class PictureSet:
    """Pictures with their pixels; the arrays are read-only."""

    pictures: tuple[Picture, ...]
    pixels: Pixels
    targets: Targets
    labels: tuple[str, ...] = ()
    """What the targets stand for, as in ``Book.labels``; () until it is part of a book."""

    def __post_init__(self) -> None:
        self.pixels.flags.writeable = False
        self.targets.flags.writeable = False

    def __reduce__(self) -> tuple[type[PictureSet], tuple[Any, ...]]:
        # A copy of a read-only array may be written to, unless it comes by the same door.
        return PictureSet, (self.pictures, self.pixels, self.targets, self.labels)

    def __len__(self) -> int:
        return len(self.pictures)

    def first(self, count: int) -> PictureSet:
        """So many of them, from the first on."""
        return PictureSet(self.pictures[:count], self.pixels[:count], self.targets[:count])


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """A dataset: training pictures, unseen pictures (validation) and the words around them."""

    name: str
    """Shelf name or file stem: "cats-and-dogs"."""
    title: str
    """As shown: "Cats & Dogs"."""
    about: str
    """One sentence: what this book shows."""
    labels: tuple[str, ...]
    keys: tuple[str, ...]
    """One letter per label, to answer with; unique, lower case."""
    emblems: tuple[str, ...]
    """One single-codepoint, two-column emoji per label, for captions: ("🐱", "🐶")."""
    size: int
    """Pixels along one side: 16 or 32."""
    seed: int
    training: PictureSet
    unseen: PictureSet
    """Validation pictures, all there are to measure a model with; may be empty. Those of the pages come first."""
    held_out: tuple[str, ...]
    """Artists that drew the unseen pictures and none of the training ones; () where artists are the labels."""
    secret: str = ""
    """What is only told at the end, in a sentence or two: the hidden rule, how many labels were wrong."""
    fresh: bool = False
    """Both players start from nothing: the labels are invented."""
    distortion: Distortion | None = None
    """What was done to every picture, of the book and unseen; None: they are as drawn."""
    cards: int | None = None
    """The first so many unseen pictures are on the pages that both players are shown, as even between the labels as the
    book; only the model is asked about the others, of which there may be more of one label. None: all are."""
    unseen_means: str = ""
    """What makes them unseen, to end a sentence with: "drawings by artists who drew nothing in the book"."""
    warnings: tuple[str, ...] = ()
    """Sentences about what works but may not be meant: one picture under two labels. Only of a person's own book."""

    @property
    def unseen_cards(self) -> int:
        """How many of the unseen pictures, from the first on, both players are shown."""
        return len(self.unseen) if self.cards is None else self.cards

    @property
    def unseen_by_label(self) -> tuple[int, ...]:
        """Unseen pictures of each label; 0 where there are none of it."""
        return tuple(np.bincount(self.unseen.targets, minlength=len(self.labels)).tolist())

    def __post_init__(self) -> None:
        # A side that is passed around alone still knows what its numbers stand for.
        for side in ("training", "unseen"):
            object.__setattr__(self, side, replace(getattr(self, side), labels=self.labels))

    @property
    def mixed_up(self) -> tuple[int, ...]:
        """Training pictures whose label is wrong; it is what both players are told, and what counts as right."""
        return tuple(index for index, picture in enumerate(self.training.pictures) if picture.mixed_up)

    @property
    def pixels_hash(self) -> str:
        """Sha-256 (hex) of both sets' pixels and targets: what both players are shown."""
        digest = hashlib.sha256()
        for part in (self.training, self.unseen):
            digest.update(np.ascontiguousarray(part.pixels).data)
            digest.update(np.ascontiguousarray(part.targets, dtype="<i8").data)
        return digest.hexdigest()

    def recipe(self) -> dict[str, Any]:
        """Write down everything needed to make this very book again, without the shelf or a person's file.

        Returns
        -------
        Plain values for JSON: the words, the drawings used (emoji and artist; of our own, name and artist), each
        picture as numbers (drawing, label, mirrored, moved right, moved down), training pictures with a wrong label
        (index, true label), and ``pixels_hash`` to tell whether it came out the same.
        """
        numbers: dict[tuple[str, str], int] = {}

        def rows(part: PictureSet) -> list[list[int]]:
            return [
                [numbers.setdefault((p.emoji or p.name, p.artist), len(numbers)), p.label, int(p.flip), p.dx, p.dy]
                for p in part.pictures
            ]

        training, unseen = rows(self.training), rows(self.unseen)
        return {
            "version": RECIPE_VERSION,
            "name": self.name,
            "title": self.title,
            "about": self.about,
            "labels": list(self.labels),
            "keys": list(self.keys),
            "emblems": list(self.emblems),
            "size": self.size,
            "seed": self.seed,
            "held_out": list(self.held_out),
            "secret": self.secret,
            "fresh": self.fresh,
            "distortion": None if self.distortion is None else [self.distortion.kind, self.distortion.level],
            "mixed_up": [[index, self.training.pictures[index].true_label] for index in self.mixed_up],
            "drawings": [list(pair) for pair in numbers],
            "training": training,
            "unseen": unseen,
            "cards": self.unseen_cards,
            "unseen_means": self.unseen_means,
            "pixels_hash": self.pixels_hash,
        }


def distorted(book: Book, distortion: Distortion | None) -> Book:
    """The same book with its pictures harder to see: training and unseen ones alike, by the book's own seed.

    Parameters
    ----------
    book
        As drawn; nothing is distorted twice.
    distortion
        What to do; None leaves the book as it is.
    """
    if distortion is None:
        return book
    if book.distortion is not None:
        raise ValueError("the book is distorted already")
    training, unseen = (
        PictureSet(
            part.pictures, distort(part.pixels, distortion.kind, distortion.level, (book.seed, side)), part.targets
        )
        for side, part in enumerate((book.training, book.unseen))
    )
    return replace(book, training=training, unseen=unseen, distortion=distortion)


def book_from_recipe(recipe: Mapping[str, Any], *, atlas: Atlas | None = None) -> Book:
    """Make the book again that ``Book.recipe`` wrote down, pixel for pixel.

    Raises
    ------
    PictureBookError
        Where the recipe is damaged or newer than this version, or the drawings are no longer the same.
    """
    the_atlas = atlas or open_atlas()
    try:
        if recipe["version"] > RECIPE_VERSION:
            raise PictureBookError("This book was saved by a newer Picture Book: update the game, or start a new run.")
        drawings: list[Drawing] = []
        for what, artist in map(_texts, recipe["drawings"]):
            if artist == ARTIST:
                drawings.append(KINDS[what].drawing)
                continue
            entry = the_atlas.find(what)
            drawings.append(Drawing(entry.emoji, artist, entry.name, entry.category))
        older = recipe["version"] < 2
        (secret,) = ("",) if older else _texts([recipe["secret"]])
        fresh, mixed_up = (False, []) if older else (recipe["fresh"], recipe["mixed_up"])
        distortion = _read_distortion(recipe["distortion"]) if recipe["version"] >= 3 else None
        newest = recipe["version"] >= 4
        cards, (means,) = (recipe["cards"], _texts([recipe["unseen_means"]])) if newest else (None, ("",))
        if newest and not (type(cards) is int and 0 <= cards <= len(recipe["unseen"])):
            raise ValueError("no such cards")
        if not isinstance(fresh, bool):
            raise ValueError("neither true nor false")
        labels = _texts(recipe["labels"])
        if recipe["size"] not in (16, 32) or len(labels) < 2:
            raise ValueError("no such book")
        name, title, about = _texts([recipe[key] for key in ("name", "title", "about")])
        book = Book(
            name=name,
            title=title,
            about=about,
            labels=labels,
            keys=_texts(recipe["keys"], len(labels)),
            emblems=_texts(recipe["emblems"], len(labels)),
            size=int(recipe["size"]),
            seed=int(recipe["seed"]),
            training=_read_set(recipe["training"], drawings, len(labels), recipe["size"], the_atlas, mixed_up),
            unseen=_read_set(recipe["unseen"], drawings, len(labels), recipe["size"], the_atlas),
            held_out=_texts(recipe["held_out"]),
            secret=secret,
            fresh=fresh,
            cards=cards,
            unseen_means=means,
        )
        book = distorted(book, distortion)
        same = book.pixels_hash == recipe["pixels_hash"]
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError):
        raise PictureBookError("The saved book is damaged: start a new run.") from None
    if not same:
        raise PictureBookError("The drawings have changed since this book was saved: start a new run.")
    return book


def _read_distortion(written: Any) -> Distortion | None:
    if written is None:
        return None
    kind, level = written
    try:
        return distortion_of(kind, level)
    except PictureBookError:
        raise ValueError("no such distortion") from None


def _texts(values: Sequence[Any], count: int | None = None) -> tuple[str, ...]:
    texts = tuple(values)
    if not all(isinstance(text, str) for text in texts) or (count is not None and len(texts) != count):
        raise ValueError("not so many texts")
    return texts


def _read_set(
    rows: Sequence[Any],
    drawings: Sequence[Drawing],
    labels: int,
    size: int,
    atlas: Atlas,
    mixed_up: Sequence[Any] = (),
) -> PictureSet:
    truths = dict(mixed_up)
    if not all(type(number) is int for row in (*rows, *truths.items()) for number in row):
        raise ValueError("not whole numbers")
    table = np.array(rows, dtype=np.int64).reshape(-1, 5)
    # number of the drawing, label, mirrored, moved right, moved down
    least, most = (0, 0, 0, -1, -1), (len(drawings) - 1, labels - 1, 1, 1, 1)
    if len(table) != len(rows) or len(table) > MAX_PICTURES or (table < least).any() or (table > most).any():
        raise ValueError("not a picture")
    if not all(0 <= at < len(table) and 0 <= true < labels and true != table[at, 1] for at, true in truths.items()):
        raise ValueError("not a wrong label")
    plain = table.tolist()
    used = [drawings[row[0]] for row in plain]
    laid = [Laying(bool(flip), dx, dy) for _, _, flip, dx, dy in plain]
    pictures = tuple(
        Picture(d.emoji, d.artist, d.name, row[1], lay.flip, lay.dx, lay.dy, truths.get(index))
        for index, (d, lay, row) in enumerate(zip(used, laid, plain, strict=True))
    )
    return PictureSet(pictures, paint(atlas, used, laid, size), table[:, 1].copy())
