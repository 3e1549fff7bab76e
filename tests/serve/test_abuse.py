"""People who mean harm, with clients of their own making: what they get, and that others play on beside them."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import errno
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import asyncssh.constants as ssh
import pytest
from asyncssh.packet import String, UInt32

from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.learner import Learner
from picturebook_tui.records.files import cannot_write
from picturebook_tui.records.store import Store
from picturebook_tui.serve import attract, channel, inflow, joining, limits, log, server
from picturebook_tui.serve import host as host_module
from picturebook_tui.serve.allowance import AT_ONCE, SHARE
from picturebook_tui.serve.driver import MOST_UNHEARD
from picturebook_tui.serve.inflow import Inflow
from picturebook_tui.serve.limits import CONNECTIONS, GUESSES, MOST_ADDRESSES, SILENT, Limits
from picturebook_tui.serve.metrics import serve_metrics
from picturebook_tui.serve.player import Ending, Player
from picturebook_tui.tui.keyboard import AT_A_TIME
from picturebook_tui.tui.screens.page import PageScreen
from picturebook_tui.tui.screens.play import PlayScreen

from .room import House, Visitor, serving

SECRETS = ("Traceback", "/tmp", "/etc", ".py", "Error", "--data-dir", "--no-save")


@contextlib.asynccontextmanager
async def beside_ann(folder: Path, *, pool: int = 2, **more: Any) -> AsyncIterator[tuple[House, Visitor]]:
    """A server with ann at her page; whatever happened, she can go on playing, and the log is clean."""
    async with serving(folder, pool=pool, **more) as house, house.visitor("ann") as ann:
        await ann.sees("What is this?")
        yield house, ann
        await ann.press("c")
        await ann.sees("cat            ▸")
        assert "\x1b" not in house._log.getvalue()
        assert "Traceback" not in house._log.getvalue()


def player_of(house: House, nickname: str) -> Player:
    return next(p for p in house.host.players.values() if p.visitor.wish.nickname == nickname)


async def raw(house: House, *parts: bytes) -> bytes:
    """Say something at the port that is not SSH, and return all that comes back before the line is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    with contextlib.suppress(OSError):
        for part in parts:
            writer.write(part)
            await writer.drain()
    try:
        async with asyncio.timeout(20):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


# -- at the door --------------------------------------------------------------------------------------------


async def test_what_is_no_ssh_is_hung_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LOGIN_SECONDS", 1.0)
    hello = b"SSH-2.0-x\r\n"
    async with beside_ann(tmp_path) as (house, _):
        for parts in (
            (b"GET / HTTP/1.1\r\nHost: here\r\n\r\n",),
            (b"\x16\x03\x01\x02\x00" + bytes(600),),
            (b"A" * 100_000,),
            (b"SSH-2.0-" + b"\xff" * 40 + b"\r\n",),
            (b"SSH-1.5-old\r\n",),
            (hello, b"\xff\xff\xff\xff" + bytes(100)),
            (hello, b"\x00\x00\x00\x00" + bytes(100)),
            (hello, random.Random(4).randbytes(5000)),
            (b"SSH-2.0-slow",),
            (hello,),
            (),
        ):
            said = await raw(house, *parts)
            assert said in (b"", b"SSH-2.0-PictureBook\r\n") or said.startswith(b"SSH-2.0-PictureBook\r\n")
            assert not any(secret.encode() in said for secret in SECRETS)
        await house.until(lambda: len(house.host.limits.room) == 0, "everybody gone who never said who they were")


@pytest.mark.parametrize(
    "asked",
    [
        {"kex_algs": "diffie-hellman-group18-sha512"},
        {"kex_algs": "diffie-hellman-group14-sha1"},
        {"kex_algs": "diffie-hellman-group-exchange-sha256"},
        {"kex_algs": "rsa2048-sha256"},
        {"mac_algs": "hmac-sha1", "encryption_algs": "aes128-ctr"},
        {"mac_algs": "umac-64@openssh.com", "encryption_algs": "aes128-ctr"},
        {"encryption_algs": "aes128-cbc"},
        {"compression_algs": "zlib@openssh.com"},
        {"server_host_key_algs": "ssh-rsa"},
    ],
)
async def test_what_is_weak_or_dear_is_not_offered(tmp_path: Path, asked: dict[str, str]) -> None:
    async with serving(tmp_path, pool=0) as house:
        with pytest.raises(asyncssh.KeyExchangeFailed):
            async with house.connection(**asked):
                pass


