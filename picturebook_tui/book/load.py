"""Making a book: from the shelf or from a person's file, the same for the same seed."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from numbers import Real
from operator import index
from typing import SupportsIndex

from picturebook_tui.book.atlas import ARTISTS, Atlas, Drawing, open_atlas
from picturebook_tui.book.augment import layings
from picturebook_tui.book.book import Book, distorted
from picturebook_tui.book.counting import MAX_PICTURES, MAX_WRONG_LABELS, SIZES, check_seed, whole_number
from picturebook_tui.book.custom import SUFFIXES, Given, read_custom
from picturebook_tui.book.deal import (
    BY_OTHERS,
    DEFAULT_UNSEEN,
    ENOUGH,
    HELD_OUT,
    NEVER_SHOWN,
    SHARES,
    TRAINING,
    UNSEEN,
    Request,
    Sample,
    Wishes,
    bind,
    draw,
    mixed,
    shares,
    the_rest,
    weighted,
)
from picturebook_tui.book.hidden import HiddenRule
from picturebook_tui.book.ladder import distortion_of
from picturebook_tui.book.mixups import mixed_up_requests, mixups_secret
from picturebook_tui.book.own import make_own
from picturebook_tui.book.shelf import SHELF, ShelfBook, as_name, shelf_names
from picturebook_tui.book.six import make_six
from picturebook_tui.book.split import Looks, OtherSide, first_apart
from picturebook_tui.book.words import shown
from picturebook_tui.errors import PictureBookError

DEFAULT_PICTURES = 40
"""Training pictures of a shelf book where nobody says otherwise: *Quick*, a game of three minutes."""


def load_book(
    source: str | os.PathLike[str] | Given,
    *,
    pictures: SupportsIndex | None = None,
    unseen: SupportsIndex | None = None,
    seed: SupportsIndex = 0,
    size: SupportsIndex = 16,
    augment: bool = True,
    held_out: Iterable[str] | None = None,
    wrong_labels: float | None = None,
    kind: SupportsIndex | None = None,
    distortion: str | None = None,
    distortion_level: SupportsIndex | None = None,
    atlas: Atlas | None = None,
) -> Book:
    """Make a book.

    Labels are balanced (off by one at most where the number doesn't divide; only Hot dog? has nine of one for one of
    the other), drawings come again only when all have been shown, and then lie another way, and neither a drawing nor
    a near-duplicate is on both sides (Six Wugs has but eight creatures: there the unseen ones are turned round).

    Parameters
    ----------
    source
        A name of the shelf ("cats-and-dogs"); the path of a person's own .json, .csv or .toml; or the pictures
        themselves, as a list (or anything else that is gone through once) of ``{"image": "🐱", "label": "cat"}`` or
        of pairs ``("🐱", "cat")``, or as the object of the JSON format. What may not be meant in it, such as one
        picture under two labels, stands in ``Book.warnings``.
    pictures
        Training pictures, 1 to ``MAX_PICTURES``, at least one a label. None: 40 from the shelf; from a person's own
        book each entry once, as balanced as it was written.
    unseen
        Validation pictures on the pages that both players are shown, 0 to ``MAX_PICTURES``; 0 holds nobody out. None:
        10 from the shelf; from a person's own book its unseen entries once, or where it has none about a quarter of
        its pictures, up to 10, if artists can be held out for them. ``Book.unseen`` begins with these and goes on with
        every other drawing that is as unseen, so that a model can be measured with more than a page.
    seed
        Chooses everything there is to choose.
    size
        Pixels along one side, 16 or 32; the same drawings either way.
    augment
        Mirror the training pictures and move them by a pixel (a person's own book says itself whether they may be
        mirrored). Unseen pictures lie as drawn, as an exam should, unless there are fewer drawings than asked for:
        those that come again are mirrored or moved. Without it they come again as they were.
    held_out
        Keys of the artists to keep for the unseen pages; None: two of the nine, by lot.
    wrong_labels
        Mixed-up labels alone: which share of the training labels is wrong, 0 to 0.5; None: 0.2.
    kind
        Six Wugs alone: which of the six kinds of rule, 1 to 6; None: by lot.
    distortion, distortion_level
        Every picture, training and unseen, made harder to see: "noise", "contrast", "blur" or "grey", by a level of
        the ladder (0: as drawn; None: the usual, 2, of grey 1). The same book without it has the same pictures.
    atlas
        Where the drawings are; None: those that ship.

    Raises
    ------
    PictureBookError
        For a name or file that isn't there, a file that isn't a book, or a number that can't be meant.
    """
    shelf = None
    if isinstance(source, str):
        name = as_name(source)
        shelf = SHELF.get(name)
        if shelf is None and not _looks_like_a_path(source):
            raise _not_on_the_shelf(source, name)
    elif not isinstance(source, os.PathLike | Iterable) or isinstance(source, bytes | bytearray | memoryview):
        raise PictureBookError(
            f"A book can't be made of {_kind_of(source)}: give a name from the shelf, a path, or a list such as "
            '[{"image": "🐱", "label": "cat"}, {"image": "🐶", "label": "dog"}].'
        )
    wishes = _wishes(pictures, unseen, seed, size, augment, held_out, atlas)
    wishes = replace(wishes, wrong_labels=_share_wrong(wrong_labels, shelf), kind=_kind(kind, shelf))
    harder = distortion_of(distortion, distortion_level)
    if shelf is not None:
        return distorted(_from_shelf(shelf, wishes), harder)
    if isinstance(source, str | os.PathLike):
        source = _path_of(source)
    written = read_custom(source, atlas=wishes.atlas)
    return replace(distorted(make_own(written, wishes), harder), warnings=written.warnings)


def _path_of(source: str | os.PathLike[str]) -> str:
    path = os.fspath(source)
    if not isinstance(path, str):
        raise PictureBookError(f"The path is {_kind_of(path)}: give it as text, or as a pathlib.Path.")
    return os.path.expanduser(path)


def _kind_of(value: object) -> str:
    """What it is, for a sentence: "None", "an int", "bytes"."""
    if value is None:
        return "None"
    name = type(value).__name__
    return name if name == "bytes" else f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _wishes(
    pictures: SupportsIndex | None,
    unseen: SupportsIndex | None,
    seed: SupportsIndex,
    size: SupportsIndex,
    augment: bool,
    held_out: Iterable[str] | None,
    atlas: Atlas | None,
) -> Wishes:
    """Check what was asked before anything is read."""
    if pictures is not None:
        pictures = whole_number(pictures, "number of pictures", least=1, most=MAX_PICTURES)
    if unseen is not None:
        unseen = whole_number(unseen, "number of unseen pictures", least=0, most=MAX_PICTURES)
    if isinstance(size, bool) or not hasattr(size, "__index__") or _index(size) not in SIZES:
        raise PictureBookError(f"The size is {shown(size)}: choose 16 or 32 pixels along one side.")
    if not type(augment).__name__.startswith("bool"):
        raise PictureBookError(f"To augment or not is {shown(augment)}: give True or False.")
    if atlas is not None and not hasattr(atlas, "drawings"):
        raise PictureBookError(f"The atlas is {_kind_of(atlas)}: leave it away for the drawings that ship.")
    the_atlas = atlas or open_atlas()
    return Wishes(
        pictures,
        unseen,
        check_seed(seed),
        int(size),
        bool(augment),
        held_out=None if held_out is None else _artists(held_out),
        atlas=the_atlas,
        looks=Looks(the_atlas),
    )


def _index(value: SupportsIndex) -> int | None:
    """The whole number that it is; None where it only seems one (an array of several)."""
    try:
        return index(value)
    except TypeError:
        return None


def _artists(keys: Iterable[str]) -> tuple[str, ...]:
    """Check who is to be held out; in the artists' order."""
    if isinstance(keys, str) or not isinstance(keys, Iterable):
        raise PictureBookError(
            f'Who is held out is {shown(keys)}: give a list of artists, such as ["noto", "twemoji"].'
        )
    asked = []
    for key in keys:
        if not isinstance(key, str) or key not in ARTISTS:
            raise PictureBookError(f"There is no artist {shown(key)} to hold out: choose from {', '.join(ARTISTS)}.")
        asked.append(key)
    return tuple(key for key in ARTISTS if key in asked)


