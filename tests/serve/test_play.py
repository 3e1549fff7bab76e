"""Somebody logs in and plays: what they see, and that every way of typing reaches the game."""

from __future__ import annotations

import asyncio
from pathlib import Path

from picturebook_tui.serve.driver import LARGEST

from .room import serving


async def test_a_visitor_lands_on_the_first_page_labels_it_and_turns_it(tmp_path: Path) -> None:
    async with serving(tmp_path) as house, house.visitor("mia") as mia:
        await mia.sees("What is this?")
        await mia.sees("Cats & Dogs")
        await mia.press(*"cdcdcdcdcd")
        await mia.press("enter")
        await mia.sees("One update")
        assert house.told("join")[0]["nickname"] == "mia"


async def test_without_a_book_a_visitor_comes_to_home(tmp_path: Path) -> None:
    async with serving(tmp_path, book=None) as house, house.visitor() as mia:
        await mia.sees("You and 🤖 a small network")
        await mia.press("q")
        await mia.leaves()
        assert mia.status == 0
        assert "Goodbye, mia." in mia.said


async def test_a_window_that_changes_its_size_is_painted_anew(tmp_path: Path) -> None:
    async with serving(tmp_path, book=None) as house, house.visitor(size=(80, 24)) as mia:
        await mia.sees("quit")
        mia.screen.resize(30, 100)
        mia.channel.change_terminal_size(100, 30)
        await house.until(lambda: "quit" in mia.text.splitlines()[29], "the key line at the bottom")
        mia.screen.reset()
        mia.screen.resize(12, 40)
        mia.channel.change_terminal_size(40, 12)
        await mia.sees("This window is 40×12")


async def test_a_window_of_a_million_columns_is_played_in_a_part_of_it(tmp_path: Path) -> None:
    async with serving(tmp_path, book=None) as house, house.visitor(size=(1_000_000, 1_000_000), looks=False) as mia:
        await house.until(lambda: house.told("join"), "somebody in the game")
        assert house.told("join")[0]["size"] == "{}x{}".format(*LARGEST)
        # Nor does one that is asked for by an escape sequence count.
        await mia.press("\x1b[48;9999;9999;1;1t")
        await asyncio.sleep(0.2)
        (player,) = house.host.players.values()
        assert player.app.size == LARGEST


async def test_a_lone_esc_is_heard(tmp_path: Path) -> None:
    async with serving(tmp_path) as house, house.visitor() as mia:
        await mia.sees("What is this?")
        await mia.press("c")
        await mia.press("esc")
        await mia.sees("y leave")
        await mia.press("y")
        await mia.sees("You and 🤖 a small network")


async def test_a_click_goes_to_a_card(tmp_path: Path) -> None:
    async with serving(tmp_path) as house, house.visitor() as mia:
        await mia.sees("▸ ? ◂")
        # A card of the lower row.
        await mia.press("\x1b[<0;40;15M\x1b[<0;40;15m")
        await house.until(lambda: "▸ ? ◂" in "".join(mia.text.splitlines()[14:]), "the cursor in the lower row")


async def test_a_letter_split_between_two_packets_is_one_letter(tmp_path: Path) -> None:
    async with serving(tmp_path, book=None) as house, house.visitor() as mia:
        await mia.sees("quit")
        await mia.press(":")
        await mia.sees("What would you like to do")
        data = "größe".encode()
        mia.channel.write(data[:3])
        await asyncio.sleep(0.05)
        mia.channel.write(data[3:])
        await mia.sees("größe")


async def test_a_paste_is_cleaned_of_controls(tmp_path: Path) -> None:
    async with serving(tmp_path, book=None) as house, house.visitor() as mia:
        await mia.sees("quit")
        await mia.press(":")
        await mia.sees("What would you like to do")
        await mia.press("\x1b[200~a\x1b]0;owned\x07b\u202ec\x9bd\x1b[201~")
        await mia.sees("a]0;ownedbcd")
        # The terminal's title was never touched.
        assert b"\x1b]0;" not in mia.written
        assert "\u202e" not in mia.said


async def test_colours_follow_the_terminal_and_the_wish(tmp_path: Path) -> None:
    async with serving(tmp_path, pool=2) as house:
        async with house.visitor("ann", term="xterm-256color") as ann:
            await ann.sees("What is this?")
            assert b"38;5;" in ann.written
            assert b"38;2;" not in ann.written
        async with house.visitor("bob+truecolor", term="xterm-256color") as bob:
            await bob.sees("What is this?")
            assert b"38;2;" in bob.written
            assert b"38;5;" not in bob.written
        async with house.visitor("cy", term="vt100") as cy:
            await cy.sees("What is this?")
            assert b"38;" not in cy.written
        async with house.visitor("di", env={"COLORTERM": "truecolor"}) as di:
            await di.sees("What is this?")
            assert b"38;2;" in di.written
        async with house.visitor("eve", env={"NO_COLOR": "1"}) as eve:
            await eve.sees("What is this?")
            assert b"38;" not in eve.written
    assert [line["colours"] for line in house.told("join")] == ["256", "truecolor", "none", "truecolor", "none"]
