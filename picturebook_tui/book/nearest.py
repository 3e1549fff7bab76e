"""What to say about an emoji nobody drew: which known ones come nearest, in one kind sentence."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from picturebook_tui.book.emoji import Emoji
from picturebook_tui.book.words import harmless

WordSets = tuple[frozenset[str], frozenset[str]]
"""Of one emoji: the words of its name, and other words people look for it with; lower case."""

_INVISIBLE: Final = dict.fromkeys((0xFE0E, 0xFE0F))
"""Variation selectors: they choose colour or text, never another emoji."""

_JOINER: Final = "\u200d"

_LONGEST: Final = 24
"""Characters of an unknown text that are looked at and repeated; more would push the advice off the line."""


def plain(emoji: str) -> str:
    """Without variation selectors and blanks around it."""
    return emoji.strip().translate(_INVISIBLE)


def words(text: str) -> list[str]:
    """The words of a text, lower case."""
    return re.findall(r"\w+", text.casefold())


def nearest(text: str, known: Sequence[Emoji], word_sets: Sequence[WordSets], limit: int) -> tuple[Emoji, ...]:
    """Known emoji nearest to an unknown text, at most `limit`.

    Of a joined sequence or one with a skin tone, the parts that are known, its base first; of a country's flag,
    other flags; of a word or an unknown sign, emoji named like it.

    Parameters
    ----------
    text : str
    known : sequence of Emoji
    word_sets : sequence of WordSets
        One for each of `known`.
    limit : int
    """
    bare = plain(text)[:_LONGEST]
    if len(bare) > 1 and all("\U0001f1e6" <= sign <= "\U0001f1ff" for sign in bare):
        return tuple(entry for entry in known if entry.category == "flags")[:limit]
    by_text = {entry.emoji: entry for entry in known}
    found = [by_text[sign] for part in bare.split(_JOINER) for sign in part if sign in by_text]
    if not found:
        # A sign nobody drew has a name all the same: ★ is "black star".
        name = bare if bare.isascii() else " ".join(unicodedata.name(sign, "").lower() for sign in bare)
        found = _named_like(words(name), known, word_sets)
        for word in reversed(words(name)):
            found = found or _named_like([word], known, word_sets)
        found = found or _spelt_like(name, known, word_sets, limit)
    return tuple(dict.fromkeys(found))[:limit]


def _named_like(wanted: Sequence[str], known: Sequence[Emoji], word_sets: Sequence[WordSets]) -> list[Emoji]:
    """Emoji with every wanted word, the plainest first: two by their names, one by other words, the rest."""
    named: list[tuple[int, bool, Emoji]] = []
    other: list[tuple[int, int, Emoji]] = []
    for entry, (name, more) in zip(known, word_sets, strict=True):
        if wanted and name.issuperset(wanted):
            named.append((len(name), not entry.name.casefold().startswith(wanted[0]), entry))
        elif wanted and (name | more).issuperset(wanted):
            other.append((len(name), len(more), entry))
    by_name = [entry for *_, entry in sorted(named, key=lambda row: row[:2])]
    by_word = [entry for *_, entry in sorted(other, key=lambda row: row[:2])]
    return by_name[:2] + by_word[:1] + by_name[2:] + by_word[1:]


def _spelt_like(text: str, known: Sequence[Emoji], word_sets: Sequence[WordSets], limit: int) -> list[Emoji]:
    """Emoji with a name or a word spelt much like the text."""
    spellings: dict[str, Emoji] = {}
    for entry, (name, more) in zip(known, word_sets, strict=True):
        for spelling in (entry.name.casefold(), *sorted(name), *sorted(more)):
            spellings.setdefault(spelling, entry)
    return [spellings[close] for close in difflib.get_close_matches(text.casefold(), spellings, n=limit)]


def advice(text: str, near: Sequence[Emoji]) -> str:
    """One sentence for a person: what is unknown, and what to try instead."""
    bare = plain(text)
    if not bare:
        return "An empty text is no picture: write one emoji, such as 🐱."
    short = bare if len(bare) <= _LONGEST else f"{bare[: _LONGEST - 1]}…"
    shown = f"'{short}'" if all(map(harmless, short)) else ascii(short)
    problem = f"{shown} is no emoji" if bare.isascii() else f"None of the artists drew {shown}"
    names = [f"{entry.emoji} ({entry.name})" for entry in near]
    if not names:
        return f"{problem}: write one emoji, such as 🐱."
    several = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
    return f"{problem}: try {several} instead."
