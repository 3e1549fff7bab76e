"""How visits end and go on: by leaving, by a broken line, by another window, by a mishap, by the server's own end."""

from __future__ import annotations

import asyncio
import io
import os
import re
import shutil
import time
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from picturebook_tui.game.events import CardAnswered
from picturebook_tui.serve import host as host_module
from picturebook_tui.serve import keeping, outlet
from picturebook_tui.serve.host import Host
from picturebook_tui.serve.keeping import VISIT_SECONDS, Folders, PlayerStore
from picturebook_tui.serve.limits import Limits
from picturebook_tui.serve.log import Log
from picturebook_tui.serve.options import ServeOptions
from picturebook_tui.tui.screens.play import PlayScreen

from .room import JOBS, House, Visitor, serving

CARDS = "cdcd"
ANSWERED = "cat dog cat dog ▸ ? ◂"


def code_of(visitor: Visitor) -> str:
    found = re.search(r"mia\+([a-z2-9]{6})", visitor.said)
    assert found is not None
    return found[1]


def labels(visitor: Visitor) -> str:
    """The captions of the row with the cursor in it."""
    return next((" ".join(line.split()) for line in visitor.text.splitlines() if "▸ ? ◂" in line), "")


async def answer(visitor: Visitor, keys: str = CARDS) -> None:
    await visitor.sees("What is this?")
    await visitor.press(*keys)
    await visitor.house.until(lambda: labels(visitor) == ANSWERED, "the next card")


async def gone(house: House) -> None:
    await house.until(lambda: not house.host.players and not house.host._visits, "an empty house")


async def test_who_only_looks_leaves_nothing_behind(tmp_path: Path) -> None:
    async with serving(tmp_path) as house:
        async with house.visitor() as mia:
            await mia.sees("What is this?")
            await mia.press("esc")
        await gone(house)
        assert list((tmp_path / "visits").iterdir()) == []
        assert list((tmp_path / "players").iterdir()) == []


async def test_what_nobody_came_back_to_for_a_day_is_gone(tmp_path: Path) -> None:
    async with serving(tmp_path) as house:
        async with house.visitor() as mia:
            await answer(mia)
        await gone(house)
    (old,) = (tmp_path / "visits").iterdir()
    async with serving(tmp_path) as house:
        async with house.visitor("tom") as tom:
            await answer(tom)
        await gone(house)
    (new,) = set((tmp_path / "visits").iterdir()) - {old}
    for file in (*old.iterdir(), old):
        os.utime(file, (time.time() - VISIT_SECONDS - 60,) * 2)
    async with serving(tmp_path) as house:
        await house.until(lambda: house.told("swept"), "a sweep")
    assert not old.exists()
    assert new.exists()


def written_long_ago(folder: Path, seconds: float) -> None:
    for path in (*folder.iterdir(), folder):
        os.utime(path, (time.time() - seconds,) * 2)


async def test_who_plays_is_never_swept_however_long_and_whoever_sweeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path) as house:
        async with house.visitor() as mia:
            await mia.sees("come back as mia+")
            code = code_of(mia)
            await answer(mia)
            written_long_ago(tmp_path / "visits" / code, 3 * VISIT_SECONDS)
            # This server, and another that shares the folder: for the day, and for the room.
            monkeypatch.setattr(keeping, "MOST_VISITS", 0)
            for folders in (house.host.folders, Folders(tmp_path)):
                assert folders.sweep(time.time()) == 0
            monkeypatch.undo()
            await mia.press("c")
            await house.until(lambda: "cat dog cat dog cat" in " ".join(mia.text.split()), "the next card")
        await gone(house)
        # The line has just broken: their day begins now.
        assert house.host.folders.sweep(time.time() + VISIT_SECONDS - 600) == 0
        async with house.visitor(f"mia+{code}") as again:
            await again.sees("Here is where you stopped")
            # Back again, nothing is answered, and a day goes by.
            written_long_ago(tmp_path / "visits" / code, 3 * VISIT_SECONDS)
            assert Folders(tmp_path).sweep(time.time()) == 0
        await gone(house)
    # The server was started again in the same minute.
    assert Folders(tmp_path).sweep(time.time()) == 0
    assert Folders(tmp_path).sweep(time.time() + VISIT_SECONDS + 60) == 1
    assert list((tmp_path / "visits").iterdir()) == []


