"""A small versioned JSON file of a person's: read whatever its state, and set aside where it can't be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from picturebook_tui.ordinary import NotOrdinary, read_ordinary
from picturebook_tui.records.files import set_aside


def read_object(path: Path, largest: int) -> dict[str, Any]:
    """The JSON object in a file of at most ``largest`` bytes.

    Raises
    ------
    OSError, FileNotFoundError
        It can't be read, or is not there.
    ValueError, RecursionError
        It is no ordinary file, too large, not UTF-8, or holds something else.
    """
    try:
        text = read_ordinary(path, largest)
    except NotOrdinary:
        raise ValueError("no ordinary file") from None
    if len(text) > largest:
        raise ValueError("too large")
    data = json.loads(text.decode("utf-8"))
    if not isinstance(data, dict):
        raise ValueError("no object")
    return data


def put_away(path: Path, what: str, reason: str, instead: str, *, read_only: bool) -> str:
    """Set an unusable file aside and say so; with ``read_only`` only say so.

    ``what`` and ``instead`` are the sentence's own words: "settings", "the usual ones are used".
    """
    if read_only:
        return f"The {what} in {path} {reason}: {instead}."
    try:
        aside = set_aside(path)
    except OSError as error:
        return f"The {what} in {path} {reason} and can't be moved away ({error.strerror}): {instead}."
    return f"The {what} {reason}: they were set aside as {aside}, and {instead}."
