"""From a file's bytes to a list of images and labels; nothing is looked up or believed yet."""

from __future__ import annotations

import csv
import difflib
import io
import json
import os
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from picturebook_tui.book.counting import MAX_PICTURES
from picturebook_tui.book.words import harmless, shown
from picturebook_tui.errors import PictureBookError

MAX_BYTES = {".json": 8_000_000, ".csv": 8_000_000, ".toml": 1_000_000}
"""File sizes by ending, in bytes: 100,000 pictures in the lesson's format fill about 5 MB. TOML is less, as Python's
reader is slow; its one-string form fits 100,000 pictures all the same."""

MAX_DOTS = 100
"""Dots in one line of TOML: Python's reader takes time with the square of a dotted name's length, hours for 1 MB."""

SUFFIXES = tuple(MAX_BYTES)

_KNOWN = ("title", "about", "keys", "emblems", "mirror", "labels", "pictures", "unseen")

_TRAINING_WORDS = ("", "book", "picture", "pictures", "train", "training")
_UNSEEN_WORDS = ("unseen", "validation", "val", "test")


@dataclass(frozen=True, slots=True)
class Listed:
    """One picture as written."""

    image: str
    label: str
    where: str
    """For a sentence: "picture 3"."""


@dataclass(slots=True)
class Raw:
    """A file as written, in the one shape all three formats come to."""

    file: str
    """The file's name, safe to show."""
    stem: str
    """The same without its ending, bare."""
    title: str | None = None
    about: str | None = None
    keys: Mapping[str, str] | Sequence[str] = field(default_factory=dict)
    emblems: Mapping[str, str] | Sequence[str] = field(default_factory=dict)
    mirror: bool = False
    pictures: list[Listed] = field(default_factory=list)
    unseen: list[Listed] = field(default_factory=list)


class _Wrong(Exception):
    """What is wrong, to be told after "In pets.json, "."""


def parse(path: str | Path) -> Raw:
    """Read a person's file.

    Raises
    ------
    PictureBookError
        Where it can't be read, is too large, isn't UTF-8, is broken, or isn't a list of images and labels.
    """
    name = os.path.basename(os.fspath(path).rstrip("/\\")) or os.fspath(path)
    stem, suffix = os.path.splitext(name)
    raw = Raw(file=shown(name)[1:-1], stem="".join(c for c in stem if harmless(c))[:40].strip() or "book")
    data = _read(path, suffix.lower())
    try:
        text = _decode(data)
        readers: dict[str, Callable[[str, Raw], None]] = {".json": _json, ".csv": _csv, ".toml": _toml}
        readers[suffix.lower()](text, raw)
    except _Wrong as wrong:
        raise PictureBookError(f"In {raw.file}, {wrong}") from None
    return raw


