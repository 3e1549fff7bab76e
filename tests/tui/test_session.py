"""The bridge between screens and rules: what is saved, when, and what happens where it can't be."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.run import Phase
from picturebook_tui.game.summary import summarise
from picturebook_tui.records.database import DATABASE
from picturebook_tui.records.runs import RunStore
from picturebook_tui.records.store import MemoryStore, Store
from picturebook_tui.settings import RunSettings
from picturebook_tui.tui.screens.page_words import score_view
from picturebook_tui.tui.session import Session
from picturebook_tui.tui.widgets.score_lines import draw_score_lines

SETTINGS = RunSettings(pictures=6, unseen=4, batch_size=4, epochs=1, seed=5)


class FullDisk(MemoryStore):
    """Refuses to save while it is full."""

    full = False

    def append(self, run_id: int, kind: str, payload: Any) -> int:
        if self.full:
            raise PictureBookError("The disk is full: make room.")
        return super().append(run_id, kind, payload)


async def answer_page(session: Session, label: int = 0) -> None:
    for card in range(len(session.run.answers)):
        await session.answer(card, label, 300)


async def play(session: Session) -> None:
    while session.run.phase is not Phase.FINISHED:
        if session.run.phase is Phase.DEALING:
            await session.deal()
        elif session.run.phase in (Phase.ANSWERING, Phase.UNSEEN):
            await answer_page(session)
            await session.turn_page()
        else:
            await session.go_on()


async def test_an_answer_is_in_the_store_when_the_command_returns(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store, Store.open(tmp_path) as other:
        session = await Session.begin(SETTINGS, store)
        await session.deal()
        for card in range(4):
            await session.answer(card, 1, 250)
            kinds = [kind for kind, _ in other.load(session.run_id).events]
            assert kinds == ["page_dealt", *["card_answered"] * (card + 1)]
        await session.close()


async def test_what_a_full_disk_refused_is_saved_later_in_its_order() -> None:
    store = FullDisk()
    session = await Session.begin(SETTINGS, store)
    await session.deal()
    await session.answer(0, 1, 100)
    store.full = True
    await session.answer(1, 0, 100)
    await session.answer(2, 1, 100)
    assert session.save_trouble is not None
    assert session.run.answers[:3] == [1, 0, 1]
    store.full = False
    await session.answer(3, 0, 100)
    assert session.save_trouble is None
    saved = [payload["card"] for kind, payload in store.load(session.run_id).events if kind == "card_answered"]
    assert saved == [0, 1, 2, 3]
    await session.close()


async def test_a_resumed_session_goes_on_where_the_other_stopped(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        session = await Session.begin(SETTINGS, store)
        await session.deal()
        await answer_page(session)
        await session.turn_page()
        await session.go_on()
        await session.answer(0, 1, 100)
        guesses = session.run._guesses
        await session.close()
        again = await Session.resume(store, session.run_id)
        assert again.resumed
        assert again.run.answers == [1, None]
        assert again.run.turned == session.run.turned
        assert again.run._guesses == guesses
        await play(again)
        await again.finish()
        await again.close()
        (finished,) = store.finished()
        assert finished.summary["order_hash"] == again.run.plan.order_hash(again.run.book)
        assert store.unfinished() == ()


async def test_a_summary_adds_up(tmp_path: Path) -> None:
    session = await Session.begin(SETTINGS, MemoryStore())
    await play(session)
    summary = summarise(session.run)
    assert summary["child_answered"] == 6 + 4
    right = sum(r.child_right for r in (*session.run.turned, *session.run.unseen_turned))
    assert summary["child_right"] == right
    assert len(summary["epochs"]) == 1
    await session.close()


async def test_the_first_best_is_none_and_the_second_is_the_first(tmp_path: Path) -> None:
    store = MemoryStore()
    for round_ in range(2):
        session = await Session.begin(SETTINGS, store)
        await play(session)
        await session.finish()
        await session.close()
        assert (session.best_before is None) == (round_ == 0)


async def test_only_runs_of_one_length_and_way_of_looking_are_compared() -> None:
    store = MemoryStore()

    async def best_before(**changes: Any) -> float | None:
        session = await Session.begin(replace(SETTINGS, **changes), store)
        await play(session)
        await session.finish()
        await session.close()
        return session.best_before

    assert await best_before() is None
    assert await best_before(epochs=2) is None
    assert await best_before(distortion="noise", distortion_level=2) is None
    assert await best_before(seed=6) is not None
    assert await best_before(epochs=2, seed=6) is not None


async def test_settings_that_make_no_run_are_refused_before_anything_is_saved(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        with pytest.raises(PictureBookError):
            await Session.begin(RunSettings(book="no-such-book"), store)
        with pytest.raises(PictureBookError):
            await Session.begin(RunSettings(pictures=5, batch_size=10, drop_last=True), store)
        assert store.unfinished() == ()


async def test_nothing_of_the_epoch_before_stands_under_a_new_epochs_heading() -> None:
    session = await Session.begin(replace(SETTINGS, epochs=2), MemoryStore())
    await session.deal()
    while not (session.run.epoch == 1 and session.run.phase is Phase.ANSWERING):
        if session.run.phase in (Phase.ANSWERING, Phase.UNSEEN):
            for card in range(len(session.run.answers)):
                await session.answer(card, 0, 500)
            await session.turn_page()
        await session.board()
        await session.go_on()
    board = await session.board()
    assert (board.child.epoch.answered, board.model.epoch.answered) == (0, 0)
    view = score_view(session.run, board)
    assert view.child.fields[0] == "of epoch 2"
    assert view.child.accuracy is view.model.accuracy is None
    # Unseen pages are known from the epoch before: that is said, and where it has no room nothing is.
    assert view.child.fields[2].endswith("% (epoch 1)")
    assert view.model.fields[2].endswith("% (epoch 1)")
    for width in range(40, 100):
        for line in draw_score_lines(view, width):
            said = "".join(text for text, _ in line)
            assert ("unseen" in said) == ("(epoch 1)" in said) == (width >= 68), (width, said)
    await session.close()


HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.readline()
"""


