"""Bets are kept with what was believed before, chapters can be left and resumed, and a broken file costs no game."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.lesson_files import load_chapters
from picturebook_tui.game.lessons import OWN, Bet, Chapter
from picturebook_tui.game.progress import MOST_TRIED, Place, Progress, Stage, Tried, progress_from_dict
from picturebook_tui.records.progress import load_progress, save_progress

CHAPTERS = load_chapters()
FIRST = CHAPTERS[0]
PAGES = FIRST.bets[0]
WRONG, RIGHT = 0, 1


def taken(choice: int = WRONG) -> Progress:
    """The first chapter's bet, taken and run with seed 7."""
    return Progress().take(FIRST, PAGES, choice, 7).settle(FIRST, PAGES, PAGES.run(7))


def everywhere() -> list[Progress]:
    """Progress at every stage of a chapter."""
    before = Progress().at(Place(FIRST.key))
    betting = before.at(Place(FIRST.key, PAGES.key, Stage.BET))
    running = betting.take(FIRST, PAGES, WRONG, 7)
    return [Progress(), before, betting, running, taken(), taken().at(Place("memorising", stage=Stage.PLAY))]


@pytest.mark.parametrize("number", range(6))
def test_a_chapter_left_at_any_place_is_resumed_there(tmp_path: Path, number: int) -> None:
    left = everywhere()[number]
    save_progress(tmp_path / "new", left)
    again, notice = load_progress(tmp_path / "new")
    assert (again, notice) == (left, "")
    assert again.resume(CHAPTERS) == (left.place or Place(FIRST.key))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["lessons.json"]


def test_a_run_that_was_left_comes_out_the_same() -> None:
    running = everywhere()[3]
    kept = running.find(FIRST.key, PAGES.key)
    assert kept is not None
    assert not kept.settled
    assert running.settle(FIRST, PAGES, PAGES.run(kept.seed)) == taken()


def test_what_was_believed_before_stays_known_when_the_bet_is_taken_again() -> None:
    again = taken(WRONG).take(FIRST, PAGES, RIGHT, 8).settle(FIRST, PAGES, PAGES.run(8))
    (bet,) = again.taken
    assert bet.first == PAGES.choices[WRONG].text
    assert bet.choice == bet.answer == PAGES.choices[RIGHT].text
    assert bet.right
    assert not bet.right_before
    assert bet.seed == 8


# -- an experiment of one's own -----------------------------------------------------------------------------

LAST = CHAPTERS[-1]


def own_bet(**turned: Any) -> tuple[Bet, dict[str, Any]]:
    """The last chapter's own experiment with some knobs turned."""
    assert LAST.own is not None
    chosen = {**LAST.own.turned(), **turned}
    return LAST.own.bet(chosen), chosen


def tried(**turned: Any) -> Progress:
    """It was bet on, and is to be run."""
    bet, chosen = own_bet(**turned)
    return Progress().try_own(LAST, bet, chosen, 0, 5)


def test_an_experiment_that_was_left_is_resumed_with_its_own_settings(tmp_path: Path) -> None:
    left = tried(batch_size=40, learning_rate=0.3)
    save_progress(tmp_path, left)
    again, notice = load_progress(tmp_path)
    assert (again, notice) == (left, "")
    assert again.resume(CHAPTERS) == Place(LAST.key, OWN, Stage.RUN)
    kept = again.find(LAST.key, OWN)
    assert isinstance(kept, Tried)
    assert not kept.settled
    bet, _ = own_bet(**dict(kept.turned))
    assert (bet.settings.batch_size, bet.settings.learning_rate) == (40, 0.3)


def test_experiments_are_kept_with_what_came_of_them_and_the_latest_is_found(tmp_path: Path) -> None:
    progress = Progress()
    for seed, batch_size in enumerate((40, 20)):
        bet, chosen = own_bet(batch_size=batch_size)
        progress = progress.try_own(LAST, bet, chosen, 1, seed).settle(LAST, bet, bet.run(seed))
        assert progress.place == Place(LAST.key, OWN, Stage.ANSWER)
    save_progress(tmp_path, progress)
    again, _ = load_progress(tmp_path)
    assert again == progress
    assert [one.note.split(":")[0] for one in again.tried] == [
        "batch 40 · rate 0.1 · epochs 3",
        "batch 20 · rate 0.1 · epochs 3",
    ]
    assert again.find(LAST.key, OWN) == again.tried[-1]
    assert again.following(CHAPTERS, Place(LAST.key, OWN, Stage.ANSWER)) is None
    # No misconception is settled by it: the summary counts the chapters' bets.
    assert again.summary(CHAPTERS).settled == 0


