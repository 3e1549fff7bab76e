"""An interval around a share, as Wilson made it."""

import pytest

from picturebook_tui.learner.metrics import wilson_interval


@pytest.mark.parametrize(
    ("happened", "total", "low", "high"),
    [
        # Newcombe 1998 (Statistics in Medicine 17, 857-872), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_the_published_one(happened: int, total: int, low: float, high: float) -> None:
    assert wilson_interval(happened, total) == pytest.approx((low, high), abs=5e-5)


def test_the_interval_stays_within_all_and_nothing() -> None:
    assert wilson_interval(10, 10)[1] == 1.0
    assert wilson_interval(0, 10)[0] == 0.0
    assert 0.72 < wilson_interval(10, 10)[0] < 0.73


@pytest.mark.parametrize(("happened", "total"), [(1, 0), (-1, 5), (6, 5)])
def test_counts_that_cannot_be_are_refused(happened: int, total: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        wilson_interval(happened, total)
