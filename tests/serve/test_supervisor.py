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
import time
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncssh
import pytest

from picturebook_tui.errors import PictureBookError
from picturebook_tui.serve.limits import share
from picturebook_tui.serve.log import Log
from picturebook_tui.serve.metrics import Metrics, render
from picturebook_tui.serve.options import ServeOptions
from picturebook_tui.serve.run import bound_sockets, serve
from picturebook_tui.serve.server import LARGEST_KEYS
from picturebook_tui.serve.supervisor import Supervisor, pause_after

from .room import PATIENCE, House
from .test_visits import ANSWERED, answer, code_of, labels

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="only Linux tells whose child a process is"
)


UP_WITHIN = 4 * PATIENCE
"""Seconds until a server is up: a new Python that loads everything, on a machine that may have a lot else to do."""


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
        """The process that was started, its workers, and theirs."""
        found, queue = set(), [self.process.pid]
        while queue:
            pid = queue.pop()
            found.add(pid)
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{pid}/task").iterdir():
                    queue += [int(child) for child in (task / "children").read_text().split()]
        return found

    async def has_workers(self, count: int) -> None:
        async with asyncio.timeout(UP_WITHIN):
            while len(self.workers) < count:
                await asyncio.sleep(0.05)

    async def ends(self) -> int:
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextlib.asynccontextmanager
async def crowd(within: Path, *more: str, folder: str = "data", code: str = "") -> AsyncIterator[Crowd]:
    """A server with records in ``folder``, started by ``code`` where some is given; killed afterwards where it is still
    there."""
    within.mkdir(exist_ok=True)
    log = within / "log"
    with log.open("wb") as stream:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *(("-c", code) if code else ("-m", "picturebook_tui")),
            "serve", "ssh", "--port", "0", "--data-dir", str(within / folder),
            # Few seats, so that few apps are started for those who might come.
            "--book", "cats-and-dogs", "--max-players", "4", *more, stdout=subprocess.PIPE, stderr=stream,
        )  # fmt: skip
    house = Crowd(process, 0, log)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(UP_WITHIN):
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


def players(text: str) -> int:
    return sum(int(n) for n in re.findall(r'players\{worker="[01]"\} (\d+)', text))


async def test_two_workers_share_the_players_and_each_seats_no_more_than_its_share(tmp_path: Path) -> None:
    port, most = free_port(), 12
    async with crowd(tmp_path, "--workers", "2", "--max-players", str(most), "--metrics", str(port)) as house:
        await house.has_workers(2)
        async with contextlib.AsyncExitStack() as stack:
            visitors = []
            # The system spreads them by chance: sooner or later one is full.
            while not house.told("refused") and len(visitors) <= 2 * most:
                visitors.append(await stack.enter_async_context(house.visitor(f"p{len(visitors)}", looks=False)))
                await house.until(
                    lambda: len(house.told("join")) + len(house.told("refused")) == len(visitors), "the last one"
                )
            by_worker = {worker: len([1 for line in house.told("join") if line["worker"] == worker]) for worker in "01"}
            (refused,) = house.told("refused")
            assert refused["why"] == "full"
            assert by_worker[refused["worker"]] == share(most, 2) == most
            assert min(by_worker.values()) > 0
            await visitors[-1].leaves()
            assert "No seat is free where you came in: try again in a minute." in visitors[-1].said
            text = ""
            async with asyncio.timeout(PATIENCE):
                while players(text) != sum(by_worker.values()):
                    text = await page(port)
                    await asyncio.sleep(0.1)
            for worker in ("0", "1"):
                assert f'joins_total{{worker="{worker}"}} {by_worker[worker]}\n' in text
                assert re.search(rf'loop_lag_seconds_count\{{worker="{worker}"\}} [1-9]', text)
            assert "picturebook_workers_replaced_total 0\n" in text
        # Whoever leaves makes room.
        await house.until(lambda: len(house.told("leave")) == sum(by_worker.values()), "an empty house")
        async with house.visitor("flo") as flo:
            await flo.sees("What is this?")