def test_one_that_was_left_gives_way_to_the_next_and_only_so_many_are_kept() -> None:
    bet, chosen = own_bet()
    assert [one.seed for one in tried().try_own(LAST, bet, chosen, 0, 6).tried] == [6]
    progress, outcome = Progress(), bet.run(0)
    for seed in range(MOST_TRIED + 3):
        progress = progress.try_own(LAST, bet, chosen, 0, seed).settle(LAST, bet, replace(outcome, seed=seed))
    assert [one.seed for one in progress.tried] == list(range(3, MOST_TRIED + 3))


def test_progress_of_before_there_were_experiments_is_read() -> None:
    data = taken().to_dict()
    del data["tried"]
    assert progress_from_dict(data) == taken()


@pytest.mark.parametrize(
    "turned",
    [{"batch_size": 0}, {"batch_size": 10**9}, {"nonsense": 1}, {"book": "../etc"}, [], {"epochs": True}, None],
)
def test_experiments_that_no_text_could_have_are_refused(turned: Any) -> None:
    data = tried().to_dict()
    data["tried"][0]["turned"] = turned
    with pytest.raises(PictureBookError, match="damaged"):
        progress_from_dict(data)


# -- the way through ----------------------------------------------------------------------------------------


def test_the_summary_sets_before_beside_after() -> None:
    summary = taken().summary(CHAPTERS)
    assert (summary.bets, summary.settled, summary.right_before) == (19, 1, 0)
    assert summary.rows[0].before == PAGES.choices[WRONG].text
    assert summary.rows[0].after == PAGES.choices[RIGHT].text
    assert (summary.rows[1].before, summary.rows[1].after) == ("", "")
    assert taken(RIGHT).summary(CHAPTERS).right_before == 1


def test_a_bet_that_was_not_taken_cannot_be_settled() -> None:
    with pytest.raises(ValueError, match="not taken"):
        Progress().settle(FIRST, PAGES, PAGES.run(7))


def test_the_way_through_the_chapters_meets_every_bet_and_every_run_and_ends() -> None:
    progress, place, met, played = Progress(), Progress().resume(CHAPTERS), [], []
    while place is not None:
        if place.stage is Stage.BET:
            met.append((place.chapter, place.bet))
        if place.stage is Stage.PLAY:
            played.append(place.chapter)
        place = progress.following(CHAPTERS, place)
    assert met == [(chapter.key, bet.key) for chapter in CHAPTERS for bet in chapter.bets]
    assert played == [chapter.key for chapter in CHAPTERS if chapter.play or chapter.own]


def test_whoever_ended_one_chapter_goes_on_with_the_next() -> None:
    assert taken().at(None).resume(CHAPTERS) == Place(CHAPTERS[1].key)
    assert taken().done(FIRST) == 1
    assert taken().done(CHAPTERS[1]) == 0


def test_when_every_bet_is_settled_nothing_is_left_to_resume() -> None:
    short = CHAPTERS[:1]
    assert taken().at(None).resume(short) is None


def test_a_bet_that_a_teacher_took_out_is_passed_over() -> None:
    gone = Progress().at(Place(FIRST.key, "no-such-bet", Stage.BET))
    assert gone.resume(CHAPTERS) == Place(FIRST.key)
    assert Progress().at(Place("no-such-chapter")).resume(CHAPTERS) == Place(FIRST.key)
    assert Progress().at(Place(FIRST.key, stage=Stage.PLAY)).resume(CHAPTERS) == Place(FIRST.key)
    assert Progress().following(CHAPTERS, Place("no-such-chapter")) == Place(FIRST.key)


