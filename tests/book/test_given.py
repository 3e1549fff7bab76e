"""A book made in Python: what anybody would pass works, or one sentence says what to pass instead."""

from __future__ import annotations

import io
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picturebook_tui import load_book
from picturebook_tui.book.words import harmless
from picturebook_tui.errors import PictureBookError
from tests.book.conftest import sentence_of

ROWS = [
    {"image": "🐱", "label": "cat"},
    {"image": "🐶", "label": "dog"},
    {"image": "🐈", "label": "cat"},
    {"image": "🐕", "label": "dog"},
]
PAIRS = [(row["image"], row["label"]) for row in ROWS]
Row = namedtuple("Row", "image label")


def sentence(*asked: Any, **more: Any) -> str:
    with pytest.raises(PictureBookError) as error:
        load_book(*asked, **more)
    told = str(error.value)
    assert all(map(harmless, told))
    assert told[-1] in ".?"
    assert len(told) < 500
    return told


@pytest.mark.parametrize(
    "make",
    [
        lambda: ROWS,
        lambda: tuple(ROWS),
        lambda: iter(ROWS),
        lambda: (row for row in ROWS),
        lambda: PAIRS,
        lambda: [list(pair) for pair in PAIRS],
        lambda: [*ROWS[:2], *PAIRS[2:]],
        lambda: [Row(*pair) for pair in PAIRS],
        lambda: [MappingProxyType(row) for row in ROWS],
        lambda: zip("🐱🐶🐈🐕", ["cat", "dog", "cat", "dog"], strict=True),
        lambda: dict(PAIRS).items(),
        lambda: np.array(PAIRS),
        lambda: np.array(PAIRS, dtype=object),
        lambda: np.array(PAIRS, dtype=[("image", "U4"), ("label", "U8")]),
        lambda: {"pictures": ROWS},
        lambda: {"pictures": tuple(PAIRS)},
        lambda: {"pictures": iter(ROWS)},
        lambda: {"labels": {"cat": "🐱🐈", "dog": ["🐶", "🐕"]}},
        lambda: {"labels": OrderedDict(cat=("🐱", "🐈"), dog="🐶🐕")},
    ],
)
def test_pictures_given_in_any_usual_way_make_the_same_book(make: Callable[[], Any]):
    book = load_book(make(), seed=3)
    assert (book.title, book.labels, book.keys, book.emblems) == ("My book", ("cat", "dog"), ("c", "d"), ("🐱", "🐶"))
    assert sorted((p.emoji, p.label) for p in book.training.pictures) == sorted(
        (emoji, ("cat", "dog").index(label)) for emoji, label in PAIRS
    )
    assert len(book.unseen) >= 2


def test_the_lessons_own_list_makes_the_book_that_its_file_makes(tmp_path: Path):
    path = tmp_path / "my-book.json"
    path.write_text('[{"image": "🐱", "label": "cat"}, {"image": "🐶", "label": "dog"}]', "utf-8")
    books = [load_book(source, seed=7) for source in (ROWS[:2], path, str(path))]
    assert len({book.pixels_hash for book in books}) == 1
    assert len({str(book.recipe()) for book in books}) == 1


def test_numbers_serve_as_labels_and_a_third_place_as_the_split():
    book = load_book([("🐱", 0), ("🐶", np.int64(1)), ("🐈", 0, "unseen"), ("🐕", 1, "unseen")])
    assert book.labels == ("0", "1")
    assert {p.emoji for p in book.unseen.pictures} == {"🐈", "🐕"}


def test_a_conflict_in_a_given_list_stands_in_the_books_warnings():
    book = load_book([("🐱", "cat"), ("🐶", "dog"), ("🐱", "dog", "unseen"), ("🐈", "cat", "unseen")])
    assert len(book.warnings) == 1
    assert book.warnings[0].startswith("🐱 has more than one label")


def test_a_generator_without_an_end_is_given_up():
    def endless() -> Any:
        while True:
            yield from PAIRS

    assert "more than 100,000" in sentence(endless())


