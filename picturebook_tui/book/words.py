"""The words around pictures: labels, the keys that answer them, and text from a file made safe to show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from picturebook_tui.book.widths import JOINER, cells, columns
from picturebook_tui.errors import PictureBookError

MOST_LABELS = 9
"""Labels are also answered with 1 to 9."""

LABEL_COLUMNS = 16
"""A label stands under a card of 16 columns."""

RESERVED_KEYS = "hjklq"
"""Moving about (as in vi) and leaving: they can't answer."""

ANSWER_KEYS = "".join(letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in RESERVED_KEYS)

SPARE_EMBLEMS = ("🔴", "🔵", "🟡", "🟢", "🟣", "🟠", "🟤", "⚫", "⚪")
"""For labels that bring no emoji of their own; single codepoints, two columns wide in every terminal."""

NON_JOINER = "\u200c"
"""Keeps two letters of a joined script apart, as every other Persian verb needs it."""

# Written out instead of asked of `str.isprintable`: that knows the letters of its own Python's year only, and a book
# would be taken by one Python and refused by the next.
_NOT_DRAWN = (
    (0x00, 0x1F), (0x7F, 0xA0), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x1680, 0x1680), (0x180E, 0x180E),
    (0x2000, 0x200B), (0x200E, 0x200F), (0x2028, 0x202F), (0x205F, 0x206F), (0x3000, 0x3000), (0xD800, 0xF8FF),
    (0xFDD0, 0xFDEF), (0xFEFF, 0xFEFF), (0xFFF0, 0xFFFB), (0xFFFE, 0xFFFF), (0x13430, 0x1345F), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0x1FFFE, 0x1FFFF), (0x2FFFE, 0x2FFFF), (0x3FFFE, 0x10FFFF),
)  # fmt: skip
"""Controls, blanks other than the plain one, direction marks, lone surrogates, private and tag characters, and what is
no character at all."""

_UNNOTICED = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u200b\u200e\u200f\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]"
)
"""Hyphens and breaks that might be, marks that only say which way a letter reads, and choices among a character's
looks: what word processors leave in a copied word, and nobody sees or misses."""

_BLANK = re.compile("[\u2800\u3164\uffa0]")
"""Letters by name that are drawn as nothing."""

_JOINED = "\u0600-\u109f\u1780-\u1aff\u1b00-\u1cff\ua800-\uabff\U00010a00-\U00011fff\U0001e900-\U0001e95f"
"""Arabic and its kin, and the scripts of South and South East Asia: there a joiner changes what is drawn."""

_IDLE_JOINER = re.compile(f"(?<![{_JOINED}])\u200c|\u200c(?![{_JOINED}])|\u200d(?=\\s|$)|(?:(?<=\\s)|^)\u200d")
"""A non-joiner with nothing to keep apart, a joiner with nothing to join."""

_STRAY_JOINER = re.compile(f"(?<![{_JOINED}])\u200d|\u200d(?![{_JOINED}])")

_TWINS = str.maketrans(
    "АВЕКМНОРСТХаеорсухѕіјһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
    "ABEKMHOPCTXaeopcyxsijhdqwABEZHIKMNOPTYXo",
    NON_JOINER + JOINER,
)
"""Cyrillic and Greek letters that are drawn as Latin ones are, and the joiners."""


def harmless(character: str) -> bool:
    """Whether a terminal only draws it: no control, no direction mark, no lone surrogate, nothing private."""
    code = ord(character)
    return 0x20 <= code < 0x7F or not any(first <= code <= last for first, last in _NOT_DRAWN)


def shown(text: object, most: int = 40) -> str:
    """Quote a stranger's text for a sentence: what could move a cursor is spelt out, what is long is cut."""
    cut = str(text)[: most + 1]
    safe = "".join(c if harmless(c) else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in cut)
    return f"“{safe[:most]}…”" if len(safe) > most else f"“{safe}”"


