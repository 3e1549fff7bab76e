"""A server's beginning: its socket, what is said of it, and the settings of the processes that serve."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import socket
import stat
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.files import make_folder
from picturebook_tui.serve.addresses import announce
from picturebook_tui.serve.crew import Crew
from picturebook_tui.serve.limits import Limits, networks
from picturebook_tui.serve.log import Log
from picturebook_tui.serve.metrics import resident_bytes
from picturebook_tui.serve.options import ServeOptions

if TYPE_CHECKING:
    # The supervisor comes by here and knows no screen.
    from picturebook_tui.serve.host import Host

COLLECT = (2000, 10, 1_000_000)
"""Thresholds of the three generations. A collection of everything walks 20,000 objects an app, 12 ms each: it is made
in quiet moments instead."""

QUIET_SECONDS = 20.0
"""Between two looks for such a moment."""

QUIET_KEYS = 2.0
"""Seconds without a key of anybody's make one."""

MOST_GROWN = 300 * 1024 * 1024
"""Bytes of growth that no player accounts for, from which no quiet moment is waited for: a pause is better than no
memory."""

A_FEW = 1000
"""Objects frozen or gone since the last collection that are not worth another; an app has 20,000."""

A_PLAYER = 4 * 1024 * 1024
"""Bytes that one does account for, at the most."""

PRIVATE = 0o077
"""What is kept from everybody else on this machine, of every file and folder that a server makes."""

KEPT = frozenset({"players", "visits", "takeovers", "finished.jsonl", "finished.old", "ssh_host_ed25519_key"})
"""What a server's data folder holds."""


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket bound to an address, not listening yet.

    Raises
    ------
    PictureBookError
        The address can't be had.
    """
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        sock = socket.socket(family, kind, protocol)
    except OSError as error:
        reason = error.strerror
        raise PictureBookError(f"There is no address {host!r} here ({reason}): choose another --host.") from error
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
    except OSError as error:
        sock.close()
        reason = (error.strerror or "it failed").lower()
        raise PictureBookError(f"Port {port} of {host} can't be had ({reason}): choose another --port.") from error
    sock.setblocking(False)
    return sock


def prepare_process() -> None:
    """What is the same for every process that serves."""
    os.umask(PRIVATE)
    logging.getLogger("asyncssh").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    # The log is lines of JSON. What Textual leaves behind of an app that ends while it begins something is no news.
    warnings.simplefilter("ignore")
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        # Each player has a socket and the four files of a store.
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 65536 if most == resource.RLIM_INFINITY else min(most, 65536)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def import_everything() -> None:
    """Whatever the first player would otherwise wait for."""
    import numpy as np

    import picturebook_tui.tui.screens.finale
    import picturebook_tui.tui.screens.glimpse
    import picturebook_tui.tui.screens.home
    import picturebook_tui.tui.screens.watch  # noqa: F401
    from picturebook_tui.book.atlas import open_atlas
    from picturebook_tui.tui.palette import quantise_256

    open_atlas()
    # The tables of nearest colours, too.
    quantise_256(np.zeros((1, 1, 3), np.uint8))


def tune_collector() -> None:
    """Keep what was imported out of every collection, and the walks over everything out of people's way."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)


async def collect_in_quiet(host: Host) -> None:
    """Collect what has been left lying now and then, when nobody has pressed a key for a moment.

    What is still there after that is frozen: the next collection looks at what has come since, and not at a hundred
    apps again (12 ms each). An app that ends is taken apart, so it is gone without any; whatever else holds itself is
    found when everybody has left.
    """
    loop = asyncio.get_running_loop()
    before, joins, players, frozen = resident_bytes(), host.metrics.joins, len(host.players), 0
    while True:
        await asyncio.sleep(QUIET_SECONDS)
        pressed = max((player.key_at for player in host.players.values()), default=0.0)
        accounted = A_PLAYER * max(0, len(host.players) - players)
        grown = resident_bytes() - before - accounted > MOST_GROWN
        # An app that was prepared since has frozen what lay about then, rubbish of those who had just left included.
        moved = abs(gc.get_freeze_count() - frozen) > A_FEW
        lies = host.metrics.joins != joins or (not host.players and moved)
        if not grown and (loop.time() - pressed <= QUIET_KEYS or not lies):
            continue
        if grown or not host.players:
            gc.unfreeze()
        gc.collect()
        gc.freeze()
        if not host.players:
            give_back()
        before, joins, players = resident_bytes(), host.metrics.joins, len(host.players)
        frozen = gc.get_freeze_count()
        if grown:
            host.log.tell("collected", players=players, megabytes=before // 2**20)


def give_back() -> None:
    """Give free memory back to the system, where its C library can: it lies between what is still in use."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def serve(options: ServeOptions) -> int:
    """Serve until told to stop; returns the exit status.

    Raises
    ------
    PictureBookError
        The address can't be had, or nothing can be kept in the data folder.
    """
    prepare_process()
    limits = Limits(options.max_players, networks(options.exempt))
    with bound_socket(options.host, options.port) as sock:
        warning = keep_private(options.data_dir)
        asyncio.run(_supervise(options, limits, sock, warning))
    return 0


async def _supervise(options: ServeOptions, limits: Limits, sock: socket.socket, warning: str) -> None:
    await Crew(options, limits, sock, Log(), lambda fingerprint: announce(options, sock, fingerprint, warning)).run()


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