def _read(path: str | Path, suffix: str) -> bytes:
    """Read a file of bounded size; pipes, devices and folders are refused before they are opened."""
    name = shown(path)
    try:
        # Reading a pipe would wait for ever, and a device may have no end.
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise PictureBookError(f"{name} is a folder: give the book's file inside it.")
        if not stat.S_ISREG(status.st_mode):
            raise PictureBookError(f"{name} is not an ordinary file: give a {', '.join(SUFFIXES)} file.")
        if suffix not in MAX_BYTES:
            raise PictureBookError(f"{name} is no kind of file a book can be: end its name in {_or(SUFFIXES)}.")
        limit = MAX_BYTES[suffix]
        size = status.st_size
        if size <= limit:
            with open(path, "rb") as file:
                data = file.read(limit + 1)
            size = len(data)
    except FileNotFoundError:
        raise PictureBookError(f"There is no file {name}: check the path, or choose a book from the shelf.") from None
    except PermissionError:
        raise PictureBookError(f"{name} may not be read: give yourself permission (chmod u+r) or copy it.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name can't be one"
        raise PictureBookError(f"{name} can't be read ({reason}): check the path.") from None
    if size > limit:
        raise PictureBookError(
            f"{name} has {size / 1e6:,.0f} MB, and a book may have {limit / 1e6:.0f} MB "
            f"({MAX_PICTURES:,} pictures): keep a part of it."
        )
    return data


def _or(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:4]:
        raise _Wrong("the text is UTF-16 or UTF-32, not UTF-8: save it again as UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _Wrong(f"line {line} is not UTF-8 (byte {data[error.start]:#04x}): save it again as UTF-8.") from None
    if not text.strip():
        raise _Wrong('there is nothing: write pictures in it, such as [{"image": "🐱", "label": "cat"}, …].')
    return text


# JSON and TOML


def _json(text: str, raw: Raw) -> None:
    try:
        value = json.loads(text, object_pairs_hook=_no_repeats)
    except json.JSONDecodeError as error:
        raise _Wrong(
            f"line {error.lineno}, column {error.colno} is not JSON ({error.msg}): correct it there."
        ) from None
    except (ValueError, RecursionError):
        # Numbers of thousands of digits, brackets thousands deep.
        raise _Wrong("there is a number too long or a nesting too deep: keep to images and labels.") from None
    if isinstance(value, dict):
        _object(value, raw)
    else:
        _add(value, raw, raw.pictures, "picture")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Wrong(f"{shown(twice)} is written twice in the same braces: keep one.")
    return result


def _toml(text: str, raw: Raw) -> None:
    for number, line in enumerate(text.splitlines(), 1):
        if line.count(".") > MAX_DOTS:
            raise _Wrong(f"line {number} has more than {MAX_DOTS} dots: keep to names without them.")
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # Python's sentence ends in the place: "… (at line 3, column 7)"; it may quote what was written.
        raise _Wrong(f"the text is not TOML: {_reason(error)}; correct it there.") from None
    except (ValueError, RecursionError, OverflowError):
        raise _Wrong("there is a number too long or a nesting too deep: keep to images and labels.") from None
    _object(value, raw)


def _object(value: Mapping[str, Any], raw: Raw) -> None:
    """Read the form with words around the pictures."""
    for key in value:
        if key not in _KNOWN:
            near = difflib.get_close_matches(key[:40], _KNOWN, n=1)
            hint = f"did you mean “{near[0]}”?" if near else f"known are {_or(_KNOWN)}."
            raise _Wrong(f"{shown(key)} is not something a book has: {hint}")
    if "labels" in value and "pictures" in value:
        raise _Wrong("there are both “labels” and “pictures”: keep one of the two.")
    raw.title, raw.about = _text(value, "title"), _text(value, "about")
    raw.keys, raw.emblems = _words(value, "keys"), _words(value, "emblems")
    mirror = value.get("mirror", False)
    if not isinstance(mirror, bool):
        raise _Wrong(f"“mirror” is {shown(mirror)}: write true or false.")
    raw.mirror = mirror
    pictures = value.get("pictures", value.get("labels"))
    if pictures is None:
        raise _Wrong("there is neither “pictures” nor “labels”: list the pictures under one of them.")
    _add(pictures, raw, raw.pictures, "picture")
    _add(value.get("unseen", []), raw, raw.unseen, "unseen picture")


def _text(value: Mapping[str, Any], key: str) -> str | None:
    text = value.get(key)
    if text is not None and not isinstance(text, str):
        raise _Wrong(f"“{key}” is not a text: write it in quotes.")
    return text


def _words(value: Mapping[str, Any], key: str) -> dict[str, str] | list[str]:
    words = value.get(key, {})
    if isinstance(words, dict) and all(isinstance(word, str) for word in words.values()):
        return words
    if isinstance(words, list) and all(isinstance(word, str) for word in words):
        return words
    raise _Wrong(f"“{key}” is not one text per label: write {{ cat = … }} or a list in the labels' order.")


def _add(value: object, raw: Raw, to: list[Listed], what: str) -> None:
    """Read pictures: a list of image and label, or a table of a label's emoji."""
    if isinstance(value, dict):
        for label, emoji in value.items():
            for number, image in enumerate(_emoji_of(label, emoji), 1):
                _put(to, Listed(image, label, f"{what} {number} of {shown(label)}"))
        return
    if not isinstance(value, list):
        raise _Wrong('there is no list of pictures: write [{"image": "🐱", "label": "cat"}, …].')
    for number, item in enumerate(value, 1):
        where = f"{what} {number}"
        if not isinstance(item, dict):
            raise _Wrong(f'{where} is not an image with a label: write {{"image": "🐱", "label": "cat"}}.')
        for key in ("image", "label"):
            if key not in item:
                raise _Wrong(f'{where} has no “{key}”: write {{"image": "🐱", "label": "cat"}}.')
        image, label, split = item["image"], item["label"], item.get("split", "")
        if isinstance(label, int) and not isinstance(label, bool) and abs(label) < 10**9:
            label = str(label)
        for key, text in (("image", image), ("label", label), ("split", split)):
            if not isinstance(text, str):
                raise _Wrong(f"the “{key}” of {where} is not a text: write it in quotes.")
        _put(raw.unseen if _is_unseen(split, where) else to, Listed(image, label, where))


def _emoji_of(label: str, emoji: object) -> Iterator[str]:
    if isinstance(emoji, str):
        return split_emoji(emoji)
    if isinstance(emoji, list) and all(isinstance(one, str) for one in emoji):
        return iter(emoji)
    raise _Wrong(f"the pictures of {shown(label)} are not emoji: write them as one text, or a list of texts.")


def split_emoji(text: str) -> Iterator[str]:
    """Cut a string of emoji into its pictures; joined ones stay whole, spaces and commas between them go.

    Unicode TS #51: a joiner binds what follows it; selectors, skin tones, keycaps and tags belong to what is before.
    """
    current = ""
    for character in text:
        code = ord(character)
        belongs = code in (0x200D, 0xFE0E, 0xFE0F, 0x20E3) or 0x1F3FB <= code <= 0x1F3FF or 0xE0020 <= code <= 0xE007F
        flag = 0x1F1E6 <= code <= 0x1F1FF and len(current) == 1 and 0x1F1E6 <= ord(current) <= 0x1F1FF
        if current and not character.isspace() and (belongs or flag or current.endswith("\u200d")):
            current += character
            continue
        if current:
            yield current
        current = "" if character.isspace() or character in ",;" else character
    if current:
        yield current


# CSV


def _csv(text: str, raw: Raw) -> None:
    head = text.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    columns: list[str] | None = None
    try:
        for row in rows:
            where = f"line {rows.line_num}"
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if columns is None:
                columns = _columns(cells)
                continue
            if len(cells) < 2 or any(cells[len(columns) :]):
                raise _Wrong(f"{where} has {len(cells)} columns instead of {len(columns)}: write image,label.")
            values = dict(zip(columns, cells, strict=False))
            for key in ("image", "label"):
                if not values.get(key):
                    raise _Wrong(f"{where} has no {key}: write one.")
            unseen = _is_unseen(values.get("split", ""), where)
            _put(raw.unseen if unseen else raw.pictures, Listed(values["image"], values["label"], where))
    except csv.Error as error:
        raise _Wrong(f"line {rows.line_num} is not CSV ({_reason(error)}): correct it there.") from None


def _columns(cells: Sequence[str]) -> list[str]:
    columns = [cell.lower() for cell in cells]
    if "image" not in columns or "label" not in columns:
        raise _Wrong("the first line does not name the columns: begin with image,label (and split, if you like).")
    twice = next((name for name in columns if name and columns.count(name) > 1), None)
    if twice is not None:
        raise _Wrong(f"there are two columns {shown(twice)}: keep one.")
    return columns


# All three


def _reason(error: Exception) -> str:
    """Python's own words, without what they may quote of the file."""
    return "".join(character for character in str(error)[:160] if harmless(character))


def _is_unseen(split: str, where: str) -> bool:
    word = split.strip().lower()
    if word in _UNSEEN_WORDS:
        return True
    if word not in _TRAINING_WORDS:
        raise _Wrong(f"the split {shown(split)} of {where} is neither “unseen” nor “book”: write one of them.")
    return False


def _put(to: list[Listed], item: Listed) -> None:
    if len(to) == MAX_PICTURES:
        raise _Wrong(f"there are more than {MAX_PICTURES:,} pictures: keep a part of them.")
    to.append(item)
