"""The order of reading: every rule of the loop that a person could catch us breaking."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from picturebook_tui.book.counting import MAX_PICTURES, MAX_SEED, steps_per_epoch
from picturebook_tui.book.pages import Plan, epoch_order
from picturebook_tui.errors import PictureBookError

ORDER_OF_SEED_7 = [3, 5, 6, 2, 1, 7, 0, 8, 9, 4]

plans = st.builds(
    dict,
    pictures=st.integers(1, 60),
    batch_size=st.integers(1, 80),
    epochs=st.integers(1, 5),
    seed=st.integers(0, MAX_SEED),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
    steps_per_epoch=st.none() | st.integers(1, 25),
).filter(lambda p: not (p["drop_last"] and p["batch_size"] > p["pictures"]))


def test_steps_are_rounded_up_so_no_picture_is_forgotten():
    assert steps_per_epoch(4, 10) == 1
    assert steps_per_epoch(95, 32) == 3
    assert steps_per_epoch(100, 10) == 10
    assert steps_per_epoch(101, 10) == 11
    assert steps_per_epoch(95, 32, drop_last=True) == 2


def test_the_last_page_says_its_true_end():
    pages = list(Plan(pictures=24, batch_size=10, epochs=1, seed=3).batches())
    assert [(page.first, page.last, len(page)) for page in pages] == [(1, 10, 10), (11, 20, 10), (21, 24, 4)]


def test_a_batch_larger_than_the_book_is_one_page_of_all_of_it():
    plan = Plan(pictures=4, batch_size=10, epochs=2, seed=0)
    assert (plan.steps, plan.total_steps) == (1, 2)
    page = plan.batch(0)
    assert (page.first, page.last) == (1, 4)
    assert sorted(page.indices) == [0, 1, 2, 3]


@given(plans)
def test_every_pass_shows_each_picture_once(settings: dict[str, Any]):
    plan = Plan(**settings)
    passes: dict[int, list[int]] = {}
    for page in plan.batches():
        passes.setdefault(page.pass_, []).extend(page.indices)
    whole = {number for number in passes if (number + 1) * plan.steps_per_pass <= plan.total_steps}
    for number, shown in passes.items():
        assert len(set(shown)) == len(shown), "a picture twice in one pass"
        if number in whole:
            kept = len(shown)
            tail = epoch_order(plan.pictures, plan.seed, number, shuffle=plan.shuffle)[kept:].tolist()
            assert sorted(shown + tail) == list(range(plan.pictures))
            assert len(tail) == (plan.pictures % plan.batch_size if plan.drop_last else 0)


@given(plans)
def test_steps_are_counted_since_the_start_and_within_the_epoch(settings: dict[str, Any]):
    plan = Plan(**settings)
    pages = list(plan.batches())
    assert [page.global_step for page in pages] == list(range(plan.total_steps))
    assert pages == [page for epoch in range(plan.epochs) for page in plan.batches(epoch)]
    for page in pages:
        assert page.global_step == page.epoch * plan.steps + page.step_in_epoch
        assert page.last - page.first + 1 == len(page) >= 1
        order = epoch_order(plan.pictures, plan.seed, page.pass_, shuffle=plan.shuffle)
        assert page.indices == tuple(order[page.first - 1 : page.last].tolist())


@given(plans)
def test_the_share_of_the_book_read_is_what_was_shown(settings: dict[str, Any]):
    plan = Plan(**settings)
    for epoch in range(plan.epochs):
        shown = sum(len(page) for page in plan.batches(epoch))
        assert plan.share_read(epoch) == shown / plan.pictures


@given(plans)
def test_steps_per_epoch_only_moves_the_epoch_line(settings: dict[str, Any]):
    moved = Plan(**settings)
    plain = Plan(**{**settings, "steps_per_epoch": None, "epochs": moved.total_steps // moved.steps_per_pass + 1})
    read = [page.indices for page in moved.batches()]
    assert read == [plain.batch(step).indices for step in range(moved.total_steps)]


def test_reading_goes_on_where_the_epoch_line_fell_and_wraps():
    plan = Plan(pictures=10, batch_size=4, epochs=3, seed=1, steps_per_epoch=2)
    assert [(p.epoch, p.step_in_epoch, p.first, p.last, p.pass_) for p in plan.batches()] == [
        (0, 0, 1, 4, 0),
        (0, 1, 5, 8, 0),
        (1, 0, 9, 10, 0),
        (1, 1, 1, 4, 1),
        (2, 0, 5, 8, 1),
        (2, 1, 9, 10, 1),
    ]
    assert [plan.share_read(epoch) for epoch in range(3)] == [0.8, 0.6, 0.6]


@given(plans)
def test_dropped_pictures_are_named(settings: dict[str, Any]):
    plan = Plan(**{**settings, "steps_per_epoch": None})
    for epoch in range(plan.epochs):
        shown = [picture for page in plan.batches(epoch) for picture in page.indices]
        assert sorted([*shown, *plan.dropped(epoch)]) == list(range(plan.pictures))
        assert plan.drop_last or plan.dropped(epoch) == ()


def test_dropped_pictures_are_named_in_the_epoch_where_the_book_ends():
    plan = Plan(pictures=10, batch_size=4, epochs=2, seed=1, drop_last=True, steps_per_epoch=1)
    assert plan.dropped(0) == ()
    assert plan.dropped(1) == tuple(epoch_order(10, 1, 0)[8:].tolist())


def test_each_epoch_and_each_seed_has_an_order_of_its_own():
    orders = {tuple(epoch_order(40, seed, epoch).tolist()) for seed in range(5) for epoch in range(5)}
    assert len(orders) == 25
    assert np.array_equal(epoch_order(40, 7, 2), epoch_order(40, 7, 2))
    assert epoch_order(40, 7, 2).dtype == np.intp
    assert epoch_order(5, 7, 2, shuffle=False).tolist() == [0, 1, 2, 3, 4]


def test_every_picture_is_as_likely_to_come_first():
    firsts = np.bincount([int(epoch_order(8, seed, 0)[0]) for seed in range(800)], minlength=8)
    assert firsts.min() > 60  # 100 expected, standard deviation 9.4
    assert firsts.max() < 140


def test_the_order_of_seed_7_stays_what_it_is():
    # A saved run is played again from its seed: a change here breaks every one of them.
    assert epoch_order(10, 7, 0).tolist() == ORDER_OF_SEED_7


def test_the_order_hash_can_be_worked_out_by_hand():
    plan = Plan(pictures=7, batch_size=3, epochs=2, seed=5, steps_per_epoch=2, drop_last=True)
    shown = [picture for page in plan.batches() for picture in page.indices]
    told = b"7 3 2 2\n" + b"".join(picture.to_bytes(8, "little") for picture in shown)
    assert plan.order_hash() == hashlib.sha256(told).hexdigest()


@given(plans)
def test_the_order_hash_covers_every_page(settings: dict[str, Any]):
    plan = Plan(**settings)
    digest = hashlib.sha256(f"{plan.pictures} {plan.batch_size} {plan.steps} {plan.epochs}\n".encode())
    for page in plan.batches():
        digest.update(np.array(page.indices, dtype="<i8").tobytes())
    assert plan.order_hash() == digest.hexdigest()


def test_another_seed_or_batch_size_gives_another_hash():
    hashes = {
        Plan(pictures=20, batch_size=size, epochs=2, seed=seed).order_hash() for size in (5, 10) for seed in (1, 2)
    }
    assert len(hashes) == 4


@pytest.mark.parametrize(
    "change",
    [
        {"batch_size": 0},
        {"batch_size": -3},
        {"batch_size": 2.5},
        {"batch_size": True},
        {"batch_size": "ten"},
        {"batch_size": 10**40},
        {"pictures": 0},
        {"pictures": -1},
        {"pictures": 10_000_000},
        {"epochs": 0},
        {"epochs": -1},
        {"epochs": 10**5000},
        {"epochs": None},
        {"seed": -1},
        {"seed": 2**63},
        {"seed": 1.5},
        {"steps_per_epoch": 0},
        {"steps_per_epoch": -4},
        {"batch_size": 50, "drop_last": True},
    ],
)
def test_a_number_that_cannot_be_meant_gets_a_sentence(change: dict[str, Any]):
    with pytest.raises(PictureBookError) as told:
        Plan(**{"pictures": 40, "batch_size": 10, "epochs": 3, "seed": 0, **change})
    sentence = str(told.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "choose" in sentence
    assert len(sentence) < 250


def test_drop_last_that_leaves_no_page_says_which_batch_size_would():
    with pytest.raises(PictureBookError, match="batch size of 4 or less"):
        steps_per_epoch(4, 10, drop_last=True)


def test_numpy_numbers_are_numbers_too():
    plan = Plan(pictures=np.int64(12), batch_size=np.int32(5), epochs=np.uint8(2), seed=np.int64(3))  # type: ignore[arg-type]
    assert plan == Plan(pictures=12, batch_size=5, epochs=2, seed=3)
    assert all(type(value) is int for value in (plan.pictures, plan.batch_size, plan.epochs, plan.seed))


def test_the_largest_book_has_pages_too():
    plan = Plan(pictures=MAX_PICTURES, batch_size=32, epochs=1, seed=0)
    assert plan.steps == 3125
    assert plan.batch(3124).last == MAX_PICTURES


def test_a_step_past_the_end_is_a_mistake_in_the_code():
    plan = Plan(pictures=4, batch_size=2, epochs=1, seed=0)
    for step in (-1, 2):
        with pytest.raises(IndexError):
            plan.batch(step)
    with pytest.raises(IndexError):
        plan.share_read(1)