async def test_a_worker_that_is_killed_takes_nobodys_card_along(tmp_path: Path) -> None:
    key, port = asyncssh.generate_private_key("ssh-ed25519"), free_port()
    async with crowd(tmp_path, "--workers", "2", "--metrics", str(port)) as house:
        await house.has_workers(2)
        async with house.visitor("mia") as mia, house.visitor("tom+key", client_keys=[key]) as tom:
            await mia.sees("come back as mia+")
            code = code_of(mia)
            await answer(mia)
            await answer(tom)
            async with asyncio.timeout(PATIENCE):
                while players(await page(port)) != 2:
                    await asyncio.sleep(0.1)
            before = house.workers
            playing = [line["worker"] for line in house.told("join")]
            for worker in before:
                os.kill(worker, signal.SIGKILL)
            await mia.leaves()
            # At once: they wait for their worker's successor.
            async with house.visitor(f"mia+{code}") as mia_again:
                await mia_again.sees("Here is where you stopped")
                await house.until(lambda: labels(mia_again) == ANSWERED, "mia's labels")
            async with house.visitor("tom+key", client_keys=[key]) as tom_again:
                await tom_again.sees("Here is where you stopped")
                await house.until(lambda: labels(tom_again) == ANSWERED, "tom's labels")
        died = {line["worker"]: (line["how"], line["players"]) for line in house.told("worker-died")}
        assert died == {worker: ("by signal 9", playing.count(worker)) for worker in "01"}
        assert not set(house.workers[2:]) & set(before)
        await house.until(lambda: not any(is_alive(worker) for worker in before), "the end of the first")
        # Two visits of two processes never have one number in the log.
        sessions = [line["session"] for line in house.told("join")]
        assert len(set(sessions)) == len(sessions) == 4


async def test_those_who_come_just_after_a_worker_was_killed_are_all_served(tmp_path: Path) -> None:
    async with crowd(tmp_path, "--workers", "2", "--max-players", "8") as house:
        await house.has_workers(2)
        killed = house.workers[0]
        os.kill(killed, signal.SIGKILL)
        async with contextlib.AsyncExitStack() as stack:
            arriving = [stack.enter_async_context(house.visitor(f"p{number}", looks=False)) for number in range(4)]
            for visitor in await asyncio.gather(*arriving):
                await house.until(lambda visitor=visitor: "What is this?" in visitor.said, "their page")
            assert len(house.told("join")) == 4
        await house.has_workers(3)
        assert [line["worker"] for line in house.told("worker-ready")][2] == "0.1"


async def test_sigterm_in_mid_game_tells_saves_and_leaves_no_process(tmp_path: Path) -> None:
    async with crowd(tmp_path, "--workers", "2", "--countdown", "2") as house:
        await house.has_workers(2)
        async with house.visitor("mia") as mia, house.visitor("tom") as tom:
            await answer(mia)
            await answer(tom)
            family = house.family()
            assert family > {house.process.pid, *house.workers}
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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
@pytest.mark.parametrize("workers", ["1", "2"])
async def test_asked_twice_the_server_stops_without_counting_down(tmp_path: Path, number: int, workers: str) -> None:
    async with crowd(tmp_path, "--countdown", "3000", "--workers", workers) as house, house.visitor("mia") as mia:
        await answer(mia)
        house.process.send_signal(number)
        await mia.sees("The server stops in 3000 s. Your run is saved.")
        house.process.send_signal(number)
        await mia.leaves()
        assert "The server has stopped. Your run is saved" in mia.said
        assert await house.ends() == 0


async def test_without_their_supervisor_workers_tell_their_players_and_go(tmp_path: Path) -> None:
    async with crowd(tmp_path, "--workers", "2", "--countdown", "1") as house:
        await house.has_workers(2)
        async with house.visitor("mia") as mia:
            await answer(mia)
            family = house.family()
            house.process.kill()
            await mia.leaves()
            assert "The server has stopped. Your run is saved" in mia.said
        await house.until(lambda: not any(is_alive(pid) for pid in family), "the end of all")


