"""What a server was started with is how everybody begins, and a seed deals everybody the same pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from picturebook_tui.game.run import Run
from picturebook_tui.tui.screens.home import HomeScreen

from .room import House, serving


def runs(house: House) -> list[Run]:
    """Those that lie open before the visitors."""
    screens: list[Any] = [player.app.screen for player in house.host.players.values()]
    return [screen.run for screen in screens if hasattr(screen, "run")]


async def test_home_begins_for_everybody_with_what_was_asked_for(tmp_path: Path) -> None:
    asked = {"pictures": 20, "epochs": 2, "learner": "softmax", "glimpse_ms": 100, "hidden": 32, "seed": 4321}
    async with (
        serving(tmp_path, book=None, settings=asked) as house,
        house.visitor("mia") as mia,
        house.visitor("ann") as ann,
    ):
        for visitor in (mia, ann):
            await visitor.sees("no hidden layer (softmax)")
            await visitor.sees("4321")
            await visitor.sees("100 ms")
        for player in house.host.players.values():
            assert isinstance(player.app.screen, HomeScreen)
            # What has no place on Home is kept all the same.
            assert player.app.screen.settings.hidden == 32


async def test_a_seed_deals_everybody_the_same_pages(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, settings={"pictures": 20, "seed": 7}, pool=2) as house,
        house.visitor("mia") as mia,
        house.visitor("ann") as ann,
    ):
        await mia.sees("What is this?")
        await ann.sees("What is this?")
        first, second = runs(house)
        assert first.settings.seed == second.settings.seed == 7
        assert first.plan.order_hash(first.book) == second.plan.order_hash(second.book)
        assert len(first.book.training) == 20


async def test_without_a_seed_everybody_has_pages_of_their_own(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, settings={"pictures": 20}, pool=4) as house,
        house.visitor("a") as a,
        house.visitor("b") as b,
        house.visitor("c") as c,
        house.visitor("d") as d,
    ):
        for visitor in (a, b, c, d):
            await visitor.sees("What is this?")
        # One chance in 10¹² that all four draw the same.
        assert len({run.settings.seed for run in runs(house)}) > 1


async def test_from_home_the_seed_stays_for_the_next_run(tmp_path: Path) -> None:
    async with serving(tmp_path, book=None, settings={"seed": 4321}) as house, house.visitor() as mia:
        await mia.sees("4321")
        await mia.press("enter")
        await mia.sees("What is this?")
        (run,) = runs(house)
        assert run.settings.seed == 4321
        await mia.press("q")
        await mia.sees("Leave this run?")
        await mia.press("y")
        await mia.sees("4321")


async def test_a_booth_shows_other_pages_than_those_that_everybody_is_dealt(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, settings={"pictures": 20, "seed": 123_456}) as house,
        house.visitor("booth+watch") as booth,
    ):
        await booth.sees("Press any key")
        (shown,) = runs(house)
        assert shown.settings.seed < 10_000
        assert len(shown.book.training) == 20
        await booth.press("c")
        await booth.sees("What is this?")
        await house.until(lambda: [run.settings.seed for run in runs(house)] == [123_456], "everybody's pages")