def _share_wrong(share: float | None, shelf: ShelfBook | None) -> float | None:
    """Check the share of wrong labels; the book's own where nobody says."""
    own = None if shelf is None else shelf.wrong_labels
    if share is None:
        return own
    if own is None:
        raise PictureBookError(
            f"{_called(shelf)} has no share of wrong labels to choose: leave that away, or play mixed-up-labels."
        )
    if isinstance(share, bool) or not isinstance(share, Real) or not 0 <= share <= MAX_WRONG_LABELS:
        raise PictureBookError(
            f"The share of wrong labels is {shown(share)}: choose a number from 0 (none) to {MAX_WRONG_LABELS} (half)."
        )
    return float(share)


def _kind(kind: SupportsIndex | None, shelf: ShelfBook | None) -> int | None:
    """Check which kind of rule was asked for."""
    if kind is None:
        return None
    if shelf is None or not shelf.kinds:
        raise PictureBookError(f"{_called(shelf)} has no kinds to choose from: leave that away, or play six-wugs.")
    return whole_number(kind, "kind of rule", least=shelf.kinds[0], most=shelf.kinds[-1])


def _called(shelf: ShelfBook | None) -> str:
    return "A book of your own" if shelf is None else shelf.title


def _looks_like_a_path(text: str) -> bool:
    return text.lower().endswith(SUFFIXES) or "/" in text or os.sep in text or os.path.exists(text)