@contextlib.asynccontextmanager
async def supervising(folder: Path) -> AsyncIterator[tuple[Supervisor, House]]:
    """A supervisor in this process, with two real workers."""
    options = ServeOptions(data_dir=folder, port=0, book="cats-and-dogs", pool=1, countdown=0.0, workers=2)
    up: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    sockets, log = bound_sockets(options.host, 0, 2), io.StringIO()
    house = House(None, sockets[0].getsockname()[1], log)  # type: ignore[arg-type]
    supervisor = Supervisor(options, sockets, Log(log), up.set_result)
    running = asyncio.create_task(supervisor.run())
    try:
        # One is started after the other.
        async with asyncio.timeout(UP_WITHIN):
            while len([worker for worker in supervisor.workers.values() if worker.is_ready]) < 2:
                await asyncio.sleep(0.05)
        assert up.result().startswith("SHA256:")
        yield supervisor, house
    finally:
        supervisor.ask_to_stop()
        await running


async def test_a_worker_that_hangs_is_replaced_and_whoever_came_to_it_meanwhile_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with supervising(tmp_path) as (supervisor, house), contextlib.AsyncExitStack() as stack:
        hanging = supervisor.workers.copy()
        for worker in hanging.values():
            worker.signal(signal.SIGSTOP)
        # Whichever socket they come to, nobody takes them yet.
        arriving = [
            asyncio.create_task(stack.enter_async_context(house.visitor(f"p{number}", looks=False)))
            for number in range(4)
        ]
        monkeypatch.setattr("picturebook_tui.serve.supervisor.DEAD_SECONDS", 4.0)
        await house.until(lambda: len(house.told("worker-died")) == 2, "the end of both")
        # Those that are there now are slow on a busy machine, and do not hang.
        monkeypatch.setattr("picturebook_tui.serve.supervisor.DEAD_SECONDS", PATIENCE)
        for visitor in await asyncio.gather(*arriving):
            await house.until(lambda visitor=visitor: "What is this?" in visitor.said, "their page")
        assert {line["worker"] for line in house.told("worker-hangs")} == {"0", "1"}
        assert [worker.process.returncode for worker in hanging.values()] == [-signal.SIGKILL] * 2


async def test_after_a_machine_was_asleep_its_workers_are_heard_before_one_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with supervising(tmp_path) as (supervisor, house):
        before = supervisor.workers.copy()
        with monkeypatch.context() as patch:
            patch.setattr("picturebook_tui.serve.supervisor.LATE_SECONDS", 1.5)
            patch.setattr("picturebook_tui.serve.supervisor.DEAD_SECONDS", 2.0)
            for worker in before.values():
                worker.signal(signal.SIGSTOP)
            # Whatever they said before that is read by then.
            await asyncio.sleep(0.2)
            asleep_at = asyncio.get_running_loop().time()
            time.sleep(2.5)
            await house.until(
                lambda: all(w.heard_at > asleep_at or w.process.returncode for w in before.values()), "a look at them"
            )
        for worker in before.values():
            worker.signal(signal.SIGCONT)
        async with house.visitor() as mia:
            await mia.sees("What is this?")
        assert supervisor.workers == before
        assert not house.told("worker-hangs")


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
        capture_output=True, text=True, timeout=UP_WITHIN, check=False,
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
    status, said = started(tmp_path / "data", "--book", str(tmp_path / "none"), "--workers", "2")
    assert status == 2
    assert said.count("\n") == 1
    assert said.startswith("There is no file")
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


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
def test_a_port_that_another_server_holds_is_not_shared_with_it(tmp_path: Path, workers: str, shared: bool) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, shared)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        status, said = started(tmp_path / "data", "--workers", workers, "--port", port)
    assert status == 2
    assert said == f"Port {port} of 127.0.0.1 can't be had (address already in use): choose another --port.\n"


def test_a_port_that_another_server_is_about_to_listen_on_is_not_shared_with_it() -> None:
    with contextlib.ExitStack() as stack:
        first, second = (stack.enter_context(sock) for sock in bound_sockets("127.0.0.1", 0, 2))
        port = first.getsockname()[1]
        assert port == second.getsockname()[1] > 0
        for count in (1, 2):
            with pytest.raises(PictureBookError, match="address already in use"):
                bound_sockets("127.0.0.1", port, count)


@pytest.mark.parametrize("before", [1, 2])
@pytest.mark.parametrize("after", [1, 2])
async def test_a_server_that_was_just_stopped_can_be_started_again(tmp_path: Path, before: int, after: int) -> None:
    async with crowd(tmp_path, "--countdown", "0", "--workers", str(before)) as house, house.visitor("mia") as mia:
        await mia.sees("What is this?")
        # The server hangs up first, so that its system keeps the connection's end in mind for a minute.
        house.process.terminate()
        await mia.leaves()
        assert await house.ends() == 0
        for sock in bound_sockets("127.0.0.1", house.port, after):
            sock.close()