class Frame:
    columns = ("image", "label")

    def to_dict(self, kind: str = "dict") -> Any:
        return ROWS

    def __iter__(self) -> Any:
        return iter(self.columns)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (None, "made of None"),
        (7, "an int"),
        (2.5, "a float"),
        (True, "a bool"),
        (b"cats-and-dogs", "bytes"),
        (bytearray(b"x"), "bytearray"),
        (object(), "an object"),
        (load_book, "a function"),
        ([], "no pictures"),
        ({}, "neither"),
        (iter(()), "no pictures"),
        (np.zeros((4, 16, 16, 3), np.uint8), "Learner.fit(pixels, targets)"),
        (np.zeros(4), "no emoji"),
        (np.array("🐱"), "list of pictures"),
        (Frame(), 'to_dict("records")'),
        (io.StringIO("[]"), "its path"),
        (set(PAIRS), "no order"),
        (["🐱", "🐶"], "picture 1 is not"),
        ([None], "picture 1 is not"),
        ([("🐱",)], "picture 1 is not"),
        ([("cat", "🐱"), ("dog", "🐶")], "'cat' is no emoji"),
        ([("🐱", None), ("🐶", "dog")], "“label” of picture 1"),
        ([("🐱", 1.5), ("🐶", "dog")], "“label” of picture 1"),
        ([("🐱", True), ("🐶", False)], "“label” of picture 1"),
        ([("🐱", []), ("🐶", {})], "“label” of picture 1"),
        ([("🐱", b"cat"), ("🐶", b"dog")], "“label” of picture 1"),
        ([(1, "cat"), (2, "dog")], "“image” of picture 1"),
        ([*ROWS, {"image": "🐱"}], "picture 5 has no “label”"),
        ([*ROWS, {"image": "🐱", "label": "cat", "split": 3}], "“split” of picture 5"),
        ({"image": ["🐱", "🐶"], "label": ["cat", "dog"]}, "“image” is not something"),
        ({1: 2}, "“1” is not something"),
        ({None: None}, "is not something"),
        ({"pictures": None}, "neither"),
        ({"pictures": 5}, "no list of pictures"),
        ({"pictures": "🐱🐶"}, "no list of pictures"),
        ({"labels": {"cat": 5, "dog": "🐶"}}, "not emoji"),
        ({"labels": {None: "🐱", "dog": "🐶"}}, "not a text"),
        ({"labels": {"cat": "🐱", "dog": "🐶"}, "unseen": 5}, "no list of pictures"),
        ({"labels": {"cat": "🐱", "dog": "🐶"}, "keys": {1: "c"}}, "one text per label"),
        ({"labels": {"cat": "🐱", "dog": "🐶"}, "emblems": 5}, "one text per label"),
        ({"labels": {"cat": "🐱", "dog": "🐶"}, "mirror": 1}, "true or false"),
        (PurePosixPath("cats-and-dogs"), "no file"),
    ],
)
def test_what_is_no_book_gets_a_sentence(given: Any, says: str):
    assert says in sentence(given)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"pictures": "100"}, "whole number"),
        ({"pictures": True}, "not a number"),
        ({"pictures": 10.0}, "whole number"),
        ({"pictures": [10]}, "whole number"),
        ({"pictures": np.array([10, 20])}, "whole number"),
        ({"unseen": "10"}, "whole number"),
        ({"unseen": None, "pictures": -1}, "too small"),
        ({"seed": None}, "whole number"),
        ({"seed": "7"}, "whole number"),
        ({"seed": -1}, "too small"),
        ({"seed": 2**70}, "too large"),
        ({"size": 7}, "16 or 32"),
        ({"size": None}, "16 or 32"),
        ({"size": True}, "16 or 32"),
        ({"size": np.float32(16)}, "16 or 32"),
        ({"size": np.array([16, 32])}, "16 or 32"),
        ({"size": [16]}, "16 or 32"),
        ({"augment": "no"}, "True or False"),
        ({"augment": None}, "True or False"),
        ({"held_out": "noto"}, "list of artists"),
        ({"held_out": 5}, "list of artists"),
        ({"held_out": [None]}, "no artist"),
        ({"held_out": [["noto"]]}, "no artist"),
        ({"held_out": []}, "hold out other artists"),
        ({"wrong_labels": 0.2}, "mixed-up-labels"),
        ({"wrong_labels": "0.2"}, "mixed-up-labels"),
        ({"kind": 3}, "six-wugs"),
        ({"distortion": 5}, "no distortion"),
        ({"distortion": ["noise"]}, "no distortion"),
        ({"distortion": "noise", "distortion_level": "2"}, "whole number"),
        ({"distortion_level": 2}, "needs its kind"),
        ({"atlas": "drawings"}, "atlas"),
    ],
)
@pytest.mark.parametrize("source", ["cats-and-dogs", PAIRS])
def test_an_argument_that_can_not_be_meant_gets_a_sentence(source: Any, asked: dict[str, Any], says: str):
    if asked == {"held_out": []} and source is PAIRS:
        says = "hold out others"
    assert says in sentence(source, **asked)


@pytest.mark.parametrize("share", ["0.2", True, -0.1, 0.6, float("nan"), [0.1], None.__class__])
def test_a_share_of_wrong_labels_that_is_none_gets_a_sentence(share: Any):
    assert "from 0 (none)" in sentence("mixed-up-labels", wrong_labels=share)


def test_numbers_of_numpy_are_numbers():
    book = load_book(
        "mixed-up-labels",
        pictures=np.int64(20),
        seed=np.uint8(3),
        size=np.int32(16),
        augment=np.bool_(True),  # type: ignore[arg-type]
        wrong_labels=np.float32(0.25),  # type: ignore[arg-type]
        held_out=(key for key in ["noto"]),
    )
    assert (len(book.training), book.seed, len(book.mixed_up), book.held_out) == (20, 3, 5, ("noto",))


names = st.sampled_from(["image", "label", "labels", "pictures", "unseen", "keys", "title"]) | st.integers()
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.sampled_from(["🐱", "🐶", "cat", "dog", "image", "label", "unseen"]),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner)
    | st.dictionaries(names, inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(anything | st.lists(st.tuples(st.sampled_from("🐱🐶🐈"), anything), max_size=4))
@settings(max_examples=300)
def test_whatever_is_given_is_a_book_or_a_sentence(given: Any):
    made: list[Any] = []
    told = sentence_of(lambda: made.append(load_book(given)))
    assert all(map(harmless, told))
    assert told or len(made[0].labels) >= 2
