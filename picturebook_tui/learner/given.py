"""What people hand over, made into pictures, targets and label names: books, their sets, arrays, lists.

A book's labels are matched with the learner's by name, whatever their order; bare numbers are positions among the
learner's own labels.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.counting import whole_number
from picturebook_tui.book.words import shown
from picturebook_tui.errors import PictureBookError

if TYPE_CHECKING:
    from picturebook_tui.book.book import Book, PictureSet

MOST_LABELS = 1000
"""As many as there are emoji to tell apart."""

MOST_NAMED = 4
"""Labels that a sentence spells out."""


class Given(NamedTuple):
    """Pictures as they were handed over, nothing of them checked yet."""

    pixels: Any
    targets: Any
    labels: tuple[str, ...] | None = None
    """What the numbers in ``targets`` stand for; None: positions among the learner's labels."""


def is_book(data: object) -> TypeGuard[Book]:
    """Told by its parts: to import books is to read all their drawings."""
    return hasattr(data, "training") and hasattr(data, "unseen")


def is_set(data: object) -> TypeGuard[PictureSet]:
    """One side of a book."""
    return hasattr(data, "pixels") and hasattr(data, "targets")


def given_pictures(data: Any, targets: Any, call: str, book: str = "book.training") -> Given:
    """Take apart what was passed as pictures with their labels.

    Parameters
    ----------
    call : how a person passes them, with a place to fill: "fit({})".
    book : what to fill it with from a book.

    Raises
    ------
    PictureBookError : one sentence, where no labels can be found in it, or it is a book and has two sides.
    """
    if isinstance(data, np.ndarray) and targets is not None:
        return Given(data, targets)
    pair, whole = call.format("pixels, targets"), call.format(book)
    if is_set(data) or is_book(data):
        if targets is not None:
            raise PictureBookError(f"A book brings its labels: pass {whole}, and the rest by name, as in seed=7.")
        part = _side(data)
        return Given(part.pixels, part.targets, part.labels or None)
    if targets is not None:
        return Given(data, targets)
    if data is None:
        raise PictureBookError(f"There is nothing to read: pass {whole}, or {pair}.")
    if isinstance(data, str | os.PathLike):
        raise PictureBookError(f"{shown(data)} is a book still to be loaded: pass it through load_book(…) first.")
    rows = isinstance(data, tuple | list)
    if rows and any(isinstance(entry, Mapping) for entry in data[:1]):
        raise PictureBookError("This list is a book still to be made: pass it through load_book(…) first.")
    if rows and len(data) == 2:
        return Given(*data)
    if isinstance(data, tuple) and len(data) == 3:
        raise PictureBookError(f"Every picture weighs the same here: pass {pair}, without sample weights.")
    if rows or hasattr(data, "__array__"):
        raise PictureBookError(f"These pictures came without their labels: pass {pair}.")
    raise PictureBookError(
        f"Pictures come as a book from load_book or as arrays, not as {type(data).__name__}: pass {whole}, or {pair}."
    )


def given_pixels(pixels: Any) -> Any:
    """Pictures as an array where they are something that NumPy takes for one; whole numbers 0 to 255 as uint8."""
    if isinstance(pixels, np.ndarray) and pixels.dtype == np.uint8:
        return pixels
    if is_set(pixels) or is_book(pixels):
        return _side(pixels).pixels
    if not isinstance(pixels, list | tuple | np.ndarray) and not hasattr(pixels, "__array__"):
        return pixels
    if isinstance(pixels, list | tuple) and not pixels:
        raise PictureBookError("There are no pictures here: pass at least one.")
    try:
        array = np.asarray(pixels)
    except (ValueError, TypeError, OverflowError):
        raise PictureBookError("Pictures must all be of one size: scale them first.") from None
    if array.dtype.kind in "iu" and array.dtype != np.uint8 and array.size:
        least, most = array.min(), array.max()
        if least < 0 or most > 255:
            raise PictureBookError(
                f"Pixels must be numbers from 0 to 255, and one is {least if least < 0 else most}: scale them first."
            )
        array = array.astype(np.uint8)
    return array


def _side(data: PictureSet | Book) -> PictureSet:
    if not is_set(data):
        raise PictureBookError("A book has pages to read and unseen ones: pass book.training or book.unseen.")
    return data


