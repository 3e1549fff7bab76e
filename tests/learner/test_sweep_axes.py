"""The siblings of a sweep surround the run, and are no more than there is time for."""

from __future__ import annotations

import pytest

from picturebook_tui.learner.sweep import estimated_seconds
from picturebook_tui.learner.sweep_axes import (
    FEWEST,
    LEARNING_RATES,
    default_batch_sizes,
    default_learning_rates,
)
from tests.learner.test_sweep import make_job


def test_the_default_axes_hold_the_run_itself() -> None:
    assert default_batch_sizes(400, 10) == (1, 2, 4, 10, 16, 32, 64, 128)
    assert default_batch_sizes(40, 10) == (1, 2, 3, 5, 10, 14, 24, 40)
    assert default_batch_sizes(3, 3) == (1, 2, 3)
    assert 64 in default_batch_sizes(40, 64)
    assert max(default_batch_sizes(40, 7, drop_last=True)) <= 40
    for own in (0.1, 0.003, 1e-12, 1e5, 1 / 3):
        rates = default_learning_rates(own)
        assert own in rates
        assert len(rates) == LEARNING_RATES
        assert list(rates) == sorted(rates)


@pytest.mark.parametrize("count", range(FEWEST, 9))
def test_fewer_siblings_reach_as_far_and_hold_the_run_itself(count: int) -> None:
    sizes = default_batch_sizes(400, 10, count=count)
    assert (len(sizes), sizes[0], sizes[-1]) == (count, 1, 128)
    assert 10 in sizes
    rates = default_learning_rates(0.1, count=count)
    assert len(rates) == count
    assert rates[0] < 0.1 < rates[-1]
    assert rates[-1] / rates[0] == pytest.approx(10**3.5, rel=0.1)


def test_what_takes_longer_is_estimated_to_take_longer() -> None:
    few = {"batch_sizes": (10,), "learning_rates": (0.01,)}
    quick = estimated_seconds(make_job(**few))
    for slower in (
        {"kind": "cnn", "optimizer": "adam"},
        {"optimizer": "adam"},
        {"epochs": 6},
        {"batch_sizes": (1,)},
        {"learning_rates": (0.01, 0.1)},
        {"hidden": 640},
        {"pictures": 86},
        {"steps_per_epoch": 50},
    ):
        assert estimated_seconds(make_job(**few | slower)) > quick