def clean(text: str, what: str, most_columns: int) -> str:
    """Prepare a text from a file for the screen.

    White space at the ends goes, inside it becomes one space, letters with accents take one form and what nobody sees
    is left out, so that two spellings that look the same are the same. Joiners stay where they change what is drawn.

    Raises
    ------
    PictureBookError
        Where it is empty, too long, or could do more to a terminal than be drawn. ``what`` names it: "label of line 4".
    """
    seen = _BLANK.sub(" ", _UNNOTICED.sub("", text[:10_000]))
    joined = _IDLE_JOINER.sub("", re.sub("([\u200c\u200d])\\1+", r"\1", seen))
    plain = " ".join(unicodedata.normalize("NFC", joined).split())
    if not plain:
        raise PictureBookError(f"the {what} is empty: write one.")
    if not all(map(harmless, plain)) or _STRAY_JOINER.search(plain):
        raise PictureBookError(
            f"the {what} {shown(plain)} contains a character that is not drawn: type it again without it."
        )
    if not cells(plain[0]):
        raise PictureBookError(
            f"the {what} {shown(plain)} begins with a mark that belongs on a letter: write the letter before it."
        )
    # Letters that stack without taking room would otherwise get past the width.
    if columns(plain) > most_columns or len(plain) > 2 * most_columns:
        raise PictureBookError(
            f"the {what} {shown(plain)} is too long: keep to {most_columns} letters (fewer where they are wide)."
        )
    return plain


def outline(text: str) -> str:
    """The same for two texts that look the same on a screen, whatever they are spelt with."""
    return unicodedata.normalize("NFD", text).translate(_TWINS)


def assign_keys(labels: Sequence[str], given: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Give each label a letter to answer it with.

    A label without a letter of its own takes the first of its letters that is free, or else any free one.

    Parameters
    ----------
    labels
        At most ``MOST_LABELS``, all different.
    given
        Letters somebody chose, by label; capitals count as small ones.

    Returns
    -------
    One lower-case letter of ``ANSWER_KEYS`` per label, all different.

    Raises
    ------
    PictureBookError
        Where a given key is not one free letter, is given twice, or is for a label that the book does not have.
    """
    keys: dict[str, str] = {}
    for label, key in (given or {}).items():
        if label not in labels:
            raise PictureBookError(
                f"the key {shown(key)} is for {shown(label)}, which no picture has: use {listed(labels)}."
            )
        letter = key.strip().lower()
        if len(letter) != 1 or letter not in ANSWER_KEYS:
            raise PictureBookError(
                f"the key {shown(key)} can't answer {shown(label)}: choose one of {' '.join(ANSWER_KEYS)} "
                f"({' '.join(RESERVED_KEYS)} move about and leave)."
            )
        if letter in keys.values():
            other = next(name for name, taken in keys.items() if taken == letter)
            raise PictureBookError(
                f"the key {shown(key)} answers both {shown(other)} and {shown(label)}: choose another for one of them."
            )
        keys[label] = letter
    for label in labels:
        if label not in keys:
            plain = unicodedata.normalize("NFKD", label).lower()
            keys[label] = next(c for c in (*plain, *ANSWER_KEYS) if c in ANSWER_KEYS and c not in keys.values())
    return tuple(keys[label] for label in labels)


def is_emblem(text: str) -> bool:
    """Whether this is one codepoint that every terminal draws two columns wide, fit for captions."""
    return len(text) == 1 and ord(text) > 0x2000 and cells(text) == 2 and harmless(text)


def assign_emblems(wishes: Sequence[Iterable[str]]) -> tuple[str, ...]:
    """Give each label an emblem: the first of its wishes that is one and is free, or else a coloured disc."""
    emblems: list[str] = []
    for wished in wishes:
        emblems.append(next(e for e in (*wished, *SPARE_EMBLEMS) if is_emblem(e) and e not in emblems))
    return tuple(emblems)


def listed(words: Sequence[str], last: str = "or") -> str:
    """Join words for a sentence: "“cat”, “dog” or “hen”"."""
    quoted = [shown(word) for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"
