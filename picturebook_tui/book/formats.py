"""From a file's bytes to a list of images and labels; nothing is looked up or believed yet."""

from __future__ import annotations

import csv
import difflib
import io
import json
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from errno import EISDIR
from operator import index
from pathlib import Path
from typing import Any

from picturebook_tui.book.counting import MAX_PICTURES
from picturebook_tui.book.words import harmless, shown
from picturebook_tui.errors import PictureBookError
from picturebook_tui.ordinary import NotOrdinary, read_ordinary

MAX_BYTES = {
    **dict.fromkeys((".json", ".jsonl", ".ndjson", ".csv", ".tsv"), 8_000_000),
    ".toml": 1_000_000,
}
"""File sizes by ending, in bytes: 100,000 pictures in the lesson's format fill about 5 MB. TOML is less, as Python's
reader is slow; its one-string form fits 100,000 pictures all the same."""

MAX_DOTS = 100
"""Dots in one line of TOML: Python's reader takes time with the square of a dotted name's length, hours for 1 MB."""

SUFFIXES = tuple(MAX_BYTES)

_INSTEAD = {
    **dict.fromkeys((".yaml", ".yml"), "YAML, which is not read here: write the same as JSON or TOML"),
    **dict.fromkeys((".xlsx", ".xls", ".ods", ".numbers"), "a spreadsheet: save it as CSV"),
    **dict.fromkeys((".gz", ".zip", ".bz2", ".xz", ".zst"), "packed: unpack it first"),
}
"""What people give whose ending says what it is, and what to do with it."""

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
        readers: dict[str, Callable[[str, Raw], None]] = {".csv": _csv, ".tsv": _csv, ".toml": _toml}
        readers.get(suffix.lower(), _json)(text, raw)
    except _Wrong as wrong:
        raise PictureBookError(f"In {raw.file}, {wrong}") from None
    return raw


def parse_given(pictures: object) -> Raw:
    """Read what somebody made in Python: rows of image and label, or the object of the JSON format.

    Parameters
    ----------
    pictures
        A mapping, as the object in a JSON or TOML file; or anything that gives rows one after the other (a list, a
        generator, a NumPy array of texts), each a mapping with "image" and "label" or a pair of the two.

    Raises
    ------
    PictureBookError
        Where it is neither.
    """
    raw = Raw(file="the pictures given", stem="my-book")
    try:
        if isinstance(pictures, Mapping):
            _object(pictures, raw)
        else:
            _add(pictures, raw, raw.pictures, "picture")
    except _Wrong as wrong:
        raise PictureBookError(f"In {raw.file}, {wrong}") from None
    return raw