@pytest.mark.parametrize(
    "user", ["🐱", "a\x1b]0;owned\x07b", "\u202egnp", "z\u200b\u200d", "a\nb", "x" * 1000, "+" * 900], ids=ascii
)
async def test_a_name_of_any_letters_is_let_in_and_cleaned(tmp_path: Path, user: str) -> None:
    async with serving(tmp_path) as house, house.visitor(user, term="xterm\x1b[31m") as mia:
        await mia.sees("What is this?")
        line = house.told("join")[0]
        assert str(line["nickname"]).isprintable()
        assert len(str(line["nickname"])) <= 16
        assert line["term"] == "unknown"
        await mia.press("esc")
        await mia.sees("y leave")
        await mia.press("y")
        await mia.sees("quit")
        await mia.press("q")
        await mia.leaves()
        assert "Goodbye, " in mia.said
        for control in ("\x1b]", "\x07", "\u202e", "\u200b"):
            assert control not in mia.said
        assert "\x1b" not in house._log.getvalue()


async def silent(house: House, number: int, said: bytes = b"") -> list[asyncio.StreamWriter]:
    """Connections that say this and nothing more."""
    found = [await asyncio.open_connection("127.0.0.1", house.port) for _ in range(number)]
    for _, writer in found:
        writer.write(said)
    return [writer for _, writer in found]


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-slow\r\n"], ids=["nothing", "hello"])
async def test_connections_that_stay_silent_keep_nobody_out(tmp_path: Path, said: bytes) -> None:
    async with beside_ann(tmp_path, pool=2) as (house, _):
        writers = await silent(house, 600, said)
        await house.until(lambda: house.host.metrics.refused.get("silent") == 600 - SILENT, "room for each new one")
        async with house.visitor("mia") as mia:
            await mia.sees("What is this?")
        for writer in writers:
            writer.close()
        await house.until(lambda: len(house.host.limits.room) == 0, "everybody gone")


async def test_connections_that_come_in_and_ask_for_nothing_keep_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SILENT", 8)
    async with beside_ann(tmp_path, pool=2) as (house, _), contextlib.AsyncExitStack() as stack:
        idle = [await stack.enter_async_context(house.connection("tom")) for _ in range(12)]
        await house.until(lambda: house.host.metrics.refused.get("silent") == 4, "room for each new one")
        async with asyncio.timeout(10):
            await idle[0].wait_closed()
        async with house.visitor("mia") as mia:
            await mia.sees("What is this?")
            # Who plays is not silent, whatever they do.
            await silent(house, 9)
            await mia.press("c")
            await mia.sees("cat            ▸")


@contextlib.contextmanager
def all_at_once() -> Iterator[None]:
    """Let the loop's clock stand, however long a busy machine takes: each second allows another line."""
    loop = asyncio.get_running_loop()
    now = loop.time()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "time", lambda: now)
        yield


async def test_a_flood_from_one_address_is_a_few_lines_and_then_a_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "TOGETHER_SECONDS", 0.5)
    async with serving(tmp_path, pool=0) as house:
        with all_at_once():
            for _ in range(65_000):
                house.host.refuse("too-fast", "10.0.0.1")
            house.host.refuse("command", "10.0.0.2")
        assert house.host.metrics.refused == {"too-fast": 65_000, "command": 1}
        few = int(log.FEW[0])
        assert len(house.told("refused")) == few + 1
        # Somebody else's is told all the same.
        assert house.told("refused")[-1]["address"] == "10.0.0.2"
        await house.until(lambda: len(house.told("refused")) > few + 1, "a count")
        (last,) = house.told("refused")[few + 1 :]
        assert (last["address"], last["why"], last["more"]) == ("10.0.0.1", "too-fast", 65_000 - few)
        assert last["seconds"] >= 1
        # It goes on: what is still counted when the server stops is told then.
        for _ in range(500):
            house.host.refuse("too-fast", "10.0.0.1")
    assert house.told("refused")[-1]["more"] == 500