def test_without_a_file_nothing_is_begun_and_nothing_is_written(tmp_path: Path) -> None:
    assert load_progress(tmp_path / "none") == (Progress(), "")
    assert list(tmp_path.iterdir()) == []


def spoilt(change: Callable[[dict[str, Any]], None]) -> bytes:
    data = {"version": 1, **taken().to_dict()}
    change(data)
    return json.dumps(data).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b'{"version": 1, "taken": [',
        b"[1]",
        b"{}",
        b'{"version": 1}',
        b'{"version": true, "taken": [], "place": null}',
        b"[" * 60_000,
        b" " * 2_200_000,
        spoilt(lambda data: data["taken"].append(data["taken"][0])),
        spoilt(lambda data: data["taken"][0].pop("first")),
        spoilt(lambda data: data["taken"][0].update(seed=-1)),
        spoilt(lambda data: data["taken"][0].update(seed=True)),
        spoilt(lambda data: data["taken"][0].update(answer="")),
        spoilt(lambda data: data["taken"][0].update(paragraph="\x1b[2J")),
        spoilt(lambda data: data["taken"][0].update(paragraph="a" * 5000)),
        spoilt(lambda data: data["taken"][0].update(chapter="")),
        spoilt(lambda data: data["place"].update(stage="elsewhere")),
        spoilt(lambda data: data.update(place="here")),
        spoilt(lambda data: data.update(taken={"a": 1})),
    ],
)
def test_a_damaged_file_is_set_aside_with_a_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "lessons.json").write_bytes(content)
    loaded, notice = load_progress(tmp_path)
    assert loaded == Progress()
    assert str(tmp_path / "lessons-damaged-1.json") in notice
    assert (tmp_path / "lessons-damaged-1.json").read_bytes() == content
    assert load_progress(tmp_path) == (Progress(), "")


def test_a_newer_file_is_set_aside_and_called_newer(tmp_path: Path) -> None:
    (tmp_path / "lessons.json").write_text('{"version": 2, "new": 1}')
    loaded, notice = load_progress(tmp_path)
    assert loaded == Progress()
    assert "newer" in notice
    assert (tmp_path / "lessons-damaged-1.json").exists()


def test_playing_without_saving_moves_no_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "lessons.json").write_text("{")
    _, notice = load_progress(tmp_path, read_only=True)
    assert "damaged" in notice
    assert [path.name for path in tmp_path.iterdir()] == ["lessons.json"]


def test_a_save_that_fails_leaves_the_old_bets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_progress(tmp_path, taken())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PictureBookError, match=r"No space left.*--no-save"):
        save_progress(tmp_path, Progress())
    assert load_progress(tmp_path) == (taken(), "")
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_in_the_folders_place_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    loaded, notice = load_progress(tmp_path / "file")
    assert loaded == Progress()
    assert "can't be read" in notice
    with pytest.raises(PictureBookError, match="--data-dir"):
        save_progress(tmp_path / "file", taken())


def test_every_bet_of_every_chapter_can_be_kept(tmp_path: Path) -> None:
    progress = Progress()
    for chapter in CHAPTERS:
        for bet in chapter.bets:
            progress = settled(progress, chapter, bet)
    save_progress(tmp_path, progress)
    assert load_progress(tmp_path) == (progress, "")
    assert progress.summary(CHAPTERS).settled == 19


def settled(progress: Progress, chapter: Chapter, bet: Bet) -> Progress:
    """Take a bet without running its experiment: any figures will do here."""
    from picturebook_tui.game.experiments.catalogue import Result
    from picturebook_tui.game.figures import count

    result = Result(bet.promise, {name: count(123_456) for name in bet.experiment.figures})
    return progress.take(chapter, bet, 0, 1).settle(chapter, bet, bet.settle(result, 1))


@given(
    data=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["taken", "place", "seed", "bet"]), inner),
    )
)
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_stands_there_is_progress_or_a_sentence(data: Any) -> None:
    if not isinstance(data, dict):
        data = {"taken": data, "place": data}
    try:
        kept = progress_from_dict(data)
    except PictureBookError:
        return
    assert progress_from_dict(kept.to_dict()) == kept