def _read(path: str | Path, suffix: str) -> bytes:
    """Read a file of bounded size; pipes, devices and folders are refused before they are opened."""
    name = shown(path)
    try:
        limit = MAX_BYTES.get(suffix, 0)
        # What can't be a book is not read, but a folder is told to be one whatever its name.
        data = read_ordinary(path, limit) if limit else b""
        size = len(data) if len(data) <= limit or not limit else os.stat(path).st_size
        if not limit and not os.path.isfile(path):
            read_ordinary(path, 0)
    except NotOrdinary as error:
        if error.errno == EISDIR:
            raise PictureBookError(f"{name} is a folder: give the book's file inside it.") from None
        raise PictureBookError(f"{name} is not an ordinary file: give a {_or(SUFFIXES)} file.") from None
    except FileNotFoundError:
        raise PictureBookError(f"There is no file {name}: check the path, or choose a book from the shelf.") from None
    except PermissionError:
        raise PictureBookError(f"{name} may not be read: give yourself permission (chmod u+r) or copy it.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name can't be one"
        raise PictureBookError(f"{name} can't be read ({reason}): check the path.") from None
    if not limit:
        remedy = _INSTEAD.get(suffix)
        if remedy:
            raise PictureBookError(f"{name} is {remedy}.")
        raise PictureBookError(f"{name} is no kind of file a book can be: end its name in {_or(SUFFIXES)}.")
    if len(data) > limit:
        raise PictureBookError(
            f"{name} has {max(size, len(data)) / 1e6:,.0f} MB, and a book may have {limit / 1e6:.0f} MB "
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


_TOO_MUCH = "there is a number too long or a nesting too deep: keep to images and labels."


def _json(text: str, raw: Raw) -> None:
    """Read one value, or several one after another: JSON Lines, where each is a picture."""
    decoder = json.JSONDecoder(object_pairs_hook=_no_repeats)
    values: list[Any] = []
    at = _skip(text, 0)
    try:
        while at < len(text):
            value, end = decoder.raw_decode(text, at)
            values.append(value)
            if len(values) > MAX_PICTURES:
                raise _Wrong(f"there are more than {MAX_PICTURES:,} pictures: keep a part of them.")
            at = _skip(text, end)
            # Another value may follow; anything else is a slip, and told where it is.
            if at < len(text) and not (isinstance(value, dict) and text[at] == "{"):
                raise json.JSONDecodeError("Extra data", text, at)
    except json.JSONDecodeError as error:
        raise _Wrong(
            f"line {error.lineno}, column {error.colno} is not JSON ({_json_reason(error)}): correct it there."
        ) from None
    except (ValueError, RecursionError):
        # Numbers of thousands of digits, brackets thousands deep.
        raise _Wrong(_TOO_MUCH) from None
    first = values[0]
    if len(values) == 1 and isinstance(first, dict) and not {"image", "label"} & first.keys():
        _object(first, raw)
    elif len(values) == 1 and not isinstance(first, dict):
        _add(first, raw, raw.pictures, "picture")
    else:
        _add(values, raw, raw.pictures, "picture")


def _skip(text: str, at: int) -> int:
    """The next place that is not one of JSON's four blanks."""
    found = re.compile(r"[ \t\n\r]*").match(text, at)
    return at if found is None else found.end()


def _json_reason(error: json.JSONDecodeError) -> str:
    """What is wrong, in the words of whoever looks at the place; every Python has other ones of its own."""
    here, before = error.doc[error.pos :].lstrip(), error.doc[: error.pos].rstrip()
    if here.startswith(("//", "/*", "#")):
        return "JSON has no comments"
    if before.endswith(",") and here[:1] in ("]", "}"):
        return "the comma before it is one too many"
    if here[:1] == "," and here[1:].lstrip()[:1] in ("]", "}"):
        return "the comma is one too many"
    if here[:1] in ("'", "“", "”", "‘", "’", "„", "«"):
        return 'texts stand between two "'
    return error.msg


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Wrong(f"{shown(twice)} is written twice in the same braces: keep one.")
    return result


def _toml(text: str, raw: Raw) -> None:
    lines = text.replace("\r\n", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        if line.count(".") > MAX_DOTS:
            raise _Wrong(f"line {number} has more than {MAX_DOTS} dots: keep to names without them.")
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # Python's sentence ends in the place: "… (at line 3, column 7)"; it may quote what was written.
        place = re.search(r"\(at line (\d+), column (\d+)\)$", str(error))
        if place and int(place[1]) <= len(lines):
            said = _toml_slip(lines[int(place[1]) - 1], int(place[2]) - 1, str(error))
            if said:
                raise _Wrong(f"line {place[1]}{said}") from None
        raise _Wrong(f"the text is not TOML: {_reason(error)}; correct it there.") from None
    except (ValueError, RecursionError, OverflowError):
        raise _Wrong(_TOO_MUCH) from None
    _object(value, raw)


_KEY_BEFORE = re.compile(r"""[^\s={}\[\],"'#]*(?:[ \t]+[^\s={}\[\],"'#]+)*[ \t]*$""")
_KEY_AFTER = re.compile(r"""[^={}\[\],"'#]*""")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


def _toml_slip(line: str, at: int, reason: str) -> str:
    """The rest of a sentence about one of the usual slips in a line of TOML, after "line 3"; "" for any other.

    Parameters
    ----------
    line
        As written.
    at
        Where Python's reader stopped, from 0.
    reason
        What it said.
    """
    if "verwrite a value" in reason or "twice" in reason:
        name = re.split(r"[=\]]", line, maxsplit=1)[0].strip(" \t[")
        return f" writes {shown(name)} a second time: keep one of the two." if name else ""
    before, after = _KEY_BEFORE.search(line[:at]), _KEY_AFTER.match(line[at:])
    key = ((before[0] if before else "") + (after[0] if after else "")).strip()
    follows = line[at + (after.end() if after else 0) :][:1]
    value_wanted = re.search(r"=[ \t]*$", line[:at]) is not None
    if key and follows in ("=", "]") and not value_wanted:
        parts = [part.strip() for part in key.split(".")]
        strange = next((part for part in parts if part and not _PLAIN_KEY.fullmatch(part)), None)
        if strange is not None:
            ending = " = …" if follows == "=" else ""
            return (
                f" names {shown(strange)} without quotes, and TOML takes only English letters, digits, - and _ so: "
                f'write "{shown(strange)[1:-1]}"{ending}.'
            )
    if value_wanted:
        name = _KEY_BEFORE.search(line[:at].rstrip(" \t").removesuffix("="))
        what = shown(name[0].strip()) if name and name[0].strip() else "its name"
        value = line[at:].strip()
        if value[:1] not in ('"', "'", ""):
            return f' gives {what} a text without " around it: write it as "…".'
        if not value:
            return f" gives {what} nothing: write a text in quotes after the =."
    if line.count('"') % 2 or line.count("'") % 2:
        return " has a quote that is not closed: begin and end a text with the same one."
    return ""


def _object(value: Mapping[str, Any], raw: Raw) -> None:
    """Read the form with words around the pictures."""
    for key in value:
        if key not in _KNOWN:
            near = difflib.get_close_matches(str(key)[:40], _KNOWN, n=1)
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
    if isinstance(words, Mapping) and all(isinstance(word, str) for pair in words.items() for word in pair):
        return dict(words)
    if isinstance(words, list | tuple) and all(isinstance(word, str) for word in words):
        return list(words)
    raise _Wrong(f"“{key}” is not one text per label: write {{ cat = … }} or a list in the labels' order.")


def _add(value: object, raw: Raw, to: list[Listed], what: str) -> None:
    """Read pictures: a list of image and label, or a table of a label's emoji."""
    if isinstance(value, Mapping):
        for name, emoji in value.items():
            label = _as_label(name)
            if not isinstance(label, str):
                raise _Wrong(f"the label {shown(name)} is not a text: write it in quotes.")
            for number, image in enumerate(_emoji_of(label, emoji), 1):
                _put(to, Listed(str(image), label, f"{what} {number} of {shown(label)}"))
        return
    for number, item in enumerate(_rows(value), 1):
        _put_row(item, raw, to, f"{what} {number}")


def _rows(value: object) -> Iterable[object]:
    """Whatever gives rows in an order that it keeps."""
    if hasattr(value, "to_dict") or hasattr(value, "to_dicts"):
        raise _Wrong('there is a table of another library: give its rows, such as table.to_dict("records").')
    if hasattr(value, "dtype"):
        if getattr(value.dtype, "kind", "") in "USO" or getattr(value.dtype, "names", None):
            return _rows(value.tolist())  # type: ignore[attr-defined]
        raise _Wrong("there are numbers, no emoji: pixels go straight to Learner.fit(pixels, targets).")
    if hasattr(value, "read"):
        raise _Wrong("there is an open file: give its path instead, or what json.load makes of it.")
    if isinstance(value, set | frozenset):
        raise _Wrong("the rows have no order, so every run would make another book of them: give a list.")
    if not isinstance(value, Iterable) or isinstance(value, str | bytes | bytearray | memoryview):
        raise _Wrong('there is no list of pictures: write [{"image": "🐱", "label": "cat"}, …].')
    return value


def _put_row(item: object, raw: Raw, to: list[Listed], where: str) -> None:
    """Read one picture: a mapping of image and label, or the two after each other."""
    if isinstance(item, Mapping):
        for key in ("image", "label"):
            if key not in item:
                raise _Wrong(f'{where} has no “{key}”: write {{"image": "🐱", "label": "cat"}}.')
        image, label, split = item["image"], item["label"], item.get("split", "")
    elif isinstance(item, list | tuple) and len(item) in (2, 3):
        image, label, split = (*item, "")[:3]
    else:
        raise _Wrong(f'{where} is not an image with a label: write {{"image": "🐱", "label": "cat"}}.')
    label = _as_label(label)
    split = "" if split is None else split
    for key, text in (("image", image), ("label", label), ("split", split)):
        if not isinstance(text, str):
            raise _Wrong(f"the “{key}” of {where} is not a text: write it in quotes.")
    _put(raw.unseen if _is_unseen(split, where) else to, Listed(str(image), str(label), where))


def _as_label(label: object) -> object:
    """A small whole number as its digits, which children use for labels too; anything else as it is."""
    if isinstance(label, str) or type(label).__name__.startswith("bool"):
        return label
    try:
        number = index(label)  # type: ignore[arg-type]
    except TypeError:
        return label
    return str(number) if abs(number) < 10**9 else label


def _emoji_of(label: str, emoji: object) -> Iterator[str]:
    if isinstance(emoji, str):
        return split_emoji(emoji)
    if isinstance(emoji, list | tuple) and all(isinstance(one, str) for one in emoji):
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