async def test_a_flood_from_as_many_addresses_is_no_more_lines_and_no_more_memory(tmp_path: Path) -> None:
    async with serving(tmp_path, pool=0) as house:
        rationed = house.host._rationed
        with all_at_once():
            for number in range(65_000):
                house.host.refuse("too-fast", f"2001:db8:{number // 256:x}:{number % 256:x}::1")
            for number in range(1000):
                house.host.refuse("too-fast", f"2001:db9::{number:x}")
        assert len(house.told("refused")) <= log.MANY[0] + 1
        assert len(rationed._more) <= log.APART + 1
        assert len(rationed._each._buckets) <= MOST_ADDRESSES
        rationed.tell_rest()
        lines = house.told("refused")
        assert len(lines) <= log.MANY[0] + 2 + log.APART
        assert sum(line.get("more", 1) for line in lines) == 66_000
        assert len([line for line in lines if line["address"].startswith("2001:db9:")]) <= log.FEW[0] + 1


async def test_commands_without_end_are_a_few_lines(tmp_path: Path) -> None:
    async with serving(tmp_path, pool=0) as house:
        for _ in range(8):
            async with house.connection() as connection:
                for _ in range(5):
                    assert (await connection.run("\x1b[31mrm -rf /", check=False)).exit_status == 1
        house.host._rationed.tell_rest()
        lines = house.told("refused")
        assert len(lines) == log.FEW[0] + 1
        assert sum(line.get("more", 1) for line in lines) == 40


async def test_visits_without_end_do_not_fill_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_module, "VISITS", (3.0, 0.0))
    async with serving(tmp_path) as house:
        for number in range(1, 5):
            async with house.visitor("mia") as mia:
                await mia.sees("What is this?")
            await house.until(lambda number=number: house.host.metrics.ended.get("dropped") == number, "their leaving")
    told = [(line["event"], line.get("more")) for line in house.lines if line["event"] in ("join", "leave")]
    assert told == [("join", None), ("leave", None), ("join", None), ("leave", 3), ("join", 2)]


def test_another_visit_on_a_connection_costs_as_much_as_a_connection() -> None:
    door = Limits(100)
    assert sum(door.again("203.0.113.7", 0.0) for _ in range(1000)) == CONNECTIONS[0]
    assert door.connect("203.0.113.7", 0.0) == "too-fast"
    assert all(door.again("127.0.0.1", 0.0) for _ in range(1000))


async def test_after_too_many_wrong_codes_even_the_right_one_is_put_off(tmp_path: Path) -> None:
    async with serving(tmp_path, pool=0) as house:
        for _ in range(int(GUESSES[0])):
            house.host.limits.guessed_wrong("127.0.0.1", asyncio.get_running_loop().time())
        (tmp_path / "visits" / "k7m3qp").mkdir()
        async with house.visitor("mia+k7m3qp") as mia:
            await mia.sees("Too many wrong codes were tried from where you are.")
            assert re.search(r"again in [1-3]?\d s\.", mia.text)
            assert "k7m3qp" not in mia.said


# -- floods -------------------------------------------------------------------------------------------------


class Pipe:
    """A transport that only knows whether it is read from."""

    reading = True
    max_size = 0
    limits = (0, 0)

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def set_write_buffer_limits(self, high: int, low: int) -> None:
        self.limits = (high, low)


class Line:
    def __init__(self) -> None:
        self._transport = Pipe()
        self.taken = 0

    def data_received(self, data: bytes, datatype: object = None) -> None:
        self.taken += len(data)

    def pause_writing(self) -> None: ...

    def resume_writing(self) -> None: ...


async def test_whoever_sends_more_than_anybody_types_waits_at_their_own_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inflow, "RATE", 100_000)
    monkeypatch.setattr(inflow, "BURST", 50_000)
    line: Any = Line()
    Inflow(line)
    pipe = line._transport
    for _ in range(49):
        line.data_received(bytes(1000))
    assert pipe.reading
    line.data_received(bytes(3000))
    assert not pipe.reading
    # Nothing is lost, and it is listened to again.
    assert line.taken == 52_000
    async with asyncio.timeout(10):
        while not pipe.reading:
            await asyncio.sleep(0.01)


