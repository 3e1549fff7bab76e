"""The supervisor: it takes every connection and hands it to one of its workers, and sees that all of them live.

It knows no game, no screen and no SSH, so that nothing a visitor does can bring it down. One socket is accepted from
in one place, so the limits hold for the whole server; a worker that dies is replaced, and its players come back with
their code or key, since all that is theirs lies in files.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from picturebook_tui.errors import PictureBookError
from picturebook_tui.serve import wire
from picturebook_tui.serve.limits import Limits
from picturebook_tui.serve.log import Log, Rationed
from picturebook_tui.serve.metrics import Metrics, render, resident_bytes, serve_metrics
from picturebook_tui.serve.options import ServeOptions
from picturebook_tui.signals import told_to_stop

BACKLOG = 512
"""Connections that the system holds until they are taken: a whole workshop comes at once, and waits there while no
worker is up."""

HELD = 256
"""Connections that were accepted and that no worker has taken yet; the next ones wait in the system's queue."""

BUSY_SECONDS = 3.0
"""Without a sign of life, of which a worker gives one a second: the others are asked first."""

DEAD_SECONDS = 60.0
"""Without one: it hangs, and is ended."""

START_SECONDS = 180.0
"""Until a worker is ready, on the slowest machine."""

SOON_SECONDS = 10.0
"""A replacement that ends so soon will do so again, as a rule."""

LONGEST_PAUSE = 30.0
"""Before such a one is replaced."""

LOOK_SECONDS = 1.0
LATE_SECONDS = 5.0
"""A look that is so late was not the workers' fault: this process was asleep, and hears them first."""

FULL_SECONDS = 1.0
"""Until the next attempt where the system has no room for one more connection."""

STILLBORN = (
    "The game could not be started for others here (its process ended {}): `picturebook doctor` tells whether it runs "
    "at all."
)


@dataclass(slots=True, eq=False)
class Worker:
    """One process, and what is known of it."""

    place: int
    name: str
    process: asyncio.subprocess.Process
    line: wire.Wire
    heard_at: float
    is_ready: bool = False
    handed: deque[socket.socket] = field(default_factory=deque)
    """Connections that it has not told of yet: where it dies first, they are another's."""
    load: wire.Load = field(default_factory=lambda: wire.Load(0, 0))
    seats: int = 0
    metrics: Metrics = field(default_factory=Metrics)
    resident: int = 0

    @property
    def connections(self) -> int:
        return self.load.open + len(self.handed)

    def told(self, load: wire.Load) -> None:
        """How much it has now."""
        for _ in range(min(load.received - self.load.received, len(self.handed))):
            self.handed.popleft().close()
        self.load = load

    def end(self) -> None:
        """At once."""
        self.is_ready = False
        if self.process.returncode is None:
            # Popen's own way would look first whether it has ended, and take its status from asyncio's watcher.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL)


