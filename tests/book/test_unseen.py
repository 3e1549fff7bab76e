"""What is unseen: a page for both players, and every other drawing as unseen for whoever measures a model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from picturebook_tui.book.atlas import Drawing, open_atlas
from picturebook_tui.book.book import Book, Picture, book_from_recipe
from picturebook_tui.book.load import load_book
from picturebook_tui.book.shelf import SHELF
from picturebook_tui.book.split import Looks, OtherSide
from picturebook_tui.errors import PictureBookError
from tests.book.conftest import tiny

BY_ARTIST = [name for name, shelf in SHELF.items() if shelf.contents]


def drawing(picture: Picture) -> Drawing:
    entry = open_atlas().find(picture.emoji)
    return Drawing(entry.emoji, picture.artist, entry.name, entry.category)


def counts(book: Book) -> list[int]:
    return np.bincount(book.unseen.targets, minlength=len(book.labels)).tolist()


@pytest.mark.parametrize("name", BY_ARTIST)
def test_all_drawings_by_the_unseen_artists_are_unseen_but_such_as_look_like_the_books(name: str):
    book = load_book(name, pictures=100, seed=3)
    looks = Looks(open_atlas())
    in_book = OtherSide(looks.rows([drawing(picture) for picture in book.training.pictures]))
    unseen = {(picture.label, drawing(picture)) for picture in book.unseen.pictures}
    for label, contents in enumerate(SHELF[name].contents):
        pool = [d for d in open_atlas().drawings(emoji=contents) if d.artist in book.held_out]
        apart = [d for d, near in zip(pool, in_book.near(looks.rows(pool)), strict=True) if not near]
        assert {d for of, d in unseen if of == label} == set(apart)
    assert len(unseen) == len(book.unseen), "a drawing twice"


def test_the_model_is_asked_about_more_cats_and_dogs_than_a_page():
    found = [counts(load_book("cats-and-dogs", pictures=100, seed=seed)) for seed in range(20)]
    cats, dogs = np.mean(found, axis=0)
    assert 18 < cats < 25
    assert 6 < dogs < 10


@pytest.mark.parametrize("size", [16, 32])
def test_the_page_comes_first_and_what_follows_lies_as_drawn(size: int):
    book = load_book("cats-and-dogs", seed=5, size=size)
    longer = load_book("cats-and-dogs", seed=5, size=size, unseen=20)
    assert book.unseen_cards == 10
    assert len(book.unseen) > 10
    assert longer.unseen_cards == 20
    assert sorted(np.bincount(book.unseen.targets[:10]).tolist()) == [5, 5]
    assert all(not (p.flip or p.dx or p.dy) for p in book.unseen.pictures[10:])


def test_hot_dog_has_hardly_a_hot_dog_to_ask_about_and_says_so():
    for seed in range(6):
        hot_dogs, others = counts(load_book("hot-dog", seed=seed))
        assert 1 <= hot_dogs <= 2 < 40 < others


def test_who_drew_it_asks_about_all_things_that_are_not_in_the_book():
    book = load_book("who-drew-it", seed=1)
    assert book.held_out == ()
    assert min(counts(book)) > 60
    assert not {p.emoji for p in book.unseen.pictures} & {p.emoji for p in book.training.pictures}
    assert "not in the book" in book.unseen_means


def test_dax_and_wug_asks_about_other_things_by_other_artists():
    book = load_book("dax-and-wug", seed=1)
    assert len(book.unseen) > book.unseen_cards
    assert {p.artist for p in book.unseen.pictures} <= set(book.held_out)
    assert not {p.emoji for p in book.unseen.pictures} & {p.emoji for p in book.training.pictures}


@pytest.mark.parametrize("unseen", [1, 2, 10])
def test_six_wugs_has_the_same_eight_creatures_turned_round(unseen: int):
    book = load_book("six-wugs", seed=2, unseen=unseen)
    assert {p.name for p in book.unseen.pictures} == {p.name for p in book.training.pictures}
    assert all(p.flip for p in book.unseen.pictures)
    assert "turned round" in book.unseen_means


def test_the_labels_of_unseen_pictures_are_right_where_the_books_are_mixed_up():
    book = load_book("mixed-up-labels", seed=2, wrong_labels=0.5)
    assert not any(picture.mixed_up for picture in book.unseen.pictures)
    assert "rightly labelled" in book.unseen_means


@pytest.mark.parametrize("name", list(SHELF))
def test_a_book_without_unseen_pages_has_no_unseen_picture_at_all(name: str):
    book = load_book(name, unseen=0)
    assert (len(book.unseen), book.unseen_cards, book.unseen_means) == (0, 0, "")


def test_distorted_pages_are_the_same_however_many_pictures_follow():
    plain, noisy = (load_book("cats-and-dogs", seed=4, distortion=kind) for kind in (None, "noise"))
    assert len(noisy.unseen) == len(plain.unseen)
    assert not np.array_equal(noisy.unseen.pixels[10:], plain.unseen.pixels[10:])


def own(tmp_path: Path, value: object, **wishes: int) -> Book:
    path = tmp_path / "pets.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return load_book(path, **wishes)


def test_a_book_of_ones_own_asks_about_every_drawing_of_its_unseen_emoji(tmp_path: Path):
    pets = {"labels": {"cat": "🐱😺😸", "dog": "🐶🐕"}, "unseen": {"cat": "😼", "dog": "🐩"}}
    book = own(tmp_path, pets)
    assert book.unseen_cards == 2
    assert {p.emoji for p in book.unseen.pictures} == {"😼", "🐩"}
    assert {p.artist for p in book.unseen.pictures} <= set(book.held_out)
    assert len(book.unseen) > 2


def test_a_book_of_ones_own_without_unseen_pages_asks_about_other_artists_drawings(tmp_path: Path):
    book = own(tmp_path, [{"image": "🐱", "label": "cat"}, {"image": "🐶", "label": "dog"}])
    assert book.unseen_cards == 2
    assert {p.artist for p in book.unseen.pictures} == set(book.held_out)
    assert not set(book.held_out) & {p.artist for p in book.training.pictures}
    assert "artists" in book.unseen_means


def test_where_artists_stand_on_both_sides_that_is_said(tmp_path: Path):
    path = tmp_path / "pets.json"
    pets = {"labels": {"cat": "🐱", "dog": "🐶"}, "unseen": {"cat": "😼", "dog": "🐩"}}
    path.write_text(json.dumps(pets), encoding="utf-8")
    # One artist drew everything, and nobody is left to be held out.
    book = load_book(path, atlas=tiny({emoji: ["noto"] for emoji in "🐱🐶😼🐩"}))
    assert (book.unseen_cards, book.held_out) == (2, ())
    assert "some by artists who are" in book.unseen_means


def test_a_saved_book_comes_back_with_its_cards_and_all_it_is_measured_with():
    book = load_book("cats-and-dogs", seed=8)
    again = book_from_recipe(json.loads(json.dumps(book.recipe())))
    assert (again.unseen_cards, len(again.unseen)) == (book.unseen_cards, len(book.unseen))
    assert (again.unseen_means, again.pixels_hash) == (book.unseen_means, book.pixels_hash)


def test_a_book_saved_by_an_older_version_has_all_its_unseen_pictures_on_the_page():
    book = load_book("cats-and-dogs", seed=8, unseen=200)
    recipe = {**book.recipe(), "version": 3}
    del recipe["cards"], recipe["unseen_means"]
    again = book_from_recipe(recipe)
    assert again.unseen_cards == len(again.unseen) == len(book.unseen)


@pytest.mark.parametrize("cards", [-1, 10_000, "10", True, None, 2.0])
def test_a_damaged_number_of_cards_is_a_sentence(cards: object):
    recipe = {**load_book("cats-and-dogs").recipe(), "cards": cards}
    with pytest.raises(PictureBookError, match="damaged"):
        book_from_recipe(recipe)
