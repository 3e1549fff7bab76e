"""A crowd over SSH: how long a key takes to paint, and what a player costs, beside the plain way of serving.

    uv run python -m tests.benchmarks.ssh_load [--players 100 200 300] [--workers 1 2 2] [--seconds 60] [--plain 20]
    uv run python -m tests.benchmarks.ssh_load --only stalled|churn|at-once

Every load starts a server of its own, on this machine alone. Players join ten a second, press a key a second each,
label ten cards, change their minds, turn the page, go on; the model learns from every page. Clients and servers share
this machine's cores; the load is told with each line, and what a line says only holds beside the others of its run.
Memory is the proportional set size of the server's processes; a player's is what has come since the server was up,
apps that wait for the next visitors included. Processor time is that of the server's processes alone.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import asyncssh

from tests.benchmarks.ssh_players import Log, Player

JOINS_A_SECOND = 10
UP_WITHIN = 60.0
FILLED_AFTER = 20.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    """A server under test: its process, and all that descends from it."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path = Path()
    bare: float = 0.0
    """Megabytes when it came up, before its pool of waiting apps was filled."""

    def processes(self) -> list[int]:
        found, queue = [], [self.process.pid]
        while queue:
            pid = queue.pop()
            found.append(pid)
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{pid}/task").iterdir():
                    queue += [int(child) for child in (task / "children").read_text().split()]
        return found

    def megabytes(self) -> float:
        """Proportional set size of all processes, so that what they share is counted once."""
        total = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    if line.startswith("Pss:"):
                        total += int(line.split()[1])
        return total / 1024

    def descriptors(self) -> int:
        total = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                total += len(os.listdir(f"/proc/{pid}/fd"))
        return total

    def cpu_seconds(self) -> float:
        """Of the processes that live now."""
        total = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                total += int(fields[11]) + int(fields[12])
        return total / TICKS


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def serving(workers: int, *, plain: bool = False) -> AsyncIterator[Server]:
    """A server that is up; gone afterwards."""
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder:
        if plain:
            command = [sys.executable, str(Path(__file__).with_name("ssh_plain.py")), str(port)]
        else:
            command = [
                sys.executable, "-m", "picturebook_tui", "serve", "ssh", "--port", str(port), "--data-dir", folder,
                "--workers", str(workers), "--book", "cats-and-dogs", "--max-players", "2000",
            ]  # fmt: skip
        log = (Path(folder) / "server.log").open("wb")
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            await _up(port, process)
            server = Server(process, port, Path(log.name))
            server.bare = server.megabytes()
            # The pool of started apps fills in the first seconds.
            await asyncio.sleep(FILLED_AFTER)
            yield server
        finally:
            if plain:
                # The games too: without their terminal they would go on for ever.
                for pid in reversed(Server(process, port).processes()):
                    with contextlib.suppress(OSError):
                        os.kill(pid, signal.SIGKILL)
            else:
                process.send_signal(signal.SIGTERM)
            try:
                await asyncio.to_thread(process.wait, 60)
            except subprocess.TimeoutExpired:
                process.kill()
                print("  the server had to be killed", file=sys.stderr)
            log.close()


async def _up(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(int(UP_WITHIN / 0.1)):
        if process.poll() is not None:
            raise SystemExit("The server did not start; try `picturebook serve ssh` by hand.")
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.1)
    raise SystemExit("The server was not up within a minute.")


def percentile(values: Sequence[float], share: float) -> float:
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def _joined(server: Server, count: int, log: Log, *, at_once: bool = False) -> list[Player]:
    players = [Player(number, server.port, log) for number in range(count)]

    async def join(number: int, player: Player) -> bool:
        await asyncio.sleep(0 if at_once else number / JOINS_A_SECOND)
        return await player.join()

    joined = await asyncio.gather(*(join(number, player) for number, player in enumerate(players)))
    return [player for player, there in zip(players, joined, strict=True) if there]


async def load(count: int, workers: int, seconds: float, *, plain: bool = False) -> None:
    """One row of the table."""
    async with serving(workers, plain=plain) as server:
        log = Log()
        players = await _joined(server, count, log)
        full = server.megabytes()
        cpu, began = server.cpu_seconds(), time.perf_counter()
        await asyncio.gather(*(player.play(seconds) for player in players))
        took = time.perf_counter() - began
        cpu = (server.cpu_seconds() - cpu) / took
        full = max(full, server.megabytes())
        for player in players:
            player.leave()
    how = "plain" if plain else f"{workers} worker{'s' if workers > 1 else ''}"
    ms = [1000 * percentile(log.latency, share) for share in (0.5, 0.95, 0.99)]
    print(
        f"| {how} | {count} | {ms[0]:.0f} / {ms[1]:.0f} / {ms[2]:.0f} | {log.unanswered} of "
        f"{len(log.latency) + log.unanswered} | {percentile(log.first_paint, 0.95):.2f} "
        f"| {(full - server.bare) / max(1, len(players)):.1f} | {full:.0f} "
        f"| {percentile(log.relabel_bytes, 0.5):.0f} ({max(log.relabel_bytes, default=0)}) "
        f"| {percentile(log.join_bytes, 0.95) / 1000:.0f} | {100 * cpu:.0f} % | {os.getloadavg()[0]:.1f} "
        f"| {log.refused + log.dropped} |",
        flush=True,
    )