def visit(folders: Folders, left: float) -> Path:
    """A visit that was left at a moment."""
    _, folder = folders.new_visit()
    store = PlayerStore()
    store.belong(folder)
    run_id = store.begin({}, {}, created_at="")
    store.append(run_id, CardAnswered.kind, {})
    store.close()
    for path in (*folder.iterdir(), folder):
        os.utime(path, (left, left))
    return folder


def test_where_there_are_too_many_those_left_the_longest_ago_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders, now = Folders(tmp_path), time.time()
    left = [visit(folders, now - hours * 3600) for hours in (5, 1, 9, 3, 7)]
    # Begun first, by the name the last, and written to a minute ago.
    lately = left[2].rename(tmp_path / "visits" / "zzzzzz")
    os.utime(lately / "picturebook.db", (now - 60, now - 60))
    monkeypatch.setattr(keeping, "MOST_VISITS", 3)
    assert folders.sweep(now) == 2
    assert set((tmp_path / "visits").iterdir()) == {lately, left[1], left[3]}


def test_what_is_not_a_visit_stays_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = Folders(tmp_path)
    visits, elsewhere = tmp_path / "visits", tmp_path / "elsewhere"
    # "backup" is a code, too, by its letters.
    for folder in (visits / "lost+found", visits / "backup" / "k7m3qp", elsewhere):
        folder.mkdir(parents=True)
        (folder / "picturebook.db").touch()
    (visits / "k7m3qp").touch()
    (visits / "k7m3qq").symlink_to(elsewhere)
    monkeypatch.setattr(keeping, "MOST_VISITS", 0)
    assert folders.sweep(time.time() + 9 * VISIT_SECONDS) == 0
    assert {path.name for path in visits.iterdir()} == {"lost+found", "backup", "k7m3qp", "k7m3qq"}
    assert (elsewhere / "picturebook.db").exists()
    assert folders.of_code("backup") is None
    shutil.rmtree(visits)
    assert folders.sweep(time.time()) == 0


def test_a_clock_that_was_ahead_keeps_nothing_for_years(tmp_path: Path) -> None:
    folders, now = Folders(tmp_path), time.time()
    ahead = visit(folders, now + 700 * VISIT_SECONDS)
    assert folders.sweep(now) == 0
    assert folders.sweep(now + VISIT_SECONDS - 60) == 0
    assert folders.sweep(now + VISIT_SECONDS + 60) == 1
    assert not ahead.exists()


async def test_a_clock_that_is_put_forward_ends_nobodys_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(tmp_path) as house:
        async with house.visitor() as mia:
            await mia.sees("come back as mia+")
            code = code_of(mia)
            await answer(mia)
        await gone(house)
        swept: list[float] = []
        sweep = house.host.folders.sweep

        def watched(now: float, *, anew: bool = False) -> int:
            over = sweep(now, anew=anew)
            swept.append(now)
            return over

        monkeypatch.setattr(house.host.folders, "sweep", watched)
        ahead = time.time() + 3 * VISIT_SECONDS
        began = time.monotonic()
        monkeypatch.setattr(host_module.time, "time", lambda: ahead + time.monotonic() - began)
        await house.until(lambda: any(now >= ahead for now in swept), "a sweep")
        async with house.visitor(f"mia+{code}") as again:
            await again.sees("Here is where you stopped")


async def test_a_broken_line_is_taken_up_with_the_code_at_the_same_card(tmp_path: Path) -> None:
    async with serving(tmp_path) as house:
        async with house.visitor() as mia:
            await mia.sees("come back as mia+")
            code = code_of(mia)
            await answer(mia)
        await gone(house)
        async with house.visitor(f"mia+{code}") as again:
            await again.sees("Here is where you stopped")
            await house.until(lambda: labels(again) == ANSWERED, "the same labels")
            assert house.told("join")[1]["known_by"] == "code"
        # The code is nobody's business but theirs.
        assert code not in str(house.lines)


