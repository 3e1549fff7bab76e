"""A worker's process: it plays the game with those whose connections the supervisor hands it.

It ends when it is told to, or when nobody is there any more who could tell it; either way its players hear of it, and
their runs are saved.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from collections.abc import Callable

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.making import make_book, make_plan
from picturebook_tui.serve import wire
from picturebook_tui.serve.host import Host
from picturebook_tui.serve.hostkey import host_key
from picturebook_tui.serve.limits import Limits, networks
from picturebook_tui.serve.log import Log, Rationed, place_of
from picturebook_tui.serve.metrics import resident_bytes
from picturebook_tui.serve.options import ServeOptions
from picturebook_tui.serve.run import collect_in_quiet, import_everything, prepare_process, tune_collector
from picturebook_tui.serve.server import connection_options, take
from picturebook_tui.settings import RunSettings
from picturebook_tui.signals import told_to_stop

REPORT_SECONDS = 1.0
"""Between two signs of life."""

MENDABLE = 2
INSIDE = 1
"""Exit statuses of one that could not start, as the command line has them."""


class Line:
    """The worker's end of the line: a door and seats for its host, both kept by the supervisor."""

    def __init__(self, sock: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self.begin: asyncio.Future[wire.Begin] = self._loop.create_future()
        self.stop = asyncio.Event()
        self.hurry = asyncio.Event()
        self.take: Callable[[socket.socket], None] = socket.socket.close
        """Told each connection."""
        self.wrong_guess: Callable[[str], None] = lambda address: None
        """Told each address at which somebody was wrong, in another process."""
        self._received = self._open = 0
        self._telling = False
        self._asked: dict[int, asyncio.Future[bool]] = {}
        self._number = 0
        self._wire = wire.Wire(sock, self._heard, self._lost)

    def tell(self, message: object) -> None:
        """Tell the supervisor."""
        self._wire.send(message)

    def report(self, message: wire.Report) -> None:
        """Where it doesn't listen just now, the next one will do."""
        if not self._wire.is_held_up:
            self._wire.send(message)

    def _heard(self, message: object, handed: socket.socket | None) -> None:
        match message:
            case wire.Begin():
                self.begin.set_result(message)
            case wire.Handed() if handed is not None:
                self._received += 1
                self.take(handed)
                self._tell_soon()
            case wire.Seat(number, granted):
                self._answer(number, granted)
            case wire.WrongGuess(address):
                self.wrong_guess(address)
            case wire.Stop():
                self.stop.set()
            case wire.Hurry():
                self.hurry.set()

    def _lost(self) -> None:
        """The supervisor is gone, however that came."""
        self.stop.set()
        self.begin.cancel()
        for number in list(self._asked):
            self._answer(number, False)

    # -- a door ---------------------------------------------------------------------------------------------

    def connect(self, address: str, now: float) -> str | None:
        self._open += 1
        self._tell_soon()
        return None

    def left(self) -> None:
        self._open -= 1
        self._tell_soon()

    def _tell_soon(self) -> None:
        """Once for all that happens in this turn of the loop."""
        if not self._telling:
            self._telling = True
            self._loop.call_soon(self._tell_load)

    def _tell_load(self) -> None:
        self._telling = False
        self.tell(wire.Load(self._received, self._open))

    # -- seats ----------------------------------------------------------------------------------------------

    async def take_seat(self) -> bool:
        """Ask for a seat."""
        if self.stop.is_set():
            return False
        self._number += 1
        asked: asyncio.Future[bool] = self._loop.create_future()
        self._asked[self._number] = asked
        self.tell(wire.AskSeat(self._number))
        return await asked

    def _answer(self, number: int, granted: bool) -> None:
        asked = self._asked.pop(number, None)
        if asked is not None and not asked.done():
            asked.set_result(granted)


class SharedSeats:
    """The seats of the whole server; ``Seats``."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def take(self) -> bool:
        return await self._line.take_seat()

    def free(self) -> None:
        self._line.tell(wire.FreeSeat())


async def work(sock: socket.socket) -> int:
    """Serve until told to stop; returns the exit status."""
    line = Line(sock)
    loop = asyncio.get_running_loop()

    def told_by_others() -> None:
        line.tell(wire.Leaving())
        line.stop.set()

    for number in told_to_stop():
        loop.add_signal_handler(number, told_by_others)
    try:
        begin = await line.begin
    except asyncio.CancelledError:
        return 0
    log = Log(worker=None if begin.options.workers == 1 else begin.name)
    rationed = Rationed(log)
    loop.set_exception_handler(
        lambda _, context: rationed.tell("loop", "", error=type(context.get("exception")).__name__)
    )
    try:
        await _play(begin, line, log)
    except PictureBookError as error:
        line.tell(wire.Failed(str(error)))
        return MENDABLE
    except Exception as error:
        log.tell("trouble", error=type(error).__name__, where=place_of(error))
        return INSIDE
    return 0


async def _play(begin: wire.Begin, line: Line, log: Log) -> None:
    options = begin.options
    loop = asyncio.get_running_loop()

    def wrong_here(address: str) -> None:
        # Codes are looked up on other threads.
        loop.call_soon_threadsafe(line.tell, wire.WrongGuess(address))

    limits = Limits(options.max_players, networks(options.exempt), wrong=wrong_here)
    line.wrong_guess = lambda address: limits.guessed_wrong_elsewhere(address, loop.time())
    host = Host(options, limits, log, begin.name, seats=SharedSeats(line))
    host.hurry = line.hurry
    key = await asyncio.to_thread(host_key, options.data_dir)
    connecting = await asyncio.to_thread(connection_options, host, key, line)
    await asyncio.to_thread(_look_at_book, options)
    await asyncio.to_thread(import_everything)
    await host.start()
    taking: set[asyncio.Task[None]] = set()

    def take_one(sock: socket.socket) -> None:
        task = loop.create_task(take(sock, connecting), name="take")
        # The loop itself holds tasks weakly.
        taking.add(task)
        task.add_done_callback(taking.discard)

    line.take = take_one
    tune_collector()
    others = [
        asyncio.create_task(collect_in_quiet(host), name="collector"),
        asyncio.create_task(_report(host, line), name="report"),
    ]
    line.tell(wire.Ready(key.get_fingerprint()))
    await line.stop.wait()
    _end_anyway(options.countdown + wire.STOP_SECONDS)
    await host.stop(options.countdown)
    for task in others:
        task.cancel()


def _look_at_book(options: ServeOptions) -> None:
    """Said at the start, and not to the first visitor."""
    if options.given:
        settings = RunSettings.from_dict(options.given)
        make_plan(settings, make_book(settings))


async def _report(host: Host, line: Line) -> None:
    while True:
        line.report(wire.Report(host.metrics, resident_bytes()))
        await asyncio.sleep(REPORT_SECONDS)


def _end_anyway(seconds: float) -> None:
    """Whatever may hang then: there may be nobody any more who would end this process."""
    timer = threading.Timer(seconds, os._exit, (1,))
    timer.daemon = True
    timer.start()


def main(number: int) -> None:
    """In the process: ``number`` is the line's file descriptor."""
    os.set_inheritable(number, False)
    prepare_process()
    status = asyncio.run(work(socket.socket(fileno=number)))
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    # Everything is saved; a thread that waits for something keeps no process.
    os._exit(status)