async def test_whoever_leaves_answers_unread_is_not_listened_to() -> None:
    line: Any = Line()
    Inflow(line)
    pipe = line._transport
    assert 0 < pipe.limits[0] <= 512 * 1024
    line.pause_writing()
    assert not pipe.reading
    line.resume_writing()
    assert pipe.reading


async def test_a_client_that_takes_a_byte_at_a_time_is_not_painted_for(tmp_path: Path) -> None:
    async with beside_ann(tmp_path) as (house, _):
        async with house.connection("mia") as connection:
            with pytest.raises((asyncssh.Error, OSError)):
                await connection.create_session(
                    lambda: Visitor(house, (240, 80), False), term_type="xterm", term_size=(240, 80), encoding=None,
                    window=2**31 - 1, max_pktsize=1,
                )  # fmt: skip
        assert house.host.metrics.refused == {"small-packets": 1}


async def test_a_client_that_claims_room_for_everything_is_sent_no_more_than_others(tmp_path: Path) -> None:
    async with beside_ann(tmp_path) as (house, _), house.connection("mia") as connection:
        _, mia = await connection.create_session(
            lambda: Visitor(house, (80, 24), True), term_type="xterm", term_size=(80, 24), encoding=None,
            window=2**32 - 1, max_pktsize=2**32 - 1,
        )  # fmt: skip
        await mia.sees("What is this?")
        assert len(mia.written) < 200_000


async def test_keys_without_end_take_no_more_than_their_part_of_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = 0.02
    async with beside_ann(tmp_path, book="cats-and-dogs") as (house, ann), house.visitor("mia") as mia:
        await mia.sees("What is this?")
        player = player_of(house, "mia")
        screen, heard, moved = player.app.screen, 0, PlayScreen.action_move

        def move(self: PlayScreen, by: int) -> None:
            nonlocal heard
            if self is screen:
                # On a large window a key may take so long.
                heard += 1
                until = time.thread_time() + costs
                while time.thread_time() < until:
                    pass
            moved(self, by)

        monkeypatch.setattr(PlayScreen, "action_move", move)
        loop = asyncio.get_running_loop()
        began = loop.time()
        mia.channel.write(b"\x1b[Z\t" * 20_000)
        channel: Any = player.terminal._channel  # type: ignore[attr-defined]
        await house.until(lambda: channel._recv_paused is True, "a pause")
        await ann.press("d")
        await ann.sees("dog            ▸")
        await ann.press("backspace")
        await ann.sees("▸ dog ◂")
        await house.until(lambda: heard > AT_ONCE / costs / 2, "what may be taken in one go")
        await asyncio.sleep(3)
        # More comes with time alone, and only so much; what was parsed already is still done.
        in_one_go = AT_ONCE / costs + MOST_UNHEARD + AT_A_TIME
        assert heard <= in_one_go + SHARE / costs * (loop.time() - began)
        # What is held here is at most what the channel lets come.
        assert player.app.driver._keyboard.waiting <= server.WINDOW
        assert sum(len(data) for data, _ in channel._recv_buf) <= server.WINDOW


async def test_a_window_that_is_dragged_without_end_waits_for_its_part_of_the_loop(tmp_path: Path) -> None:
    async with beside_ann(tmp_path) as (house, _), house.visitor("mia", size=(200, 60)) as mia:
        await mia.sees("What is this?")
        player = player_of(house, "mia")
        sizes: list[tuple[int, int]] = []
        resize = player.resize

        def resized(columns: int, rows: int) -> None:
            sizes.append((columns, rows))
            resize(columns, rows)

        player.resize = resized  # type: ignore[method-assign]
        player.app.allowance.spend(AT_ONCE + SHARE * 2, asyncio.get_running_loop().time())
        for columns in range(100, 140):
            mia.channel.change_terminal_size(columns, 40)
            await asyncio.sleep(0.01)
        assert sizes == []
        # The last one counts, when there is time for it.
        await house.until(lambda: sizes, "a size")
        assert sizes[-1] == (139, 40)


