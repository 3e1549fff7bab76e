"""The demo on a server: a booth's own screen, and what an idle visitor's shows until they are back."""

from __future__ import annotations

import asyncio
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from picturebook_tui.learner.learner import Learner
from picturebook_tui.serve import app as app_module
from picturebook_tui.serve import host as host_module
from picturebook_tui.serve.player import Player
from picturebook_tui.tui import attract
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.play import PlayScreen
from picturebook_tui.tui.screens.watch import WatchScreen

from .room import House, Visitor, serving

BOOTH = "Press any key to play yourself."
OVER = "Any key brings your own game back."


def player_of(house: House, nickname: str) -> Player:
    return next(p for p in house.host.players.values() if p.visitor.wish.nickname == nickname)


def now() -> float:
    return asyncio.get_running_loop().time()


def look(house: House, player: Player, *, idle: float | None = None) -> None:
    """What the host does every two seconds; ``idle``: as if nobody had pressed a key for so long."""
    if idle is not None:
        player.key_at = now() - idle
    house.host._look_at(player, now())


def card(visitor: Visitor) -> str:
    """The captions of the row with the cursor in it."""
    return next((" ".join(line.split()) for line in visitor.screen.display if "▸ ? ◂" in line), "")


async def away(house: House, visitor: Visitor, player: Player) -> None:
    """Leave somebody alone until the demo comes."""
    look(house, player, idle=130)
    await visitor.sees(OVER)


# -- a booth ------------------------------------------------------------------------------------------------


async def test_a_booth_shows_the_demo_and_a_key_takes_over(tmp_path: Path) -> None:
    async with serving(tmp_path) as house, house.visitor("booth+watch") as booth:
        await booth.sees(BOOTH)
        await booth.sees("🧒")
        player = player_of(house, "booth")
        # It plays by itself.
        assert isinstance(player.app.screen, WatchScreen)
        await house.until(lambda: any(a is not None for a in player.app.screen.run.answers), "an answer")
        await booth.press("c")
        await booth.sees("What is this?")
        mine = player.app.screen
        assert isinstance(mine, PlayScreen)
        assert not isinstance(mine, WatchScreen)
        assert set(mine.run.answers) == {None}
        assert mine.run.book.name == "cats-and-dogs"
        await booth.press("c")
        await house.until(lambda: mine.run.answers[0] is not None, "the first label")
        # Simulated runs are in nobody's folder; this one is.
        await house.until(lambda: len(list((tmp_path / "visits").iterdir())) == 1, "a folder")


async def test_a_booth_without_a_book_plays_the_usual_one(tmp_path: Path) -> None:
    async with serving(tmp_path, book=None) as house, house.visitor("booth+watch", size=(60, 20)) as booth:
        await booth.sees("Press any key to play.")
        await booth.press("x")
        await booth.sees("What is this?")
        await booth.press("esc")
        await booth.sees("y leave")
        await booth.press("y")
        await house.until(lambda: isinstance(player_of(house, "booth").app.screen, HomeScreen), "Home")


async def test_the_booth_s_demo_returns_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attract, "ATTRACT_SECONDS", 1.0)
    monkeypatch.setattr(attract, "LOOK_SECONDS", 0.05)
    async with serving(tmp_path) as house, house.visitor("booth+watch") as booth:
        await booth.sees(BOOTH)
        await booth.press("x")
        await booth.sees("What is this?")
        await booth.sees(BOOTH)
        app = player_of(house, "booth").app
        assert sum(isinstance(screen, PlayScreen) for screen in app.screen_stack) == 1


async def test_a_booth_is_not_sent_away_while_it_shows_the_demo(tmp_path: Path) -> None:
    async with serving(tmp_path, max_session=100.0, idle_timeout=50.0) as house, house.visitor("booth+watch") as booth:
        await booth.sees(BOOTH)
        player = player_of(house, "booth")
        player.joined_at -= 1000
        look(house, player, idle=1000)
        assert player.ending is None
        assert not player.asked_still_there
        # It is back before anybody would be asked.
        assert player.app.attract.after == 25.0
        # Whoever has taken over has the time that everybody has, counted from then.
        await booth.press("x")
        await booth.sees("What is this?")
        look(house, player)
        assert player.ending is None
        player.watched_at -= 101
        look(house, player)
        await booth.leaves()
        assert "You have played for a long time" in booth.said


