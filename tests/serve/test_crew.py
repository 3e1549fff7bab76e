"""A whole server, as it is started by hand: several processes, what they share, and what is left when they die."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from picturebook_tui.serve.crew import BUSY_SECONDS, Crew, pause_after
from picturebook_tui.serve.limits import Limits
from picturebook_tui.serve.log import Log
from picturebook_tui.serve.options import ServeOptions
from picturebook_tui.serve.run import bound_socket
from picturebook_tui.serve.server import LARGEST_KEYS

from .room import PATIENCE, House
from .test_visits import ANSWERED, answer, code_of, labels

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="only Linux tells whose child a process is"
)


class Crowd(House):
    """A server in processes of its own."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self._written = log

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._written.read_text().splitlines(keepends=True) if line.endswith("\n")]

    @property
    def workers(self) -> list[int]:
        """Processes, in the order in which they became ready."""
        return [line["pid"] for line in self.told("worker-ready")]

    def family(self) -> set[int]:
        """The supervisor, its workers, and theirs."""
        found, queue = set(), [self.process.pid]
        while queue:
            pid = queue.pop()
            found.add(pid)
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{pid}/task").iterdir():
                    queue += [int(child) for child in (task / "children").read_text().split()]
        return found

    async def ends(self) -> int:
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextlib.asynccontextmanager
async def crowd(within: Path, *more: str, folder: str = "data") -> AsyncIterator[Crowd]:
    """A server with records in ``folder``; killed afterwards where it is still there."""
    within.mkdir(exist_ok=True)
    log = within / "log"
    with log.open("wb") as stream:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "picturebook_tui", "serve", "ssh", "--port", "0", "--data-dir", str(within / folder),
            # Few seats, so that few apps are started for those who might come.
            "--book", "cats-and-dogs", "--max-players", "4", *more, stdout=subprocess.PIPE, stderr=stream,
        )  # fmt: skip
    house = Crowd(process, 0, log)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while not (found := re.search(rb"ssh -p (\d+)", line := await process.stdout.readline())):
                assert line, log.read_text()
        house.port = int(found[1])
        yield house
    finally:
        for pid in house.family():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        await process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def page(port: int) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /metrics HTTP/1.1\r\n\r\n")
    try:
        return (await reader.read()).decode()
    finally:
        writer.close()


async def test_two_workers_share_the_players_and_seat_no_more_than_there_are_places(tmp_path: Path) -> None:
    port = free_port()
    async with crowd(tmp_path, "--workers", "2", "--max-players", "3", "--metrics", str(port)) as house:
        await house.until(lambda: len(house.workers) == 2, "two workers")
        async with contextlib.AsyncExitStack() as stack:
            visitors = [
                await stack.enter_async_context(house.visitor(name)) for name in ("ann", "bob", "cy", "di", "eve")
            ]
            await house.until(lambda: len(house.told("join")) == 3 and len(house.told("refused")) == 2, "a full house")
            assert {line["worker"] for line in house.told("join")} == {"0", "1"}
            assert {line["why"] for line in house.told("refused")} == {"full"}
            turned_away = [visitor for visitor in visitors if visitor.closed.is_set()]
            for visitor in turned_away:
                assert "All 3 seats are taken: try again in a few minutes." in visitor.said
            assert len(turned_away) == 2
            text = ""
            async with asyncio.timeout(PATIENCE):
                while sum(int(n) for n in re.findall(r'players\{worker="[01]"\} (\d+)', text)) != 3:
                    text = await page(port)
                    await asyncio.sleep(0.1)
            for worker in ("0", "1"):
                assert re.search(rf'joins_total\{{worker="{worker}"\}} [12]\n', text)
                assert re.search(rf'loop_lag_seconds_count\{{worker="{worker}"\}} [1-9]', text)
            assert "picturebook_workers_replaced_total 0\n" in text
        # Whoever leaves makes room, at whichever worker.
        await house.until(lambda: len(house.told("leave")) == 3, "an empty house")
        async with house.visitor("flo") as flo:
            await flo.sees("What is this?")


