"""Everybody who plays in this process: how they come in, what they are told, and how they go.

Knows nothing of SSH: ``server.py`` brings visitors with a ``Terminal``.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from picturebook_tui.jobs import Jobs, PlayerJobs
from picturebook_tui.launch import LaunchOptions
from picturebook_tui.records.settings import Preferences
from picturebook_tui.records.writer import Writer
from picturebook_tui.serve import attract, words
from picturebook_tui.serve.app import ServedApp
from picturebook_tui.serve.joining import Seat, seated
from picturebook_tui.serve.keeping import Folders, PlayerStore
from picturebook_tui.serve.limits import Limits
from picturebook_tui.serve.log import ALL_VISITS, VISITS, Log, Rationed, place_of
from picturebook_tui.serve.metrics import Metrics
from picturebook_tui.serve.options import ServeOptions
from picturebook_tui.serve.player import ENDED_SECONDS, Ending, Player
from picturebook_tui.serve.pool import Pool, Started
from picturebook_tui.serve.scores import Scores
from picturebook_tui.serve.terminals import Terminal
from picturebook_tui.serve.watchdog import Watchdog

LOOK_SECONDS = 2.0
"""Between two looks at who has gone away, played for too long, or was taken over."""

SWEEP_SECONDS = 3600.0
"""Between two looks for visits that nobody has come back to for a day."""

PUT_FORWARD_SECONDS = 600.0
"""The system's clock was, where it gains so much between two looks: a small machine has the wrong time until it finds a
network, and one that slept has its visitors' day to make up for."""

WARNED_SECONDS = 30.0
"""Before a seat is given free, its player is asked; a fifth of the time where that is shorter."""

CROWD = 20
"""Players of one process from which motion is made of fewer frames, so that everybody's keys stay quick."""

FEW_FRAMES = 2
"""Of a page that is uncovered, in a crowd: a millisecond or two each, and ten are as long as the rest of a turn."""

VISIT = "visit "
"""The name of each visit's task, before its number."""

FEWER_FOR = 3
FEWEST_WAITING = 10
"""For so many players one app less waits for the next, down to so few: each takes 1.3 MB, learner included."""

WRITERS = 4
"""Threads on which answers are saved: one does it all, and three are there while disks or locks hold others up."""

JOB_PROCESSES = 2
"""At most, of each process that serves, for experiments and other learners. An experiment takes one of them half a
second; the second is started when two players first want one at once."""

READY_LOOKS = 1000
READY_SECONDS = 0.01
SETTLED_LOOKS = 3
"""What a handler does next is asked for by its last message: nothing is due when nothing waits three times."""

FORGOTTEN_SECONDS = 5.0
"""After an app has ended."""


