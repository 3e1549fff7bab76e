"""A person's own book: a file read, checked, and never trusted.

Three spellings of the same thing, told apart by the file's ending; the text is UTF-8.

JSON, the lesson's format (``"split": "unseen"`` in an entry puts it on the unseen pages)::

    [{"image": "🐱", "label": "cat"}, {"image": "🐶", "label": "dog"}]

or the same as JSON Lines, a picture a line without brackets and commas around them; or an object with the words around
the pictures, every one of them optional::

    {"title": "Pets", "about": "What lives with us.", "keys": {"cat": "c", "dog": "d"},
     "pictures": [{"image": "🐱", "label": "cat"}, …], "unseen": [{"image": "🐈", "label": "cat"}, …]}

CSV, with a first line that names the columns (commas, semicolons or tabs)::

    image,label,split
    🐱,cat,
    🐈,cat,unseen

TOML, where a label's pictures may be written in one string; JSON takes that too::

    title = "Pets"
    emblems = { cat = "🐱", dog = "🐶" }
    mirror = true                             # pictures may be mirrored; only you know whether left and right matter

    [labels]
    cat = "🐱🐈😸"
    dog = ["🐶", "🐕", "🐶"]                  # a repeated emoji is drawn by another artist

    [unseen]
    cat = "😼"
    dog = "🐩"

or with ``[[pictures]]`` and ``[[unseen]]`` tables of ``image`` and ``label``. A book without unseen pages of its own
holds out artists for them where its emoji allow.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike

from picturebook_tui.book.atlas import Atlas, UnknownEmoji, open_atlas
from picturebook_tui.book.formats import SUFFIXES, Listed, Raw, parse, parse_given
from picturebook_tui.book.words import (
    LABEL_COLUMNS,
    MOST_LABELS,
    assign_emblems,
    assign_keys,
    clean,
    is_emblem,
    outline,
    shown,
)
from picturebook_tui.errors import PictureBookError

__all__ = ["SUFFIXES", "CustomBook", "Entry", "read_custom"]

TITLE_COLUMNS = 40
"""A title shares one line of 80 columns with the epoch, the step and the clock."""

ABOUT_COLUMNS = 200
"""Three lines of a narrow window."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture a person asked for: any drawing of this emoji, under this label."""

    emoji: str
    """As the atlas spells it, without variation selectors."""
    label: int
    where: str
    """Where in the file, for a sentence: "line 4"."""


@dataclass(frozen=True, slots=True)
class CustomBook:
    """A person's book as written, checked; no drawing chosen yet."""

    name: str
    """The file's name without its ending."""
    title: str
    about: str
    labels: tuple[str, ...]
    """In the order in which they first come up."""
    keys: tuple[str, ...]
    emblems: tuple[str, ...]
    mirror: bool
    """Whether augmentation may mirror pictures."""
    pictures: tuple[Entry, ...]
    unseen: tuple[Entry, ...]
    """() where the file names none."""
    warnings: tuple[str, ...] = ()
    """Sentences about labels that may not be meant so, however the book is made."""


Given = Mapping[str, object] | Iterable[object]
"""Pictures made in Python: see ``formats.parse_given``."""


def read_custom(source: str | PathLike[str] | Given, *, atlas: Atlas | None = None) -> CustomBook:
    """Read a person's book.

    Parameters
    ----------
    source
        A file ending in .json (.jsonl, .ndjson), .csv (.tsv) or .toml, see the top of this module for what is in it;
        or the same as Python has it: rows of image and label, or the object of the JSON format.
    atlas
        Where to look its emoji up; None: the one that ships.

    Raises
    ------
    PictureBookError
        For anything at all that is wrong with it: a sentence that says where, and what to do.
    """
    raw = parse(os.fspath(source)) if isinstance(source, str | PathLike) else parse_given(source)
    the_atlas = atlas or open_atlas()
    try:
        return _checked(raw, the_atlas)
    except UnknownEmoji:
        raise
    except PictureBookError as error:
        raise PictureBookError(f"In {raw.file}, {error}") from None


def _checked(raw: Raw, atlas: Atlas) -> CustomBook:
    """Turn what was written into a book; the errors' sentences begin after "In pets.json, "."""
    if not raw.pictures:
        raise PictureBookError(
            'there are no pictures: add some, each with an image and a label, such as "🐱" and "cat".'
        )
    spelt: dict[str, str] = {}
    known: dict[str, str] = {}
    numbers: dict[str, int] = {}
    pictures = tuple(_entry(item, raw, spelt, known, numbers, atlas) for item in raw.pictures)
    labels = tuple(numbers)
    unseen = tuple(_entry(item, raw, spelt, known, numbers, atlas) for item in raw.unseen)
    if len(numbers) > len(labels):
        stray = next(item for item in unseen if item.label >= len(labels))
        raise PictureBookError(
            f"the label {shown(tuple(numbers)[stray.label])} ({stray.where}) is only on the unseen pages: "
            "add pictures of it to learn from."
        )
    if len(labels) < 2:
        raise PictureBookError(
            f"every picture is called {shown(labels[0])}, so there is nothing to tell apart: add a second label."
        )
    title = clean(raw.title, "title", TITLE_COLUMNS) if raw.title is not None else _title_of(raw.stem)
    about = clean(raw.about, "text under “about”", ABOUT_COLUMNS) if raw.about is not None else "A book of your own."
    keys = assign_keys(labels, _by_label(raw.keys, labels, "keys"))
    return CustomBook(
        name=raw.stem,
        title=title,
        about=about,
        labels=labels,
        keys=keys,
        emblems=_emblems(raw, labels, pictures),
        mirror=raw.mirror,
        pictures=pictures,
        unseen=unseen,
        warnings=tuple(_doubtful_labels(labels, pictures, unseen)),
    )


