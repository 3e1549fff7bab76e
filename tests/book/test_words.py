"""Labels in every script: what people write is taken, what could mislead is not, and every Python says the same."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich._unicode_data import load as rich_table
from rich.cells import cell_len

from picturebook_tui.book.custom import read_custom
from picturebook_tui.book.widths import cells, columns
from picturebook_tui.book.words import clean, harmless, is_emblem, outline
from picturebook_tui.errors import PictureBookError


def refused(text: str) -> str:
    with pytest.raises(PictureBookError) as error:
        clean(text, "label of line 2", 16)
    assert all(map(harmless, str(error.value)))
    return str(error.value)


@pytest.mark.parametrize(
    "label",
    [
        "می\u200cخورد",  # Persian: a non-joiner between two letters
        "خانه\u200cها",
        "سگ",
        "כלב",
        "क्\u200dष",  # Devanagari: a joiner asks for a half letter, a non-joiner for the whole one
        "न्\u200cन",
        "ක්\u200dෂ",  # Sinhala
        "മലയാള\u200dം",
        "kočka",
        "Q\u0307",  # a letter and a mark that have no common form
        "แมว",
        "고양이",
        "猫",
        "ǩ'àà",
        "🐱 cat",
        "H₂O",
    ],
)
def test_a_label_in_any_script_is_taken_as_it_was_typed(label: str):
    assert clean(label, "label", 16) == unicodedata.normalize("NFC", label)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Kat\u00adze", "Katze"),  # soft hyphen
        ("\u200fסוס\u200e", "סוס"),  # direction marks around a pasted word
        ("\ufeffcat", "cat"),
        ("ប្រទេស\u200bខ្មែរ", "ប្រទេសខ្មែរ"),  # Khmer marks its words so
        ("葛\U000e0100", "葛"),
        ("Auf\u200clage", "Auflage"),  # Latin letters have nothing to join
        ("سگ\u200c", "سگ"),
        ("\u200cسگ \u200d", "سگ"),
        ("می\u200c\u200cخورد", "می\u200cخورد"),
        ("☀️", "☀"),
        ("a\u3164b", "a b"),
        ("cafe\u200b\u0301", "café"),
    ],
)
def test_what_nobody_sees_in_a_label_does_not_count(typed: str, kept: str):
    assert clean(typed, "label", 16) == kept


@pytest.mark.parametrize("label", ["\u200b", "\u200c", "\u200d", "\u3164", "\u2800\u2800", "\u00ad \ufeff", "\ufe0f"])
def test_a_label_that_shows_nothing_is_empty(label: str):
    assert "is empty" in refused(label)


@pytest.mark.parametrize(
    "label",
    [
        *(f"a{chr(code)}b" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))),
        *("a\x1b[2Jb", "a\x00b", "a\x9bb", "a\ue000b", "a\ud800b", "a\uffffb", "a\U000e0061b", "a\u2061b"),
        "🐈\u200d⬛",
        "a\u200db",
    ],
)
def test_what_could_turn_or_hide_a_label_is_refused(label: str):
    assert "not drawn" in refused(label)


def test_a_mark_without_its_letter_is_refused():
    assert "begins with a mark" in refused("\u0301")
    assert "begins with a mark" in refused("\u0301cat")


@pytest.mark.parametrize(
    ("one", "other"),
    [("cat", "с\u0430t"), ("ΑΒ", "AB"), ("می\u200cخورد", "میخورد"), ("ёж", "ëж"), ("क्\u200dष", "क्ष")],
)
def test_two_labels_that_look_the_same_are_refused_with_both_named(tmp_path: Path, one: str, other: str):
    assert outline(one) == outline(other)
    path = tmp_path / "alike.json"
    path.write_text(json.dumps([{"image": "🐱", "label": one}, {"image": "🐶", "label": other}]), "utf-8")
    with pytest.raises(PictureBookError, match="look the same") as error:
        read_custom(path)
    assert "picture 2" in str(error.value)


def test_labels_that_only_resemble_each_other_are_kept_apart():
    words = ("cat", "Cat", "cats", "c at", "кот", "x2", "x²", "café", "cafe")
    assert len({outline(word) for word in words}) == len(words)


def test_every_character_is_as_wide_as_the_screens_take_it_for():
    widths = {start: (end, width) for start, end, width in rich_table("17.0.0").widths}
    told = {code: width for start, (end, width) in widths.items() for code in range(start, end + 1)}
    for code in range(0x20, 0x110000):
        if not 0x7F <= code < 0xA0:
            assert cells(chr(code)) == told.get(code, 1), f"U+{code:04X}"


@given(st.text(st.sampled_from("aéы猫ᄀ\u0301\u200c\u200d🐱⬛🏽क्षमی"), max_size=12))
def test_a_text_is_as_wide_as_the_screens_take_it_for(text: str):
    assert columns(text) == cell_len(text)


def test_every_python_draws_the_same_line_between_letters_and_the_rest():
    # Python's own tables grow with its years; these two answers may not.
    drawn = "".join("01"[harmless(chr(code))] for code in range(0x110000))
    emblem = "".join("01"[is_emblem(chr(code))] for code in range(0x110000))
    assert hashlib.sha256(drawn.encode()).hexdigest()[:16] == "45e176f86a1255c8"
    assert hashlib.sha256(emblem.encode()).hexdigest()[:16] == "5f350143270307b3"


def test_no_letter_of_any_script_counts_as_not_drawn_and_no_control_as_drawn():
    for code in range(0x110000):
        kind = unicodedata.category(chr(code))
        if kind in ("Cc", "Cs", "Co", "Zl", "Zp"):
            assert not harmless(chr(code)), f"U+{code:04X}"
        elif kind[0] in "LNPS" or (kind[0] == "M" and not 0xE0000 <= code < 0xE1000 and code != 0x34F):
            assert harmless(chr(code)) or 0x13430 <= code <= 0x1345F, f"U+{code:04X}"


def test_an_emblem_of_2022_is_an_emblem_on_every_python(tmp_path: Path):
    book = tmp_path / "emblem.toml"
    book.write_text('emblems = { a = "🫨", b = "🪿" }\n[labels]\na = "🐱"\nb = "🐶"\n', "utf-8")
    assert read_custom(book).emblems == ("🫨", "🪿")
    book.write_text('emblems = { a = "🫨", b = "👨‍👩‍👧" }\n[labels]\na = "🐱"\nb = "🐶"\n', "utf-8")
    with pytest.raises(PictureBookError, match="of “b” is not a single two-column emoji"):
        read_custom(book)
    assert not any(map(is_emblem, ["✈", "\U0001f3fd", "🇫", "👋🏽", "", "\u3000", "\u0301"]))
