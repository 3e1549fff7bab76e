"""A server's beginning: its sockets, its folder, and whether one process serves or several."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from picturebook_tui.errors import DONE, PictureBookError
from picturebook_tui.records.files import make_folder
from picturebook_tui.serve.addresses import announce
from picturebook_tui.serve.limits import networks
from picturebook_tui.serve.log import Log
from picturebook_tui.serve.options import ServeOptions
from picturebook_tui.serve.process import PRIVATE, prepare_process
from picturebook_tui.serve.supervisor import Supervisor

KEPT = frozenset({"players", "visits", "takeovers", "finished.jsonl", "finished.old", "ssh_host_ed25519_key"})
"""What a server's data folder holds."""


ALONE = "SO_REUSEADDR" if os.name == "posix" else "SO_EXCLUSIVEADDRUSE"
"""The socket option that lets a server have a port again as soon as it has ended. Elsewhere that goes without saying,
and the option of that name would take the port from another server."""


def bound_sockets(host: str, port: int, count: int = 1) -> list[socket.socket]:
    """Sockets bound to one address, not listening yet. Several share its port (``SO_REUSEPORT``): Linux spreads those
    who come over them.

    Parameters
    ----------
    port
        0: one that is free, the same for all.

    Raises
    ------
    PictureBookError
        The address can't be had.
    """
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        # A port that is shared would be shared with another server, too, without a word: ask for it alone first.
        alone = _bound(family, address, ALONE)
        if count == 1:
            return [alone]
        address = alone.getsockname()
        alone.close()
        with contextlib.suppress(OSError):
            # Another server that asks while these don't listen yet would be told that it is free, with SO_REUSEADDR.
            return [_bound(family, address, "SO_REUSEPORT") for _ in range(count)]
        # Connections of a server that has just ended here are in the way.
        return [_bound(family, address, "SO_REUSEPORT", "SO_REUSEADDR") for _ in range(count)]
    except (socket.gaierror, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no name"
        raise PictureBookError(f"There is no address {host!r} here ({reason}): choose another --host.") from error
    except OSError as error:
        reason = (error.strerror or "it failed").lower()
        raise PictureBookError(f"Port {port} of {host} can't be had ({reason}): choose another --port.") from error


def _bound(family: int, address: tuple[object, ...], *options: str) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        for option in options:
            sock.setsockopt(socket.SOL_SOCKET, getattr(socket, option), 1)
        sock.bind(address)
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return sock


def serve(options: ServeOptions) -> int:
    """Serve until told to stop; returns the exit status.

    Raises
    ------
    PictureBookError
        The address can't be had, nothing can be kept in the data folder, or this system has one worker at the most.
    """
    if options.workers > 1 and not sys.platform.startswith("linux"):
        raise PictureBookError(
            "Only Linux shares a port among several workers: use --workers 1, which serves a hundred players, "
            "or a machine with Linux."
        )
    prepare_process()
    networks(options.exempt)
    sockets = bound_sockets(options.host, options.port, options.workers)
    warning = keep_private(options.data_dir)

    def ready(fingerprint: str) -> None:
        announce(options, sockets[0], fingerprint, warning)

    asyncio.run(_serve(options, sockets, ready))
    return DONE


async def _serve(options: ServeOptions, sockets: list[socket.socket], ready: Callable[[str], None]) -> None:
    if len(sockets) > 1:
        await Supervisor(options, sockets, Log(), ready).run()
    else:
        # Not above: a supervisor knows no game and no SSH.
        from picturebook_tui.serve.worker import serve_alone

        await serve_alone(options, sockets[0], ready)


def keep_private(folder: Path) -> str:
    """Make the data folder where it is missing, and close it to others (mode 0700) where all in it is a server's.

    A folder that holds other things too may be read by others for a reason, so it stays as it is, and what is returned
    says so; "" otherwise. Either way nobody else reads what a server keeps there: files are 0600, folders 0700.

    Raises
    ------
    PictureBookError
        It can't be made.
    """
    make_folder(folder)
    if os.name != "posix":
        # What a mode says there is no more than whether it may be written.
        return ""
    try:
        mode = stat.S_IMODE(folder.stat().st_mode)
        if not mode & PRIVATE:
            return ""
        if KEPT.issuperset(os.listdir(folder)):
            folder.chmod(mode & ~PRIVATE)
            return ""
    except OSError:
        # Somebody else's; told like the rest.
        pass
    return f"Others on this machine can look into {folder}, which is not the server's alone: `chmod 700` closes it."