class Deaf:
    """A client's channel that takes its confirmation, and says nothing."""

    def process_open_confirmation(self, *args: object) -> None: ...

    def process_connection_close(self, error: Exception | None) -> None: ...


async def test_a_channel_that_is_opened_and_never_used_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "LOGIN_SECONDS", 0.5)
    async with beside_ann(tmp_path) as (house, _), house.connection("mia") as connection:
        connection._channels[7] = Deaf()  # type: ignore[assignment]
        connection.send_packet(ssh.MSG_CHANNEL_OPEN, String("session"), UInt32(7), UInt32(1000), UInt32(32768))
        async with asyncio.timeout(10):
            await connection.wait_closed()


async def test_a_client_that_never_takes_its_answer_is_hung_up_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "CLOSING_SECONDS", 0.5)
    async with beside_ann(tmp_path) as (house, _), house.connection("mia") as connection:
        _, mia = await connection.create_session(
            lambda: Visitor(house, (80, 24), False), command="help", encoding=None, window=0
        )
        async with asyncio.timeout(10):
            await connection.wait_closed()
        assert mia.written == b""


async def test_sizes_that_come_by_the_thousand_are_laid_out_by_the_dozen(tmp_path: Path) -> None:
    async with beside_ann(tmp_path) as (house, _), house.visitor("mia", looks=False) as mia:
        await house.until(lambda: len(house.host.players) == 2, "mia")
        player = player_of(house, "mia")
        resized: list[tuple[int, int]] = []
        player.resize = lambda columns, rows: resized.append((columns, rows))  # type: ignore[method-assign]
        for number in range(1000):
            mia.channel.change_terminal_size(2**32 - 1 if number % 3 else 0, number % 7)
            if number % 10 == 0:
                await asyncio.sleep(0.01)
        await house.until(lambda: len(resized) > 1, "a new size, and a last one")
        assert len(resized) <= 12


# -- coming and going ---------------------------------------------------------------------------------------


async def test_a_window_that_is_dragged_while_the_game_is_made_ready_is_painted_whole(tmp_path: Path) -> None:
    # No app waits, so that it takes a moment.
    async with serving(tmp_path, pool=0) as house, house.visitor("mia", size=(100, 30)) as mia:
        for columns in range(60, 101):
            mia.channel.change_terminal_size(columns, 30)
        mia.channel.write(b"cd\x1b[200~dog\x1b[201~\r\r")
        await mia.sees("What is this?")
        await house.until(lambda: tuple(player_of(house, "mia").app.size) == (100, 30), "their size")
        await house.until(lambda: "leave" in mia.text.splitlines()[29], "the key line at the bottom")


async def test_keys_before_the_game_is_there_and_after_it_has_ended_do_no_harm(tmp_path: Path) -> None:
    typed = (
        b"\r\r",
        b"c",
        b"d",
        b"\x1b",
        b"?",
        b"\x1b[5~",
        b"\x1b[200~help\x1b[201~",
        b"\x1b[<0;40;15M",
        b"\x7f",
        b"q",
    )
    trouble: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: trouble.append(context))
    async with beside_ann(tmp_path, pool=1) as (house, _):
        for seed in range(12):
            dice = random.Random(seed)

            async def mash(visitor: Visitor, times: int, dice: random.Random = dice) -> None:
                for _ in range(times):
                    with contextlib.suppress(OSError):
                        visitor.channel.write(dice.choice(typed))
                        if dice.random() < 0.2:
                            visitor.channel.change_terminal_size(dice.randrange(300), dice.randrange(100))
                    await asyncio.sleep(dice.choice((0, 0, 0.002)))

            async with house.visitor("mia", looks=False) as mia:
                await mash(mia, 20)
                if seed % 4:
                    await house.until(lambda mia=mia: b"1049h" in mia.written or mia.closed.is_set(), "the game")
                for player in list(house.host.players.values()):
                    if player.visitor.wish.nickname == "mia" and seed % 4 == 1:
                        player.end(Ending("idle", "Away."))
                    elif player.visitor.wish.nickname == "mia" and seed % 4 == 2:
                        player.app.exit()
                await mash(mia, 40)
                if seed % 4 == 3:
                    mia.channel.write_eof()
                    await mash(mia, 10)
            await house.until(lambda: len(house.host._visits) == 1, "mia gone")
        assert not house.told("trouble")
        assert not trouble


