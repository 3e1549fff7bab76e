"""Experiments over SSH: what settles a bet is worked out elsewhere, comes to the same, and can be left at any time."""

from __future__ import annotations

from pathlib import Path

import pytest

from picturebook_tui.game.experiments.catalogue import Told as Point
from picturebook_tui.game.lesson_files import load_chapters
from picturebook_tui.game.speeds import found, try_speeds
from picturebook_tui.learner.rate_test import RateTried
from picturebook_tui.serve.workshop import Benches, SharedWorkshop
from picturebook_tui.settings import RunSettings
from picturebook_tui.tui.screens.chapter import ChapterScreen
from picturebook_tui.tui.screens.rate_test import RateTestScreen
from picturebook_tui.tui.screens.trial_view import TrialView

from .room import BENCHES, serving

CHAPTERS = load_chapters()
BETS = [chapter.bets[0] for chapter in CHAPTERS if chapter.bets[0].experiment.name != "timed_steps"]


def workshop(benches: Benches = BENCHES) -> SharedWorkshop:
    # No run is worked on here, so no thread is asked for.
    return SharedWorkshop(benches)


@pytest.mark.parametrize("bet", BETS, ids=lambda bet: bet.key)
async def test_a_bet_comes_out_as_it_would_on_one_s_own_machine(bet) -> None:
    points: list[Point] = []
    here = bet.run(5, points.append)
    task = workshop().task("bet", bet.run, 5)
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
    settings, tried = RunSettings(pictures=20, unseen=0, seed=3), list[RateTried]()
    here = try_speeds(settings, None, tried.append)
    task = workshop().task("speeds", try_speeds, settings, None)
    there = await task.outcome()
    assert there is not None
    assert (found(there), there.title, there.made_of) == (found(here), here.title, here.made_of)
    assert [one.learning_rate for one in task.told] == [one.learning_rate for one in tried]


async def test_the_pictures_of_an_answer_are_those_of_its_book() -> None:
    bet = next(bet for chapter in CHAPTERS for bet in chapter.bets if bet.experiment.name == "last_page")
    book = bet.experiment.book(bet.settings, 5)
    pictures = await workshop().task("pictures", bet.pictures, 5, ((False, 2), (False, 0))).outcome()
    assert pictures is not None
    assert [picture for picture, _ in pictures] == [book.training.pictures[2], book.training.pictures[0]]
    assert [pixels.tolist() for _, pixels in pictures] == [book.training.pixels[place].tolist() for place in (2, 0)]


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
    from .test_bench import until_there

    monkeypatch.setattr(
        "picturebook_tui.tui.screens.rate_test.try_speeds", _Forever(tmp_path / "never", until_there).begin
    )
    experiments = BENCHES.experiments
    async with serving(tmp_path, book=None) as house:
        async with house.visitor("mia") as mia:
            await mia.sees("You and 🤖 a small network")
            await mia.press("t")
            (player,) = house.host.players.values()
            await house.until(lambda: isinstance(player.app.screen, RateTestScreen), "a hundred speeds")
            await house.until(lambda: experiments.under_way, "the test")
            if leaves == "the screen":
                await mia.press("q")
                await mia.sees("You and 🤖 a small network")
                await house.until(lambda: not experiments.under_way, "a free process")
        await house.until(lambda: house.told("leave"), "the end")
        await house.until(lambda: not experiments.under_way, "a free process")
        assert not house.told("failed")


class _Forever:
    """Stands for a test that takes a while, and tells nothing that could be drawn."""

    def __init__(self, path: Path, work) -> None:
        self.path = path
        self.work = work

    def begin(self, settings: object, book: object, tell) -> None:
        self.work(self.path, lambda told: tell(RateTried(1e-5, 0.7, 0.7)))


def test_a_trial_view_that_is_not_up_has_nothing_under_way() -> None:
    assert not TrialView().under_way