async def at_once(count: int, workers: int) -> None:
    """All at the door in the same moment."""
    async with serving(workers) as server:
        log = Log()
        players = await _joined(server, count, log, at_once=True)
        print(
            f"{count} joining at once: all painted after {max(log.first_paint, default=0):.1f} s "
            f"(median {percentile(log.first_paint, 0.5):.1f}), {log.refused} refused, load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
        for player in players:
            player.leave()


async def stalled() -> None:
    """One player stops reading while ten play on."""
    async with serving(1) as server:
        log, theirs = Log(), Log()
        players = await _joined(server, 10, log)
        # With a window of two megabytes, all that is painted in half a minute would be on its way already.
        sleeper = Player(99, server.port, theirs, window=32 * 1024)
        await sleeper.join()
        playing = asyncio.gather(*(player.play(55) for player in players))
        await asyncio.sleep(8)
        sleeper.stop_reading()
        began = time.perf_counter()
        help_and_back = cycle("?\x1b")
        gone: float | None = None
        for _ in range(450):
            with contextlib.suppress(OSError, asyncssh.Error):
                # Each paints the whole screen.
                sleeper.press(next(help_and_back))
            await asyncio.sleep(0.1)
            if gone is None and sleeper.closed:
                gone = time.perf_counter() - began
        await playing
        print(
            f"a stalled client: {_most_waiting(server.log) / 1024:.0f} KB waited for it at the most, "
            f"{'still there after 45 s' if gone is None else f'dropped after {gone:.0f} s'}; the ten others "
            f"p50 {1000 * percentile(log.latency, 0.5):.0f}, p95 {1000 * percentile(log.latency, 0.95):.0f} ms, "
            f"{log.unanswered} keys unanswered",
            flush=True,
        )
        for player in players:
            player.leave()


def _most_waiting(log: Path) -> int:
    """Bytes that a server held for the visit that stalled, as its log says."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return max((line.get("most_waiting", 0) for line in lines if line.get("why") == "stalled"), default=0)


async def churn(times: int) -> None:
    """Connect and drop, again and again: nothing may stay behind."""
    async with serving(1) as server:

        async def some(count: int) -> None:
            for _ in range(count):
                with contextlib.suppress(OSError, asyncssh.Error):
                    connection = await asyncssh.connect(
                        "127.0.0.1", server.port, known_hosts=None, username="passing", client_keys=None,
                        agent_path=None, config=None,
                    )  # fmt: skip
                    with contextlib.suppress(asyncssh.Error):
                        await connection.create_process(term_type="xterm-256color", term_size=(80, 24))
                    connection.abort()

        # The first hundred warm what is kept on purpose: code, allocator, the pool.
        await some(100)
        await asyncio.sleep(10)
        before = server.megabytes(), server.descriptors()
        await some(times)
        await asyncio.sleep(15)
        after = server.megabytes(), server.descriptors()
        print(
            f"{times:,} times connected and dropped: memory {before[0]:.0f} → {after[0]:.0f} MB, "
            f"descriptors {before[1]} → {after[1]}, load {os.getloadavg()[0]:.1f}",
            flush=True,
        )


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--players", type=int, nargs="+", default=[100, 200, 300])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 2])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--plain", type=int, default=20, help="players of the plain way; 0: leave it out")
    parser.add_argument("--churn", type=int, default=1000)
    parser.add_argument("--only", choices=("load", "at-once", "stalled", "churn"))
    chosen = parser.parse_args()
    if chosen.only in (None, "load"):
        print(
            "| server | players | key to paint p50 / p95 / p99 ms | unanswered | first paint p95 s | MB a player | MB "
            "| bytes a relabel (most) | KB a join p95 | processor | load | refused or dropped |\n"
            "|---|---|---|---|---|---|---|---|---|---|---|---|",
            flush=True,
        )
        for count, workers in zip(chosen.players, chosen.workers, strict=False):
            await load(count, workers, chosen.seconds)
        if chosen.plain:
            await load(chosen.plain, 1, chosen.seconds, plain=True)
    if chosen.only in (None, "at-once"):
        await at_once(100, 1)
    if chosen.only in (None, "stalled"):
        await stalled()
    if chosen.only in (None, "churn"):
        await churn(chosen.churn)


if __name__ == "__main__":
    asyncio.run(main())
