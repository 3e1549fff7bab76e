"""Where records live: what was asked for, then the environment, then the system's own place for them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.files import cannot_write

ENVIRONMENT = "PICTUREBOOK_DATA_DIR"

HOMELESS = "No home folder to keep records in: set HOME, or choose --data-dir"
OR_NO_SAVE = ", or --no-save"
"""The way out that a server has not."""


def data_dir(given: Path | None, environ: Mapping[str, str]) -> Path:
    """The folder for records; makes nothing, and doesn't ask whether anything can be written there: whoever writes
    first finds out (``files.make_folder``, mode 0700), and whoever only reads need not know.

    Parameters
    ----------
    given
        What ``--data-dir`` said; it wins.
    environ
        Its ``PICTUREBOOK_DATA_DIR`` comes next (empty: as if absent), then the system's folder for an
        application's data: ``~/.local/share/picturebook`` on Linux.

    Returns
    -------
    Path
        Absolute, "~" resolved.

    Raises
    ------
    PictureBookError
        It can be no folder, or would lie in a home folder, and there is none.
    """
    asked = given or Path(environ.get(ENVIRONMENT) or "~")
    try:
        if given is None and not environ.get(ENVIRONMENT):
            # Imported late: --version and --help need no folder.
            from platformdirs import user_data_path

            asked = user_data_path("picturebook", appauthor=False)
        folder = asked.expanduser().absolute()
        _refuse_files(folder)
    except RuntimeError as error:
        if asked.parts[:1] == ("~",):
            raise PictureBookError(f"{HOMELESS}{OR_NO_SAVE}.") from error
        raise PictureBookError(cannot_write(asked, error)) from error
    except (OSError, ValueError) as error:
        raise PictureBookError(cannot_write(asked, error)) from error
    return folder


def nearest_folder(folder: Path) -> Path:
    """The folder itself where it is there; else the one that it would be made in, or under."""
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    return folder


def _refuse_files(folder: Path) -> None:
    nearest = nearest_folder(folder)
    if not os.path.isdir(nearest):
        raise NotADirectoryError(0, f"{nearest} is not a folder")
