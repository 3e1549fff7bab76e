"""A process that plays the game with those who come to its socket: the only one of a server, or one of several that a
supervisor looks after.

It ends when it is told to, or when its supervisor is gone; either way its players hear of it, and their runs are saved.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict

from picturebook_tui.errors import DONE, INSIDE, MENDABLE, PictureBookError
from picturebook_tui.game.making import make_book, make_plan
from picturebook_tui.serve.host import Host
from picturebook_tui.serve.hostkey import host_key
from picturebook_tui.serve.limits import Limits, networks
from picturebook_tui.serve.log import Log, Rationed, place_of
from picturebook_tui.serve.metrics import render, resident_bytes, serve_metrics
from picturebook_tui.serve.options import STOP_SECONDS, ServeOptions
from picturebook_tui.serve.process import collect_in_quiet, import_everything, prepare_process, tune_collector
from picturebook_tui.serve.server import connection_options, listen
from picturebook_tui.settings import RunSettings
from picturebook_tui.signals import SERVER, on_ending

REPORT_SECONDS = 1.0
"""Between two signs of life."""


async def serve_alone(options: ServeOptions, sock: socket.socket, announce: Callable[[str], None]) -> None:
    """Serve without a supervisor until a signal says to stop.

    Parameters
    ----------
    sock
        Bound, not listening.
    announce
        Told the host key's fingerprint when connections are taken.

    Raises
    ------
    PictureBookError
        It could not start, for a reason that a person can mend.
    """
    host = _host(options, Log(), "0")
    metrics = await serve_metrics(options.metrics, lambda: render([("0", host.metrics, resident_bytes())]))
    try:
        await _serve(host, sock, announce)
    finally:
        if metrics is not None:
            metrics.close()


def _host(options: ServeOptions, log: Log, name: str) -> Host:
    return Host(options, Limits(options.max_players, networks(options.exempt), options.workers), log, name)


async def _serve(host: Host, sock: socket.socket, ready: Callable[[str], None]) -> None:
    """Serve until told to stop."""
    options, loop = host.options, asyncio.get_running_loop()
    rationed = Rationed(host.log)
    loop.set_exception_handler(
        lambda _, context: rationed.tell("loop", "", error=type(context.get("exception")).__name__)
    )
    with on_ending(lambda _: loop.call_soon_threadsafe(host.ask_to_stop), SERVER):
        key = await asyncio.to_thread(host_key, options.data_dir)
        connecting = await asyncio.to_thread(connection_options, host, key)
        await asyncio.to_thread(_look_at_book, options)
        await asyncio.to_thread(import_everything)
        collecting = None
        await host.start()
        try:
            acceptor = await listen(sock, connecting)
            tune_collector()
            collecting = asyncio.create_task(collect_in_quiet(host), name="collector")
            host.log.tell("worker-ready", worker=host.name, pid=os.getpid())
            ready(key.get_fingerprint())
            await host.asked_to_stop.wait()
            acceptor.close()
        finally:
            _end_anyway(options.countdown + STOP_SECONDS)
            await host.stop(options.countdown)
            if collecting is not None:
                collecting.cancel()


def _look_at_book(options: ServeOptions) -> None:
    """Said at the start, and not to the first visitor."""
    if options.given:
        settings = RunSettings.from_dict(options.given)
        make_plan(settings, make_book(settings))


def _end_anyway(seconds: float) -> None:
    """Whatever may hang then: there may be nobody any more who would end this process."""
    timer = threading.Timer(seconds, os._exit, (INSIDE,))
    timer.daemon = True
    timer.start()


# -- with a supervisor --------------------------------------------------------------------------------------


async def _serve_supervised(sock: socket.socket, name: str, answers: int) -> int:
    """Serve as the supervisor says (``supervisor.py`` tells how); returns the exit status.

    Parameters
    ----------
    answers
        File descriptor on which it is told.
    """
    loop = asyncio.get_running_loop()
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    line = await orders.readline()
    if not line:
        return DONE
    options = ServeOptions.from_json(line)
    log = Log(worker=name)
    pipe, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(answers, "wb", 0))
    host = _host(options, log, name)

    def tell(**what: object) -> None:
        pipe.write(json.dumps(what).encode() + b"\n")

    async def report() -> None:
        while True:
            # Where it doesn't listen just now, the next one will do.
            if not pipe.get_write_buffer_size():
                tell(metrics=asdict(host.metrics), resident=resident_bytes())
            await asyncio.sleep(REPORT_SECONDS)

    async def stop_without_supervisor() -> None:
        await orders.read()
        host.asked_to_stop.set()

    others = [asyncio.create_task(stop_without_supervisor(), name="supervisor")]

    def ready(fingerprint: str) -> None:
        # That it listens tells another server from now on that the port is taken; one that comes after it need not wait
        # until the system has forgotten its connections.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tell(ready=fingerprint)
        others.append(asyncio.create_task(report(), name="report"))

    try:
        await _serve(host, sock, ready)
    except PictureBookError as error:
        tell(failed=str(error))
        return MENDABLE
    except Exception as error:
        log.tell("trouble", error=type(error).__name__, where=place_of(error))
        return INSIDE
    finally:
        for task in others:
            task.cancel()
    return DONE


def main(number: int, name: str) -> None:
    """In the process: ``number`` is the file descriptor of its socket."""
    prepare_process()
    os.set_inheritable(number, False)
    # Whatever else is printed must not come between what the supervisor is told.
    answers = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    status = asyncio.run(_serve_supervised(socket.socket(fileno=number), name, answers))
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    # Everything is saved; a thread that waits for something keeps no process.
    os._exit(status)