async def test_whoever_has_ended_is_looked_after_no_more(tmp_path: Path) -> None:
    async with serving(tmp_path, attract=0.1, idle_timeout=30) as house, house.visitor("mia") as mia:
        await mia.sees("What is this?")
        player = player_of(house, "mia")
        player.key_at -= 25
        player.end(Ending("too-long", "Long."))
        house.host._look_at(player, asyncio.get_running_loop().time())
        assert not player.app.attract.showing
        assert not player.asked_still_there
        await mia.leaves()
        assert "Long." in mia.said


async def test_one_players_trouble_keeps_nobody_from_being_looked_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = attract.look

    def trips(player: Player, *more: Any) -> bool:
        if player.visitor.wish.nickname == "mia":
            raise RuntimeError("secret /etc/passwd")
        return look(player, *more)

    monkeypatch.setattr(host_module, "LOOK_SECONDS", 0.05)
    async with serving(tmp_path, pool=2) as house, house.visitor("mia") as mia:
        await mia.sees("What is this?")
        async with house.visitor("tom") as tom:
            await tom.sees("What is this?")
            monkeypatch.setattr(attract, "look", trips)
            await house.until(lambda: house.told("trouble"), "a line about it")
            house.host.options = dataclasses.replace(house.host.options, idle_timeout=0.5)
            await tom.leaves()
            assert "so your seat was given free" in tom.said
        assert "secret" not in str(house.lines)


async def test_whoever_can_not_be_seated_is_told_and_their_seat_is_the_next_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trips(*args: Any) -> None:
        raise RuntimeError("secret /etc/passwd")

    async with serving(tmp_path, pool=1, max_players=1) as house:
        with monkeypatch.context() as patch:
            patch.setattr(joining, "_look_up", trips)
            async with house.visitor("mia") as mia:
                await mia.leaves()
                assert mia.status == 1
                assert "it is not your fault" in mia.said
                assert not any(secret in mia.said for secret in (*SECRETS, "secret"))
        await house.until(lambda: not house.host._visits, "a free seat")
        async with house.visitor("tom") as tom:
            await tom.sees("What is this?")


async def test_whose_game_ends_before_they_see_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fit = Player.fit

    async def trips(player: Player) -> None:
        await fit(player)
        player.app.screen.call_later(_raise)
        await asyncio.wait([player.task])

    monkeypatch.setattr(Player, "fit", trips)
    async with serving(tmp_path, pool=1) as house, house.visitor("mia") as mia:
        await mia.leaves()
        assert mia.status == 1
        assert "it is not your fault" in mia.said
        assert len(house.told("failed")) == 1


# -- what is typed ------------------------------------------------------------------------------------------

HOSTILE = (
    b"\x1b]0;owned\x07", b"\x1b]52;c;ZXZpbA==\x07", b"\x1b]8;;http://evil\x07x\x1b]8;;\x07", b"\x1b]10;rgb:0/0/0\x1b\\",
    b"\x1b]4;1;rgb:ff/ff/ff\x07", b"\x1bP1$r0m\x1b\\", b"\x1bP>|XTerm(370)\x1b\\", b"\x1b[?62;4c", b"\x1b[>0;276;0c",
    b"\x1b[0n", b"\x1b[24;80R", b"\x1b[?2026;1$y", b"\x1b[?2026;9999$y", b"\x1b[<0;99999;99999M", b"\x1b[<0;-5;-5M",
    b"\x1b[<64;1;1M", b"\x1b[<999999999999;1;1M", b"\x1b[M   ", b"\x1b[97;5u", b"\x1b[1114112;1u", b"\x1b[57441;2:1u",
    b"\x1b[99999999999999999999u", b"\x1b[48;1;1;1;1t", b"\x1b[8;9999;9999t", b"\x1b[200~", b"\x1b[201~", b"\x1b[I",
    b"\x1b[O", b"\x1b", b"\x1b\x1b", b"\x1bO", b"\x1b[", b"\x1b[1;", b"\x9b31m", b"\xc2\x9b31m", b"\xe2\x80\xae",
    b"\xf0\x9f\x90\xb1", b"\xff\xfe", b"\x00", b"\x11", b"\x13", b"\x1a", b"\x1c", b"\x10", b":", b"?", b"\t", b"\r",
    b"\x1b[31mEVIL", b"screenshot\r", b"suspend\r", b"quit", b"\x0c", b"e", b"c", b"w", b"t", b"b", b"s", b" ", b"1",
)  # fmt: skip
"""Sequences that terminals answer with, that keyboards of other protocols send, and that nobody sends."""


