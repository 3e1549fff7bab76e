"""What if, over SSH: the other learners of everybody's runs, each player's own, from one process that may die."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from picturebook_tui.game.making import make_book
from picturebook_tui.game.what_if import affordable_job, sweep_job
from picturebook_tui.learner.sweep import SweepJob, SweepResult, gather, sweep
from picturebook_tui.learner.sweep_axes import estimated_seconds
from picturebook_tui.serve.bench import Bench
from picturebook_tui.serve.siblings import MOST_SECONDS, PlayerSiblings
from picturebook_tui.settings import RunSettings
from picturebook_tui.sweep_worker import SweepDone, SweepFailed, SweepNews, SweepSlice
from picturebook_tui.tui.screens.finale import FinaleScreen
from picturebook_tui.tui.screens.summary import SummaryScreen
from picturebook_tui.tui.screens.what_if import WhatIfScreen

from .room import BENCHES, Visitor, serving

LONG = 60.0
"""Seconds before a test gives up; none takes a tenth of it on its own."""

SETTINGS = RunSettings(book="cats-and-dogs", pictures=20, unseen=4, epochs=2, seed=7)
BOOK = make_book(SETTINGS)


def job_with(*rates: float, **settings: Any) -> SweepJob:
    return sweep_job(replace(SETTINGS, **settings), BOOK, batch_sizes=(5, 10), learning_rates=rates or (0.01, 0.1))


def endless() -> SweepJob:
    return job_with(epochs=100_000)


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench(1, 0)
    yield made
    made.close()


def until(true: Callable[[], Any]) -> None:
    until = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.005)


def collect(siblings: PlayerSiblings) -> list[SweepNews]:
    """Everything up to the end of the job."""
    news: list[SweepNews] = []

    def ended() -> bool:
        news.extend(siblings.poll())
        return bool(news) and not isinstance(news[-1], SweepSlice)

    until(ended)
    return news


def laid_out(job: SweepJob, news: list[SweepNews]) -> SweepResult:
    return gather(job, [some.rows for some in news if isinstance(some, SweepSlice)])


def same(found: SweepResult, here: SweepResult) -> None:
    assert found.complete
    for theirs, ours in zip(found.siblings, here.siblings, strict=True):
        for one, other in zip(theirs.epochs, ours.epochs, strict=True):
            # This process may have more threads for its sums.
            assert one.loss == pytest.approx(other.loss, rel=1e-5)
            assert (one.pages, one.pictures) == (other.pages, other.pictures)


def player(bench: Bench) -> PlayerSiblings:
    """Of somebody who plays."""
    siblings = PlayerSiblings(bench)
    siblings.begin()
    return siblings


def test_they_are_what_the_plain_sweep_finds(bench: Bench) -> None:
    job, mia = job_with(), player(bench)
    number = mia.submit(job)
    news = collect(mia)
    assert news[-1] == SweepDone(number)
    assert {some.job for some in news} == {number}
    same(laid_out(job, news), gather(job, sweep(job)))
    assert mia.poll() == ()


def test_two_players_jobs_do_not_mix(bench: Bench) -> None:
    jobs = (job_with(0.01, 0.1), job_with(0.02, 0.3, 1.0))
    players = (player(bench), player(bench))
    for one, job in zip(players, jobs, strict=True):
        one.submit(job)
    for one, job in reversed(list(zip(players, jobs, strict=True))):
        news = collect(one)
        rows = [row for some in news if isinstance(some, SweepSlice) for row in some.rows]
        assert {row.learning_rate for row in rows} == set(job.learning_rates)
        assert laid_out(job, news).complete


def test_a_new_run_takes_the_place_of_the_player_s_own_and_of_no_other(bench: Bench) -> None:
    mia, ann = player(bench), player(bench)
    mia.submit(endless())
    until(mia.poll)
    ann.submit(job_with())
    number = mia.submit(job_with(0.3))
    assert isinstance(collect(ann)[-1], SweepDone)
    news = collect(mia)
    assert {some.job for some in news} == {number}
    assert isinstance(news[-1], SweepDone)


def test_a_killed_process_is_replaced_and_nothing_comes_twice(bench: Bench) -> None:
    # As long as it is begun: some of its slices must be known when its process dies.
    job, mia = job_with(epochs=400), player(bench)
    mia.submit(job)
    news: list[SweepNews] = []
    until(lambda: news.extend(mia.poll()) or news)
    (pid,) = bench.pids
    os.kill(pid, signal.SIGKILL)
    news += collect(mia)
    assert isinstance(news[-1], SweepDone)
    assert bench.pids != (pid,)
    rows = [row for some in news if isinstance(some, SweepSlice) for row in some.rows]
    known = [(row.batch_size, row.learning_rate, row.epoch) for row in rows]
    assert len(known) == len(set(known)) == 4 * 400
    ann = player(bench)
    ann.submit(job_with())
    assert isinstance(collect(ann)[-1], SweepDone)


def test_nobody_is_taught_for_a_page_that_waits_for_its_player(bench: Bench) -> None:
    left, open_page = PlayerSiblings(bench), PlayerSiblings(bench)
    job = job_with()
    left.submit(job)
    number = open_page.submit(job)
    assert (bench.waiting, bench.pids) == (0, ())
    left.cancel()
    for page in (left, open_page):
        page.begin()
    news = collect(open_page)
    assert {some.job for some in news} == {number}
    assert laid_out(job, news).complete
    assert left.poll() == ()


def test_a_run_that_can_t_be_taught_is_told_to_its_player_in_a_sentence(bench: Bench) -> None:
    job = job_with()
    object.__setattr__(job, "steps_per_epoch", -1)
    mia = player(bench)
    mia.submit(job)
    failed = collect(mia)[-1]
    assert isinstance(failed, SweepFailed)
    assert "steps per epoch" in failed.sentence
    mia.submit(job_with())
    assert isinstance(collect(mia)[-1], SweepDone)


def test_a_costly_run_has_fewer_of_them_here_than_on_one_s_own_machine() -> None:
    costly = RunSettings(book="cats-and-dogs", pictures=100, unseen=20, learner="cnn")
    book = make_book(costly)
    job = affordable_job(costly, book, MOST_SECONDS)
    assert job is not None
    assert 9 <= job.siblings < 64
    assert estimated_seconds(job) <= MOST_SECONDS
    quick = affordable_job(replace(costly, learner="mlp"), book, MOST_SECONDS)
    assert quick is not None
    assert quick.siblings == 64


# -- somebody who plays -------------------------------------------------------------------------------------


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
        assert result is not None
        assert sweeping.done == job.siblings
        same(result, gather(job, sweep(job)))


async def test_whoever_leaves_takes_the_job_along(tmp_path: Path) -> None:
    async with serving(tmp_path) as house:
        async with house.visitor("mia") as mia:
            await mia.sees("What is this?")
            await house.until(lambda: not (BENCHES.siblings.under_way or BENCHES.siblings.waiting), "a free process")
            (player,) = house.host.players.values()
            assert player.app._siblings is not None
            player.app._siblings.submit(endless())
            await house.until(lambda: BENCHES.siblings.under_way, "the job")
        await house.until(lambda: house.told("leave"), "the end")
        await house.until(lambda: not BENCHES.siblings.under_way, "a free process")