class Host:
    """The players of one process.

    Parameters
    ----------
    name
        Of the process, the first part of each visit's number in the log.
    jobs
        Where slow work is done; None: in processes of this host's own, which end with it.
    """

    def __init__(
        self,
        options: ServeOptions,
        limits: Limits,
        log: Log,
        name: str = "0",
        jobs: Jobs | None = None,
    ) -> None:
        self.options = options
        self.limits = limits
        self.log = log
        self.name = name
        self.metrics = Metrics()
        self.scores = Scores(options.data_dir)
        self.folders = Folders(options.data_dir)
        self.players: dict[str, Player] = {}
        """Those who have a terminal in front of a game, by their visit's number."""
        self.stopping = False
        self.asked_to_stop = asyncio.Event()
        self.asked_again = asyncio.Event()
        """Set: the countdown to a stop is cut short."""
        # For those who come: they wait where somebody else still plays at their place.
        self.threads = ThreadPoolExecutor(16, thread_name_prefix="picturebook-host")
        self.writer = Writer(WRITERS)
        self._own_jobs = jobs is None
        self.jobs = jobs or Jobs(JOB_PROCESSES)
        self.pool = Pool(self._make, self._prepare, self._pool_size, lambda: bool(self.players))
        self._watchdog = Watchdog(self.metrics, log, self._visit_of)
        self._rationed = Rationed(log)
        self._rationed_visits = Rationed(log, VISITS, ALL_VISITS)
        self._taken_at = self.folders.taken_over_at()
        self._seats = 0
        self._gave_up_seats: set[str] = set()
        """Visits that are about to end and whose seats are others' already."""
        self._number = 0
        self._visits: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to fill the pool, and to look after those who play."""
        self.jobs.start()
        self.pool.fill()
        self._looking = asyncio.create_task(self._look_after(), name="host")
        self._watchdog.start()

    # -- the pool -------------------------------------------------------------------------------------------

    def _pool_size(self) -> int:
        share = -(-self.options.pool // self.options.workers)
        # A crowd comes once: of those who are to come at all, fewer and fewer can still come at the same moment.
        fewer = max(min(share, FEWEST_WAITING), share - self._seats // FEWER_FOR)
        return max(0, min(fewer, self.limits.seats - self._seats))

    def _make(self) -> ServedApp:
        return ServedApp(
            LaunchOptions(settings_overrides=self.options.given),
            store=PlayerStore(),
            # Nobody sees it move while it waits; their own preferences come with them.
            preferences=Preferences(reduced_motion=True),
            jobs=PlayerJobs(self.jobs),
            saving=self.writer.line(),
            environ={"TERM": "xterm-256color"},
            book=self.options.book,
            frames=self._frames,
        )

    def _frames(self) -> int | None:
        return FEW_FRAMES if len(self.players) > CROWD else None

    async def _prepare(self, started: Started) -> None:
        """Where a book is asked for, an app waits at its first page; else at Home. All is laid out when this ends."""
        app, settled = started.app, 0
        if self.options.book is not None:
            with app._context():
                app.start_run(app.first_settings())
        for _ in range(READY_LOOKS):
            # Where the book is gone meanwhile, the app has given up and gone Home.
            there = app.is_settled and (app.is_at_home or app.is_at_page)
            settled = settled + 1 if there else 0
            if started.task.done() or settled == SETTLED_LOOKS:
                break
            await asyncio.sleep(READY_SECONDS)
        # It holds itself together until it is taken apart: no collection has to walk over it (12 ms) to find that out.
        gc.freeze()

    # -- coming and going -----------------------------------------------------------------------------------

    def welcome(self, terminal: Terminal) -> None:
        """Begin somebody's visit."""
        self._number += 1
        number = f"{self.name}-{self._number}"
        visit = asyncio.create_task(self._visit(number, terminal), name=f"{VISIT}{number}")
        # The loop itself holds tasks weakly.
        self._visits.add(visit)
        visit.add_done_callback(self._visits.discard)

    async def _visit(self, number: str, terminal: Terminal) -> None:
        refusal = why = ""
        if self.stopping:
            refusal, why = words.STOPPING, "stopping"
        elif not self._is_seat_free() and (terminal.visitor.wish.watch or not self._make_room()):
            refusal, why = words.full(self.limits.max_players, self.limits.workers), "full"
        if refusal:
            self.refuse(why, terminal.visitor.address)
            terminal.write(f"{refusal}\r\n".encode())
            terminal.close(1)
            return
        # Taken before the app is ready, or a crowd at the door would get past the cap.
        self._seats += 1
        try:
            await self._play(number, terminal)
        except Exception as error:
            self._trouble(number, terminal, error)
            terminal.write(f"{words.tripped(terminal.visitor.wish, None)}\r\n".encode())
            terminal.close(1)
        finally:
            self._seats -= 1
            self._gave_up_seats.discard(number)
            self.metrics.players = len(self.players)
            self.pool.fill()

    def _is_seat_free(self) -> bool:
        return self.limits.has_place(self._seats - len(self._gave_up_seats))

    def _make_room(self) -> bool:
        """Give whoever came the seat of a booth's screen of this process, where one shows its demo."""
        gave_up = attract.make_room(self.players.values())
        if gave_up is not None:
            self._gave_up_seats.add(gave_up)
        return gave_up is not None

    def score(self) -> str:
        """How the last day went."""
        return self.scores.told()

    def refuse(self, why: str, address: str) -> None:
        """Count and tell that somebody was not let in."""
        self.metrics.refuse(why)
        self._rationed.tell("refused", address, why=why)

    def _trouble(self, number: str, terminal: Terminal, error: Exception) -> None:
        address, where = terminal.visitor.address, place_of(error)
        self._rationed.tell("trouble", address, session=number, error=type(error).__name__, where=where)

    async def _play(self, number: str, terminal: Terminal) -> None:
        started = await self.pool.take()
        seat = Seat(self.folders, self.limits, self.options, self.threads)
        try:
            player = await seated(seat, number, terminal, started)
        except BaseException:
            with started.app._context():
                started.app.exit()
            await asyncio.to_thread(started.app.store.close)
            raise
        if terminal.lost:
            player.end(Ending("dropped", ""))
        elif not started.task.done():
            self.players[number] = player
            terminal.player = player
            self._joined(player)
        try:
            await player.over()
        finally:
            self.players.pop(number, None)
            await self._leave(player)

    def _joined(self, player: Player) -> None:
        visitor = player.visitor
        player.app.driver.painted = self.metrics.key_to_paint.add
        nickname, loop = visitor.wish.nickname, asyncio.get_running_loop()

        def troubled(error: str) -> None:
            # On whatever thread something is saved.
            loop.call_soon_threadsafe(self._unsaved, player, error)

        player.store.troubled = troubled
        player.store.finished_one = lambda summary: self.scores.add(nickname, summary)
        player.attach()
        player.greet(self.options.motd)
        self.metrics.joins += 1
        self.metrics.players = len(self.players)
        columns, rows = player.app.driver.size
        self._rationed_visits.tell(
            "join",
            visitor.address,
            session=player.number,
            nickname=visitor.wish.nickname,
            term=visitor.environ.get("TERM"),
            colours=player.app.depth,
            size=f"{columns}x{rows}",
            known_by="key" if player.code is None else "code" if player.came_back else None,
            players=len(self.players),
        )

    def _unsaved(self, player: Player, error: str) -> None:
        """Tell the log, once for each visit, that something can't be saved."""
        if not player.told_unsaved:
            player.told_unsaved = True
            self._rationed.tell("unsaved", player.visitor.address, session=player.number, error=error)

    async def _leave(self, player: Player) -> None:
        """After an app has ended: everything saved, the last words said, nothing held."""
        failure = player.failure
        if failure is not None:
            player.end(Ending("failed", words.tripped(player.visitor.wish, player.code), 1))
            self._rationed.tell(
                "failed",
                player.visitor.address,
                session=player.number,
                error=type(failure).__name__,
                where=place_of(failure),
            )
        player.end(Ending("left", ""))
        loop = asyncio.get_running_loop()
        with contextlib.suppress(RuntimeError):
            await loop.run_in_executor(None, player.close, ENDED_SECONDS)
        player.farewell()
        # What it had asked the loop for may still be on its way.
        loop.call_later(FORGOTTEN_SECONDS, player.app.forget)
        ending = player.ending
        assert ending is not None
        outlet = player.outlet
        if outlet is not None:
            self.metrics.bytes_sent += outlet.sent
            self.metrics.frames_dropped += outlet.dropped
            self.metrics.end(ending.why)
            self._rationed_visits.tell(
                "leave",
                player.visitor.address,
                session=player.number,
                why=ending.why,
                seconds=round(loop.time() - player.joined_at),
                bytes=outlet.sent,
                frames_dropped=outlet.dropped or None,
                most_waiting=outlet.most_waiting or None,
                players=len(self.players),
            )

    def _visit_of(self, app: object, task: str | None) -> str | None:
        for number, player in self.players.items():
            if player.app is app:
                return number
        return task.removeprefix(VISIT) if task is not None and task.startswith(VISIT) else None

    # -- looking after --------------------------------------------------------------------------------------

    async def _look_after(self) -> None:
        loop = asyncio.get_running_loop()
        sweep_at = looked = loop.time()
        wall = time.time()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.metrics.waiting_apps = len(self.pool)
            now = loop.time()
            await self._look_at_all(now)
            anew = time.time() - wall - (now - looked) > PUT_FORWARD_SECONDS
            looked, wall = now, time.time()
            if now >= sweep_at or anew:
                sweep_at = now + SWEEP_SECONDS
                over = await loop.run_in_executor(self.threads, partial(self.folders.sweep, wall, anew=anew))
                if over:
                    self.log.tell("swept", visits=over)

    async def _look_at_all(self, now: float) -> None:
        playing = list(self.players.values())
        for player in playing:
            try:
                self._look_at(player, now)
            except Exception as error:
                # Of one player's; the others are looked after all the same.
                self._trouble(player.number, player.terminal, error)
        taken_at = self.folders.taken_over_at()
        if taken_at != self._taken_at:
            self._taken_at = taken_at
            for player in await asyncio.get_running_loop().run_in_executor(self.threads, _taken_over, playing):
                player.end(Ending("taken-over", words.TOOK_OVER))

    def _look_at(self, player: Player, now: float) -> None:
        options = self.options
        if player.ending is not None:
            return
        if attract.look(player, now, options):
            return
        idle = now - max(player.key_at, player.watched_at)
        warned = min(WARNED_SECONDS, options.idle_timeout / 5)
        if now - max(player.joined_at, player.watched_at) > options.max_session:
            player.end(Ending("too-long", words.TOO_LONG))
        elif idle > options.idle_timeout:
            player.end(Ending("idle", words.idle(options.idle_timeout / 60)))
        elif idle > options.idle_timeout - warned and not player.asked_still_there:
            player.asked_still_there = True
            player.say(words.still_there(warned), seconds=warned)

    # -- stopping -------------------------------------------------------------------------------------------

    def ask_to_stop(self) -> None:
        """Somebody wants it to stop: the first time with a countdown, the second time at once."""
        (self.asked_again if self.asked_to_stop.is_set() else self.asked_to_stop).set()

    async def stop(self, countdown: float) -> None:
        """Let nobody in, tell everybody, save everything, give the terminals back."""
        self.stopping = True
        self.log.tell("stopping", players=len(self.players), seconds=countdown)
        left = countdown
        while left > 0 and self.players:
            for player in list(self.players.values()):
                player.banner(words.stops_in(left, kept=player.kept))
            step = min(1.0, left)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.asked_again.wait(), step)
                break
            left -= step
        for player in list(self.players.values()):
            player.end(Ending("stopped", words.stopped(player.visitor.wish, player.code, kept=player.kept)))
        if self._visits:
            await asyncio.wait(self._visits, timeout=2 * ENDED_SECONDS)
        if self._looking is not None:
            self._looking.cancel()
        self._watchdog.stop()
        self._rationed.tell_rest()
        self._rationed_visits.tell_rest()
        await self.pool.close()
        if self._own_jobs:
            await asyncio.to_thread(self.jobs.close)
        await asyncio.to_thread(self.threads.shutdown)
        await asyncio.to_thread(self.writer.close)


def _taken_over(players: list[Player]) -> list[Player]:
    """Those whose place another connection has asked for; reads a small file for each."""
    return [player for player in players if player.store.was_taken_over()]