async def test_a_full_house_makes_room_for_who_wants_to_play(tmp_path: Path) -> None:
    async with serving(tmp_path, pool=0, max_players=2) as house, house.visitor("first+watch") as first:
        await first.sees(BOOTH)
        look(house, player_of(house, "first"))
        async with house.visitor("second+watch") as second:
            await second.sees(BOOTH)
            look(house, player_of(house, "second"))
            # Another booth is no reason.
            async with house.visitor("third+watch") as third:
                await third.leaves()
                assert "All 2 seats are taken" in third.said
            async with house.visitor("mia") as mia:
                await mia.sees("What is this?")
                await first.leaves()
                assert first.status == 0
                assert "All seats are taken, and somebody would like to play: thank you for yours." in first.said
                assert not second.closed.is_set()
                # Nor is one that somebody plays at taken away.
                await second.press("x")
                await second.sees("What is this?")
                async with house.visitor("tom") as tom:
                    await tom.leaves()
                    assert "All 2 seats are taken" in tom.said
            assert house.told("leave")[0]["why"] == "made-room"


async def test_a_booth_stands_still_in_a_crowd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_module, "CROWD", 0)
    async with serving(tmp_path) as house, house.visitor("booth+watch") as booth:
        await booth.sees(BOOTH)
        player = player_of(house, "booth")
        assert isinstance(player.app.screen, WatchScreen)
        await asyncio.sleep(1.5)
        assert set(player.app.screen.run.answers) == {None}
        monkeypatch.setattr(host_module, "CROWD", 20)
        await house.until(lambda: any(a is not None for a in player.app.screen.run.answers), "an answer")


# -- over somebody's game -----------------------------------------------------------------------------------


async def test_an_idle_screen_shows_the_demo_and_gives_the_very_card_back(tmp_path: Path) -> None:
    async with serving(tmp_path) as house, house.visitor() as mia:
        await mia.sees("What is this?")
        await mia.press(*"cdcd")
        await house.until(lambda: card(mia) == "cat dog cat dog ▸ ? ◂", "the fifth card")
        player = player_of(house, "mia")
        look(house, player, idle=119)
        assert not player.app.attract.due
        await away(house, mia, player)
        # Twice makes no second one.
        look(house, player)
        assert sum(isinstance(screen, WatchScreen) for screen in player.app.screen_stack) == 1
        # A label's letter, which labels nothing.
        await mia.press("c")
        await house.until(lambda: card(mia) == "cat dog cat dog ▸ ? ◂", "the fifth card again")
        await mia.sees_no_more("brings your own game back")
        await asyncio.sleep(0.2)
        assert card(mia) == "cat dog cat dog ▸ ? ◂"
        await mia.press("c")
        await house.until(lambda: "cat dog cat dog cat" in " ".join(mia.text.split()), "a label")


@pytest.mark.parametrize("key", ["esc", "q", "?", "enter", "\x03", "\x1b[<0;40;15M\x1b[<0;40;15m"])
async def test_whatever_is_pressed_only_ends_the_demo(tmp_path: Path, key: str) -> None:
    async with serving(tmp_path) as house, house.visitor() as mia:
        await mia.sees("What is this?")
        # Where the click will be: the card must not take it for a second one.
        await mia.press("\x1b[<0;40;15M\x1b[<0;40;15m")
        await house.until(lambda: "▸ ? ◂" in "".join(mia.screen.display[14:]), "the cursor in the lower row")
        player = player_of(house, "mia")
        before = player.app.screen
        assert isinstance(before, PlayScreen)
        await away(house, mia, player)
        await mia.press(key)
        await mia.sees("What is this?")
        await asyncio.sleep(0.3)
        assert player.app.screen is before
        assert set(before.run.answers) == {None}
        assert "Once more to leave" not in mia.text


async def test_a_palette_with_words_in_it_is_given_back_as_it_was(tmp_path: Path) -> None:
    async with serving(tmp_path, book=None) as house, house.visitor() as mia:
        await mia.sees("quit")
        await mia.press(":")
        await mia.sees("What would you like to do")
        await mia.press(*"credi")
        await mia.sees("credi")
        await mia.sees("Who drew the pictures")
        await away(house, mia, player_of(house, "mia"))
        await mia.press("x")
        await mia.sees("Who drew the pictures")
        assert "credi" in mia.text
        assert "credix" not in mia.text
        # Its letters still go where they went.
        await mia.press("t")
        await mia.sees("credit")


