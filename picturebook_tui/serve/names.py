"""What somebody types before the @: a nickname, and after each + a wish.

    mia                 plays as mia
    mia+truecolor       in 24-bit colour, which ssh itself does not tell of
    mia+k7m3qp          goes on where the line broke, by the code shown at joining
    mia+guest           leaves the key in its pocket
    booth+watch         shows a simulated child at play, until a key is pressed
    mia+key             asks to be known by its key, for clients that don't offer one unasked

Pure: no clock, no dice of its own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from picturebook_tui.book.widths import cells
from picturebook_tui.launch import Colours

LONGEST = 16
"""Columns of a nickname: it has to fit beside a score."""

NOBODY = "someone"
"""Who has no name that can be shown."""

CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look like another when read out across a room: i, l, o, 0, 1."""

CODE_LENGTH = 6
"""31⁶ is 9 × 10⁸; with ten guesses and then two a minute nobody finds one of a hundred codes in a workshop's day."""

_COLOURS: dict[str, Colours] = {
    "truecolor": "truecolor", "truecolour": "truecolor", "24bit": "truecolor",
    "256": "256", "256color": "256", "256colour": "256",
    "16": "16", "16color": "16", "16colour": "16",
    "mono": "none", "nocolor": "none", "nocolour": "none",
}  # fmt: skip

_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters by their category, blank on every screen: Hangul fillers."""

_PUNCTUATION = frozenset("-_.'’ ")


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for before the @."""

    nickname: str
    colours: Colours | None = None
    code: str | None = None
    """Of a visit to go on with, as ``tidy_code`` writes it."""
    guest: bool = False
    by_key: bool = False
    watch: bool = False
    """The screen of a booth."""


def wish_of(user: str) -> Wish:
    """Read an SSH user name; whatever makes no sense after a + is passed over."""
    name, *rest = user.split("+")
    colours: Colours | None = None
    code: str | None = None
    guest = by_key = watch = False
    for part in (word.strip().lower() for word in rest[:8]):
        if part in _COLOURS:
            colours = _COLOURS[part]
        elif part == "guest":
            guest = True
        elif part == "key":
            by_key = True
        elif part == "watch":
            watch = True
        else:
            code = tidy_code(part) or code
    return Wish(clean_nickname(name), colours, code, guest, by_key, watch)


def any_name(text: str) -> str:
    """What a user name or a password is taken for: whatever was typed, in the one form that Unicode has for it."""
    return unicodedata.normalize("NFKC", text)


def clean_nickname(text: str) -> str:
    """A name that is safe and short on anybody's screen.

    Letters and digits of every script, one mark on each, and a little punctuation stay. Controls, direction marks,
    symbols and invisible characters go; ``LONGEST`` columns are kept.
    """
    kept: list[str] = []
    columns = 0
    for character in unicodedata.normalize("NFKC", text[:200]):
        category = unicodedata.category(character)
        mark = category in ("Mn", "Mc")
        if mark and not (kept and unicodedata.category(kept[-1]).startswith("L")):
            continue
        if not mark and character not in _PUNCTUATION and not category.startswith(("L", "N")):
            continue
        if character in _INVISIBLE:
            continue
        # Marks that stand beside their letter, as Indic vowels do, take a column of their own in some terminals.
        width = max(cells(character), category == "Mc")
        if columns + width > LONGEST:
            break
        columns += width
        kept.append(character)
    return " ".join("".join(kept).split()) or NOBODY


def tidy_code(text: str) -> str | None:
    """The code that was meant, in small letters without dashes; None where it is none."""
    code = text.lower().replace("-", "")
    return code if len(code) == CODE_LENGTH and all(letter in CODE_LETTERS for letter in code) else None


def new_code(below: Callable[[int], int]) -> str:
    """A fresh code; ``below(n)`` draws a number from 0 to n − 1 that nobody can foretell."""
    return "".join(CODE_LETTERS[below(len(CODE_LETTERS))] for _ in range(CODE_LENGTH))
