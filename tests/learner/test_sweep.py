"""Siblings taught together must be what the ordinary loop would have made of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, replace
from itertools import islice
from typing import Any

import numpy as np
import pytest

import picturebook_tui.learner.learner as learner_module
from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.build import build_network
from picturebook_tui.learner.networks import Network
from picturebook_tui.learner.sweep import SiblingEpoch, SweepJob, gather, sweep
from picturebook_tui.learner.sweep_blocks import blocks
from picturebook_tui.learner.sweep_plain import sweep_plain
from picturebook_tui.learner.sweep_stack import sweep_stacks
from tests.learner.pictures import make_pictures

SETTLING = (0.001, 0.01, 0.03)
"""Rates at which a little noise in the weights stays little."""


def make_job(pictures: int = 43, unseen: int = 11, labels: int = 2, **settings: Any) -> SweepJob:
    pixels, targets = make_pictures(pictures, labels=labels, seed=1)
    new_pixels, new_targets = make_pictures(unseen, labels=labels, seed=2)
    chosen: dict[str, Any] = {"batch_sizes": (1, 4, 10, 43), "learning_rates": SETTLING, "epochs": 3, "seed": 5}
    chosen |= {"labels": labels} | settings
    return SweepJob(pixels, targets, unseen_pixels=new_pixels, unseen_targets=new_targets, **chosen)


def rows(slices: Iterator[tuple[SiblingEpoch, ...]]) -> dict[tuple[int, float, int], SiblingEpoch]:
    return {(row.batch_size, row.learning_rate, row.epoch): row for some in slices for row in some}


def check_same(
    ours: Iterator[tuple[SiblingEpoch, ...]], theirs: Iterator[tuple[SiblingEpoch, ...]], atol: float
) -> None:
    found, wanted = rows(ours), rows(theirs)
    assert found.keys() == wanted.keys()
    for key, row in found.items():
        other = wanted[key]
        assert (row.right, row.pictures, row.pages, row.stopped) == (
            other.right, other.pictures, other.pages, other.stopped,
        ), key  # fmt: skip
        for mine, loops in zip(row.guesses, other.guesses, strict=True):
            np.testing.assert_array_equal(mine, loops)
        for name in ("loss", "book_loss", "book_accuracy", "unseen_loss", "unseen_accuracy"):
            mine, loops = getattr(row, name), getattr(other, name)
            assert mine == pytest.approx(loops, rel=atol, abs=atol) if loops is not None else mine is None, (key, name)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"optimizer": "sgd"},
        {"kind": "softmax"},
        {"kind": "softmax", "optimizer": "sgd"},
        {"drop_last": True},
        {"steps_per_epoch": 7},
        {"steps_per_epoch": 7, "drop_last": True},
        {"shuffle": False, "hidden": 7},
        {"labels": 5},
        {"labels": 10, "batch_sizes": (4, 43)},
        {"pictures": 150, "batch_sizes": (7, 60, 64, 128), "epochs": 2},
        {"hidden": 600, "batch_sizes": (10,)},
        {"unseen": 0},
        {"batch_sizes": (64, 100)},
    ],
    ids=str,
)
def test_together_they_learn_what_each_would_have_learned_alone(settings: dict[str, Any]) -> None:
    job = make_job(**settings)
    check_same(sweep_stacks(job), sweep_plain(job), 1e-5)


def test_a_long_run_of_small_pages_stays_the_same() -> None:
    """Hundreds of updates: what momentum keeps fades, is worked in, and is cleared of what is too faint."""
    job = make_job(pictures=90, batch_sizes=(1,), learning_rates=(0.001, 0.003), epochs=6)
    check_same(sweep_stacks(job), sweep_plain(job), 1e-5)


@pytest.fixture
def precise(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ordinary loop in float64."""

    def build(kind: str, size: int, labels: int, *, hidden: int, seed: int) -> Network:
        return build_network(kind, size, labels, hidden=hidden, seed=seed, dtype=np.float64)

    monkeypatch.setattr(learner_module, "build_network", build)


@pytest.mark.usefixtures("precise")
@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
@pytest.mark.parametrize("kind", ["softmax", "mlp"])
def test_the_rewriting_is_exact_even_where_learning_is_wild(kind: str, optimizer: str) -> None:
    """With rates this high a rounding error grows until it shows; in float64 there is room enough for that."""
    job = make_job(kind=kind, optimizer=optimizer, learning_rates=(0.1, 0.3, 1.0, 3.0), batch_sizes=(1, 3, 10, 43))
    check_same(sweep_stacks(job, np.float64), sweep_plain(job), 1e-5)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
