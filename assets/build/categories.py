"""The shelf a drawing stands on: Unicode's subgroups, gathered under words a child would use."""

from __future__ import annotations

from sources import Entry

CATEGORIES: dict[str, tuple[str, ...]] = {
    "faces": (
        "face-smiling", "face-affection", "face-tongue", "face-hand", "face-neutral-skeptical", "face-sleepy",
        "face-unwell", "face-hat", "face-glasses", "face-concerned", "face-negative", "face-costume",
    ),
    "feelings": ("heart", "emotion"),
    "hands": ("hand-fingers-open", "hand-fingers-partial", "hand-single-finger", "hand-fingers-closed", "hands",
              "hand-prop", "body-parts"),
    "people": ("person", "person-gesture", "person-role", "person-fantasy", "person-activity", "person-sport",
               "person-resting", "family", "person-symbol", "hair-style"),
    "animals": ("animal-mammal", "animal-bird", "animal-amphibian", "animal-reptile", "animal-marine", "animal-bug",
                "cat-face", "monkey-face"),
    "nature": ("plant-flower", "plant-other"),
    "food": ("food-fruit", "food-vegetable", "food-prepared", "food-asian", "food-sweet"),
    "drinks": ("drink", "dishware"),
    "vehicles": ("transport-ground", "transport-water", "transport-air"),
    "places": ("place-map", "place-geographic", "place-building", "place-religious", "place-other", "hotel"),
    "sky": ("sky-weather",),
    "time": ("time",),
    "games": ("event", "award-medal", "sport", "game", "arts-crafts"),
    "clothes": ("clothing",),
    "music": ("sound", "music", "musical-instrument"),
    "things": (
        "phone", "computer", "light-video", "book-paper", "money", "mail", "writing", "office", "lock", "tool",
        "science", "medical", "household", "other-object",
    ),
    "signs": (
        "transport-sign", "warning", "arrow", "religion", "zodiac", "av-symbol", "gender", "math", "punctuation",
        "currency", "other-symbol", "keycap", "alphanum", "geometric", "letter",
    ),
    "flags": ("flag", "country-flag", "subdivision-flag"),
}  # fmt: skip
"""Category to Unicode's subgroups; every subgroup is in exactly one."""

ELSEWHERE: dict[str, str] = {
    # Beside the road, on the rails, in the harbour: no vehicles, though Unicode files them under transport.
    **dict.fromkeys("🚏🛣🛤⛽🚨🚥🚦🛑🚧🛢🛞", "places"),
    **dict.fromkeys("⚓🛟🛫🛬🪂💺", "places"),
    # An animal's trace is no animal.
    **dict.fromkeys("🐾🪶🪽🐚🪸🕸🦠", "nature"),
}
"""Emoji whose subgroup says more than they show."""

_CATEGORY = {subgroup: category for category, subgroups in CATEGORIES.items() for subgroup in subgroups}


def category_of(entry: Entry) -> str:
    """The category of one emoji."""
    return ELSEWHERE.get(entry.emoji) or _CATEGORY[entry.subgroup]
