"""Several games at once: nobody loses an answer, and nobody takes another's run."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from picturebook_tui.errors import PictureBookError
from picturebook_tui.records import database, locks
from picturebook_tui.records.files import set_aside
from picturebook_tui.records.locks import Locks
from picturebook_tui.records.store import Store

OTHER_GAME = """
import pathlib, sys
from picturebook_tui.records.store import Store
store = Store.open(pathlib.Path(sys.argv[1]), answer_seconds=5)
run = store.begin({}, {"name": "b"}, created_at="")
for card in range(int(sys.argv[2])):
    store.append(run, "card_answered", {"card": card})
print(run, flush=True)
sys.stdin.readline()
"""


def other_game(folder: Path, answers: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", OTHER_GAME, str(folder), str(answers)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_games_write_at_once_and_both_keep_every_answer(tmp_path: Path) -> None:
    games = [other_game(tmp_path, 40) for _ in range(2)]
    with Store.open(tmp_path, answer_seconds=5) as store:
        mine = store.begin({}, {"name": "b"}, created_at="")
        for card in range(40):
            store.append(mine, "card_answered", {"card": card})
        runs = [mine]
        for game in games:
            told, _ = game.communicate("\n", timeout=60)
            runs.append(int(told))
        assert len(set(runs)) == 3
        for run in runs:
            assert [payload["card"] for _, payload in store.load(run).events] == list(range(40))


def test_threads_of_one_game_share_its_store(tmp_path: Path) -> None:
    numbers: list[int] = []
    with Store.open(tmp_path) as store:
        run = store.begin({}, {}, created_at="")

        def answer() -> None:
            for _ in range(15):
                numbers.append(store.append(run, "card_answered", {}))

        threads = [threading.Thread(target=answer) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(numbers) == list(range(60))
        assert len(store.load(run).events) == 60


def test_a_run_being_played_is_offered_only_after_its_game_has_died(tmp_path: Path) -> None:
    game = other_game(tmp_path, 1)
    assert game.stdout is not None
    run = int(game.stdout.readline())
    with Store.open(tmp_path) as store:
        assert store.unfinished() == ()
        assert not store.claim(run)
        with pytest.raises(PictureBookError, match="another window"):
            store.append(run, "card_answered", {})
        with pytest.raises(PictureBookError, match="another window"):
            store.forget(run)
        assert len(store.load(run).events) == 1
        game.kill()
        game.communicate()
        assert [head.run_id for head in store.unfinished()] == [run]
        assert store.claim(run)
        assert store.append(run, "card_answered", {}) == 1


def test_a_released_run_is_free_for_the_other_window(tmp_path: Path) -> None:
    with Store.open(tmp_path) as one, Store.open(tmp_path) as other:
        run = one.begin({}, {}, created_at="")
        assert not other.claim(run)
        assert one.claim(run)
        assert [head.run_id for head in one.unfinished()] == [run]
        assert other.unfinished() == ()
        one.release(run)
        assert other.claim(run)
        assert not one.claim(run)
        other.finish(run, {}, finished_at="")
        assert not one.claim(run)
        assert list((tmp_path / "playing").iterdir()) == []


def test_closing_a_game_lets_its_runs_go(tmp_path: Path) -> None:
    one = Store.open(tmp_path)
    run = one.begin({}, {}, created_at="")
    one.close()
    with Store.open(tmp_path) as other:
        assert other.claim(run)


def test_looking_at_the_list_never_keeps_a_game_from_claiming(tmp_path: Path) -> None:
    stop = threading.Event()
    with Store.open(tmp_path) as looking, Store.open(tmp_path) as playing:
        run = playing.begin({}, {}, created_at="")

        def look() -> None:
            while not stop.is_set():
                looking.unfinished()

        looker = threading.Thread(target=look)
        looker.start()
        try:
            for _ in range(50):
                playing.release(run)
                assert playing.claim(run)
        finally:
            stop.set()
            looker.join()


def test_a_look_at_the_very_instant_of_a_claim_does_not_refuse_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking, playing = Locks(tmp_path), Locks(tmp_path)
    assert looking.take("run")
    monkeypatch.setattr(time, "sleep", lambda _: looking.release("run"))
    assert playing.take("run")


def test_a_lock_released_at_the_very_instant_of_a_claim_is_not_held_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = Locks(tmp_path), Locks(tmp_path), Locks(tmp_path)
    assert first.take("run")
    real = locks.try_lock

    def after_its_release(handle: int, *, shared: bool = False) -> bool:
        # The second has opened the file already; now the first removes it.
        first.release("run")
        return real(handle, shared=shared)

    monkeypatch.setattr(locks, "try_lock", after_its_release)
    assert second.take("run")
    assert not third.take("run")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_helper_process_does_not_keep_a_dead_games_run(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys\n"
        "from picturebook_tui.records.locks import Locks\n"
        "locks = Locks(pathlib.Path(sys.argv[1]))\n"
        "assert locks.take('run')\n"
        # The helper says so itself, or the game could be killed before the helper has let the lock go.
        "if not os.fork(): print(os.getpid(), flush=True)\n"
        "sys.stdin.read()\n"
    )
    game = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert game.stdout is not None
    child = int(game.stdout.readline())
    try:
        assert Locks(tmp_path).held_elsewhere("run")
        game.kill()
        game.wait()
        os.kill(child, 0)
        assert not Locks(tmp_path).held_elsewhere("run")
    finally:
        os.kill(child, signal.SIGKILL)
        assert game.stdin is not None
        game.stdin.close()
        game.stdout.close()


def test_a_file_that_stays_locked_gets_a_sentence(tmp_path: Path) -> None:
    with Store.open(tmp_path, busy_seconds=0.05) as store:
        run = store.begin({}, {}, created_at="")
        greedy = sqlite3.connect(tmp_path / "picturebook.db", isolation_level=None)
        greedy.execute("BEGIN IMMEDIATE")
        with pytest.raises(PictureBookError, match=r"locked.*--no-save"):
            store.append(run, "card_answered", {})
        with pytest.raises(PictureBookError, match=r"locked.*--no-save"):
            Store.open(tmp_path, busy_seconds=0.05)
        greedy.execute("ROLLBACK")
        greedy.close()
        assert store.append(run, "card_answered", {}) == 0


def test_games_that_start_together_set_a_damaged_file_aside_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(path: Path) -> Path:
        time.sleep(0.02)
        return set_aside(path)

    monkeypatch.setattr(database, "set_aside", slowly)
    (tmp_path / "picturebook.db").write_text("no database")
    stores: list[Store] = []
    threads = [threading.Thread(target=lambda: stores.append(Store.open(tmp_path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bool(store.notice) for store in stores) == [False, False, False, True]
    assert [path.name for path in tmp_path.glob("*damaged*")] == ["picturebook-damaged-1.db"]
    runs = {store.begin({}, {}, created_at="") for store in stores}
    assert len(runs) == 4
    for store in stores:
        store.close()


def test_what_another_game_wrote_in_between_keeps_its_place(tmp_path: Path) -> None:
    with Store.open(tmp_path) as mine, Store.open(tmp_path) as other:
        run = mine.begin({}, {"name": "b"}, created_at="")
        assert [mine.append(run, "card_answered", {"card": card}) for card in range(3)] == [0, 1, 2]
        mine.release(run)
        assert other.claim(run)
        assert other.append(run, "card_answered", {"card": 3}) == 3
        # It is theirs now.
        with pytest.raises(PictureBookError):
            mine.append(run, "card_answered", {"card": 99})
        other.release(run)
        assert mine.append(run, "card_answered", {"card": 4}) == 4
        assert mine.append(run, "card_answered", {"card": 5}) == 5
        assert [payload["card"] for _, payload in mine.load(run).events] == [0, 1, 2, 3, 4, 5]


def test_answers_of_two_runs_in_turn_are_numbered_apart(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        runs = [store.begin({}, {"name": "b"}, created_at="") for _ in range(2)]
        for card in range(3):
            assert [store.append(run, "card_answered", {"card": card}) for run in runs] == [card, card]
        store.append(runs[0], "card_answered", {"card": 3})
        store.finish(runs[0], {"version": 1}, finished_at="")
        for _ in range(2):
            with pytest.raises(PictureBookError, match="finished"):
                store.append(runs[0], "card_answered", {"card": 4})
        store.append(runs[1], "card_answered", {"card": 3})
        store.forget(runs[1])
        with pytest.raises(PictureBookError):
            store.append(runs[1], "card_answered", {"card": 4})