def given_targets(targets: Any, labels: tuple[str, ...] | None) -> tuple[NDArray[Any], tuple[str, ...] | None]:
    """Targets as positions, from positions, label names, one-hot rows, or any of these in a column.

    Parameters
    ----------
    labels : what the positions stand for; None: not known yet.

    Returns
    -------
    positions, labels : ``labels`` are told where they were None and the targets say what they are.
    """
    if isinstance(targets, np.ndarray) and targets.ndim == 1 and targets.dtype.kind in "iu":
        return targets, labels
    try:
        array = np.asarray(targets)
    except (ValueError, TypeError, OverflowError):
        raise PictureBookError("There must be one label per picture: pass a list of as many as pictures.") from None
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2 and len(array) and array.dtype.kind in "iufb":
        ones = array == 1
        if (ones | (array == 0)).all() and (ones.sum(axis=1) == 1).all():
            count = array.shape[1]
            if labels is not None and count != len(labels):
                raise PictureBookError(
                    f"These rows choose among {count} labels, and the learner tells {len(labels)} apart: "
                    "pass as many columns as labels."
                )
            return ones.argmax(axis=1), labels or numbered(count)
    if array.dtype.kind == "b":
        return array.astype(np.int64), labels
    if array.ndim == 1 and len(array) and all(isinstance(name, str) for name in array):
        names = [str(name) for name in array]
        known = labels or tuple(sorted(set(names)))
        places = {name: place for place, name in enumerate(known)}
        strange = next((name for name in names if name not in places), None)
        if strange is not None:
            raise PictureBookError(
                f"There is no label {shown(strange)} among {_listed(known)}: "
                "rename it, or make a Learner that knows it."
            )
        return np.array([places[name] for name in names], np.int64), known
    return array, labels


def matched(labels: tuple[str, ...], own: tuple[str, ...] | None) -> tuple[tuple[str, ...], NDArray[Any] | None]:
    """Find a book's labels among the learner's ``own``, by name.

    Returns
    -------
    own, places : what the learner's labels are from now on, and where each of the book's stands among them (None: they
        are the same). A learner whose labels are bare numbers takes over the names of a book with as many.

    Raises
    ------
    PictureBookError : where the book has a label that the learner doesn't know.
    """
    if own is None or own == labels:
        return labels, None
    if set(labels) <= set(own):
        return own, np.array([own.index(name) for name in labels])
    if own == numbered(len(labels)):
        return labels, None
    raise PictureBookError(
        f"The book's labels are {_listed(labels)}, and this learner was made for {_listed(own)}: "
        "make a Learner(labels=book.labels) for it."
    )


def numbered(count: int) -> tuple[str, ...]:
    """The labels' names before they have any: "0", "1" and so on."""
    return tuple(map(str, range(count)))


def given_labels(labels: Any) -> tuple[str, ...]:
    """Label names as a person passes them to a ``Learner``: words in a row, or how many there are.

    Raises
    ------
    PictureBookError : one sentence, where they can't be told apart, or have no order.
    """
    if isinstance(labels, str | bytes):
        raise PictureBookError(f"labels is the one word {shown(labels)}: pass them all, as in labels=('cat', 'dog').")
    if isinstance(labels, set | frozenset):
        raise PictureBookError("labels is a set, which has no order: pass them in a row, as in labels=('cat', 'dog').")
    try:
        names = list(labels)
    except TypeError:
        return numbered(
            whole_number(
                labels, "number of labels", least=2, most=MOST_LABELS,
                advice=f"pass 2 to {MOST_LABELS}, or their names, as in labels=('cat', 'dog')",
            )
        )  # fmt: skip
    for name in names:
        if not isinstance(name, str | int | np.integer) or isinstance(name, bool):
            raise PictureBookError(f"A label is {shown(name)}, which is not a word: pass labels=('cat', 'dog').")
    words = tuple(str(name) for name in names)
    if not 2 <= len(words) <= MOST_LABELS:
        raise PictureBookError(
            f"There must be 2 to {MOST_LABELS} labels to tell apart, not {len(words)}: pass as many."
        )
    twice = next((word for place, word in enumerate(words) if word in words[:place]), None)
    if twice is not None:
        raise PictureBookError(f"The label {shown(twice)} comes twice: give each its own name.")
    return words


def _listed(words: Sequence[str]) -> str:
    """The first few of them, quoted."""
    few = [shown(word) for word in words[:MOST_NAMED]]
    if len(words) > MOST_NAMED:
        return f"{', '.join(few)} and {len(words) - MOST_NAMED} more"
    return few[0] if len(few) == 1 else f"{', '.join(few[:-1])} and {few[-1]}"


def given_validation(book: Any, data: Any) -> Given | None:
    """The pictures to measure after each epoch; None where there are none.

    Parameters
    ----------
    book : what is learned from, which has unseen pages of its own where it is a book.
    data : what was passed as ``validation_data``.

    Raises
    ------
    PictureBookError : one sentence, where these are no pictures with their labels.
    """
    if isinstance(data, str):
        if data != "unseen":
            raise PictureBookError(f'validation_data can be pictures, None or "unseen", not {shown(data)}.')
        data = book.unseen if is_book(book) else None
    elif is_book(data):
        if not len(data.unseen):
            raise PictureBookError("That book has no unseen pages: load it with some, as in load_book(…, unseen=10).")
        data = data.unseen
    if data is None:
        return None
    given = given_pictures(data, None, "validation_data=({})", "book")
    pixels = given_pixels(given.pixels)
    return None if getattr(pixels, "shape", ())[:1] == (0,) else given._replace(pixels=pixels)