@pytest.mark.parametrize("book", [None, "cats-and-dogs"])
async def test_whatever_is_typed_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, book: str | None
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(here))
    dice = random.Random(2222)
    async with serving(tmp_path / "data", pool=3, book=book) as house, house.visitor("ann") as ann:
        await house.until(lambda: house.host.players, "ann")
        written = b""
        for _ in range(3):
            async with house.visitor("mia", looks=False) as mia:
                await house.until(lambda: len(house.host.players) == 2 or mia.closed.is_set(), "mia")
                for _ in range(60):
                    data = dice.choice(HOSTILE) if dice.random() < 0.8 else dice.randbytes(dice.randrange(1, 12))
                    with contextlib.suppress(OSError):
                        mia.channel.write(data)
                    await asyncio.sleep(0.01)
                await asyncio.sleep(0.3)
                for player in house.host.players.values():
                    assert player.failure is None
                written += mia.written
            await house.until(lambda: len(house.host.players) == 1, "mia gone")
        assert not house.told("failed")
        assert not house.told("trouble")
        for control in (b"\x1b]", b"\x1bP", b"\xc2\x9b", b"\xe2\x80\xae", b"\x1b[31mEVIL", b"owned"):
            assert control not in ann.written
            assert control not in written or control in (b"owned", b"\x1b]")
        assert b"\x1b]0;" not in written
        assert not any(secret.encode() in written for secret in SECRETS)
        for typed in ("\x1b", "EVIL", "owned", "screenshot"):
            assert typed not in house._log.getvalue()
        await ann.press("?")
        await ann.sees("Keys here")
    assert list(here.iterdir()) == []
    kinds = {path.name for path in (tmp_path / "data").rglob("*") if path.is_file()}
    assert kinds <= {
        "ssh_host_ed25519_key", "here", "picturebook.db", "picturebook.db-wal", "picturebook.db-shm", "settings.json",
        "lessons.json", "finished.jsonl",
    } | {kind for kind in kinds if re.fullmatch(r"[0-9a-f]{8,}(\.lock)?", kind)}  # fmt: skip


async def test_no_entry_of_the_palette_writes_a_file_or_stops_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(here))
    async with beside_ann(tmp_path / "data") as (house, _), house.visitor("mia") as mia:
        await mia.sees("What is this?")
        app = player_of(house, "mia").app
        with app._context():
            entries = list(app.get_system_commands(app.screen))
            assert entries
            for entry in entries:
                if "quit" not in entry.title.lower() and "leave" not in entry.title.lower():
                    entry.callback()
            for action in ("screenshot", "suspend_process"):
                await app.run_action(action)
            app.open_url("http://127.0.0.1/")
            app.deliver_text("x")
            app.save_screenshot()
            app.copy_to_clipboard("x" * 10**6)
        await asyncio.sleep(0.5)
        assert player_of(house, "mia").failure is None
        copied = max((len(found) for found in re.findall(rb"\x1b\]52;c;([^\x07]*)\x07", mia.written)), default=0)
        assert copied <= 32 * 1024
    assert list(here.iterdir()) == []


# -- what breaks inside -------------------------------------------------------------------------------------


async def _raise(*args: Any, **kwargs: Any) -> None:
    raise RuntimeError("secret /etc/passwd")


def _in_a_worker(player: Player, visitor: Visitor) -> Awaitable[None] | None:
    with player.app._context():
        player.app.screen.run_worker(_raise())
    return None


