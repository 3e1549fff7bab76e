"""What one visitor may take of the loop's time."""

from __future__ import annotations

import pytest

from picturebook_tui.serve.allowance import AT_ONCE, SHARE, Allowance


def test_so_much_at_once_and_then_a_share_of_each_second() -> None:
    allowance = Allowance()
    assert allowance.wait(1000.0) == 0.0
    allowance.spend(AT_ONCE, 1000.0)
    assert allowance.wait(1000.0) == 0.0
    allowance.spend(0.1, 1000.0)
    assert allowance.wait(1000.0) == pytest.approx(0.1 / SHARE)
    assert allowance.wait(1000.0 + 0.1 / SHARE) == 0.0


def test_whoever_always_asks_gets_their_share_and_no_more() -> None:
    allowance, now, spent = Allowance(), 1000.0, 0.0
    while now < 1100.0:
        if allowance.wait(now):
            now += allowance.wait(now)
        else:
            allowance.spend(0.05, now)
            spent += 0.05
            now += 0.05
    assert spent == pytest.approx(AT_ONCE + SHARE * 100.0, abs=0.1)


def test_what_was_not_taken_is_not_saved_up_for_ever() -> None:
    allowance = Allowance()
    allowance.spend(0.0, 0.0)
    allowance.spend(AT_ONCE + 0.01, 1e6)
    assert allowance.wait(1e6) > 0.0
