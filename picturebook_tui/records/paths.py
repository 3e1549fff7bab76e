"""Where records live: what was asked for, then the environment, then the system's own place for them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.files import cannot_write

ENVIRONMENT = "PICTUREBOOK_DATA_DIR"


def data_dir(given: Path | None, environ: Mapping[str, str]) -> Path:
    """The folder for records; makes nothing, whoever writes first makes it (``files.make_folder``, mode 0700).

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
        Nothing can be saved there: it is no folder, or not writable.
    """
    if given is not None:
        asked = given
    elif environ.get(ENVIRONMENT):
        asked = Path(environ[ENVIRONMENT])
    else:
        # Imported late: --version and --help need no folder.
        from platformdirs import user_data_path

        asked = user_data_path("picturebook", appauthor=False)
    try:
        folder = asked.expanduser().absolute()
        _refuse_unwritable(folder)
    except (OSError, RuntimeError, ValueError) as error:
        raise PictureBookError(cannot_write(asked, error)) from error
    return folder


def _refuse_unwritable(folder: Path) -> None:
    """Ask the nearest folder that exists whether something can be made in it."""
    nearest = folder
    while not os.path.lexists(nearest) and nearest != nearest.parent:
        nearest = nearest.parent
    if not nearest.is_dir():
        raise NotADirectoryError(0, f"{nearest} is not a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise PermissionError(0, f"{nearest} is not writable")