class Crew:
    """All workers of a server.

    Parameters
    ----------
    sock
        Bound, not listening; closed when this ends.
    announce
        Told the host key's fingerprint when the first connections can be taken.
    """

    def __init__(
        self, options: ServeOptions, limits: Limits, sock: socket.socket, log: Log, announce: Callable[[str], None]
    ) -> None:
        self._options = options
        self._limits = limits
        self._sock = sock
        self._log = log
        self._rationed = Rationed(log)
        self._announce = announce
        self._metrics = Metrics()
        self._replaced = 0
        self._workers: dict[int, Worker] = {}
        """By place; none while one is being replaced."""
        self._keeping: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()
        self._up: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._failure = ""
        self._waiting: deque[socket.socket] = deque()
        """Connections that were let in, while no worker is ready."""
        self._listening = False
        self._accepting = False

    async def run(self) -> None:
        """Serve until a signal says to stop; no process is left then.

        Raises
        ------
        PictureBookError
            Not even the first worker could start, or the metrics have no port.
        """
        loop = asyncio.get_running_loop()
        for number in told_to_stop():
            loop.add_signal_handler(number, self._told_to_stop)
        loop.set_exception_handler(
            lambda _, context: self._rationed.tell("loop", "", error=type(context.get("exception")).__name__)
        )
        stopping = asyncio.create_task(self._stop.wait())
        looking = asyncio.create_task(self._look_after(), name="supervisor")
        metrics = None
        try:
            metrics = await self._serve_metrics()
            # The first alone: it makes the host key where there is none yet.
            self._keeping.append(asyncio.create_task(self._keep(0)))
            both: list[asyncio.Future[Any]] = [self._up, stopping]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if self._up.done() and not self._stop.is_set():
                fingerprint = self._up.result()
                self._sock.listen(BACKLOG)
                self._listening = True
                self._announce(fingerprint)
                self._accept_or_not()
                self._keeping += [asyncio.create_task(self._keep(n)) for n in range(1, self._options.workers)]
            await stopping
        finally:
            looking.cancel()
            stopping.cancel()
            await self._end()
            if metrics is not None:
                metrics.close()

    # -- connections ----------------------------------------------------------------------------------------

    def _accept_or_not(self) -> None:
        """While no worker is ready, or none takes what it was handed, those who come wait in the system's queue."""
        loop = asyncio.get_running_loop()
        is_any_ready = any(worker.is_ready for worker in self._workers.values())
        wanted = self._listening and is_any_ready and not self._stop.is_set() and self._held() < HELD
        if wanted and not self._accepting:
            loop.add_reader(self._sock, self._accept)
        elif self._accepting and not wanted:
            loop.remove_reader(self._sock)
        self._accepting = wanted

    def _held(self) -> int:
        """Connections that no worker has taken yet."""
        return len(self._waiting) + sum(len(worker.handed) for worker in self._workers.values())

    def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(BACKLOG):
            if self._held() >= HELD:
                self._accept_or_not()
                return
            try:
                sock, peer = self._sock.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionError:
                continue
            except OSError as error:
                self._rationed.tell("trouble", "", error=type(error).__name__)
                loop.remove_reader(self._sock)
                self._accepting = False
                loop.call_later(FULL_SECONDS, self._accept_or_not)
                return
            self._let_in(sock, str(peer[0]), loop.time())

    def _let_in(self, sock: socket.socket, address: str, now: float) -> None:
        why = self._limits.connect(address, now)
        if why is not None:
            self._metrics.refuse(why)
            self._rationed.tell("refused", address, why=why)
            sock.close()
            return
        self._waiting.append(sock)
        self._hand_over()

    def _hand_over(self) -> None:
        """Those who wait go to whoever has the fewest."""
        now = asyncio.get_running_loop().time()
        ready = [worker for worker in self._workers.values() if worker.is_ready]
        while ready and self._waiting:
            worker = min(ready, key=lambda w: (now - w.heard_at > BUSY_SECONDS, w.connections, w.place))
            sock = self._waiting.popleft()
            worker.handed.append(sock)
            worker.line.send(wire.Handed(), sock)

    # -- workers --------------------------------------------------------------------------------------------

    async def _keep(self, place: int) -> None:
        """Have a worker at this place until the end."""
        loop = asyncio.get_running_loop()
        soon = 0
        for life in count():
            name, began = str(place) if life == 0 else f"{place}.{life}", loop.time()
            how = await self._live(place, name)
            if self._stop.is_set():
                return
            if not self._up.done():
                self._up.set_exception(PictureBookError(self._failure or STILLBORN.format(how)))
                return
            self._replaced += 1
            soon = soon + 1 if life > 0 and loop.time() - began < SOON_SECONDS else 0
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), pause_after(soon))
                return

    async def _live(self, place: int, name: str) -> str:
        """The life of one worker; returns how it ended."""
        try:
            worker = await self._start(place, name)
        except OSError as error:
            self._log.tell("trouble", worker=name, error=type(error).__name__)
            return "without a beginning"
        status = await worker.process.wait()
        # What it said last may not have been heard yet.
        worker.line.listen()
        worker.line.close()
        worker.is_ready = False
        del self._workers[place]
        self._waiting += worker.handed
        self._accept_or_not()
        self._hand_over()
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        if self._up.done() and not self._stop.is_set():
            self._log.tell("worker-died", worker=name, how=how, players=worker.seats)
        return how

    async def _start(self, place: int, name: str) -> Worker:
        """Start a process; OSError where the system has no room for one."""
        ours, theirs = socket.socketpair()
        code = (
            f"import sys; sys.path[:] = {sys.path!r}\n"
            "from picturebook_tui.serve.worker import main\n"
            f"main({theirs.fileno()})"
        )
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", code,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=(theirs.fileno(),),
                # Ctrl+C is for this process, which tells the others.
                start_new_session=True,
            )  # fmt: skip
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        now = asyncio.get_running_loop().time()
        line = wire.Wire(
            ours,
            lambda message, _: self._heard(worker, message),
            # It can't be told anything any more.
            lambda: worker.end(),
        )
        worker = Worker(place, name, process, line, now)
        self._workers[place] = worker
        line.send(wire.Begin(self._options, name))
        if self._stop.is_set():
            worker.end()
        return worker

    def _heard(self, worker: Worker, message: object) -> None:
        worker.heard_at = asyncio.get_running_loop().time()
        match message:
            case wire.Ready(fingerprint):
                worker.is_ready = True
                self._log.tell("worker-ready", worker=worker.name, pid=worker.process.pid)
                if not self._up.done():
                    self._up.set_result(fingerprint)
                self._accept_or_not()
                self._hand_over()
            case wire.Failed(sentence):
                self._failure = sentence
            case wire.Leaving():
                worker.is_ready = False
                self._accept_or_not()
            case wire.Load():
                worker.told(message)
                self._accept_or_not()
            case wire.AskSeat(number):
                granted = self._limits.has_place(sum(each.seats for each in self._workers.values()))
                worker.seats += granted
                worker.line.send(wire.Seat(number, granted))
            case wire.FreeSeat():
                worker.seats -= 1
            case wire.WrongGuess():
                for other in self._workers.values():
                    if other is not worker:
                        other.line.send(message)
            case wire.Report(metrics, resident):
                worker.metrics, worker.resident = metrics, resident

    async def _look_after(self) -> None:
        """End those that hang."""
        loop = asyncio.get_running_loop()
        looked = loop.time()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = loop.time()
            late, looked = now - looked > LATE_SECONDS, now
            for worker in self._workers.values():
                if late:
                    worker.heard_at = now
                patience = DEAD_SECONDS if worker.is_ready else START_SECONDS
                if now - worker.heard_at > patience:
                    self._log.tell("worker-hangs", worker=worker.name, seconds=round(now - worker.heard_at))
                    worker.end()

    # -- metrics --------------------------------------------------------------------------------------------

    async def _serve_metrics(self) -> asyncio.Server | None:
        port = self._options.metrics
        if port is None:
            return None
        try:
            return await serve_metrics(port, self._told)
        except OSError as error:
            reason = os.strerror(error.errno).lower() if error.errno else "it failed"
            raise PictureBookError(
                f"Port {port} can't be had for metrics ({reason}): choose another --metrics."
            ) from error

    def _told(self) -> str:
        rows = [(str(worker.place), worker.metrics, worker.resident) for worker in self._workers.values()]
        return render(
            [*sorted(rows, key=lambda row: int(row[0])), ("supervisor", self._metrics, resident_bytes())],
            self._replaced,
        )

    # -- the end --------------------------------------------------------------------------------------------

    def _told_to_stop(self) -> None:
        if self._stop.is_set():
            # Said twice: they don't want to wait.
            for worker in self._workers.values():
                worker.line.send(wire.Hurry())
        self._stop.set()

    async def _end(self) -> None:
        """Let nobody in, have everybody told and everything saved, and leave no process."""
        self._stop.set()
        self._accept_or_not()
        self._sock.close()
        self._rationed.tell_rest()
        for sock in self._waiting:
            sock.close()
        for worker in self._workers.values():
            if worker.is_ready:
                worker.line.send(wire.Stop())
            else:
                worker.end()
        if not self._keeping:
            return
        patience = self._options.countdown + wire.STOP_SECONDS
        _, left = await asyncio.wait(self._keeping, timeout=patience)
        for worker in list(self._workers.values()):
            self._log.tell("worker-hangs", worker=worker.name, seconds=round(patience))
            worker.end()
        if left:
            await asyncio.wait(left)
        for task in self._keeping:
            task.result()


def pause_after(soon: int) -> float:
    """Seconds before a worker is replaced, of which ``soon`` ended soon, one after another."""
    return min(LONGEST_PAUSE, 2.0 ** min(soon - 1, 10)) if soon else 0.0
