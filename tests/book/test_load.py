"""A book's promises: balanced, seeded, nothing shared between its two sides, and exactly what the atlas draws."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from picturebook_tui.book.atlas import ARTISTS, Atlas, Drawing
from picturebook_tui.book.book import Picture
from picturebook_tui.book.load import load_book
from picturebook_tui.book.shelf import SHELF, shelf_names
from picturebook_tui.book.split import KIN, NEAR_DUPLICATE
from picturebook_tui.errors import PictureBookError
from tests.book.conftest import tiny

BY_ARTIST = [name for name in shelf_names() if not SHELF[name].artists and not SHELF[name].kinds]
BALANCED = [name for name in shelf_names() if not SHELF[name].parts]
OF_OTHERS = [name for name in shelf_names() if not SHELF[name].kinds]


def drawing_of(picture: Picture) -> tuple[str, str]:
    return picture.emoji, picture.artist


@pytest.mark.parametrize("name", BALANCED)
@given(st.integers(0, 2**63 - 1), st.integers(4, 90), st.integers(0, 30))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_labels_are_balanced(name: str, seed: int, pictures: int, unseen: int):
    book = load_book(name, pictures=pictures, unseen=unseen, seed=seed)
    assert book.unseen_cards == unseen
    for part, count in ((book.training, pictures), (book.unseen, unseen)):
        shares = np.bincount(part.targets[:count], minlength=len(book.labels))
        assert shares.sum() == count
        assert shares.max() - shares.min() == (1 if count % len(book.labels) else 0)


@pytest.mark.parametrize("name", OF_OTHERS)
@pytest.mark.parametrize("seed", range(4))
def test_no_drawing_nor_near_duplicate_is_on_both_sides(name: str, seed: int, atlas: Atlas):
    book = load_book(name, pictures=150, unseen=30, seed=seed, augment=False)
    drawn = [
        dict(zip(map(drawing_of, part.pictures), part.pixels, strict=True)) for part in (book.training, book.unseen)
    ]
    assert not drawn[0].keys() & drawn[1].keys()
    ours, others = (np.stack(list(side.values())).astype(float) for side in drawn)
    for seen in (others, others[:, :, ::-1]):
        for key, picture in zip(drawn[0], ours, strict=True):
            difference = np.sqrt(np.mean((picture - seen) ** 2, axis=(1, 2, 3)))
            nearest = list(drawn[1])[int(difference.argmin())]
            assert difference.min() > NEAR_DUPLICATE - 0.1, (key, nearest)


@pytest.mark.parametrize("name", BY_ARTIST)
def test_unseen_artists_drew_nothing_in_the_book(name: str):
    chosen = set()
    for seed in range(12):
        book = load_book(name, seed=seed)
        assert {p.artist for p in book.unseen.pictures} <= set(book.held_out)
        assert not {p.artist for p in book.training.pictures} & set(book.held_out)
        assert len(book.held_out) == 2
        assert not any(len(kin & set(book.held_out)) == 1 for kin in KIN)
        chosen.add(book.held_out)
    assert len(chosen) > 4, "the same artists again and again"


@pytest.mark.parametrize("seed", range(5))
def test_who_drew_it_keeps_emoji_unseen_and_artists_as_labels(seed: int):
    book = load_book("who-drew-it", pictures=300, unseen=60, seed=seed)
    assert not {p.emoji for p in book.training.pictures} & {p.emoji for p in book.unseen.pictures}
    for part in (book.training, book.unseen):
        assert all(p.artist == SHELF["who-drew-it"].artists[p.label] for p in part.pictures)
    assert book.held_out == ()


@pytest.mark.parametrize("name", shelf_names())
def test_the_same_seed_makes_the_same_book_and_another_seed_another(name: str):
    books = [load_book(name, seed=seed) for seed in (3, 3, 4)]
    assert books[0].pixels_hash == books[1].pixels_hash != books[2].pixels_hash
    assert books[0].training.pictures == books[1].training.pictures


def test_drawings_come_again_only_when_all_have_been_shown_and_then_lie_another_way():
    book = load_book("cats-and-dogs", pictures=400, seed=5)
    for label in range(2):
        times = Counter(drawing_of(p) for p in book.training.pictures if p.label == label)
        assert max(times.values()) - min(times.values()) <= 1
    dogs = [p for p in book.training.pictures if p.label == 1]
    assert len(dogs) > 5 * len({drawing_of(p) for p in dogs})
    assert len(set(dogs)) == len(dogs), "the same drawing lies the same way twice"


def test_without_augmentation_pictures_are_as_drawn():
    book = load_book("cats-and-dogs", pictures=100, augment=False)
    assert all((p.flip, p.dx, p.dy) == (False, 0, 0) for p in book.training.pictures)


def test_which_label_has_the_odd_picture_is_left_to_chance():
    odd = Counter(
        np.bincount(load_book("cats-and-dogs", pictures=5, unseen=0, seed=s).training.targets)[0] for s in range(40)
    )
    assert min(odd[2], odd[3]) > 8  # 20 expected, standard deviation 3.2


def test_training_pictures_are_moved_from_the_first_time_on():
    plain = [(p.flip, p.dx, p.dy) == (False, 0, 0) for p in load_book("cats-and-dogs").training.pictures]
    assert sum(plain) < 12  # 2.2 expected of 40


def test_augmentation_uses_every_way_to_lie():
    book = load_book("cats-and-dogs", pictures=1000)
    assert len({(p.flip, p.dx, p.dy) for p in book.training.pictures}) == 18


def test_unseen_pictures_lie_as_drawn_until_they_come_again():
    book = load_book("cats-and-dogs", unseen=60, seed=2)
    dogs = [p for p in book.unseen.pictures if p.label == 1]
    kinds = {drawing_of(p) for p in dogs}
    plain = [drawing_of(p) for p in dogs if (p.flip, p.dx, p.dy) == (False, 0, 0)]
    assert len(dogs) > len(kinds)
    assert sorted(plain) == sorted(kinds)
    assert len(set(dogs)) == len(dogs)


def test_labels_are_mixed_in_the_book_and_on_the_unseen_pages():
    changes = [
        np.count_nonzero(np.diff(targets)) / (len(targets) - 1)
        for seed in range(20)
        for book in [load_book("cats-and-dogs", seed=seed)]
        for targets in (book.training.targets, book.unseen.targets[: book.unseen_cards])
    ]
    assert 0.4 < np.mean(changes) < 0.65  # an unmixed set of two labels changes once


@pytest.mark.parametrize("size", [16, 32])
def test_pixels_are_what_the_atlas_draws_for_each_description(size: int, atlas: Atlas):
    book = load_book("four-shelves", pictures=200, unseen=12, seed=1, size=size)
    for part in (book.training, book.unseen):
        assert part.pixels.dtype == np.uint8
        assert part.pixels.shape == (len(part), size, size, 3)
        assert part.targets.dtype == np.int64
        for picture, pixels, target in zip(part.pictures, part.pixels, part.targets, strict=True):
            drawing = Drawing(picture.emoji, picture.artist, "", "")
            told = atlas.pixels(drawing, size, flip=picture.flip, dx=picture.dx, dy=picture.dy)
            assert np.array_equal(pixels, told)
            assert picture.label == target
            assert picture.name == atlas.find(picture.emoji).name


def test_both_sizes_show_the_same_drawings():
    small, large = (load_book("fruit-and-veg", size=size, seed=9) for size in (16, 32))
    assert small.training.pictures == large.training.pictures
    assert small.unseen.pictures == large.unseen.pictures


def test_nothing_in_a_book_can_be_painted_over():
    book = load_book("cats-and-dogs")
    with pytest.raises(ValueError):
        book.training.pixels[0, 0, 0, 0] = 1
    with pytest.raises(ValueError):
        book.unseen.targets[0] = 1


def test_a_book_has_forty_pictures_and_ten_unseen_where_nobody_says_otherwise():
    book = load_book("cats-and-dogs")
    assert (len(book.training), book.unseen_cards) == (40, 10)


def test_without_unseen_pages_everybody_draws_for_the_book():
    book = load_book("cats-and-dogs", pictures=600, unseen=0)
    assert len(book.unseen) == 0
    assert book.unseen.pixels.shape == (0, 16, 16, 3)
    assert book.held_out == ()
    assert {p.artist for p in book.training.pictures} == set(ARTISTS)


@pytest.mark.parametrize("artist", ARTISTS)
def test_any_one_artist_can_be_held_out_by_name(artist: str):
    book = load_book("cats-and-dogs", pictures=60, unseen=4, held_out=[artist])
    assert book.held_out == (artist,)
    assert {p.artist for p in book.unseen.pictures} == {artist}
    assert artist not in {p.artist for p in book.training.pictures}


def test_the_largest_book_keeps_each_description_once():
    book = load_book("cats-and-dogs", pictures=100_000, unseen=10)
    assert book.training.pixels.nbytes == 100_000 * 768
    assert len({id(p) for p in book.training.pictures}) <= 132 * 18


@pytest.mark.parametrize("name", ["Cats & Dogs", "cats_and_dogs", " CATS-AND-DOGS ", "Who drew it?"])
def test_a_shelf_book_answers_to_its_title_too(name: str):
    assert load_book(name).title in {"Cats & Dogs", "Who drew it?"}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"name": "cat-and-dogs"}, "cats-and-dogs"),
        ({"name": "no such thing at all"}, "fruit-and-veg"),
        ({"name": ""}, "cats-and-dogs"),
        ({"name": "\x1b[2J"}, r"\\x1b"),
        ({"pictures": 0}, "choose"),
        ({"pictures": -5}, "choose"),
        ({"pictures": 1}, "2 or more"),
        ({"pictures": 10_000_000}, "100,000"),
        ({"pictures": 2.5}, "whole number"),
        ({"unseen": -1}, "choose"),
        ({"unseen": 10_000_000}, "100,000"),
        ({"seed": -1}, "choose"),
        ({"size": 17}, "16 or 32"),
        ({"size": "16"}, "16 or 32"),
        ({"size": 16.0}, "16 or 32"),
        ({"held_out": ["picasso"]}, "noto"),
        ({"held_out": ARTISTS}, "hold out"),
        ({"name": "who-drew-it", "held_out": ["noto"]}, "held_out"),
        ({"name": "four-shelves", "pictures": 3}, "4 or more"),
    ],
)
def test_what_cannot_be_had_gets_one_sentence(asked: dict[str, Any], told: str):
    name = asked.pop("name", "cats-and-dogs")
    with pytest.raises(PictureBookError, match=told) as error:
        load_book(name, **asked)
    sentence = str(error.value)
    assert "\n" not in sentence
    assert "\x1b" not in sentence
    assert sentence[-1] in ".?"


def test_the_next_choice_is_taken_where_near_duplicates_would_empty_a_label():
    # Every dog by everyone looks like one and the same: no side can be kept apart from the other.
    cats, dogs = SHELF["cats-and-dogs"].contents
    five = ("noto", "twemoji", "openmoji", "emojione", "fxemoji")
    drawn = {**dict.fromkeys(cats, five), **dict.fromkeys(dogs, five)}
    alike = {(dog, key): (dogs[0], "noto") for dog in dogs for key in five if (dog, key) != (dogs[0], "noto")}
    with pytest.raises(PictureBookError, match="0 unseen"):
        load_book("cats-and-dogs", atlas=tiny(drawn, alike))
    assert len(load_book("cats-and-dogs", unseen=0, atlas=tiny(drawn, alike)).training) == 40
    # One dog that looks like no other: it must be in the book, so six of ten choices work.
    del alike[dogs[1], "fxemoji"]
    for seed in range(10):
        book = load_book("cats-and-dogs", seed=seed, atlas=tiny(drawn, alike))
        training = {drawing_of(p) for p in book.training.pictures if p.label == 1}
        assert training == {(dogs[1], "fxemoji")}
        assert "fxemoji" not in book.held_out
