"""Which icon of which package draws which emoji.

Four of the nine packages say so themselves (`chars.json`). Fluent 3D names its icons as Fluent flat does. The three
older sets name theirs after Unicode's names of their day, which the other packages still carry as names or aliases.
Firefox OS has names of its own; `fxemoji-names.json` is the table for those.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"

ARTISTS: dict[str, str] = {
    "noto": "Noto",
    "noto-v1": 'Noto (2016 "blob" era)',
    "twemoji": "Twemoji",
    "fluent-emoji": "Fluent 3D",
    "fluent-emoji-flat": "Fluent flat",
    "openmoji": "OpenMoji",
    "emojione": "EmojiOne 2",
    "emojione-v1": "EmojiOne 1",
    "fxemoji": "Firefox OS",
}
"""Artist key (the package's name after @iconify-json/) to the name shown; the order of the shipped index."""

CHARTED = ("noto", "twemoji", "fluent-emoji-flat", "openmoji")
"""Packages whose chars.json is filled."""

ENOUGH_ARTISTS = 7
"""An emoji drawn by this many of the nine is always in; any other only where Noto draws it."""

JOINED = ("1f415-200d-1f9ba", "1f408-200d-2b1b")
"""The joined emoji Cats & Dogs asks for: service dog, black cat."""

NOT_PICTURES = frozenset({"20e3", "fe82b"})
"""What Noto charts although nobody can type it alone: the combining keycap, a private-use "unknown flag"."""

LEFT_OUT: dict[str, dict[str, str]] = {
    "fxemoji": {
        **dict.fromkeys(("1f638", "1f639", "1f63a", "1f63b", "1f63c", "1f63d", "1f63e", "1f63f", "1f640"), "a fox"),
        "1f499": "a corner of the heart",
        "1f68b": "its gradient lost in the package: a black box",
        "1f32b": "next to nothing on paper",
    },
    "emojione-v1": {"1fa9f": "a window of a computer", "2328": "a keyboard to make music on"},
}
"""Per artist, drawings that do not show what their emoji says, and what they show instead.

A fox shipped as a cat would teach a falsehood, and nobody could answer it right.
"""

TO_COME: dict[str, tuple[str, str]] = {
    "1f6d9": ("lighthouse", "place-building"),
    "1fa8b": ("meteor", "sky-weather"),
    "1fa8c": ("eraser", "office"),
    "1fa8d": ("net with handle", "tool"),
    "1facc": ("monarch butterfly", "animal-bug"),
    "1fadd": ("pickle", "food-vegetable"),
    "1faeb": ("cracking face", "face-unwell"),
    "1faf9": ("leftwards thumb sign", "hand-fingers-closed"),
    "1fafa": ("rightwards thumb sign", "hand-fingers-closed"),
}
"""Emoji that Noto draws already and emojibase-data does not list yet: name and the subgroup they belong to."""

LETTER_SUBGROUP = "letter"
"""The 26 regional indicators have no Unicode subgroup; they are letters."""


@dataclass(frozen=True)
class Icon:
    """One SVG body with its own coordinate box; `flip` means the package mirrors it left to right."""

    body: str
    left: float
    top: float
    width: float
    height: float
    flip: bool


@dataclass(frozen=True)
class Entry:
    """One emoji: its key (hex codepoints without FE0F, joined by '-'), text, name and Unicode subgroup."""

    key: str
    emoji: str
    name: str
    subgroup: str


def key_of(hexcode: str) -> str:
    """'1F408-200D-2B1B' and '2764-FE0F' to '1f408-200d-2b1b' and '2764'."""
    return "-".join(part for part in hexcode.lower().split("-") if part != "fe0f")


def text_of(key: str) -> str:
    """The emoji itself, without FE0F, so that a single codepoint is a single character."""
    return "".join(chr(int(part, 16)) for part in key.split("-"))


def slug(name: str) -> str:
    """A Unicode name as icon sets spell it: 'cat with tears of joy' to 'cat-with-tears-of-joy'."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def read(*parts: str) -> Any:
    """The JSON file of an installed package."""
    return json.loads(MODULES.joinpath(*parts).read_text(encoding="utf-8"))


class IconSet:
    """One package: its icons by name, aliases followed."""

    def __init__(self, artist: str) -> None:
        self.artist = artist
        self.info: dict[str, Any] = read("@iconify-json", artist, "info.json")
        self.package: dict[str, Any] = read("@iconify-json", artist, "package.json")
        self.chars: dict[str, str] = read("@iconify-json", artist, "chars.json")
        self._raw: dict[str, Any] = read("@iconify-json", artist, "icons.json")

    def names(self) -> Iterator[tuple[str, list[str]]]:
        """Each icon's name with its plain aliases (those that draw exactly the same)."""
        aliases: dict[str, list[str]] = {}
        for alias, entry in self._raw.get("aliases", {}).items():
            if set(entry) == {"parent"}:
                aliases.setdefault(entry["parent"], []).append(alias)
        for name in self._raw["icons"]:
            yield name, aliases.get(name, [])

    def icon(self, name: str) -> Icon:
        """The icon of that name.

        Raises
        ------
        ValueError
            Where an alias asks for a turn or a vertical flip; none that we use does.
        """
        raw, flip = self._raw, False
        entry: dict[str, Any] = {}
        while name not in raw["icons"]:
            alias = raw["aliases"][name]
            if {"rotate", "vFlip"} & set(alias):
                raise ValueError(f"{self.artist}:{name} is turned; teach sources.py to turn icons.")
            flip ^= bool(alias.get("hFlip"))
            entry = {**alias, **entry}
            name = alias["parent"]
        entry = {**raw["icons"][name], **entry}
        return Icon(
            body=entry["body"],
            left=entry.get("left", raw.get("left", 0)),
            top=entry.get("top", raw.get("top", 0)),
            width=entry.get("width", raw.get("width", 16)),
            height=entry.get("height", raw.get("height", 16)),
            flip=flip,
        )


def known_names(sets: dict[str, IconSet], labels: dict[str, str]) -> dict[str, str]:
    """Icon name to emoji key, from the packages that chart theirs and Unicode's own names (`labels`: key to name).

    The first to name something wins, except that an emoji of one codepoint goes before a joined one.
    """
    found: dict[str, str] = {}

    def offer(name: str, key: str) -> None:
        if key in labels and (name not in found or ("-" in found[name] and "-" not in key)):
            found[name] = key

    for key, label in labels.items():
        offer(slug(label), key)
    for artist in CHARTED:
        for hexcode, name in sets[artist].chars.items():
            offer(name, key_of(hexcode))
    for artist in CHARTED:
        for name, aliases in sets[artist].names():
            for alias in aliases:
                if name in found:
                    offer(alias, found[name])
    return found


def chart(artist: str, sets: dict[str, IconSet], known: dict[str, str]) -> dict[str, str]:
    """Emoji key to icon name for one artist."""
    if artist == "fluent-emoji":
        have = {alias for name, aliases in sets[artist].names() for alias in (name, *aliases)}
        return {key_of(code): name for code, name in sets["fluent-emoji-flat"].chars.items() if name in have}
    if artist in CHARTED:
        return {key_of(code): name for code, name in sets[artist].chars.items()}
    if artist == "fxemoji":
        table: dict[str, str] = json.loads((HERE / "fxemoji-names.json").read_text(encoding="utf-8"))
        return {key: name for name, key in table.items()}
    result: dict[str, str] = {}
    for name, aliases in sets[artist].names():
        # An icon's own name decides; its aliases are asked only where nobody else knows that name.
        key = next((known[word] for word in (name, *aliases) if word in known), None)
        if key is not None:
            result.setdefault(key, name)
    return result


def entries() -> dict[str, Entry]:
    """Every emoji Unicode names (skin tones of their own apart), by key, in Unicode's order."""
    groups = read("emojibase-data", "meta", "groups.json")
    skin_tones = next(int(number) for number, name in groups["subgroups"].items() if name == "skin-tone")
    listed: list[tuple[int, Entry]] = []
    for row in read("emojibase-data", "en", "data.json"):
        key, subgroup = key_of(row["hexcode"]), row.get("subgroup")
        if subgroup == skin_tones and row.get("group") is not None:
            continue
        name = LETTER_SUBGROUP if subgroup is None else groups["subgroups"][str(subgroup)]
        # `order` is absent only where `group` is: the regional indicators, which go last.
        listed.append((row.get("order", 10**6), Entry(key, text_of(key), row["label"], name)))
    for key, (name, subgroup) in TO_COME.items():
        listed.append((10**6 - 1, Entry(key, text_of(key), name, subgroup)))
    return {entry.key: entry for _, entry in sorted(listed, key=lambda pair: (pair[0], pair[1].key))}


def other_words() -> dict[str, str]:
    """Emoji key to the words people look for that its name does not have, blank-separated."""
    result: dict[str, str] = {}
    for row in read("emojibase-data", "en", "data.json"):
        named = set(re.findall(r"\w+", row["label"].lower()))
        result[key_of(row["hexcode"])] = " ".join(tag for tag in row.get("tags", []) if tag.lower() not in named)
    return result


def chosen() -> list[tuple[Entry, dict[str, Icon]]]:
    """The emoji that ship, in Unicode's order, each with its icon per artist that draws it."""
    sets = {artist: IconSet(artist) for artist in ARTISTS}
    listed = entries()
    known = known_names(sets, {key: entry.name for key, entry in listed.items()})
    charts = {artist: chart(artist, sets, known) for artist in ARTISTS}
    result: list[tuple[Entry, dict[str, Icon]]] = []
    for key, entry in listed.items():
        if key in NOT_PICTURES or ("-" in key and key not in JOINED):
            continue
        who = [a for a in ARTISTS if key in charts[a] and key not in LEFT_OUT.get(a, {})]
        if key in JOINED or len(who) >= ENOUGH_ARTISTS or "noto" in who:
            result.append((entry, {artist: sets[artist].icon(charts[artist][key]) for artist in who}))
    return result