async def test_the_seat_is_given_free_all_the_same(tmp_path: Path) -> None:
    async with serving(tmp_path, idle_timeout=200.0) as house, house.visitor() as mia:
        await mia.sees("What is this?")
        player = player_of(house, "mia")
        await away(house, mia, player)
        look(house, player, idle=175)
        await mia.sees("Are you still there?")
        await mia.sees(OVER)
        look(house, player, idle=201)
        await mia.leaves()
        assert "your seat was given free" in mia.said


async def test_no_demo_begins_in_a_crowd_and_one_that_plays_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path) as house, house.visitor() as mia:
        await mia.sees("What is this?")
        player = player_of(house, "mia")
        await away(house, mia, player)
        monkeypatch.setattr(host_module, "CROWD", 0)
        look(house, player)
        await mia.sees("What is this?")
        look(house, player, idle=1000)
        await asyncio.sleep(0.5)
        assert not player.app.attract.due
        assert player.ending is None or player.ending.why == "idle"


async def test_no_demo_where_none_is_wanted(tmp_path: Path) -> None:
    async with serving(tmp_path, attract=0.0) as house, house.visitor() as mia:
        await mia.sees("What is this?")
        look(house, player_of(house, "mia"), idle=800)
        assert not player_of(house, "mia").app.attract.due


@pytest.fixture
def learners(monkeypatch: pytest.MonkeyPatch) -> weakref.WeakSet[Learner]:
    """All that were made since, and are not gone."""
    made: weakref.WeakSet[Learner] = weakref.WeakSet()
    make = Learner.__init__

    def noted(self: Learner, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        made.add(self)

    monkeypatch.setattr(Learner, "__init__", noted)
    return made


async def test_a_key_while_the_demo_is_being_made_calls_it_off(
    tmp_path: Path, learners: weakref.WeakSet[Learner]
) -> None:
    async with serving(tmp_path) as house, house.visitor() as mia:
        await mia.sees("What is this?")
        player = player_of(house, "mia")
        await house.until(lambda: len(house.host.pool) == 1, "the app that waits")
        before = len(learners)
        look(house, player, idle=130)
        assert player.app.attract.due
        player.feed(b"c")
        await house.until(lambda: "cat" in mia.text, "the label")
        await house.until(lambda: not player.app.attract._wanted and player.app.is_settled, "the end of it")
        await house.until(lambda: len(learners) == before, "no learner left over")
        assert not player.app.attract.due


async def test_hours_of_demo_leave_nothing_behind(
    tmp_path: Path, learners: weakref.WeakSet[Learner], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many runs, played quickly: learners, widgets, threads and files are as many as after the first."""
    monkeypatch.setattr(app_module, "APART_SECONDS", 0.1)
    async with serving(tmp_path) as house, house.visitor() as mia:
        await mia.sees("What is this?")
        player, host = player_of(house, "mia"), house.host
        app = player.app
        short = {"book": "cats-and-dogs", "pictures": 10, "unseen": 0, "epochs": 1}
        app.options = replace(app.options, speed=100.0, settings_overrides=short)
        app.preferences = replace(app.preferences, reduced_motion=True)
        await house.until(lambda: len(house.host.pool) == 1, "the app that waits")
        before = len(learners)
        await away(house, mia, player)
        seeds: set[int] = set()
        most = 0

        async def runs(more: int) -> None:
            wanted = len(seeds) + more
            while len(seeds) < wanted:
                for screen in app.screen_stack:
                    if isinstance(screen, WatchScreen):
                        seeds.add(screen.run.settings.seed)
                nonlocal most
                most = max(most, len(learners))
                await asyncio.sleep(0.01)

        async with asyncio.timeout(60):
            await runs(2)
            widgets = len(app._registry)
            await runs(6)
        # A run's own and its pupil's, and the next run's while the last is let go.
        assert most - before <= 4
        assert len(app._registry) <= widgets + 60
        await mia.press("x")
        await mia.sees("What is this?")
        # The last run's two go when something is next taken off the screen.
        await house.until(lambda: len(learners) <= before + 2, "no learner left over")
        # No score, no history.
        assert host.scores.told() == type(host.scores)(tmp_path / "other").told()
        assert player.store.finished() == ()
        assert list((tmp_path / "visits").iterdir()) == []
