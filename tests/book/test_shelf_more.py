"""The shelf's own kinds of book: rare labels, wrong labels, hidden rules, and creatures of this game's own."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest

from picturebook_tui.book.atlas import PAPER, Atlas
from picturebook_tui.book.book import Book, book_from_recipe
from picturebook_tui.book.deal import RULE, weighted
from picturebook_tui.book.load import load_book
from picturebook_tui.book.previews import preview_pictures
from picturebook_tui.book.rules import RULES, choose_rule, sorted_by, subjects
from picturebook_tui.book.shelf import SHELF, shelf_names
from picturebook_tui.book.six import NUMERALS, TYPES, families_of, rule_told
from picturebook_tui.book.wugs import COOL, KINDS, SHAPES, SIZES, WARM, Wug, wug_pixels
from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.learner import Learner

# -- every book ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", shelf_names())
def test_every_book_has_a_row_of_pictures_for_home(name: str, atlas: Atlas):
    row = preview_pictures(SHELF[name], atlas)
    assert len(row) == 6
    assert all(picture.pixels.shape == (16, 16, 3) for picture in row)
    assert len({picture.pixels.tobytes() for picture in row}) == 6
    assert all(a.artist != b.artist or not b.emoji for a, b in pairwise(row))


@pytest.mark.parametrize("name", shelf_names())
def test_what_a_book_shows_is_said_in_two_short_lines(name: str):
    about = SHELF[name].about
    assert about[-1] in ".?"
    assert len(about) <= 78


@pytest.mark.parametrize("name", shelf_names())
def test_only_books_with_something_to_tell_have_a_secret(name: str):
    book = load_book(name)
    assert bool(book.secret) == (name in {"mixed-up-labels", "dax-and-wug", "six-wugs"})
    assert book.fresh == (name in {"dax-and-wug", "six-wugs"})
    assert bool(book.mixed_up) == (name == "mixed-up-labels")


@pytest.mark.parametrize("name", [name for name in shelf_names() if name != "mixed-up-labels"])
def test_other_books_kindly_refuse_wrong_labels(name: str):
    with pytest.raises(PictureBookError, match="leave that away, or play mixed-up-labels"):
        load_book(name, wrong_labels=0.2)


@pytest.mark.parametrize("name", [name for name in shelf_names() if name != "six-wugs"])
def test_other_books_kindly_refuse_a_kind(name: str):
    with pytest.raises(PictureBookError, match="leave that away, or play six-wugs"):
        load_book(name, kind=2)


def test_a_book_of_ones_own_refuses_both_before_it_is_read():
    for knob in ({"wrong_labels": 0.1}, {"kind": 1}):
        with pytest.raises(PictureBookError, match="A book of your own"):
            load_book("nowhere.json", **knob)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "asked", "told"),
    [
        ("mixed-up-labels", {"wrong_labels": 0.6}, "from 0"),
        ("mixed-up-labels", {"wrong_labels": -0.1}, "from 0"),
        ("mixed-up-labels", {"wrong_labels": float("nan")}, "from 0"),
        ("mixed-up-labels", {"wrong_labels": True}, "from 0"),
        ("mixed-up-labels", {"wrong_labels": "half"}, "from 0"),
        ("six-wugs", {"kind": 0}, "1 to 6"),
        ("six-wugs", {"kind": 7}, "1 to 6"),
        ("six-wugs", {"kind": 2.0}, "whole number"),
        ("six-wugs", {"held_out": ["noto"]}, "held_out"),
    ],
)
def test_a_knob_that_cannot_be_meant_gets_one_sentence(name: str, asked: dict[str, Any], told: str):
    with pytest.raises(PictureBookError, match=told) as error:
        load_book(name, **asked)
    assert "\n" not in str(error.value)


def test_a_book_saved_before_there_were_secrets_still_opens():
    recipe = load_book("cats-and-dogs", pictures=6, unseen=2).recipe()
    older = {key: value for key, value in recipe.items() if key not in {"secret", "fresh", "mixed_up"}}
    assert book_from_recipe({**older, "version": 1}).pixels_hash == recipe["pixels_hash"]


# -- Hot dog? -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pictures", [2, 9, 10, 19, 40, 95, 100, 300])
def test_one_picture_in_ten_is_a_hot_dog(pictures: int):
    book = load_book("hot-dog", pictures=pictures, unseen=20)
    assert np.bincount(book.training.targets)[0] == max(1, pictures // 10)
    assert np.bincount(book.unseen.targets)[0] == 2
    assert all((picture.emoji == "🌭") == (picture.label == 0) for picture in book.training.pictures)


def test_parts_add_up_and_leave_no_label_out():
    for total in range(60):
        counts = weighted(total, (1, 9))
        assert sum(counts) == total
        assert min(counts) >= (total >= 2)


# -- Mixed-up labels ----------------------------------------------------------------------------------------

CATS, DOGS = SHELF["mixed-up-labels"].contents


def truly(picture: Any) -> int:
    return 0 if picture.emoji in CATS else 1


@pytest.mark.parametrize(
    ("share", "pictures", "wrong"), [(None, 40, 8), (0.0, 40, 0), (0.1, 40, 4), (0.3, 95, 29), (0.5, 20, 10)]
)
def test_just_so_many_labels_are_wrong_and_the_book_knows_which(share: float | None, pictures: int, wrong: int):
    book = load_book("mixed-up-labels", pictures=pictures, wrong_labels=share, seed=4)
    lies = [index for index, picture in enumerate(book.training.pictures) if truly(picture) != picture.label]
    assert list(book.mixed_up) == lies
    assert len(lies) == wrong
    for index, picture in enumerate(book.training.pictures):
        assert book.training.targets[index] == picture.label
        assert picture.true_label == (truly(picture) if index in lies else None)
    if wrong:
        assert book.secret.startswith(f"{wrong} of the book's {pictures} labels were wrong")
    else:
        assert book.secret == ""


@pytest.mark.parametrize("share", [None, 0.5])
def test_the_unseen_pages_are_right(share: float | None):
    book = load_book("mixed-up-labels", pictures=300, unseen=40, wrong_labels=share, seed=1)
    assert all(truly(picture) == picture.label and not picture.mixed_up for picture in book.unseen.pictures)


def test_cats_and_dogs_are_mixed_up_equally_often():
    wrong = Counter(
        (picture.label, picture.true_label)
        for seed in range(6)
        for picture in load_book("mixed-up-labels", seed=seed).training.pictures
        if picture.mixed_up
    )
    assert wrong == {(0, 1): 24, (1, 0): 24}


def test_wrong_labels_are_spread_over_a_book_whose_drawings_come_again():
    book = load_book("mixed-up-labels", pictures=400, seed=2)
    dogs = [p for p in book.training.pictures if truly(p) == 1]
    lied_of = {(p.emoji, p.artist) for p in dogs if p.mixed_up}
    assert len(lied_of) > 0.4 * len({(p.emoji, p.artist) for p in dogs})


def test_a_saved_book_remembers_which_labels_were_mixed_up():
    book = load_book("mixed-up-labels", seed=8)
    again = book_from_recipe(json.loads(json.dumps(book.recipe())))
    assert again.mixed_up == book.mixed_up
    assert again.training.pictures == book.training.pictures


@pytest.mark.parametrize("damage", [[[0]], [[0, 0], [0, 5]], [[99, 1]], [[-1, 1]], [["0", "1"]], [[0, None]], 7, "ab"])
def test_a_damaged_list_of_wrong_labels_is_one_sentence(damage: Any):
    with pytest.raises(PictureBookError, match="start a new run"):
        book_from_recipe({**load_book("cats-and-dogs", pictures=6, unseen=2).recipe(), "mixed_up": damage})


# -- Dax & Wug ----------------------------------------------------------------------------------------------


def rule_of(seed: int) -> str:
    return choose_rule(np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, RULE]))))[0].key


SEED_OF = {key: next(seed for seed in range(1000) if rule_of(seed) == key) for key in RULES}


def test_the_seed_draws_from_at_least_six_rules_either_way_round():
    assert len(RULES) >= 6
    drawn = Counter(load_book("dax-and-wug", pictures=4, unseen=0, seed=seed).secret for seed in range(80))
    assert len(drawn) > 1.5 * len(RULES)


@pytest.mark.parametrize("key", RULES)
def test_each_rule_separates_the_pictures_of_its_book(key: str, atlas: Atlas):
    book = load_book("dax-and-wug", pictures=60, unseen=20, seed=SEED_OF[key])
    rule = RULES[key]
    sides = set()
    for part in (book.training, book.unseen):
        for picture in part.pictures:
            entry = atlas.find(picture.emoji)
            (drawing,) = atlas.drawings(emoji=picture.emoji, artist=picture.artist)
            side = rule.side(entry, atlas.rgba(drawing))
            turned = rule.side(entry, atlas.rgba(drawing)[:, ::-1])
            assert side == turned, "a mirror changes it"
            sides.add((side, picture.label))
    assert sides in ({(0, 0), (1, 1)}, {(0, 1), (1, 0)})
    labels = book.labels if (0, 0) in sides else book.labels[::-1]
    assert book.secret == f"The hidden rule: a {labels[0]} {rule.first}, a {labels[1]} {rule.second}."


@pytest.mark.parametrize("key", RULES)
def test_each_rule_has_drawings_enough_on_both_sides(key: str, atlas: Atlas):
    some = subjects(atlas)[::3]
    sides = [[d for entry in some for d in sorted_by(RULES[key], entry, atlas)[side]] for side in (0, 1)]
    assert all(len(side) >= 60 and len({d.emoji for d in side}) >= 20 for side in sides)


@pytest.mark.parametrize("key", RULES)
def test_a_simple_learner_finds_something_of_each_rule(key: str):
    right = []
    for seed in [seed for seed in range(100) if rule_of(seed) == key][:3]:
        book = load_book("dax-and-wug", pictures=160, unseen=60, seed=seed)
        history = Learner("mlp", labels=book.labels, seed=seed).fit(book, epochs=5, batch_size=10, seed=seed)
        right.append(history.history["val_accuracy"][-1])
    # Chance on 180 unseen pictures: 0.5, standard deviation 0.037.
    assert np.mean(right) > 0.58


@pytest.mark.parametrize("seed", range(6))
def test_unseen_pages_show_other_things_by_other_artists(seed: int):
    book = load_book("dax-and-wug", pictures=100, unseen=30, seed=seed)
    assert not {p.emoji for p in book.training.pictures} & {p.emoji for p in book.unseen.pictures}
    assert not {p.artist for p in book.training.pictures} & {p.artist for p in book.unseen.pictures}


@pytest.mark.parametrize("key", RULES)
def test_forty_pictures_show_many_things(key: str):
    book = load_book("dax-and-wug", seed=SEED_OF[key])
    things = Counter(picture.emoji for picture in book.training.pictures)
    assert len(things) >= 18
    assert max(things.values()) <= 6


# -- Six Wugs -----------------------------------------------------------------------------------------------

DIMENSIONS = (("round", "square"), ("blue", "red"), ("small", "large"))


def test_the_six_types_are_those_of_shepard_hovland_and_jenkins():
    assert len(set(TYPES)) == 6
    assert all(Counter(letters) == {"A": 4, "B": 4} for letters in TYPES)
    # How many of the three dimensions tell something even alone: 1, 0, 2, 3, 1 and 0, by the count of A's at value 1.
    telling = []
    for letters in TYPES:
        a = [format(number, "03b") for number, letter in enumerate(letters) if letter == "A"]
        telling.append(sum(sum(digits[place] == "1" for digits in a) != 2 for place in range(3)))
    assert telling == [1, 0, 2, 3, 1, 0]
    # A straight cut parts types I and IV and no other.
    corners = np.array(list(product((-1, 1), repeat=3)))
    cuts = [np.array(weights) for weights in product((-1, 0, 1), repeat=3) if any(weights)]
    for number, letters in enumerate(TYPES):
        of_a = np.array([letter == "A" for letter in letters])
        linear = any(min((corners @ cut)[of_a]) > max((corners @ cut)[~of_a]) for cut in cuts)
        assert linear == (number in (0, 3))


def follows(kind: int, told: str, wug: Wug, first: str) -> bool:
    """Whether a reader who has only the sentence would put the creature into the first family."""
    has = {wug.shape, wug.colour, wug.size}
    if kind in (4, 6):
        named = told.split(": ")[1].split(";")[0].split(", ")
        return len(has & set(named)) in ((2, 3) if kind == 4 else (1, 3))
    if kind in (2, 3):
        pairs = told.split(" are ")[1].split(";")[0].split(", or ")
        return any(set(pair.split(" and ")) <= has for pair in pairs)
    value = told.split()[1]
    family = value in has
    if kind == 5:
        swapped = told.split("where ")[1].split(" it is")[0].split(" and ")
        return family != (set(swapped) <= has)
    return family


@pytest.mark.parametrize("kind", range(1, 7))
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_the_rule_as_told_is_the_rule(kind: int, order: tuple[int, ...]):
    dimensions = [DIMENSIONS[place] for place in order]
    told = rule_told(kind, dimensions, ("zib", "mup"))
    families = families_of(kind, dimensions)
    assert [len(family) for family in families] == [4, 4]
    for number, family in enumerate(families):
        for wug in family:
            assert follows(kind, told, wug, "zib") == (number == 0), (told, wug)


@pytest.mark.parametrize("kind", range(1, 7))
def test_a_book_of_each_kind_shows_eight_creatures_again_and_again(kind: int):
    book = load_book("six-wugs", kind=kind, pictures=40, unseen=16, seed=3)
    assert f"type {NUMERALS[kind - 1]} of six" in book.secret
    times = Counter((p.name, p.label) for p in book.training.pictures)
    assert len(times) == 8
    assert set(times.values()) == {5}
    assert len({pixels.tobytes() for pixels in book.training.pixels}) == 8
    assert {(p.name, p.label) for p in book.unseen.pictures} == set(times)


def test_unseen_wugs_look_the_other_way():
    book = load_book("six-wugs", unseen=24, seed=1)
    assert all(p.flip for p in book.unseen.pictures)
    assert not any(p.flip or p.dx or p.dy for p in book.training.pictures)
    assert len(set(book.unseen.pictures)) == 24
    first = {p.name: pixels for p, pixels in zip(book.training.pictures, book.training.pixels, strict=True)}
    turned = [
        pixels
        for p, pixels in zip(book.unseen.pictures, book.unseen.pixels, strict=True)
        if (p.dx, p.dy) == (0, 0) and np.array_equal(pixels[:, ::-1], first[p.name])
    ]
    assert len(turned) == 8


def test_the_seed_chooses_kind_creatures_and_families():
    books = [load_book("six-wugs", seed=seed) for seed in range(60)]
    assert len({book.secret.split(":")[0] for book in books}) == 6
    assert len({frozenset(p.name for p in book.training.pictures) for book in books}) > 6
    label_of = {(p.name, p.label) for book in books for p in book.training.pictures}
    assert len(label_of) == 48  # each of the 24 has been of either family


def test_asking_for_the_kind_the_seed_chose_changes_nothing():
    by_lot = load_book("six-wugs", seed=5)
    kind = next(k for k in range(6, 0, -1) if f"type {NUMERALS[k - 1]} of" in by_lot.secret)
    assert load_book("six-wugs", seed=5, kind=kind).pixels_hash == by_lot.pixels_hash


@pytest.mark.parametrize("size", [16, 32])
def test_wugs_stand_free_on_the_paper_and_no_two_look_alike(size: int):
    pages = {name: wug_pixels(name, size) for name in KINDS}
    assert len(pages) == len(SHAPES) * len((*WARM, *COOL)) * len(SIZES) == 24
    for page in pages.values():
        assert page.shape == (size, size, 3)
        assert page.dtype == np.uint8
        rim = np.concatenate([page[0], page[-1], page[:, 0], page[:, -1]])
        assert (rim == PAPER).all()
    names = list(pages)
    for number, name in enumerate(names):
        for other in names[:number]:
            difference = np.sqrt(np.mean((pages[name].astype(float) - pages[other]) ** 2))
            assert difference > 12, (name, other)


def test_small_wugs_are_plainly_smaller():
    for shape in SHAPES:
        drawn = [(wug_pixels(f"{size} red {shape} wug", 32) != PAPER).any(axis=2).sum() for size in SIZES]
        assert drawn[1] > 1.8 * drawn[0]


def test_a_saved_book_of_wugs_needs_no_atlas_drawing():
    book: Book = load_book("six-wugs", seed=2, size=32)
    recipe = json.loads(json.dumps(book.recipe()))
    assert all(artist == "picturebook" and name in KINDS for name, artist in recipe["drawings"])
    assert book_from_recipe(recipe).pixels_hash == book.pixels_hash
    recipe["drawings"][0][0] = "huge pink wug"
    with pytest.raises(PictureBookError, match="start a new run"):
        book_from_recipe(recipe)
