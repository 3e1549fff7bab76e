"""What is known of an emoji, whoever drew it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Emoji:
    """One emoji that at least one artist drew."""

    emoji: str
    """The characters, without variation selectors: one codepoint unless `joined`."""
    name: str
    """Unicode's short name: "cat with tears of joy"."""
    category: str
    """One of ``Atlas.categories``: "animals"."""
    subgroup: str
    """Unicode's own finer division: "animal-mammal"."""
    joined: bool
    """More than one codepoint."""
    artists: tuple[str, ...]
    """Keys of those who drew it, in ``ARTISTS`` order."""
