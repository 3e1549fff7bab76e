"""How many: pictures, pages, steps. Whole numbers and their limits, without NumPy.

Home says "steps per epoch = ceil(40 / 10) = 4" before NumPy is loaded.
"""

from __future__ import annotations

from operator import index
from typing import SupportsIndex

from picturebook_tui.errors import PictureBookError

MAX_SEED = 2**63 - 1
"""The largest whole number every reader of a saved run (SQLite, JSON in other languages' integers) can hold."""

MAX_PICTURES = 100_000
"""A book's pixels at 32×32 are then 307 MB: the most that still fits beside a network on a small machine."""

MAX_EPOCHS = 100_000
"""A typing slip's worth above anything read: four steps an epoch would take the model a minute or so."""

MAX_STEPS_PER_EPOCH = 1_000_000
"""Ten passes through the largest book, a picture a page."""

MAX_BATCH = 2**31
"""Larger than any book is still one page of all of it, so this is only a guard against a slip."""

MAX_WRONG_LABELS = 0.5
"""Share of wrong labels from which they would say the opposite more often than not."""

SIZES = (16, 32)
"""Sides of a picture, in pixels, that books are painted at and networks are made for."""


def whole_number(value: SupportsIndex, name: str, *, least: int, most: int, advice: str = "") -> int:
    """Check one argument a person chose.

    Parameters
    ----------
    value
        Any integer type (NumPy's too); a bool or a float is refused, as it is a slip more often than a wish.
    name
        What to call it in the sentence: "batch size".
    least, most
        Smallest and largest number allowed.
    advice
        Ends the sentence, instead of "choose a whole number from … to …".

    Raises
    ------
    PictureBookError
        Says what was given and what to give instead.
    """
    remedy = advice or f"choose a whole number from {least:,} to {most:,}"
    # NumPy's own bool goes by the same name.
    if type(value).__name__.startswith("bool"):
        raise PictureBookError(f"The {name} is {value}, which is not a number: {remedy}.")
    try:
        number = index(value)
    except TypeError:
        raise PictureBookError(f"The {name} is {_brief(value)}, which is not a whole number: {remedy}.") from None
    if number < least:
        raise PictureBookError(f"The {name} is {_brief(number)}, which is too small: {remedy}.")
    if number > most:
        raise PictureBookError(f"The {name} is {_brief(number)}, which is too large: {remedy}.")
    return number


def yes_or_no(value: object, name: str) -> bool:
    """Check a switch: True or False, NumPy's too; PictureBookError for anything else, "batch" and 1 among them."""
    if type(value).__name__ not in ("bool", "bool_"):
        raise PictureBookError(f"{name} is {_brief(value)}: choose True or False.")
    return bool(value)


def _brief(value: object) -> str:
    """Show a value that may be very long, without its control characters."""
    if isinstance(value, int):
        # Python refuses to print integers of thousands of digits.
        return f"{value:,}" if abs(value) < 10**30 else "a number of more than 30 digits"
    text = ascii(value) if not isinstance(value, str) else repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def check_seed(seed: SupportsIndex) -> int:
    """Return the seed as a plain int, 0 to ``MAX_SEED``; PictureBookError otherwise."""
    return whole_number(
        seed, "seed", least=0, most=MAX_SEED, advice="choose a whole number from 0 to 9223372036854775807"
    )


def steps_per_epoch(pictures: SupportsIndex, batch_size: SupportsIndex, *, drop_last: bool = False) -> int:
    """Count the pages of a book: ``ceil(pictures / batch_size)``.

    A batch larger than the book is one step. With ``drop_last`` the short last page is left out (floor).

    Raises
    ------
    PictureBookError
        Where a number is not a positive whole one, and where ``drop_last`` leaves no page at all.
    """
    count = whole_number(pictures, "number of pictures", least=1, most=MAX_PICTURES)
    size = whole_number(batch_size, "batch size", least=1, most=MAX_BATCH, advice="choose 1 or more pictures a page")
    if not drop_last:
        return -(-count // size)
    if count < size:
        raise PictureBookError(
            f"With drop_last a book of {count:,} {_pictures(count)} has no full page of {size:,} to read: "
            f"choose a batch size of {count:,} or less, or leave drop_last off."
        )
    return count // size


def _pictures(count: int) -> str:
    return "picture" if count == 1 else "pictures"