async def test_only_one_process_serves_where_one_worker_is_enough(tmp_path: Path) -> None:
    async with crowd(tmp_path) as house, house.visitor("mia") as mia:
        await mia.sees("What is this?")
        assert house.workers == [house.process.pid]


BARE = """
import asyncio, signal, socket, sys
sys.modules["resource"] = None
for name in ("SO_REUSEPORT", "send_fds", "recv_fds"):
    delattr(socket, name)

def missing(*_):
    raise NotImplementedError

asyncio.SelectorEventLoop.add_signal_handler = missing
asyncio.SelectorEventLoop.connect_read_pipe = asyncio.SelectorEventLoop.connect_write_pipe = missing
from picturebook_tui.cli import main
sys.exit(main())
"""
"""The command line where nothing is there that only POSIX has and a server of one process could want."""


async def test_one_worker_serves_where_only_linux_has_what_several_need(tmp_path: Path) -> None:
    async with crowd(tmp_path, "--countdown", "3000", code=BARE) as house, house.visitor("mia") as mia:
        await answer(mia)
        house.process.terminate()
        await mia.sees("The server stops in 3000 s. Your run is saved.")
        house.process.terminate()
        await mia.leaves()
        assert mia.status == 0
        assert await house.ends() == 0


def test_more_than_one_worker_elsewhere_is_one_sentence_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("picturebook_tui.serve.run.sys", SimpleNamespace(platform="darwin"))
    with pytest.raises(PictureBookError, match=r"^Only Linux .*: use --workers 1, .*\.$"):
        serve(ServeOptions(data_dir=tmp_path, workers=2))


async def test_every_process_that_serves_has_one_thread_of_linear_algebra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "4")
    async with crowd(tmp_path, "--workers", "2") as house:
        await house.has_workers(2)
        for pid in house.workers:
            assert b"OPENBLAS_NUM_THREADS=1" in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")


def test_a_worker_is_told_every_option_as_it_was_given(tmp_path: Path) -> None:
    options = ServeOptions(
        data_dir=Path(os.fsdecode(b"/srv/\xff")), authorized_keys=tmp_path / "keys", password="p\u00e4ss\n", book=None,
        exempt=("10.0.0.0/8", "::1"), metrics=9100, workers=3, countdown=0.5,
    )  # fmt: skip
    line = options.to_json()
    assert "\n" not in line
    assert ServeOptions.from_json(line.encode()) == options
    assert ServeOptions.from_json(ServeOptions(data_dir=tmp_path).to_json()) == ServeOptions(data_dir=tmp_path)


def test_metrics_of_several_workers_have_the_names_and_labels_that_they_always_had() -> None:
    here = Metrics(joins=3, players=2)
    here.refuse("full")
    here.end("left")
    here.key_to_paint.add(0.01)
    sent = Metrics.from_dict(json.loads(json.dumps(asdict(here))))
    assert sent == here
    text = render([("0", sent, 1000), ("1", Metrics(), 2000), ("supervisor", Metrics(), 3000)], 1)
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    parsed = [
        re.fullmatch(r'picturebook_(\w+?)(?:\{(\w+="[^"]*"(?:,\w+="[^"]*")*)\})? [-+0-9.einf]+', s) for s in samples
    ]
    assert all(parsed)
    assert {found[1] for found in parsed if found} == {
        "players", "apps_waiting", "joins_total", "refused_total", "ended_total", "frames_dropped_total",
        "sent_bytes_total", "slow_callbacks_total", "resident_bytes", "workers_replaced_total",
        *(f"{name}_seconds_{part}" for name in ("key_to_paint", "loop_lag") for part in ("bucket", "sum", "count")),
    }  # fmt: skip
    assert 'picturebook_refused_total{worker="0",reason="full"} 1' in samples
    assert {label for found in parsed if found and found[2] for label in re.findall(r"(\w+)=", found[2])} == {
        "worker", "reason", "le",
    }  # fmt: skip