async def test_a_worker_that_is_killed_takes_nobodys_card_along(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    async with crowd(tmp_path) as house:
        async with house.visitor("mia") as mia, house.visitor("tom+key", client_keys=[key]) as tom:
            await mia.sees("come back as mia+")
            code = code_of(mia)
            await answer(mia)
            await answer(tom)
            (worker,) = house.workers
            os.kill(worker, signal.SIGKILL)
            await mia.leaves()
            # At once: they wait for the worker's successor.
            async with house.visitor(f"mia+{code}") as mia_again:
                await mia_again.sees("Here is where you stopped")
                await house.until(lambda: labels(mia_again) == ANSWERED, "mia's labels")
            async with house.visitor("tom+key", client_keys=[key]) as tom_again:
                await tom_again.sees("Here is where you stopped")
                await house.until(lambda: labels(tom_again) == ANSWERED, "tom's labels")
        (died,) = house.told("worker-died")
        assert (died["worker"], died["how"], died["players"]) == ("0", "by signal 9", 2)
        assert house.workers[1] != worker
        await house.until(lambda: not is_alive(worker), "the end of the first")
        # Two visits of two processes never have one number in the log.
        sessions = [line["session"] for line in house.told("join")]
        assert len(set(sessions)) == len(sessions) == 4


async def test_sigterm_in_mid_game_tells_saves_and_leaves_no_process(tmp_path: Path) -> None:
    async with crowd(tmp_path, "--workers", "2", "--countdown", "2") as house:
        await house.until(lambda: len(house.workers) == 2, "two workers")
        async with house.visitor("mia") as mia, house.visitor("tom") as tom:
            await answer(mia)
            await answer(tom)
            family = house.family()
            # A supervisor, and twice a worker with its learners, sweeps and experiments.
            assert len(family) == 9
            house.process.terminate()
            await mia.sees("The server stops in 2 s. Your run is saved.")
            with pytest.raises((asyncssh.Error, OSError)):
                async with house.connection():
                    pass
            for visitor in (mia, tom):
                await visitor.leaves()
                assert visitor.status == 0
                assert "Your run is saved: log in as" in visitor.said[visitor.said.rindex("\x1b[?1049l") :]
        assert await house.ends() == 0
        assert not any(is_alive(pid) for pid in family)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
async def test_asked_twice_the_server_stops_without_counting_down(tmp_path: Path, number: int) -> None:
    async with crowd(tmp_path, "--countdown", "3000") as house, house.visitor("mia") as mia:
        await answer(mia)
        house.process.send_signal(number)
        await mia.sees("The server stops in 3000 s. Your run is saved.")
        house.process.send_signal(number)
        await mia.leaves()
        assert "The server has stopped. Your run is saved" in mia.said
        assert await house.ends() == 0


async def test_without_their_supervisor_workers_tell_their_players_and_go(tmp_path: Path) -> None:
    async with crowd(tmp_path, "--workers", "2", "--countdown", "1") as house:
        await house.until(lambda: len(house.workers) == 2, "two workers")
        async with house.visitor("mia") as mia:
            await answer(mia)
            family = house.family()
            house.process.kill()
            await mia.leaves()
            assert "The server has stopped. Your run is saved" in mia.said
        await house.until(lambda: not any(is_alive(pid) for pid in family), "the end of all")


@contextlib.asynccontextmanager
async def supervising(folder: Path, **more: Any) -> AsyncIterator[Crew]:
    """A supervisor in this process, with real workers."""
    options = ServeOptions(data_dir=folder, port=0, book="cats-and-dogs", pool=1, countdown=0.0, **more)
    up: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    with bound_socket(options.host, 0) as sock:
        crew = Crew(options, Limits(options.max_players), sock, Log(io.StringIO()), up.set_result)
        running = asyncio.create_task(crew.run())
        async with asyncio.timeout(PATIENCE):
            assert (await up).startswith("SHA256:")
        try:
            yield crew
        finally:
            crew._told_to_stop()
            await running


async def test_a_worker_that_hangs_gets_nobody_new_and_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with supervising(tmp_path, workers=2) as crew:
        house = House(None, crew._sock.getsockname()[1], io.StringIO())  # type: ignore[arg-type]
        await house.until(lambda: len([w for w in crew._workers.values() if w.is_ready]) == 2, "two workers")
        hangs, other = crew._workers[0], crew._workers[1]
        os.kill(hangs.process.pid, signal.SIGSTOP)
        loop = asyncio.get_running_loop()
        await house.until(lambda: loop.time() - hangs.heard_at > BUSY_SECONDS, "silence")
        # Of two without anybody it would have been the first one's turn; even so two of them.
        for _ in range(2):
            async with house.visitor() as mia:
                await mia.sees("What is this?")
        assert (hangs.load.received, len(hangs.handed), other.load.received) == (0, 0, 2)
        monkeypatch.setattr("picturebook_tui.serve.crew.DEAD_SECONDS", 4.0)
        await house.until(lambda: crew._workers.get(0, hangs) is not hangs, "another worker in its place")
        assert hangs.process.returncode == -signal.SIGKILL


def test_a_worker_that_dies_again_and_again_is_replaced_ever_more_slowly() -> None:
    assert [pause_after(soon) for soon in (0, 1, 2, 3, 4, 5, 6, 1000)] == [0, 1, 2, 4, 8, 16, 30, 30]


def open_to_others(folder: Path) -> set[Path]:
    """What somebody else on this machine could read, write or look into."""
    return {path for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077}


async def test_nobody_else_on_the_machine_reads_what_a_server_keeps(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        async with crowd(tmp_path, folder="above/data") as house, house.visitor("mia") as mia:
            await answer(mia)
            kept = tmp_path / "above"
            assert {"here", "picturebook.db", "picturebook.db-wal"} <= {path.name for path in kept.rglob("*")}
            assert open_to_others(kept) == set()
    finally:
        os.umask(before)


@pytest.mark.parametrize("held", [[], ["players", "visits", "ssh_host_ed25519_key"]], ids=["empty", "a server's"])
async def test_a_data_folder_that_others_could_read_is_closed_to_them(tmp_path: Path, held: list[str]) -> None:
    data = tmp_path / "data"
    if held:
        async with crowd(tmp_path):
            assert set(held) <= {path.name for path in data.iterdir()}
    else:
        data.mkdir()
    data.chmod(0o2755)
    async with crowd(tmp_path):
        assert data.stat().st_mode & 0o7777 == 0o2700


async def test_a_data_folder_with_other_things_in_it_is_left_as_it_is_and_its_owner_is_told(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o755)
    page = data / "index.html"
    page.touch(0o644)
    async with crowd(tmp_path) as house:
        assert house.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            said = (await house.process.stdout.readuntil(b"Ctrl+C")).decode()
        assert "Others on this machine can look into" in said
        assert "chmod 700" in said
        assert open_to_others(data) == {data, page}


def started(folder: Path, *more: str) -> tuple[int, str]:
    """A server that can't start: its exit status, and what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "picturebook_tui", "serve", "ssh", "--port", "0", "--data-dir", str(folder), *more],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_a_server_that_cannot_start_says_why_in_one_sentence(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text("this is no key\n")
    status, said = started(tmp_path / "data", "--authorized-keys", str(keys))
    assert status == 2
    assert said == f"{keys} is no list of public keys: --authorized-keys wants one key on each line.\n"
    keys.write_bytes(b"#" * (LARGEST_KEYS + 1))
    status, said = started(tmp_path / "data", "--authorized-keys", str(keys))
    assert (status, said) == (2, f"{keys} is larger than 4 MB: --authorized-keys wants a list of public keys.\n")
    endless = tmp_path / "endless"
    # The last says that it is an ordinary file, and waits for ever when it is read to its end.
    for target in (str(tmp_path), "/dev/zero", "/proc/kmsg"):
        endless.symlink_to(target)
        status, said = started(tmp_path / "data", "--authorized-keys", str(endless))
        assert status == 2
        assert said in (
            f"{endless} is no ordinary file: --authorized-keys wants one with a public key on each line.\n",
            # Where the machine doesn't let everybody read it.
            f"{endless} can't be read (operation not permitted): give --authorized-keys another file.\n",
            f"{endless} can't be read (permission denied): give --authorized-keys another file.\n",
        )
        endless.unlink()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, said = started(tmp_path / "data", "--metrics", str(taken.getsockname()[1]))
    assert status == 2
    assert "can't be had for metrics (address already in use): choose another --metrics.\n" in said
    assert said.count("\n") == 1
    (tmp_path / "file").touch()
    status, said = started(tmp_path / "file" / "data")
    assert status == 2
    # A server has nothing that could be played without saving.
    assert said.endswith("choose another folder with --data-dir.\n")
    assert said.count("\n") == 1