def _not_on_the_shelf(text: str, name: str) -> PictureBookError:
    near = difflib.get_close_matches(name[:60], shelf_names(), n=2, cutoff=0.5)
    advice = f"did you mean {' or '.join(near)}?" if near else f"choose {_or(shelf_names())}, or the path of your own."
    return PictureBookError(f"There is no book {shown(text)} on the shelf: {advice}")


def _or(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


# From the shelf


def _from_shelf(shelf: ShelfBook, wishes: Wishes) -> Book:
    wishes.check_labels(shelf)
    pictures = DEFAULT_PICTURES if wishes.pictures is None else wishes.pictures
    unseen = DEFAULT_UNSEEN if wishes.unseen is None else wishes.unseen
    wanted, kept = _shares(shelf, pictures, wishes, TRAINING), _shares(shelf, unseen, wishes, UNSEEN)
    if shelf.kinds:
        return make_six(shelf, wanted, kept, wishes)
    sides, secret = _sides_by_emoji if shelf.artists else _sides_by_artist, ""
    if shelf.hidden_rule:
        hidden = HiddenRule(wishes, max(wanted), max(kept))
        sides, secret = hidden.sides, hidden.secret(shelf.labels)
    wrong = mixed_up_requests(wanted, wishes)
    for held_out, training, exam in sides(shelf, unseen, wishes):
        # The unseen pages choose first: they have fewer drawings to choose from.
        unseen_pages: list[Sample] = []
        for label, pool in enumerate(exam):
            rng = wishes.rng(UNSEEN, label)
            requests = [Request(label, label)] * kept[label]
            unseen_pages += draw(
                requests, {label: mixed(pool, rng)}, rng, layings(wishes.augment, True), as_drawn_first=True
            )
        other_side = OtherSide(wishes.looks.rows(list(dict.fromkeys(sample.drawing for sample in unseen_pages))))
        book: list[Sample] = []
        for label, pool in enumerate(training):
            rng = wishes.rng(TRAINING, label)
            requests = wrong[label] if wrong else [Request(label, label)] * wanted[label]
            apart = first_apart(mixed(pool, rng), len(requests), other_side, wishes.looks)
            if not apart:
                break
            book += draw(requests, {label: apart}, rng, layings(wishes.augment, True))
        else:
            if wrong:
                secret = mixups_secret(book)
            by = held_out if unseen else ()
            rest = the_rest(unseen_pages, enumerate(exam), book, wishes.looks) if unseen else []
            return bind(
                shelf, book, unseen_pages, by, wishes, rest=rest, unseen_means=shelf.unseen_means or BY_OTHERS,
                secret=secret, fresh=shelf.fresh,
            )  # fmt: skip
    raise PictureBookError(
        f"{shelf.title} can't keep {_or(wishes.held_out or ('anyone',))} for the unseen pages and show every label "
        "on both sides: hold out other artists, or choose 0 unseen pictures."
    )


def _shares(shelf: ShelfBook, total: int, wishes: Wishes, side: int) -> list[int]:
    """How many pictures each label gets."""
    if shelf.parts:
        return weighted(total, shelf.parts)
    return shares(total, len(shelf.labels), wishes.rng(SHARES, side))


_Sides = Iterator[tuple[tuple[str, ...], list[list[Drawing]], list[list[Drawing]]]]
"""Who is held out, then each label's drawings for the book and for the unseen pages; the best choice first."""


def _sides_by_artist(shelf: ShelfBook, unseen: int, wishes: Wishes) -> _Sides:
    drawings = [list(wishes.atlas.drawings(emoji=contents)) for contents in shelf.contents]
    if not unseen and wishes.held_out is None:
        yield (), drawings, [[] for _ in drawings]
        return
    by = [[drawing.artist for drawing in pool] for pool in drawings]
    enough = min(ENOUGH, -(-unseen // len(drawings)))
    for held_out in wishes.who_to_hold_out(by, by, enough):
        yield (
            held_out,
            [[d for d in pool if d.artist not in held_out] for pool in drawings],
            [[d for d in pool if d.artist in held_out] for pool in drawings],
        )


def _sides_by_emoji(shelf: ShelfBook, unseen: int, wishes: Wishes) -> _Sides:
    if wishes.held_out:
        raise PictureBookError(f"In {shelf.title} the artists are the labels: leave held_out away.")
    everyone = set(shelf.artists)
    subjects = [
        entry.emoji
        for entry in wishes.atlas.emoji
        if everyone <= set(entry.artists) and entry.subgroup.startswith(shelf.subjects)
    ]
    order = mixed(subjects, wishes.rng(HELD_OUT))
    never = set(order[: round(NEVER_SHOWN * len(order))]) if unseen else set()
    chosen = wishes.atlas.drawings(emoji=order)
    pools = [[d for d in chosen if d.artist == artist] for artist in shelf.artists]
    yield (
        (),
        [[d for d in pool if d.emoji not in never] for pool in pools],
        [[d for d in pool if d.emoji in never] for pool in pools],
    )