def cards_saved(store: RunStore, run_id: int) -> list[int]:
    return [payload["card"] for kind, payload in store.load(run_id).events if kind == "card_answered"]


async def test_another_programs_lock_holds_up_no_answer_and_all_is_saved_when_it_goes(tmp_path: Path) -> None:
    with Store.open(tmp_path, answer_seconds=0.01) as store:
        session = await Session.begin(SETTINGS, store)
        await session.deal()
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path / DATABASE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        for card in range(4):
            await session.answer(card, 1, 250)
            assert holder.poll() is None
            assert session.save_trouble is not None
            assert "locked" in session.save_trouble
        assert cards_saved(store, session.run_id) == []
        holder.communicate(b"\n")
        # No key is pressed any more. The first that is saved ends the trouble, the others follow.
        async with asyncio.timeout(60):
            while session.save_trouble is not None or len(cards_saved(store, session.run_id)) < 4:
                await asyncio.sleep(0.02)
        assert cards_saved(store, session.run_id) == [0, 1, 2, 3]
        await session.close()


def remove_the_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def move_the_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


def remove_the_database(path: Path) -> None:
    path.unlink()


def remove_its_companions(path: Path) -> None:
    for companion in ("-wal", "-shm"):
        path.with_name(path.name + companion).unlink()


def replace_it(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"something else " * 1000)
    other.replace(path)


def overwrite_it(path: Path) -> None:
    path.write_bytes(b"something else " * 10_000)


def truncate_it(path: Path) -> None:
    os.truncate(path, 0)


def replace_it_with_another_games(path: Path) -> None:
    folder = path.parent.with_name("other")
    with Store.open(folder) as store:
        store.begin({"book": "b"}, {"name": "b"}, created_at="")
    (folder / DATABASE).replace(path)


@pytest.mark.skipif(sys.platform == "win32", reason="there nobody can remove an open file")
@pytest.mark.parametrize(
    "attack",
    [
        remove_the_folder,
        move_the_folder,
        remove_the_database,
        remove_its_companions,
        replace_it,
        overwrite_it,
        truncate_it,
        replace_it_with_another_games,
    ],
)
async def test_a_run_whose_record_is_lost_is_saved_anew_from_its_first_card(
    tmp_path: Path, attack: Callable[[Path], None]
) -> None:
    folder = tmp_path / "records"
    with Store.open(folder) as store:
        session = await Session.begin(SETTINGS, store)
        await session.deal()
        await session.answer(0, 1, 250)
        await session.answer(1, 0, 250)
        attack(folder / DATABASE)
        await session.answer(2, 1, 250)
        assert session.save_trouble is None
        assert session.made_anew
        with Store.open(folder) as other:
            assert cards_saved(other, session.run_id) == [0, 1, 2]
        await session.answer(3, 1, 250)
        await session.close()
        again = await Session.resume(store, session.run_id)
        assert again.run.answers == [1, 0, 1, 1]
        await again.close()
    with Store.open(folder) as later:
        assert cards_saved(later, session.run_id) == [0, 1, 2, 3]


@pytest.mark.skipif(sys.platform == "win32", reason="there nobody can remove an open file")
async def test_a_file_in_the_folders_place_stops_the_saving_and_not_the_run(tmp_path: Path) -> None:
    folder = tmp_path / "records"
    with Store.open(folder) as store:
        session = await Session.begin(SETTINGS, store)
        await session.deal()
        await session.answer(0, 1, 250)
        shutil.rmtree(folder)
        folder.write_text("in the way")
        await session.answer(1, 1, 250)
        assert session.save_trouble is not None
        assert "Nothing can be saved" in session.save_trouble
        await session.answer(2, 1, 250)
        assert store.unfinished() == ()
        folder.unlink()
        await session.answer(3, 1, 250)
        assert session.save_trouble is None
        assert cards_saved(store, session.run_id) == [0, 1, 2, 3]
        await session.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there nobody can remove an open file")
async def test_a_record_lost_after_the_last_answer_is_still_in_the_history(tmp_path: Path) -> None:
    folder = tmp_path / "records"
    with Store.open(folder) as store:
        session = await Session.begin(SETTINGS, store)
        await play(session)
        shutil.rmtree(folder)
        await session.finish()
        await session.close()
        assert session.save_trouble is None
    with Store.open(folder) as later:
        (finished,) = later.finished()
        assert finished.summary["child_answered"] == 6 + 4
