"""The supervisor of several workers: each has a socket of its own on the same port, and the system spreads those who
come over them.

It keeps every socket open, so that whoever comes while a worker is being replaced waits in the system's queue. It takes
no connection itself and knows no game, no screen and no SSH: nothing that a visitor does can bring it down. What it
and a worker say to each other is one line of JSON each: the options to the worker's standard input, which then stays
open for as long as the supervisor lives, and from its standard output ``ready``, ``failed`` and, every second,
``metrics``. Linux alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from picturebook_tui.errors import PictureBookError
from picturebook_tui.serve.log import Log
from picturebook_tui.serve.metrics import Metrics, render, resident_bytes, serve_metrics
from picturebook_tui.serve.options import STOP_SECONDS, ServeOptions
from picturebook_tui.signals import SERVER, on_ending

DEAD_SECONDS = 20.0
"""Without a sign of life, of which a worker gives one a second: it hangs, and is ended. Those who come to it meanwhile
wait for its successor."""

START_SECONDS = 180.0
"""Until a worker is ready, on the slowest machine."""

SOON_SECONDS = 10.0
"""A replacement that ends so soon will do so again, as a rule."""

LONGEST_PAUSE = 30.0
"""Before such a one is replaced."""

LOOK_SECONDS = 1.0
LATE_SECONDS = 5.0
"""A look that is so late was not the workers' fault: this process was asleep, and hears them first."""

STILLBORN = (
    "The game could not be started for others here (its process ended {}): `picturebook doctor` tells whether it runs "
    "at all."
)


@dataclass(slots=True, eq=False)
class Worker:
    """One process, and what is known of it."""

    name: str
    process: Process
    heard_at: float
    is_ready: bool = False
    metrics: Metrics = field(default_factory=Metrics)
    resident: int = 0
    """Bytes."""

    def signal(self, number: int) -> None:
        if self.process.returncode is None:
            # The process's own method looks first whether it has ended, and takes its status from asyncio's watcher.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, number)


class Supervisor:
    """All workers of a server.

    Parameters
    ----------
    sockets
        One for each worker, bound and not listening: a worker listens when it is ready. Closed when this ends.
    announce
        Told the host key's fingerprint when the first worker is ready.
    """

    def __init__(
        self, options: ServeOptions, sockets: Sequence[socket.socket], log: Log, announce: Callable[[str], None]
    ) -> None:
        self.workers: dict[int, Worker] = {}
        """By place; none while one is being replaced."""
        self._options = options
        self._sockets = sockets
        self._log = log
        self._announce = announce
        self._replaced = 0
        self._keeping: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()
        self._up: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._failure = ""

    async def run(self) -> None:
        """Serve until a signal says to stop; no process is left then.

        Raises
        ------
        PictureBookError
            Not even the first worker could start, or the metrics have no port.
        """
        loop = asyncio.get_running_loop()
        stopping = asyncio.create_task(self._stop.wait())
        looking = asyncio.create_task(self._look_after(), name="supervisor")
        metrics = None
        with on_ending(lambda _: loop.call_soon_threadsafe(self.ask_to_stop), SERVER):
            try:
                metrics = await serve_metrics(self._options.metrics, self._told)
                # The first alone: it makes the host key where there is none yet.
                self._keeping.append(asyncio.create_task(self._keep(0)))
                both: list[asyncio.Future[Any]] = [self._up, stopping]
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                if self._up.done() and not self._stop.is_set():
                    self._announce(self._up.result())
                    others = range(1, len(self._sockets))
                    self._keeping += [asyncio.create_task(self._keep(place)) for place in others]
                await stopping
            finally:
                looking.cancel()
                stopping.cancel()
                await self._end()
                if metrics is not None:
                    metrics.close()

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
            process = await self._start(place, name)
        except OSError as error:
            self._log.tell("trouble", worker=name, error=type(error).__name__)
            return "without a beginning"
        worker = self.workers[place] = Worker(name, process, asyncio.get_running_loop().time())
        if self._stop.is_set():
            worker.signal(signal.SIGKILL)
        assert process.stdout is not None
        async for line in process.stdout:
            # The last one of a worker that is killed may be cut off.
            if line.endswith(b"\n"):
                self._heard(worker, json.loads(line))
        status = await process.wait()
        del self.workers[place]
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        if self._up.done() and not self._stop.is_set():
            self._log.tell("worker-died", worker=name, how=how, players=worker.metrics.players)
        return how

    async def _start(self, place: int, name: str) -> Process:
        """Start a process; OSError where the system has no room for one."""
        number = self._sockets[place].fileno()
        code = (
            f"import sys; sys.path[:] = {sys.path!r}\n"
            "from picturebook_tui.serve.worker import main\n"
            f"main({number}, {name!r})"
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, stdin=PIPE, stdout=PIPE, pass_fds=(number,),
            # Ctrl+C is for this process, which tells the others.
            start_new_session=True,
        )  # fmt: skip
        assert process.stdin is not None
        # Not as an argument: anybody may read those, and there is a password among them.
        process.stdin.write(self._options.to_json().encode() + b"\n")
        return process

    def _heard(self, worker: Worker, told: dict[str, Any]) -> None:
        worker.heard_at = asyncio.get_running_loop().time()
        if "ready" in told:
            worker.is_ready = True
            if not self._up.done():
                self._up.set_result(told["ready"])
        elif "failed" in told:
            self._failure = told["failed"]
        else:
            worker.metrics, worker.resident = Metrics.from_dict(told["metrics"]), told["resident"]

    async def _look_after(self) -> None:
        """End those that hang."""
        loop = asyncio.get_running_loop()
        looked = loop.time()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = loop.time()
            late, looked = now - looked > LATE_SECONDS, now
            for worker in self.workers.values():
                if late:
                    worker.heard_at = now
                patience = DEAD_SECONDS if worker.is_ready else START_SECONDS
                if now - worker.heard_at > patience:
                    self._log.tell("worker-hangs", worker=worker.name, seconds=round(now - worker.heard_at))
                    worker.signal(signal.SIGKILL)

    def _told(self) -> str:
        """The metrics of all."""
        rows = [(str(place), worker.metrics, worker.resident) for place, worker in sorted(self.workers.items())]
        return render([*rows, ("supervisor", Metrics(), resident_bytes())], self._replaced)

    # -- the end --------------------------------------------------------------------------------------------

    def ask_to_stop(self) -> None:
        """Somebody wants it to stop: the first time with a countdown, the second time at once."""
        if self._stop.is_set():
            for worker in self.workers.values():
                worker.signal(signal.SIGTERM)
        self._stop.set()

    async def _end(self) -> None:
        """Let nobody in, have everybody told and everything saved, and leave no process."""
        self._stop.set()
        for sock in self._sockets:
            sock.close()
        for worker in self.workers.values():
            worker.signal(signal.SIGTERM if worker.is_ready else signal.SIGKILL)
        if not self._keeping:
            return
        patience = self._options.countdown + STOP_SECONDS
        _, left = await asyncio.wait(self._keeping, timeout=patience)
        for worker in self.workers.values():
            self._log.tell("worker-hangs", worker=worker.name, seconds=round(patience))
            worker.signal(signal.SIGKILL)
        if left:
            await asyncio.wait(left)
        for task in self._keeping:
            task.result()


def pause_after(soon: int) -> float:
    """Seconds before a worker is replaced, of which ``soon`` ended soon, one after another."""
    return min(LONGEST_PAUSE, 2.0 ** min(soon - 1, 10)) if soon else 0.0
