"""One run's jobs: in their order, on threads, or here and now where that takes no time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from picturebook_tui.game.events import CardAnswered
from picturebook_tui.serve import threads
from picturebook_tui.serve.keeping import PlayerStore
from picturebook_tui.serve.threads import SerialExecutor


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as made:
        yield made


def test_what_takes_no_time_is_done_here_and_now(pool: ThreadPoolExecutor) -> None:
    run = SerialExecutor(pool)
    assert run.at_once(threading.get_ident) == (threading.get_ident(),)
    with pytest.raises(ZeroDivisionError):
        run.at_once(lambda: 1 // 0)
    # It is nobody's turn after that either.
    assert run.at_once(lambda: "again") == ("again",)


def test_nothing_overtakes_what_is_under_way(pool: ThreadPoolExecutor) -> None:
    run, go, done = SerialExecutor(pool), threading.Event(), []
    first = run.submit(lambda: (go.wait(30), done.append("first")))
    assert run.at_once(lambda: done.append("too soon")) is None
    go.set()
    first.result(30)
    assert run.wait(30)
    assert run.at_once(lambda: done.append("second")) is not None
    assert done == ["first", "second"]


def test_what_is_asked_for_meanwhile_comes_next(pool: ThreadPoolExecutor) -> None:
    run, done, later = SerialExecutor(pool), [], []

    def now() -> None:
        later.append(run.submit(done.append, "later"))
        assert not run.wait(0)
        done.append("now")

    run.at_once(now)
    later[0].result(30)
    assert done == ["now", "later"]


def test_a_stopping_server_still_does_what_was_asked_for_meanwhile() -> None:
    pool = ThreadPoolExecutor(1)
    run, done = SerialExecutor(pool), []

    def now() -> None:
        run._jobs.append((threads.Future(), lambda: done.append("later")))
        pool.shutdown()

    run.at_once(now)
    assert done == ["later"]
    assert run.wait(0)


def test_a_busy_disk_is_left_to_threads(pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    run = SerialExecutor(pool)
    assert run.at_once(lambda: None) is not None
    monkeypatch.setattr(threads, "LONG_SECONDS", 0.0)
    run.at_once(lambda: None)
    assert run.at_once(lambda: None) is None
    assert run.submit(lambda: "there").result(30) == "there"


def test_only_an_open_file_is_quick(tmp_path: Path) -> None:
    store = PlayerStore()
    store.belong(tmp_path / "mia")
    run_id = store.begin({}, {}, created_at="2026-01-01T00:00:00+00:00")
    # The first card makes the folder and the file.
    assert not store.is_quick(run_id)
    store.append(run_id, CardAnswered.kind, {"card": 0})
    assert store.is_quick(run_id)
    store.close()
