"""A saved run finds its book again, pixel for pixel, or says why not."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picturebook_tui.book.atlas import Atlas
from picturebook_tui.book.book import RECIPE_VERSION, Book, book_from_recipe
from picturebook_tui.book.load import load_book
from picturebook_tui.book.shelf import shelf_names
from picturebook_tui.errors import PictureBookError
from tests.book.conftest import sentence_of, tiny

RECIPE: dict[str, Any] = load_book("cats-and-dogs", pictures=12, unseen=4, seed=3).recipe()


@pytest.mark.parametrize("name", shelf_names())
@pytest.mark.parametrize("size", [16, 32])
def test_a_saved_book_comes_back_as_it_was(name: str, size: int):
    book = load_book(name, pictures=90, unseen=20, seed=4, size=size)
    again = book_from_recipe(json.loads(json.dumps(book.recipe())))
    assert again.pixels_hash == book.pixels_hash
    for part, other in ((again.training, book.training), (again.unseen, book.unseen)):
        assert part.pictures == other.pictures
    for key in ("name", "title", "about", "labels", "keys", "emblems", "size", "seed", "held_out", "secret", "fresh"):
        assert getattr(again, key) == getattr(book, key)
    with pytest.raises(ValueError):
        again.training.pixels[0, 0, 0, 0] = 1


def test_a_saved_book_needs_neither_the_file_nor_the_shelf(tmp_path: Path):
    file = tmp_path / "pets.json"
    file.write_text('{"labels": {"cat": "🐱🐈", "dog": "🐶🐕"}}', encoding="utf-8")
    book = load_book(file)
    file.unlink()
    assert book_from_recipe(book.recipe()).pixels_hash == book.pixels_hash


def test_a_book_without_unseen_pages_comes_back_too():
    book = load_book("cats-and-dogs", unseen=0)
    assert book_from_recipe(book.recipe()).pixels_hash == book.pixels_hash


def test_a_recipe_is_small_and_plain():
    recipe = load_book("cats-and-dogs").recipe()
    text = json.dumps(recipe)
    assert json.loads(text) == recipe
    assert len(text) < 4000


def test_other_drawings_under_the_same_names_are_noticed():
    kinds = {emoji: ("noto", "openmoji") for emoji, _ in RECIPE["drawings"]}
    kinds.update({emoji: [a for e, a in RECIPE["drawings"] if e == emoji] for emoji, _ in RECIPE["drawings"]})
    with pytest.raises(PictureBookError, match="drawings have changed"):
        book_from_recipe(RECIPE, atlas=tiny(kinds))


def test_a_changed_label_is_noticed():
    changed = copy.deepcopy(RECIPE)
    changed["training"][0][1] ^= 1
    with pytest.raises(PictureBookError, match="start a new run"):
        book_from_recipe(changed)


def test_a_recipe_from_a_newer_game_says_so():
    with pytest.raises(PictureBookError, match="newer"):
        book_from_recipe({**RECIPE, "version": RECIPE_VERSION + 1})


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(RECIPE)), anything)
@settings(max_examples=150)
def test_a_damaged_recipe_is_one_sentence(key: str, value: Any):
    made: list[Book] = []
    sentence = sentence_of(lambda: made.append(book_from_recipe({**copy.deepcopy(RECIPE), key: value})))
    assert "\n" not in sentence
    # Only the words around the pictures may be anything.
    assert sentence or made[0].pixels_hash == RECIPE["pixels_hash"]


@given(st.integers(0, 11), st.integers(0, 4), anything)
@settings(max_examples=100)
def test_a_damaged_picture_is_one_sentence(row: int, column: int, value: Any):
    damaged = copy.deepcopy(RECIPE)
    before = damaged["training"][row][column]
    damaged["training"][row][column] = value
    assert sentence_of(lambda: book_from_recipe(damaged)) or (value == before and type(value) is int)


@pytest.mark.parametrize("missing", sorted(RECIPE))
def test_a_recipe_with_a_part_missing_is_one_sentence(missing: str):
    with pytest.raises(PictureBookError, match="start a new run"):
        book_from_recipe({key: value for key, value in RECIPE.items() if key != missing})


def test_the_hash_covers_both_sides_and_their_labels(atlas: Atlas):
    hashes = {
        load_book("cats-and-dogs", pictures=20, unseen=unseen, seed=seed, atlas=atlas).pixels_hash
        for unseen in (0, 4, 6)
        for seed in (1, 2)
    }
    assert len(hashes) == 6