def _in_a_timer(player: Player, visitor: Visitor) -> Awaitable[None] | None:
    with player.app._context():
        player.app.screen.set_timer(0.01, _raise)
    return None


def _in_an_action(player: Player, visitor: Visitor) -> Awaitable[None] | None:
    screen = player.app.screen
    assert isinstance(screen, PageScreen)
    screen.action_trip = _raise  # type: ignore[attr-defined]
    screen.ACTIONS = screen.ACTIONS | {"z": "trip"}  # type: ignore[misc]
    return visitor.press("z")


def _in_the_learner(player: Player, visitor: Visitor) -> Awaitable[None] | None:
    return visitor.press(*"cdcdcdcdcd", "enter")


@pytest.mark.parametrize("trip", [_in_a_worker, _in_a_timer, _in_an_action, _in_the_learner])
async def test_whatever_breaks_is_one_kind_sentence_for_one_player(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trip: Callable[[Player, Visitor], Awaitable[None] | None]
) -> None:
    def trips(*args: Any) -> None:
        raise RuntimeError("secret")

    async with beside_ann(tmp_path) as (house, _), house.visitor("mia") as mia:
        await mia.sees("What is this?")
        player = player_of(house, "mia")
        assert isinstance(player.app.screen, PageScreen)
        with monkeypatch.context() as patch:
            if trip is _in_the_learner:
                patch.setattr(Learner, "stages", trips)
            pressed = trip(player, mia)
            if pressed is not None:
                await pressed
            await mia.leaves()
        assert mia.status == 1
        assert "it is not your fault" in mia.said
        for secret in (*SECRETS, "secret", "RuntimeError"):
            assert secret not in mia.said
        assert house.told("failed")[0]["error"] == "RuntimeError"


async def test_a_full_disk_stops_nobodys_game_and_names_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path, **more: Any) -> Store:
        error = OSError(errno.ENOSPC, "No space left on device")
        raise PictureBookError(cannot_write(folder, error)) from error

    async with beside_ann(tmp_path) as (house, _), house.visitor("mia") as mia:
        await mia.sees("What is this?")
        with monkeypatch.context() as patch:
            patch.setattr(Store, "open", full)
            await mia.press(*"cdcdcdcdcd")
            await mia.sees("Not saved")
            await mia.sees("The server can't save just now.")
            await mia.press("enter")
            await mia.sees("One update")
        assert not any(secret in mia.said for secret in SECRETS if secret != "Error")
        assert len(house.told("unsaved")) == 1
        # There is room again: what was answered meanwhile is written with the next answer.
        await mia.press("enter")
        await mia.sees("Pictures 11 to 20")
        await mia.press("c")
        store = player_of(house, "mia").store
        await house.until(lambda: store.folder is not None and store.unfinished(), "a saved run")


async def test_a_book_that_is_gone_leaves_people_at_home(tmp_path: Path) -> None:
    book = tmp_path / "mine.json"
    book.write_text('[{"image": "🐱", "label": "cat"}, {"image": "🐶", "label": "dog"}]', encoding="utf-8")
    async with serving(tmp_path / "data", book=str(book), pool=0) as house:
        book.unlink()
        async with house.visitor("mia") as mia:
            await mia.sees("You and 🤖 a small network")
            assert str(tmp_path) not in mia.said
            await mia.press("q")
            await mia.leaves()


# -- the metrics --------------------------------------------------------------------------------------------


async def test_metrics_are_told_to_this_machine_and_to_no_web_page() -> None:
    found = await serve_metrics(0, lambda: "numbers\n")
    address, port = found.sockets[0].getsockname()
    assert address == "127.0.0.1"

    async def ask(host: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /metrics HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n\r\n".encode())
        said = await reader.read()
        writer.close()
        return said

    for here in (f"127.0.0.1:{port}", "localhost", f"LOCALHOST:{port}", "[::1]:9"):
        said = await ask(here)
        assert b"numbers" in said
        assert b"Access-Control" not in said
    # A page whose own name was pointed here is of the same origin for its browser.
    for there in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example"):
        assert b"numbers" not in await ask(there)
    found.close()