async def test_another_server_on_the_same_folder_takes_it_up_as_well(tmp_path: Path) -> None:
    async with serving(tmp_path) as house, house.visitor() as mia:
        await mia.sees("come back as mia+")
        code = code_of(mia)
        await answer(mia)
        # As after a crash: the first server is still there, and so is its hold on the run.
        async with serving(tmp_path, pool=0) as other, other.visitor(f"mia+{code}") as again:
            await mia.leaves()
            assert "You went on playing in another window" in mia.said
            await again.sees("Here is where you stopped")
            assert labels(again) == ANSWERED


async def test_a_code_that_nobody_has_begins_a_new_visit(tmp_path: Path) -> None:
    async with serving(tmp_path) as house, house.visitor("mia+k7m3qp") as mia:
        await mia.sees("Nothing is kept under that code")
        assert "k7m3qp" not in mia.said


async def test_a_key_brings_runs_and_preferences_back(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    async with serving(tmp_path, pool=2) as house:
        async with house.visitor("mia+key", client_keys=[key]) as mia:
            await answer(mia)
            assert "come back as" not in mia.said
            (player,) = house.host.players.values()
            with player.app._context():
                player.app.prefer(colours="truecolor")
            await mia.sees("dog            ▸")
        await gone(house)
        async with house.visitor("mia+key", client_keys=[key]) as again:
            await again.sees("Here is where you stopped")
            assert b"38;2;" in again.written
            await again.press("esc")
            await again.sees("y leave")
            await again.press("y")
            await again.sees("Go on where you stopped")
            await again.press("q")
            await again.leaves()
            assert "Your runs are kept." in again.said
        # Who left of their own will comes to the first page again, and finds the run at Home.
        async with house.visitor("mia+key", client_keys=[key]) as third:
            await third.sees("What is this?")
            assert "Here is where you stopped" not in third.text
        # A class that shares a key does not share a history, and nobody else is let at it.
        async with house.visitor("tom+key", client_keys=[key]) as tom:
            await tom.sees("What is this?")
            assert house.told("join")[-1]["colours"] == "256"


async def test_asking_whether_a_key_would_do_is_not_having_it(tmp_path: Path) -> None:
    """Somebody shows another's public key, signs with none, and comes in as nobody."""
    theirs = asyncssh.generate_private_key("ssh-ed25519")

    class Client(asyncssh.SSHClient):
        asked = False

        def public_key_auth_requested(self) -> object:
            if self.asked:
                return None
            self.asked = True
            return Borrowed(theirs)

        def password_auth_requested(self) -> str:
            return ""

    class Borrowed(asyncssh.SSHKeyPair):
        """The public half alone."""

        def __init__(self, key: asyncssh.SSHKey) -> None:
            half = asyncssh.import_public_key(key.export_public_key())
            super().__init__(
                b"ssh-ed25519", b"ssh-ed25519", (b"ssh-ed25519",), (b"ssh-ed25519",), half.public_data, b""
            )

        async def sign_async(self, data: bytes) -> bytes:
            return b""

    async with serving(tmp_path) as house:
        connection, _ = await asyncssh.create_connection(
            Client, "127.0.0.1", house.port, username="mia+key", known_hosts=None, agent_path=None, config=None
        )
        async with connection:
            channel, _ = await connection.create_session(
                lambda: Visitor(house, (80, 24), True), term_type="xterm", term_size=(80, 24), encoding=None
            )
            await house.until(lambda: house.host.players, "somebody")
            (player,) = house.host.players.values()
            assert player.visitor.fingerprint is None
            channel.close()


async def test_an_app_that_trips_tells_its_player_kindly_and_nobody_else(tmp_path: Path) -> None:
    async with serving(tmp_path, pool=2) as house, house.visitor("ann") as ann, house.visitor("mia") as mia:
        await answer(ann)
        await answer(mia)
        player = next(p for p in house.host.players.values() if p.visitor.wish.nickname == "mia")
        assert isinstance(player.app.screen, PlayScreen)

        async def trip() -> None:
            raise RuntimeError("secret /etc/passwd")

        player.app.screen.call_later(trip)
        await mia.leaves()
        assert mia.status == 1
        assert "Something went wrong inside Picture Book, and it is not your fault. Log in as mia+" in mia.said
        for secret in ("Traceback", "secret", "/etc", ".py", "RuntimeError"):
            assert secret not in mia.said
        assert mia.written.index(b"\x1b[?1049l") < mia.written.index(b"Something went wrong")
        assert house.told("failed")[0]["error"] == "RuntimeError"
        assert "test_visits.py" in house.told("failed")[0]["where"]
        await ann.press("c")
        await house.until(lambda: "cat dog cat dog cat" in " ".join(ann.text.split()), "ann's next card")
        # What mia had answered is still there.
        async with house.visitor(f"mia+{code_of(mia)}") as again:
            await again.sees("Here is where you stopped")


async def test_a_client_that_stops_reading_is_dropped_and_costs_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet, "PATIENCE", 1.0)
    async with serving(tmp_path, pool=2) as house, house.visitor("ann") as ann:
        await ann.sees("What is this?")
        async with house.visitor("mia+truecolor", size=(200, 60), looks=False) as mia:
            await house.until(lambda: len(house.host.players) == 2, "mia at her page")
            player = next(p for p in house.host.players.values() if p.visitor.wish.nickname == "mia")
            mia.connection._transport.pause_reading()
            most = 0
            for _ in range(400):
                if player.ending is not None:
                    break
                player.repaint()
                await asyncio.sleep(0.01)
                most = max(most, player.terminal.waiting())
            assert player.ending is not None
            assert player.ending.why == "stalled"
            assert 0 < most <= 512 * 1024
        await ann.press("c")
        await ann.sees("cat            ▸")
        await house.until(lambda: house.told("leave"), "a line about it")
        assert house.told("leave")[0]["frames_dropped"] >= 1


