"""Experiments over SSH: what settles a bet is worked out elsewhere, comes to the same, and can be left at any time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from picturebook_tui.game.lesson_files import load_chapters
from picturebook_tui.game.making import make_book
from picturebook_tui.game.speeds import found, try_speeds
from picturebook_tui.game.what_if import affordable_job
from picturebook_tui.jobs import MOST_SECONDS_SERVED, PlayerJobs
from picturebook_tui.learner.sweep import estimated_seconds
from picturebook_tui.settings import RunSettings
from picturebook_tui.tui.screens.chapter import ChapterScreen
from picturebook_tui.tui.screens.finale import FinaleScreen
from picturebook_tui.tui.screens.rate_test import RateTestScreen
from picturebook_tui.tui.screens.summary import SummaryScreen
from picturebook_tui.tui.screens.trial_view import TrialView
from picturebook_tui.tui.screens.what_if import WhatIfScreen
from tests.jobs_room import speeds_without_end
from tests.sliced import done

from .room import JOBS, Visitor, serving

CHAPTERS = load_chapters()
BETS = [chapter.bets[0] for chapter in CHAPTERS if chapter.bets[0].experiment.name != "timed_steps"]


def player() -> PlayerJobs:
    """Somebody who plays."""
    jobs = PlayerJobs(JOBS)
    jobs.begin()
    return jobs


@pytest.mark.parametrize("bet", BETS, ids=lambda bet: bet.key)
async def test_a_bet_comes_out_as_it_would_on_one_s_own_machine(bet) -> None:
    points, here = done(bet.running(5))
    task = player().submit(bet.running, 5, urgent=True)
    there = await task.outcome()
    assert there is not None
    assert (there.bet, there.seed, there.answer, there.right, there.paragraph) == (
        here.bet,
        here.seed,
        here.answer,
        here.right,
        here.paragraph,
    )
    assert there.marked == here.marked
    assert [(one.series, one.measure, one.step) for one in task.told] == [
        (one.series, one.measure, one.step) for one in points
    ]
    # This process may have more threads for its sums.
    assert [one.value for one in task.told] == pytest.approx([one.value for one in points], rel=1e-3)


async def test_a_hundred_speeds_come_out_as_on_one_s_own_machine() -> None:
    settings = RunSettings(pictures=20, unseen=0, seed=3)
    tried, here = done(try_speeds(settings, None))
    task = player().submit(try_speeds, settings, None, urgent=True)
    there = await task.outcome()
    assert there is not None
    assert (found(there), there.title, there.made_of) == (found(here), here.title, here.made_of)
    assert [one.learning_rate for one in task.told] == [one.learning_rate for one in tried]


async def test_the_pictures_of_an_answer_are_those_of_its_book() -> None:
    bet = next(bet for chapter in CHAPTERS for bet in chapter.bets if bet.experiment.name == "last_page")
    book = bet.experiment.book(bet.settings, 5)
    job = player().submit(bet.pictures, 5, ((False, 2), (False, 0)), urgent=True)
    await job.outcome()
    pictures = job.told
    assert [picture for picture, _ in pictures] == [book.training.pictures[2], book.training.pictures[0]]
    assert [pixels.tolist() for _, pixels in pictures] == [book.training.pixels[place].tolist() for place in (2, 0)]


def test_a_costly_run_has_fewer_of_them_here_than_on_one_s_own_machine() -> None:
    costly = RunSettings(book="cats-and-dogs", pictures=100, unseen=20, learner="cnn")
    book = make_book(costly)
    job = affordable_job(costly, book, MOST_SECONDS_SERVED)
    assert job is not None
    assert 9 <= job.siblings < 64
    assert estimated_seconds(job) <= MOST_SECONDS_SERVED
    quick = affordable_job(replace(costly, learner="mlp"), book, MOST_SECONDS_SERVED)
    assert quick is not None
    assert quick.siblings == 64


# -- somebody who plays -------------------------------------------------------------------------------------


async def test_a_visitor_bets_and_reads_the_answer_of_a_run_made_elsewhere(tmp_path: Path) -> None:
    async with serving(tmp_path, book=None) as house, house.visitor("mia") as mia:
        await mia.sees("You and 🤖 a small network")
        await mia.press("b")
        await mia.sees("choose")
        await mia.press("enter")
        (player,) = house.host.players.values()
        app = player.app
        await house.until(lambda: isinstance(app.screen, ChapterScreen), "the chapter")
        chapter = CHAPTERS[0]
        bet = chapter.bets[0]
        await mia.press("enter")
        await mia.sees(bet.choices[0].text[:30])
        await mia.press("1")
        here = app.screen
        assert isinstance(here, ChapterScreen)
        await house.until(lambda: here._taken is not None and here._taken.settled, "the answer")
        assert here._taken is not None
        assert here._taken.paragraph == bet.run(here._taken.seed).paragraph
        await mia.sees(here._taken.paragraph[:20])


@pytest.mark.parametrize("leaves", ["the screen", "the game"])
async def test_leaving_in_the_middle_frees_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leaves: str
) -> None:
    monkeypatch.setattr("picturebook_tui.tui.screens.rate_test.try_speeds", speeds_without_end)
    async with serving(tmp_path, book=None) as house:
        async with house.visitor("mia") as mia:
            await mia.sees("You and 🤖 a small network")
            await mia.press("t")
            (player,) = house.host.players.values()
            await house.until(lambda: isinstance(player.app.screen, RateTestScreen), "a hundred speeds")
            await house.until(lambda: JOBS.under_way, "the test")
            if leaves == "the screen":
                await mia.press("q")
                await mia.sees("You and 🤖 a small network")
                await house.until(lambda: not JOBS.under_way, "a free process")
        await house.until(lambda: house.told("leave"), "the end")
        await house.until(lambda: not JOBS.under_way, "a free process")
        assert not house.told("failed")


def test_a_trial_view_that_is_not_up_has_nothing_under_way() -> None:
    assert not TrialView().under_way


async def read(mia: Visitor, labels: str) -> None:
    """Label all cards of a page, see the truth, and go on."""
    await mia.sees("What is this?")
    await mia.press(*labels)
    await mia.press("enter")
    await mia.sees("One update")
    await mia.press("enter")


async def test_a_played_run_ends_with_a_map_of_what_its_others_came_to(tmp_path: Path) -> None:
    async with serving(tmp_path) as house, house.visitor("mia") as mia:
        await mia.sees("What is this?")
        (player,) = house.host.players.values()
        # As a run of the command line's would be, but short.
        app = player.app
        with app._context():
            await app.pop_screen()
            app.start_run(replace(RunSettings(seed=3), book="cats-and-dogs", pictures=10, unseen=0, epochs=1))
        await mia.sees("1 to 10 of 10")
        await read(mia, "cdcdcdcdcd")
        await house.until(lambda: app.sweeping is not None, "the other learners")
        await house.until(lambda: isinstance(app.screen, SummaryScreen), "the epoch's end")
        await mia.press("enter")
        await house.until(lambda: isinstance(app.screen, FinaleScreen), "the end")
        await mia.press("w")
        await house.until(lambda: isinstance(app.screen, WhatIfScreen), "the map")
        await mia.sees("learners")
        sweeping = app.sweeping
        assert sweeping is not None
        await house.until(lambda: sweeping.over, "all of them")
        assert sweeping.trouble is None
        job, result = sweeping.job, sweeping.look()
        assert job is not None
        assert sweeping.done == job.siblings
        assert result is not None
        assert result.complete


async def test_whoever_leaves_takes_their_other_learners_along(tmp_path: Path) -> None:
    async with serving(tmp_path) as house:
        async with house.visitor("mia") as mia:
            await mia.sees("What is this?")
            await house.until(lambda: not (JOBS.under_way or JOBS.waiting), "a free process")
            (player,) = house.host.players.values()
            job = player.app.jobs.submit(speeds_without_end, None, None)
            await house.until(lambda: job.told, "the first of it")
        await house.until(lambda: house.told("leave"), "the end")
        await house.until(lambda: not JOBS.under_way, "a free process")
