"""Runs are kept and found again, on disk and in memory alike."""

from __future__ import annotations

import math
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.runs import bests
from picturebook_tui.records.store import MemoryStore, RunStore, Store, overall_accuracy

SETTINGS = {"book": "cats-and-dogs", "pictures": 40, "unseen": 10, "batch_size": 10, "epochs": 3, "learner": "mlp"}
RECIPE = {"name": "cats-and-dogs", "title": "Cats & Dogs", "pictures": [{"emoji": "🐱", "artist": "noto"}]}
ANSWER = {"card": 0, "label": 1, "response_ms": 812}

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
PAYLOADS = st.dictionaries(
    st.text(),
    st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8),
    max_size=4,
)


@pytest.fixture(params=["disk", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunStore]:
    opened: RunStore = Store.open(tmp_path / "records") if request.param == "disk" else MemoryStore()
    yield opened
    opened.close()


def begin(store: RunStore, **changes: Any) -> int:
    book = changes.get("book", "cats-and-dogs")
    return store.begin({**SETTINGS, **changes}, {**RECIPE, "name": book}, created_at="2026-03-01T10:00:00Z")


def finish(store: RunStore, run_id: int, child: float, *, day: int = 1, book: str = "cats-and-dogs") -> None:
    summary = {"version": 1, "book": book, "title": "Cats & Dogs", "child_accuracy": child, "epochs": []}
    store.finish(run_id, summary, finished_at=f"2026-04-{day:02}T10:00:00Z")


def test_a_run_comes_back_as_it_was_saved(store: RunStore) -> None:
    run = begin(store)
    assert store.append(run, "page_dealt", {"page": {"indices": [3, 1, 2]}}) == 0
    assert store.append(run, "card_answered", ANSWER) == 1
    saved = store.load(run)
    assert saved.settings == {**SETTINGS}
    assert saved.recipe == RECIPE
    assert saved.events == (("page_dealt", {"page": {"indices": [3, 1, 2]}}), ("card_answered", ANSWER))
    assert (saved.created_at, saved.status, saved.summary) == ("2026-03-01T10:00:00Z", "unfinished", None)


def test_two_runs_do_not_mix_their_answers(store: RunStore) -> None:
    first, second = begin(store), begin(store)
    for card in range(3):
        assert store.append(first, "card_answered", {"card": card}) == card
        assert store.append(second, "card_answered", {"card": card + 10}) == card
    assert [payload["card"] for _, payload in store.load(second).events] == [10, 11, 12]


@given(payload=PAYLOADS, kind=st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
@settings(max_examples=100)
def test_whatever_json_holds_comes_back_equal_from_memory(payload: dict[str, Any], kind: str) -> None:
    with MemoryStore() as store:
        run = store.begin(payload, payload, created_at="")
        store.append(run, kind, payload)
        store.finish(run, payload, finished_at="")
        saved = store.load(run)
    assert saved.settings == saved.recipe == saved.summary == payload
    assert saved.events == ((kind, payload),)


@given(payloads=st.lists(PAYLOADS, max_size=4))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_json_holds_comes_back_equal_from_disk(payloads: list[dict[str, Any]], tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        run = begin(store)
        for payload in payloads:
            store.append(run, "note", payload)
    with Store.open(tmp_path) as store:
        assert [payload for _, payload in store.load(run).events] == payloads
        store.forget(run)


@given(number=st.floats())
@settings(max_examples=50)
def test_a_loss_comes_back_bit_for_bit_even_one_that_is_no_number(number: float) -> None:
    with MemoryStore() as store:
        run = begin(store)
        store.append(run, "page_turned", {"loss": number})
        ((_, payload),) = store.load(run).events
    assert payload["loss"] == number or (math.isnan(payload["loss"]) and math.isnan(number))


def test_a_payload_that_is_no_json_leaves_the_run_as_it_was(store: RunStore) -> None:
    run = begin(store)
    with pytest.raises(TypeError):
        store.append(run, "card_answered", {"card": object()})
    assert store.append(run, "card_answered", ANSWER) == 0


def test_unfinished_runs_are_offered_newest_first(store: RunStore) -> None:
    first, second = begin(store), begin(store, book="fruit-and-veg")
    store.append(second, "page_dealt", {})
    store.append(second, "card_answered", ANSWER)
    newest, oldest = store.unfinished()
    assert (newest.run_id, newest.book, newest.title) == (second, "fruit-and-veg", "Cats & Dogs")
    assert (newest.events, newest.answers) == (2, 1)
    assert (oldest.run_id, oldest.events, oldest.settings) == (first, 0, SETTINGS)


def test_a_finished_run_moves_from_continue_to_history(store: RunStore) -> None:
    run = begin(store)
    finish(store, run, 0.9)
    assert store.unfinished() == ()
    (done,) = store.finished()
    assert (done.run_id, done.score, done.finished_at) == (run, 0.9, "2026-04-01T10:00:00Z")
    assert store.detail(run) == done
    assert store.load(run).status == "finished"


def test_a_finished_run_takes_no_more_answers(store: RunStore) -> None:
    run = begin(store)
    finish(store, run, 0.9)
    with pytest.raises(PictureBookError, match="finished"):
        store.append(run, "card_answered", ANSWER)
    with pytest.raises(PictureBookError, match="finished"):
        finish(store, run, 1.0)
    assert not store.claim(run)
    assert store.load(run).events == ()


def test_history_is_newest_first_and_filtered_by_book_and_learner(store: RunStore) -> None:
    plan = [("cats-and-dogs", "mlp", 2), ("cats-and-dogs", "cnn", 3), ("who-drew-it", "mlp", 1)]
    runs = []
    for book, learner, day in plan:
        runs.append(begin(store, book=book, learner=learner))
        finish(store, runs[-1], 0.5, day=day, book=book)
    assert [run.run_id for run in store.finished()] == [runs[1], runs[0], runs[2]]
    assert [run.run_id for run in store.finished("cats-and-dogs")] == [runs[1], runs[0]]
    assert [run.run_id for run in store.finished(learner="mlp")] == [runs[0], runs[2]]
    assert [run.run_id for run in store.finished(limit=1)] == [runs[1]]
    assert store.finished("no such book") == ()


def test_the_personal_best_is_the_highest_and_among_equals_the_first(store: RunStore) -> None:
    for child, day in [(0.7, 1), (0.9, 4), (0.9, 3), (0.8, 5)]:
        finish(store, begin(store), child, day=day)
    finish(store, begin(store), 1.0, book="fruit-and-veg")
    (best,) = bests(store.finished("cats-and-dogs")).values()
    assert (best.score, best.finished_at) == (0.9, "2026-04-03T10:00:00Z")
    assert bests(store.finished("who-drew-it")) == {}


def test_a_run_without_figures_is_no_personal_best(store: RunStore) -> None:
    store.finish(begin(store), {"book": "cats-and-dogs"}, finished_at="2026-04-01")
    assert bests(store.finished("cats-and-dogs")) == {}
    assert len(store.finished()) == 1


def test_a_forgotten_run_is_gone_and_its_number_stays_unused(store: RunStore) -> None:
    run = begin(store)
    store.append(run, "card_answered", ANSWER)
    store.forget(run)
    store.forget(run)
    assert store.unfinished() == ()
    with pytest.raises(PictureBookError, match=f"no run {run}"):
        store.load(run)
    assert begin(store) > run


def test_a_run_that_does_not_exist_is_said_so(store: RunStore) -> None:
    for ask in (
        lambda: store.load(7),
        lambda: store.detail(7),
        lambda: store.claim(7),
        lambda: store.append(7, "card_answered", ANSWER),
        lambda: store.finish(7, {}, finished_at=""),
    ):
        with pytest.raises(PictureBookError, match="7"):
            ask()
    store.release(7)


def test_closing_twice_does_no_harm(store: RunStore) -> None:
    run = begin(store)
    store.close()
    store.close()
    store.release(run)


def test_half_a_character_in_a_books_name_is_no_crash(store: RunStore) -> None:
    run = store.begin({"book": "caf\udce9.json"}, {}, created_at="")
    store.finish(run, {"book": "caf\udce9.json", "child_accuracy": 1.0}, finished_at="")
    assert store.load(run).settings == {"book": "caf\udce9.json"}
    assert len(bests(store.finished("caf\udce9.json"))) == 1


def test_playing_without_saving_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "TMPDIR", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    with MemoryStore() as store:
        run = begin(store)
        store.append(run, "card_answered", ANSWER)
        finish(store, run, 1.0)
        assert store.notice == ""
    assert list(tmp_path.iterdir()) == []


def test_every_answer_is_synced_against_a_power_cut(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        (level,) = store._connection.execute("PRAGMA synchronous").fetchone()
        (mode,) = store._connection.execute("PRAGMA journal_mode").fetchone()
    assert (level, mode) == (2, "wal")


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are kept otherwise there")
def test_nobody_else_can_read_the_records(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "records"
    with Store.open(folder) as store:
        begin(store)
        made = [folder.parent, folder, *folder.rglob("*")]
        modes = {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in made}
    assert modes == {0}


CARDS = {"pictures": 40, "unseen": 10, "batch_size": 10}


@pytest.mark.parametrize(
    ("summary", "score"),
    [
        ({"child_accuracy": 0.8}, 0.8),
        # 120 cards of the book at 0.9 and 30 unseen ones at 0.5, 0.6, 0.7: 126 of 150.
        (
            {
                "child_accuracy": 0.9,
                "epochs": [{"child_unseen": 0.5}, {"child_unseen": 0.6}, {"child_unseen": 0.7}],
                "settings": CARDS,
            },
            126 / 150,
        ),
        # 45 pictures, the short page dropped: 40 cards an epoch.
        (
            {
                "child_accuracy": 1.0,
                "epochs": [{"child_unseen": 0.0}],
                "settings": {**CARDS, "pictures": 45, "drop_last": True},
            },
            40 / 50,
        ),
        # Two of four pages an epoch: 20 cards.
        (
            {
                "child_accuracy": 1.0,
                "epochs": [{"child_unseen": 0.0}],
                "settings": {**CARDS, "steps_per_epoch": 2},
            },
            20 / 30,
        ),
        # A batch larger than the book is one page, also where short pages are dropped.
        (
            {
                "child_accuracy": 1.0,
                "epochs": [{"child_unseen": 0.0}],
                "settings": {**CARDS, "batch_size": 99, "drop_last": True},
            },
            40 / 50,
        ),
        ({"child_right": 3, "child_answered": 4, "child_accuracy": 0.1}, 0.75),
        ({"child_accuracy": 0.5, "epochs": [{"child_unseen": None}], "settings": CARDS}, 0.5),
        ({"child_accuracy": 0.5, "epochs": [{"child_unseen": 0.7}], "settings": {}}, 0.5),
        ({"child_accuracy": 0.5, "epochs": "many"}, 0.5),
        ({"child_accuracy": math.nan}, None),
        ({"child_accuracy": True}, None),
        ({"child_accuracy": 10**400}, None),
        ({}, None),
    ],
)
def test_the_score_counts_every_answered_card_once(summary: dict[str, Any], score: float | None) -> None:
    assert overall_accuracy(summary) == (None if score is None else pytest.approx(score))


def test_an_answer_changed_or_taken_back_is_no_further_answer(store: RunStore) -> None:
    run = begin(store)
    for page in range(2):
        store.append(run, "page_dealt", {"page": page})
        for card, label in ((0, 0), (0, 1), (1, 0), (0, 0), (2, 1)):
            store.append(run, "card_answered", {"card": card, "label": label, "response_ms": 700})
        store.append(run, "answer_taken_back", {"card": 2})
    (head,) = store.unfinished()
    assert head.answers == 4
