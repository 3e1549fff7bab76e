"""Where one player's records lie on a slow disk, or in a database that another program has locked."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from picturebook_tui.records.database import DATABASE
from picturebook_tui.serve.keeping import PlayerStore
from picturebook_tui.serve.player import Player

from .room import House, serving


def player_of(house: House, nickname: str) -> Player:
    return next(p for p in house.host.players.values() if p.visitor.wish.nickname == nickname)


@pytest.mark.parametrize("slow", ["append", "unfinished", "load", "release"])
async def test_a_disk_that_does_not_answer_holds_up_one_player_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    go = threading.Event()
    as_ever = getattr(PlayerStore, slow)

    async with serving(tmp_path, pool=2) as house, house.visitor("mia") as mia, house.visitor("ann") as ann:
        await mia.sees("What is this?")
        await ann.sees("What is this?")
        await mia.press("c")
        await mia.sees("cat            ▸")
        hers = player_of(house, "mia").store

        def waits(self: PlayerStore, *args: Any, **more: Any) -> Any:
            if self is hers:
                go.wait()
            return as_ever(self, *args, **more)

        monkeypatch.setattr(PlayerStore, slow, waits)
        try:
            # Another answer, then Home, where what is unfinished is looked up, and back to the page.
            await mia.press("c", "q")
            if slow != "append":
                await mia.sees("Leave this run?")
                await mia.press("y")
            await ann.press(*"cdcdcdcdcd")
            await ann.press("enter")
            await ann.sees("One update")
            await ann.press("q")
            await ann.sees("Leave this run?")
            await ann.press("y")
            await ann.sees("Go on where you stopped")
        finally:
            go.set()
        if slow == "append":
            await mia.sees("Leave this run?")
            await mia.press("y")
        await mia.sees("Go on where you stopped")
        await mia.press("enter")
        await mia.sees("What is this?")


async def test_a_locked_database_holds_up_nobody_else_and_is_written_when_it_is_free(tmp_path: Path) -> None:
    async with serving(tmp_path, pool=2) as house, house.visitor("mia") as mia, house.visitor("ann") as ann:
        await mia.sees("What is this?")
        await ann.sees("What is this?")
        await mia.press("c")
        await mia.sees("cat            ▸")
        folder = player_of(house, "mia").store.folder
        assert folder is not None
        lock = sqlite3.connect(folder / DATABASE, isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        await mia.press("d")
        await mia.sees("Not saved")
        await ann.press(*"cdcdcdcdcd", "enter")
        await ann.sees("One update")
        lock.execute("ROLLBACK")
        lock.close()
        store = player_of(house, "mia").store
        (head,) = store.unfinished()
        await house.until(lambda: len(store.load(head.run_id).events) == 3, "the second answer")


async def test_a_database_that_is_lost_while_somebody_plays_is_written_anew(tmp_path: Path) -> None:
    async with serving(tmp_path, pool=1) as house, house.visitor("mia") as mia:
        await mia.sees("What is this?")
        await mia.press("c", "d")
        await mia.sees("dog            ▸")
        store = player_of(house, "mia").store
        assert store.folder is not None
        (store.folder / DATABASE).unlink()
        await mia.press("c")

        def answers() -> list[int]:
            return [head.answers for head in store.unfinished()]

        await house.until(lambda: answers() == [3], "the whole run")
