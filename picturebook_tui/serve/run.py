"""One process that serves: sockets, signals, the collector's settings, and an end that leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
from collections.abc import Callable

import asyncssh

from picturebook_tui.errors import PictureBookError
from picturebook_tui.serve.host import Host
from picturebook_tui.serve.hostkey import host_key
from picturebook_tui.serve.limits import Limits, networks
from picturebook_tui.serve.log import Log
from picturebook_tui.serve.metrics import render, resident_bytes, serve_metrics
from picturebook_tui.serve.options import ServeOptions
from picturebook_tui.serve.server import listen

COLLECT = (2000, 10, 1_000_000)
"""Thresholds of the three generations. A collection of everything walks 20,000 objects an app, 12 ms each: it is made
in quiet moments instead."""

QUIET_SECONDS = 20.0
"""Between two looks for such a moment."""

QUIET_KEYS = 2.0
"""Seconds without a key of anybody's make one."""

MOST_GROWN = 300 * 1024 * 1024
"""Bytes of growth from which no quiet moment is waited for: a second's pause is better than no memory."""


def bound_socket(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A socket bound to an address, not listening yet.

    Parameters
    ----------
    shared
        Several processes bind the same port, and the system spreads connections over them.

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
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(address)
    except OSError as error:
        sock.close()
        reason = (error.strerror or "it failed").lower()
        raise PictureBookError(f"Port {port} of {host} can't be had ({reason}): choose another --port.") from error
    sock.setblocking(False)
    return sock


def prepare_process() -> None:
    """What is the same for every process that serves."""
    logging.getLogger("asyncssh").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        # Each player has a socket and the four files of a store.
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 65536 if most == resource.RLIM_INFINITY else min(most, 65536)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def import_everything() -> None:
    """Whatever the first player would otherwise wait for."""
    import picturebook_tui.tui.screens.finale
    import picturebook_tui.tui.screens.glimpse
    import picturebook_tui.tui.screens.home
    import picturebook_tui.tui.screens.watch  # noqa: F401
    from picturebook_tui.book.atlas import open_atlas

    open_atlas()


def tune_collector() -> None:
    """Keep what was imported out of every collection, and the walks over everything out of people's way."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)


async def collect_in_quiet(host: Host) -> None:
    """Collect everything now and then, when nobody has pressed a key for a moment."""
    loop = asyncio.get_running_loop()
    before, joins = resident_bytes(), 0
    while True:
        await asyncio.sleep(QUIET_SECONDS)
        pressed = max((player.key_at for player in host.players.values()), default=0.0)
        grown = resident_bytes() - before > MOST_GROWN
        if grown or (loop.time() - pressed > QUIET_KEYS and host.metrics.joins != joins):
            gc.collect()
            before, joins = resident_bytes(), host.metrics.joins
            if grown:
                host.log.tell("collected", players=len(host.players), megabytes=before // 2**20)


async def serve_one(
    options: ServeOptions, sock: socket.socket, *, name: str = "0", ready: Callable[[], None] = lambda: None
) -> None:
    """Serve in this process until SIGTERM or SIGINT comes."""
    log = Log(worker=None if options.workers == 1 else name)
    limits = Limits(options.max_players, networks(options.exempt), options.workers)
    key = await asyncio.to_thread(host_key, options.data_dir)
    await asyncio.to_thread(import_everything)
    host = Host(options, limits, log, name)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: log.tell("loop", error=type(context.get("exception")).__name__))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await host.start()
    acceptor = await listen(host, sock, key)
    metrics = None
    if options.metrics is not None:
        metrics = await serve_metrics(options.metrics, lambda: render([(name, host.metrics, resident_bytes())]))
    tune_collector()
    collecting = asyncio.create_task(collect_in_quiet(host), name="collector")
    ready()
    await stop.wait()
    acceptor.close()
    await host.stop(options.countdown)
    collecting.cancel()
    if metrics is not None:
        metrics.close()
    await asyncio.sleep(0)


def serve(options: ServeOptions) -> int:
    """Serve until told to stop; returns the exit status.

    Raises
    ------
    PictureBookError
        The address can't be had, or nothing can be kept in the data folder.
    """
    prepare_process()
    key = host_key(options.data_dir)
    networks(options.exempt)
    sock = bound_socket(options.host, options.port)
    announce(options, sock, key)
    asyncio.run(serve_one(options, sock))
    return 0


def announce(options: ServeOptions, sock: socket.socket, key: asyncssh.SSHKey) -> None:
    """Say on standard output what people should type, and what is open."""
    port = sock.getsockname()[1]
    loopback = options.host in ("127.0.0.1", "::1", "localhost")
    machine = "localhost" if loopback else socket.gethostname()
    lines = [
        f"Picture Book is served. On {'this machine' if loopback else 'theirs'}, people type:",
        f"  ssh -p {port} NICKNAME@{machine}",
        f"The host key is {key.get_fingerprint()} (ed25519).",
    ]
    if not loopback:
        who = "everybody"
        if options.authorized_keys is not None:
            who = "everybody with one of the keys"
        elif options.password is not None:
            who = "everybody with the password"
        lines.append(f"Port {port} of {options.host} is now open for the game, to {who} who can reach this machine.")
    lines.append("Ctrl+C stops it: players are told, and their runs are saved.")
    for line in lines:
        print(line, flush=True)
