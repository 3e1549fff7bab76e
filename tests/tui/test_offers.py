"""What is offered can be done: keys in the help, commands in the palette, what is promised when a run is left."""

from __future__ import annotations

from picturebook_tui.game.making import make_book
from picturebook_tui.game.run import Run
from picturebook_tui.settings import RunSettings
from picturebook_tui.tui.commands import Command, keys_told
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.leave import LeaveScreen
from picturebook_tui.tui.screens.page_words import commands_now
from picturebook_tui.tui.screens.play import PlayScreen


def play_page(run: Run) -> None:
    assert run.page is not None
    for card in range(len(run.page.indices)):
        run.answer(card, 0)
    run.turn_page()


def test_each_key_stands_once_at_what_it_does() -> None:
    told = keys_told(HomeScreen.COMMANDS_HERE)
    by_action = {command.action: keys for command, keys in zip(HomeScreen.COMMANDS_HERE, told, strict=True)}
    assert by_action["up"] == "↑ k"
    assert by_action["down"] == "↓ j"
    keys = " ".join(told).split()
    assert len(keys) == len(set(keys))


def test_a_key_that_is_a_label_is_not_also_another_commands() -> None:
    label = Command("label(0)", ("c",), "c or 1", "say cat", "Label this card.")
    lens = Command("lens", ("c", "f2"), "F2", "code lens", "The code lens.")
    assert keys_told((label, lens)) == ["c 1", "F2"]


def test_labels_are_offered_while_a_page_is_answered_and_not_once_it_is_turned() -> None:
    settings = RunSettings(pictures=20, unseen=0, seed=1)
    run = Run(settings, make_book(settings))
    run.deal()
    answering = {command.action for command in commands_now(run, PlayScreen.COMMANDS_HERE)}
    assert {"label(0)", "label(1)", "take_back"} <= answering
    play_page(run)
    turned = {command.action for command in commands_now(run, PlayScreen.COMMANDS_HERE)}
    assert not turned & {"label(0)", "label(1)", "take_back"}


def test_home_offers_to_go_on_only_where_there_is_a_run_to_go_on_with() -> None:
    home = HomeScreen()
    assert "go_on" not in {command.action for command in home.commands}


def test_leaving_promises_nothing_where_nothing_was_answered() -> None:
    settings = RunSettings(pictures=20, unseen=5, epochs=1, seed=1)
    run = Run(settings, make_book(settings))
    assert run.answered == 0
    run.deal()
    assert run.answered == 0
    for no_save in (False, True):
        assert "Home" not in LeaveScreen(no_save, answered=run.answered)._what_happens()
    run.answer(3, 0)
    run.answer(3, 1)
    assert run.answered == 1
    assert "Home will offer to go on" in LeaveScreen(False, answered=run.answered)._what_happens()
    run.take_back(3)
    assert run.answered == 0
    play_page(run)
    assert run.answered == 10
    run.go_on()
    run.deal()
    assert run.answered == 10
    run.answer(0, 0)
    assert run.answered == 11
