"""What a person prefers, kept in one small file that a person can read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.files import cannot_write, make_folder, write_atomically
from picturebook_tui.records.kept import put_away, read_object

PREFERENCES = "settings.json"
VERSION = 1
LARGEST = 64 * 1024
"""Bytes; ours has 200. A larger file is something else, and is not read into memory to find out."""

Colours = Literal["auto", "truecolor", "256", "16", "none"]
Curves = Literal["braille", "blocks"]


@dataclass(frozen=True, slots=True)
class Preferences:
    """How the game looks and sounds for this person."""

    theme: str = "picturebook-dark"
    reduced_motion: bool = False
    colours: Colours = "auto"
    curves: Curves = "braille"
    bell: bool = False


_VALID: dict[str, Callable[[Any], bool]] = {
    "theme": lambda value: isinstance(value, str) and 0 < len(value) <= 100 and value.isprintable(),
    "reduced_motion": lambda value: isinstance(value, bool),
    "colours": lambda value: isinstance(value, str) and value in get_args(Colours),
    "curves": lambda value: isinstance(value, str) and value in get_args(Curves),
    "bell": lambda value: isinstance(value, bool),
}
"""Whether the theme exists is for the screens to say: they know which there are."""


def load_preferences(folder: Path, *, read_only: bool = False) -> tuple[Preferences, str]:
    """Read the folder's preferences; whatever is wrong with them, the game starts.

    A file that is damaged or from a newer version is set aside ("settings-damaged-<n>.json"). A value that this
    version doesn't know falls back to its default, and a name that it doesn't know is passed over.

    Parameters
    ----------
    read_only
        Leave an unusable file where it is (``--no-save`` touches nothing).

    Returns
    -------
    preferences, notice
        The notice is a sentence for the person, "" where there is nothing to tell.
    """
    path = folder / PREFERENCES
    try:
        data = read_object(path, LARGEST)
    except FileNotFoundError:
        return Preferences(), ""
    except OSError as error:
        return Preferences(), f"The settings in {path} can't be read ({error.strerror}): the usual ones are used."
    except (ValueError, RecursionError):
        return Preferences(), _put_away(path, "are damaged", read_only)
    version = data.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        return Preferences(), _put_away(path, "are damaged", read_only)
    if version > VERSION:
        return Preferences(), _put_away(path, "were written by a newer Picture Book", read_only)
    known = {field.name for field in fields(Preferences)}
    good = {name: value for name, value in data.items() if name in known and _VALID[name](value)}
    bad = sorted(name for name in data if name in known and name not in good)
    if not bad:
        return Preferences(**good), ""
    return Preferences(**good), f"The usual value is used for {', '.join(bad)}: what {path} says is not one of them."


def save_preferences(folder: Path, preferences: Preferences) -> None:
    """Write the preferences: the old file or the new one is there at every instant, never a part of one.

    Raises
    ------
    PictureBookError
        Nothing can be saved in the folder.
    """
    text = json.dumps({"version": VERSION, **asdict(preferences)}, indent=2) + "\n"
    make_folder(folder)
    path = folder / PREFERENCES
    try:
        write_atomically(path, text.encode("utf-8"), mode=0o600)
    except OSError as error:
        raise PictureBookError(cannot_write(folder, error)) from error


def _put_away(path: Path, reason: str, read_only: bool) -> str:
    return put_away(path, "settings", reason, "the usual ones are used", read_only=read_only)