@pytest.mark.parametrize("kind", ["softmax", "mlp"])
def test_a_sibling_that_runs_away_stops_where_it_would_alone_and_is_never_nan(kind: str, optimizer: str) -> None:
    # Warnings are errors here, NumPy's among them.
    job = make_job(kind=kind, optimizer=optimizer, learning_rates=(0.01, 1e4, 1e20, 1e300), batch_sizes=(1, 10, 43))
    found, alone = rows(sweep_stacks(job)), rows(sweep_plain(job))
    for key, row in found.items():
        assert row.stopped == alone[key].stopped
        # One update at 1e4 may still pass.
        assert row.stopped is None if key[1] == 0.01 else row.stopped is not None or key[1] == 1e4
        for number in (row.loss, row.book_loss, row.unseen_loss, row.accuracy, row.book_accuracy, row.unseen_accuracy):
            assert number is not None
            assert np.isfinite(number)


def test_a_sibling_running_away_leaves_the_others_alone() -> None:
    calm = rows(sweep_stacks(make_job(learning_rates=(0.01, 0.02))))
    for number, row in rows(sweep_stacks(make_job(learning_rates=(0.01, 1e25)))).items():
        if number[1] == 0.01:
            assert row.loss == pytest.approx(calm[number].loss, rel=1e-6)


def test_a_stopped_sibling_goes_on_guessing_with_the_weights_it_had() -> None:
    job = make_job(learning_rates=(1e9,), batch_sizes=(10,))
    first, *later = [row for some in sweep(job) for row in some]
    assert first.stopped == 0
    assert {row.book_loss for row in later} == {first.book_loss}


@pytest.mark.parametrize("settings", [{"kind": "cnn", "optimizer": "adam"}, {"optimizer": "adam"}])
def test_what_can_t_be_rewritten_is_taught_in_the_ordinary_loop(settings: dict[str, Any]) -> None:
    job = make_job(pictures=12, batch_sizes=(5,), learning_rates=(0.003,), epochs=2, **settings)
    assert rows(sweep(job)) == rows(sweep_plain(job))


def test_the_same_job_gives_the_same_bits() -> None:
    assert rows(sweep(make_job())) == rows(sweep(make_job()))


@pytest.mark.parametrize("settings", [{}, {"steps_per_epoch": 7}, {"drop_last": True}, {"shuffle": False}], ids=str)
def test_pages_come_in_the_order_of_the_plan(settings: dict[str, Any]) -> None:
    for batch_size in (1, 4, 10, 43):
        plan = make_job(**settings).plan(batch_size)
        for epoch in range(plan.epochs):
            cut = [tuple(page.tolist()) for block in blocks(plan, epoch, 5) for page in block]
            assert cut == [batch.indices for batch in plan.batches(epoch)]


def test_whoever_stops_asking_stops_the_sweep_and_keeps_what_there_is() -> None:
    job = make_job()
    some = gather(job, islice(sweep(job), 4))
    assert not some.complete
    assert [len(sibling.epochs) for sibling in some.siblings[:6]] == [3, 3, 3, 1, 1, 1]
    assert gather(job, sweep(job)).complete


def test_a_sibling_is_found_by_its_knobs() -> None:
    job = make_job(batch_sizes=(10, 4), learning_rates=(0.03, 0.001))
    result = gather(job, sweep(job))
    assert (result.batch_sizes, result.learning_rates) == ((4, 10), (0.001, 0.03))
    sibling = result.sibling(10, 0.001)
    assert (sibling.batch_size, sibling.learning_rate) == (10, 0.001)
    assert sibling.pictures == 3 * 43
    with pytest.raises(KeyError):
        result.sibling(5, 0.001)


def test_guesses_survive_more_labels_than_a_byte_holds() -> None:
    job = make_job(pictures=30, unseen=0, labels=2)
    row = next(sweep(replace(job, labels=300, unseen_pixels=None, unseen_targets=None)))[0]
    assert sum(map(len, row.guesses)) == 30
    assert max(int(page.max()) for page in row.guesses) < 300


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"batch_sizes": ()}, "at least"),
        ({"batch_sizes": (10, 10)}, "repeated"),
        ({"learning_rates": (-1.0,)}, "above 0"),
        ({"batch_sizes": (0,)}, "batch size"),
        ({"batch_sizes": (50,), "drop_last": True}, "drop_last"),
        ({"kind": "owl"}, "owl"),
        ({"optimizer": "hope"}, "hope"),
        ({"unseen_targets": None}, "without their labels"),
    ],
    ids=str,
)
def test_what_can_t_be_meant_is_said_before_anything_is_run(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(PictureBookError, match=said):
        replace(make_job(), **settings)


def test_results_are_plain_values() -> None:
    row = next(sweep(make_job()))[0]
    assert {type(value) for value in astuple(row)} <= {int, float, tuple, bytes, type(None)}