MOST_CONFLICTS = 3
"""Pictures under two labels that are named one by one; the others are counted."""


def _doubtful_labels(labels: Sequence[str], pictures: Sequence[Entry], unseen: Sequence[Entry]) -> list[str]:
    """Say where one picture has two labels, in the book, on the unseen pages or across the two, and where two labels
    are nearly one."""
    called: dict[str, dict[int, str]] = {}
    for entries, where in ((pictures, "in the book"), (unseen, "on the unseen pages")):
        for entry in entries:
            called.setdefault(entry.emoji, {}).setdefault(entry.label, where)
    conflicts = [(emoji, by) for emoji, by in called.items() if len(by) > 1]
    found = []
    for emoji, by in conflicts[:MOST_CONFLICTS]:
        across = len(set(by.values())) > 1
        names = " and ".join(
            f"{shown(labels[label])} {where}" if across else shown(labels[label]) for label, where in by.items()
        )
        found.append(f"{emoji} has more than one label ({names}): nobody can get it always right.")
    more = len(conflicts) - len(found)
    if more:
        found.append(f"{more} more {'emoji has' if more == 1 else 'emoji have'} more than one label.")
    for number, label in enumerate(labels):
        twin = next((other for other in labels[:number] if other.casefold() == label.casefold()), None)
        if twin is not None:
            found.append(f"{shown(twin)} and {shown(label)} differ only in capitals: they count as two labels.")
    return found


def _entry(
    item: Listed,
    raw: Raw,
    spelt: dict[str, str],
    known: dict[str, str],
    numbers: dict[str, int],
    atlas: Atlas,
) -> Entry:
    """Check one picture; each spelling of a label and of an emoji is looked up once."""
    label = spelt.get(item.label)
    if label is None:
        label = spelt[item.label] = clean(item.label, f"label of {item.where}", LABEL_COLUMNS)
    if label not in numbers:
        if len(numbers) == MOST_LABELS:
            raise PictureBookError(
                f"{shown(label)} ({item.where}) would be the label number {MOST_LABELS + 1}: "
                f"keep to {MOST_LABELS} labels, one for each of the keys 1 to {MOST_LABELS}."
            )
        other = next((name for name in numbers if outline(name) == outline(label)), None)
        if other is not None:
            raise PictureBookError(
                f"the labels {shown(other)} and {shown(label)} ({item.where}) look the same and are spelt with other "
                "characters: copy the one to the other, or change a word of it."
            )
        numbers[label] = len(numbers)
    emoji = known.get(item.image)
    if emoji is None:
        try:
            emoji = known[item.image] = atlas.find(item.image[:200]).emoji
        except UnknownEmoji as error:
            sentence = str(error)
            raise UnknownEmoji(f"In {raw.file}, {item.where}: {sentence[:1].lower()}{sentence[1:]}") from None
    return Entry(emoji, numbers[label], item.where)


def _title_of(stem: str) -> str:
    """Make a title of a file's name: "my-pets" becomes "My pets"."""
    words = " ".join(stem.replace("-", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:] if words else "My book"


def _by_label(given: Mapping[str, str] | Sequence[str], labels: Sequence[str], what: str) -> dict[str, str]:
    """Read keys or emblems, given by label or in the labels' order."""
    if isinstance(given, Mapping):
        by_label: dict[str, str] = {}
        for label, value in given.items():
            name = clean(label, f"label under “{what}”", LABEL_COLUMNS)
            if name not in labels:
                raise PictureBookError(
                    f"“{what}” names {shown(name)}, which no picture is called: take it out or correct it."
                )
            by_label[name] = value
        return by_label
    if given and len(given) != len(labels):
        raise PictureBookError(
            f"“{what}” lists {len(given)} for {len(labels)} labels: give one for each label, or name the labels."
        )
    return dict(zip(labels, given, strict=False))


def _emblems(raw: Raw, labels: tuple[str, ...], pictures: Sequence[Entry]) -> tuple[str, ...]:
    given = _by_label(raw.emblems, labels, "emblems")
    plain = {label: emblem.strip().replace("\ufe0f", "") for label, emblem in given.items()}
    for label, emblem in plain.items():
        if not is_emblem(emblem):
            raise PictureBookError(
                f"the emblem {shown(emblem)} of {shown(label)} is not a single two-column emoji: "
                "choose a simple one, such as 🐱 or 🔴."
            )
        if Counter(plain.values())[emblem] > 1:
            raise PictureBookError(f"the emblem {shown(emblem)} stands for two labels: choose another for one.")
    wishes: list[list[str]] = [[] for _ in labels]
    for entry in pictures:
        if entry.emoji not in wishes[entry.label]:
            wishes[entry.label].append(entry.emoji)
    # What was given is given; only the rest look for what is free.
    others = [[e for e in wished if e not in plain.values()] for wished in wishes]
    return assign_emblems([[plain[label]] if label in plain else others[n] for n, label in enumerate(labels)])
