"""What is typed before the @: cleaned, cut, and read for wishes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from picturebook_tui.serve.names import CODE_LETTERS, LONGEST, NOBODY, clean_nickname, new_code, tidy_code, wish_of


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("mia", "mia"),
        ("Zoë-Маша", "Zoë-Маша"),
        ("王小明", "王小明"),
        ("a\x1b[31mb\x07c", "a31mbc"),
        ("evil\u202egnp", "evilgnp"),
        ("\u2066x\u2069\ufeff", "x"),
        ("\u3164\u115f", NOBODY),
        ("z\u0335\u0336\u0337a", "z\u0335a"),
        ("💥🔥", NOBODY),
        ("", NOBODY),
        ("  a \t b\n", "a b"),
        ("x" * 500, "x" * LONGEST),
        ("王" * 50, "王" * (LONGEST // 2)),
        ("ｆｕｌｌ", "full"),
        ("x" * (LONGEST - 1) + "का", "x" * (LONGEST - 1) + "क"),
    ],
)
def test_a_nickname_is_safe_and_short_on_every_screen(typed: str, shown: str) -> None:
    assert clean_nickname(typed) == shown


@example("000000000000000Aु")
@given(st.text())
def test_no_name_brings_a_control_or_more_than_its_columns(typed: str) -> None:
    name = clean_nickname(typed)
    assert name.isprintable()
    assert name.strip() == name != ""
    assert not any(unicodedata.category(c).startswith(("C", "S")) for c in name)
    # Not by ``combining``: marks such as Devanagari's vowel u have none of its classes, and stand on their letter.
    wide = sum(
        0 if unicodedata.category(c) == "Mn" else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in name
    )
    assert wide <= LONGEST


def test_wishes_follow_a_plus() -> None:
    assert wish_of("mia").nickname == "mia"
    assert wish_of("mia+truecolor").colours == "truecolor"
    assert wish_of("mia+MONO").colours == "none"
    assert wish_of("mia+K7M-3qp").code == "k7m3qp"
    assert wish_of("booth+watch").watch
    assert not wish_of("watch").watch
    wish = wish_of("mia+guest+256+k7m3qp+nonsense")
    assert (wish.guest, wish.colours, wish.code) == (True, "256", "k7m3qp")
    assert wish_of("+truecolor").nickname == NOBODY
    assert wish_of("mia" + "+truecolor" * 10_000).colours == "truecolor"


def test_codes_are_of_letters_that_can_be_read_out() -> None:
    assert new_code(lambda below: below - 1) == CODE_LETTERS[-1] * 6
    assert tidy_code("K7M-3QP") == "k7m3qp"
    for wrong in ("", "k7m3q", "k7m3qpp", "k7m3q0", "k7m3ql", "../../", "k7m/qp", "k7m3qé"):
        assert tidy_code(wrong) is None
