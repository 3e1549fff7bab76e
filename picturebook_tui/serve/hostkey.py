"""The key by which people know that it is the same server again."""

from __future__ import annotations

import os
from pathlib import Path

import asyncssh

from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.files import cannot_write, make_folder, write_atomically

FILE = "ssh_host_ed25519_key"


def host_key(folder: Path) -> asyncssh.SSHKey:
    """Read the folder's host key, or make one (ed25519, mode 0600).

    Raises
    ------
    PictureBookError
        It can't be read or written, or it is no key.
    """
    make_folder(folder)
    path = folder / FILE
    try:
        if not path.exists():
            key = asyncssh.generate_private_key("ssh-ed25519", comment="picturebook")
            write_atomically(path, key.export_private_key(), mode=0o600)
        if path.stat().st_mode & 0o077:
            os.chmod(path, 0o600)
        return asyncssh.import_private_key(path.read_bytes())
    except OSError as error:
        raise PictureBookError(cannot_write(folder, error)) from error
    except (asyncssh.KeyImportError, asyncssh.KeyExportError, ValueError) as error:
        raise PictureBookError(
            f"{path} is no key that a server could use: move it away, and a new one is made. "
            "People who know the old one will be warned."
        ) from error