async def test_stopping_counts_down_and_gives_the_terminal_back(tmp_path: Path) -> None:
    async with serving(tmp_path) as house, house.visitor() as mia:
        await answer(mia)
        stopping = asyncio.create_task(house.host.stop(2.0))
        await mia.sees("The server stops in 2 s. Your run is saved.")
        with pytest.raises((asyncssh.Error, OSError)):
            async with house.connection():
                pass
        await mia.sees("The server stops in 1 s.")
        await mia.leaves()
        await stopping
        assert mia.status == 0
        end = mia.said[mia.said.rindex("\x1b[?1049l") :]
        assert "Your run is saved: log in as mia+" in end
        for mode in ("\x1b[?1000l", "\x1b[?1006l", "\x1b[?2004l", "\x1b[?7h", "\x1b[?25h"):
            assert mode in mia.said[mia.said.rindex("\x1b[?2026l") :]


async def test_whoever_goes_away_is_asked_and_then_gives_the_seat_free(tmp_path: Path) -> None:
    async with serving(tmp_path) as house, house.visitor() as mia:
        await mia.sees("What is this?")
        (player,) = house.host.players.values()
        loop = asyncio.get_running_loop()
        house.host.options = replace(house.host.options, idle_timeout=100.0)
        player.key_at = loop.time() - 85
        house.host._look_at(player, loop.time())
        await mia.sees("Are you still there?")
        await mia.press("c")
        await house.until(lambda: not player.asked_still_there, "an answer")
        player.key_at = loop.time() - 101
        house.host._look_at(player, loop.time())
        await mia.leaves()
        assert "Nobody pressed a key for 2 minutes, so your seat was given free." in mia.said


async def test_nobody_plays_for_ever(tmp_path: Path) -> None:
    async with serving(tmp_path, max_session=100.0) as house, house.visitor() as mia:
        await mia.sees("What is this?")
        (player,) = house.host.players.values()
        player.joined_at -= 101
        house.host._look_at(player, asyncio.get_running_loop().time())
        await mia.leaves()
        assert "You have played for a long time" in mia.said


async def test_the_message_of_the_day_is_told(tmp_path: Path) -> None:
    async with serving(tmp_path, motd="Welcome to the fair!") as house, house.visitor() as mia:
        await mia.sees("Welcome to the fair!")


def test_the_more_people_are_here_the_fewer_apps_wait_for_the_next(tmp_path: Path) -> None:
    options = ServeOptions(data_dir=tmp_path, pool=100, max_players=310)
    host = Host(options, Limits(options.max_players), Log(io.StringIO()), jobs=JOBS)
    waiting = {}
    for seats in (0, 30, 150, 270, 305, 310):
        host._seats = seats
        waiting[seats] = host._pool_size()
    assert waiting == {0: 100, 30: 90, 150: 50, 270: 10, 305: 5, 310: 0}
    host.threads.shutdown()
