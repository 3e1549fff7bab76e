"""How far somebody is in the chapters, kept in one small file."""

from __future__ import annotations

import json
from pathlib import Path

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.progress import Progress, progress_from_dict
from picturebook_tui.records.files import cannot_write, make_folder, write_atomically
from picturebook_tui.records.kept import put_away, read_object

PROGRESS = "lessons.json"
VERSION = 1
LARGEST = 2 * 1024 * 1024
"""Bytes; ours has 10,000 when every bet is settled, and the most that may be kept is under a million."""


def load_progress(folder: Path, *, read_only: bool = False) -> tuple[Progress, str]:
    """Read the folder's progress; whatever is wrong with it, the chapters can begin.

    A file that is damaged or from a newer version is set aside ("lessons-damaged-<n>.json").

    Parameters
    ----------
    read_only
        Leave an unusable file where it is (``--no-save`` touches nothing).

    Returns
    -------
    progress, notice
        The notice is a sentence for the person, "" where there is nothing to tell.
    """
    path = folder / PROGRESS
    try:
        data = read_object(path, LARGEST)
        version = data.get("version")
        if isinstance(version, bool) or not isinstance(version, int) or version < 1:
            raise ValueError("no version")
        if version > VERSION:
            return Progress(), _put_away(path, "were written by a newer Picture Book", read_only)
        return progress_from_dict(data), ""
    except FileNotFoundError:
        return Progress(), ""
    except OSError as error:
        return Progress(), f"The bets in {path} can't be read ({error.strerror}): the chapters begin anew."
    except (ValueError, RecursionError, PictureBookError):
        return Progress(), _put_away(path, "are damaged", read_only)


def save_progress(folder: Path, progress: Progress) -> None:
    """Write the progress: the old file or the new one is there at every instant, never a part of one.

    Raises
    ------
    PictureBookError
        Nothing can be saved in the folder.
    """
    text = json.dumps({"version": VERSION, **progress.to_dict()}, indent=2, ensure_ascii=False) + "\n"
    make_folder(folder)
    try:
        write_atomically(folder / PROGRESS, text.encode("utf-8"), mode=0o600)
    except OSError as error:
        raise PictureBookError(cannot_write(folder, error)) from error


def _put_away(path: Path, reason: str, read_only: bool) -> str:
    return put_away(path, "bets", reason, "the chapters begin anew", read_only=read_only)
