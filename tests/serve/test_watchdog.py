"""Who held everybody up: the log names the session, and blames nobody for what was not theirs."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from picturebook_tui.serve.watchdog import BEAT_SECONDS, SLOW_SECONDS

from .room import PATIENCE, House, serving

LONG = 3 * SLOW_SECONDS


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[House]:
    async with serving(folder, pool=2) as house:
        yield house


async def test_the_session_of_a_callback_that_blocks_is_told(tmp_path: Path) -> None:
    async with watched(tmp_path) as house, house.visitor("ann") as ann, house.visitor("mia") as mia:
        await ann.sees("What is this?")
        await mia.sees("What is this?")
        player = next(p for p in house.host.players.values() if p.visitor.wish.nickname == "mia")

        def dawdle() -> None:
            time.sleep(LONG)

        def theirs() -> list[dict[str, object]]:
            return [line for line in house.told("slow") if "dawdle" in str(line["where"])]

        # By a message of a screen's, and by a timer.
        player.app.screen.call_later(dawdle)
        await house.until(lambda: len(theirs()) == 1, "a line about it")
        with player.app._context():
            player.app.set_timer(0.01, dawdle)
        await house.until(lambda: len(theirs()) == 2, "a line about the timer")
        for line in theirs():
            assert line["session"] == player.number
            assert isinstance(line["ms"], int)
            assert line["ms"] >= 1000 * SLOW_SECONDS
            assert str(line["where"]).startswith("test_watchdog.py:")
            assert "/" not in str(line["where"])
        assert house.host.metrics.slow_callbacks >= 2
        # Both sit in the same house, and one of them did nothing.
        assert player.number != next(p for p in house.host.players.values() if p is not player).number


async def test_what_ends_after_its_game_was_taken_apart_stops_nobody(tmp_path: Path) -> None:
    async with watched(tmp_path) as house:
        async with house.visitor("mia") as mia:
            await mia.sees("What is this?")
            (player,) = house.host.players.values()
            app = player.app
            with app._context():
                theirs = contextvars.copy_context()
        await house.until(lambda: not vars(app), "a game taken apart")
        ended = asyncio.Event()
        asyncio.get_running_loop().call_soon(ended.set, context=theirs)
        async with asyncio.timeout(PATIENCE):
            await ended.wait()
        async with house.visitor("ann") as ann:
            await ann.sees("What is this?")


async def test_bytes_that_take_long_to_read_are_their_senders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with watched(tmp_path) as house, house.visitor("mia") as mia:
        await mia.sees("What is this?")
        (player,) = house.host.players.values()
        monkeypatch.setattr(player.app.driver, "feed", lambda data: time.sleep(LONG))
        await mia.press("c")
        # On a busy machine something else may be slow as well.
        of_hers = lambda: [line for line in house.told("slow") if line.get("session") == player.number]  # noqa: E731
        await house.until(of_hers, "a line about it")


async def test_what_is_nobodys_is_nobodys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with watched(tmp_path) as house, house.visitor("mia") as mia:
        await mia.sees("What is this?")
        before = house.host.metrics.slow_callbacks

        def dawdle() -> None:
            time.sleep(LONG)

        asyncio.get_running_loop().call_soon(dawdle)
        await house.until(lambda: house.host.metrics.slow_callbacks > before, "a count")
        line = next(line for line in house.told("slow") if "dawdle" in line["where"])
        assert "session" not in line


async def test_a_collection_of_everything_is_nobodys_fault(tmp_path: Path) -> None:
    async with watched(tmp_path) as house, house.visitor("mia") as mia:
        await mia.sees("What is this?")
        (player,) = house.host.players.values()
        done: list[float] = []

        def collect() -> None:
            began = time.monotonic()
            # As long as one of a hundred apps, however small this process is.
            while time.monotonic() - began < LONG:
                gc.collect()
            done.append(time.monotonic() - began)

        player.app.screen.call_later(collect)
        await house.until(lambda: done, "its end")
        await asyncio.sleep(0.05)
        assert not [line for line in house.told("slow") if "collect" in line["where"]]


async def test_how_late_the_loop_was_is_measured(tmp_path: Path) -> None:
    async with watched(tmp_path) as house:
        lag = house.host.metrics.loop_lag
        await house.until(lambda: sum(lag.counts) >= 2, "two measurements")
        before = lag.total
        time.sleep(5 * BEAT_SECONDS)
        await house.until(lambda: lag.total > before + 3 * BEAT_SECONDS, "one that was late")


async def test_a_machine_that_cannot_keep_up_fills_no_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("picturebook_tui.serve.watchdog.SLOW_SECONDS", -1.0)
    async with watched(tmp_path) as house:
        await house.until(lambda: house.host.metrics.slow_callbacks > 100, "many of them")
        assert len(house.told("slow")) < 50


async def test_afterwards_asyncio_is_as_it_was(tmp_path: Path) -> None:
    before, callbacks = asyncio.Handle._run, list(gc.callbacks)
    async with watched(tmp_path):
        assert asyncio.Handle._run is not before
    assert asyncio.Handle._run is before
    assert gc.callbacks == callbacks
