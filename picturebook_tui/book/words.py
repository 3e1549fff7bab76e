"""The words around pictures: labels, the keys that answer them, and text from a file made safe to show."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

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

_JOINER = "\u200d"


def harmless(character: str) -> bool:
    """Whether a terminal only draws it: no control, no direction mark, no lone surrogate, nothing private."""
    # Emoji newer than this Python's Unicode tables count as unassigned there.
    return character.isprintable() or character == _JOINER or 0x1F000 <= ord(character) <= 0x1FAFF


def shown(text: object, most: int = 40) -> str:
    """Quote a stranger's text for a sentence: what could move a cursor is spelt out, what is long is cut."""
    cut = str(text)[: most + 1]
    safe = "".join(c if harmless(c) else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in cut)
    return f"“{safe[:most]}…”" if len(safe) > most else f"“{safe}”"


def columns(text: str) -> int:
    """Terminal columns of a text: 2 for wide characters, 0 for combining ones."""
    widths = (0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return sum(widths)


def clean(text: str, what: str, most_columns: int) -> str:
    """Prepare a text from a file for the screen.

    White space at the ends goes, inside it becomes one space, and letters with accents take one form, so that two
    spellings that look the same are the same.

    Raises
    ------
    PictureBookError
        Where it is empty, too long, or could do more to a terminal than be drawn. ``what`` names it: "label of line 4".
    """
    # A variation selector changes how wide a terminal thinks the character before it is.
    plain = " ".join(unicodedata.normalize("NFC", text[:10_000]).replace("\ufe0f", "").split())
    if not plain:
        raise PictureBookError(f"the {what} is empty: write one.")
    if not all(harmless(c) and c != _JOINER for c in plain):
        raise PictureBookError(
            f"the {what} {shown(plain)} contains a character that is not drawn: type it again without it."
        )
    # Letters that stack without taking room would otherwise get past the width.
    if columns(plain) > most_columns or len(plain) > 2 * most_columns:
        raise PictureBookError(
            f"the {what} {shown(plain)} is too long: keep to {most_columns} letters (fewer where they are wide)."
        )
    return plain


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
    return len(text) == 1 and ord(text) > 0x2000 and unicodedata.east_asian_width(text) == "W"


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
