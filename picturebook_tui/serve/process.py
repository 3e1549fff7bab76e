"""What is the same for every process that serves: its rights, its threads, and when its memory is collected."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import warnings
from typing import TYPE_CHECKING

from picturebook_tui.blas import ONE_THREAD
from picturebook_tui.serve.metrics import resident_bytes

if TYPE_CHECKING:
    # The supervisor comes by here and knows no screen.
    from picturebook_tui.serve.host import Host

PRIVATE = 0o077
"""What is kept from everybody else on this machine, of every file and folder that a server makes."""

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


def prepare_process() -> None:
    """Set what holds for the whole process; before NumPy is imported."""
    os.environ.update(ONE_THREAD)
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
