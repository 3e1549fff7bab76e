"""Single letters take a short way to the game, and mean what Textual's parser says they mean."""

from __future__ import annotations

import pytest
from textual import events

from picturebook_tui.tui.keyboard import Keyboard
from picturebook_tui.tui.textual_internals import Parser


def heard(keyboard: Keyboard, data: bytes) -> list[tuple[str, str | None]]:
    keyboard.take(data)
    found = []
    while keyboard.waiting:
        found += keyboard.messages(80, 24)
    return [(one.key, one.character) for one in found if isinstance(one, events.Key)]


def test_every_letter_is_the_key_that_the_parser_makes_of_it() -> None:
    keyboard = Keyboard()
    for number in range(256):
        character = chr(number)
        if character == "\x1b":
            continue
        said = [(one.key, one.character) for one in Parser().feed(character) if isinstance(one, events.Key)]
        if number < 32 or character.isprintable():
            assert heard(keyboard, character.encode()) == said


@pytest.mark.parametrize("tail", [b"c", b"[A", b"Oc", b"[<0;3;3M", b"[1;5C"])
def test_a_letter_that_ends_a_sequence_is_part_of_it_however_slowly_it_comes(tail: bytes) -> None:
    whole = Keyboard()
    expected = heard(whole, b"\x1b" + tail)
    keyboard, slowly = Keyboard(), []
    for byte in b"\x1b" + tail:
        slowly += heard(keyboard, bytes([byte]))
    assert slowly == expected


def test_letters_of_a_slow_paste_are_not_typed() -> None:
    keyboard = Keyboard()
    assert [heard(keyboard, bytes([byte])) for byte in b"\x1b[200~cd\x1b[201~"] == [[]] * 14
    assert heard(keyboard, b"c") == [("c", "c")]


def test_after_a_lone_escape_letters_are_letters_again() -> None:
    keyboard = Keyboard()
    assert heard(keyboard, b"\x1b") == []
    assert keyboard.pending
    keyboard.tick(80, 24)
    keyboard._parser = Parser()
    assert heard(keyboard, b"d") == [("d", "d")]
