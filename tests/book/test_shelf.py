"""The shelf's own words hold what they promise."""

from __future__ import annotations

from itertools import pairwise

import pytest

from picturebook_tui.book.atlas import Atlas
from picturebook_tui.book.shelf import SHELF, ShelfBook, shelf_names
from picturebook_tui.book.words import LABEL_COLUMNS, RESERVED_KEYS, assign_keys, columns, is_emblem

books = pytest.mark.parametrize("book", SHELF.values(), ids=list(SHELF))


def test_the_shelf_stands_in_its_order():
    assert shelf_names() == (
        "cats-and-dogs",
        "happy-and-sad",
        "fruit-and-veg",
        "land-and-sea",
        "four-shelves",
        "who-drew-it",
        "hot-dog",
        "mixed-up-labels",
        "dax-and-wug",
        "six-wugs",
    )


@books
def test_every_emoji_of_a_shelf_book_was_drawn(book: ShelfBook, atlas: Atlas):
    for contents in book.contents:
        assert len(set(contents)) == len(contents) >= (1 if book.parts else 5)
        for emoji in (*contents, *book.sample):
            atlas.find(emoji)
    everything = [emoji for contents in book.contents for emoji in contents]
    assert len(set(everything)) == len(everything), "an emoji under two labels"


@books
def test_keys_follow_the_rule_and_leave_moving_about_alone(book: ShelfBook):
    assert book.keys == assign_keys(book.labels)
    assert not set(book.keys) & set(RESERVED_KEYS)


@books
def test_labels_and_emblems_fit_under_a_card(book: ShelfBook):
    assert len(book.labels) == len(book.keys) == len(book.emblems)
    if not book.fresh:
        assert len(book.labels) == len(book.contents or book.artists)
    assert all(is_emblem(emblem) for emblem in book.emblems)
    assert len(set(book.emblems)) == len(book.emblems)
    assert all(columns(label) <= LABEL_COLUMNS for label in book.labels)


@books
def test_the_preview_can_be_drawn_and_neighbours_differ(book: ShelfBook, atlas: Atlas):
    assert len(book.preview) == (0 if book.kinds else 6)
    for emoji, artist in book.preview:
        assert len(atlas.drawings(emoji=emoji, artist=artist)) == 1
    artists = [artist for _, artist in book.preview]
    assert all(a != b for a, b in pairwise(artists))


def test_cats_and_dogs_are_the_lessons_cats_and_dogs(atlas: Atlas):
    cats, dogs = SHELF["cats-and-dogs"].contents
    assert len(atlas.drawings(emoji=cats)) >= 93
    assert len(atlas.drawings(emoji=dogs)) >= 36


def test_four_shelves_have_about_as_many_drawings_each(atlas: Atlas):
    counts = [len(atlas.drawings(emoji=contents)) for contents in SHELF["four-shelves"].contents]
    assert min(counts) > 0.9 * max(counts)
