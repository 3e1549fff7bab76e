"""Pictures made harder to see: how far each rung goes, and that both players and every save get the same."""

from __future__ import annotations

import json
from itertools import pairwise
from math import erf, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from picturebook_tui.book.atlas import PAPER
from picturebook_tui.book.book import Book, book_from_recipe, distorted
from picturebook_tui.book.distort import distort, gaussian
from picturebook_tui.book.ladder import BLURS, KINDS, RUNGS, distortion_of
from picturebook_tui.book.load import load_book
from picturebook_tui.errors import PictureBookError

LADDER = [rung for rung in RUNGS if rung is not None]

PICTURES = st.tuples(st.integers(0, 3), st.sampled_from([1, 3, 16]), st.sampled_from([1, 5, 16])).flatmap(
    lambda shape: arrays(np.uint8, (*shape, 3))
)


@pytest.fixture(scope="module")
def plain() -> Book:
    return load_book("cats-and-dogs", pictures=12, unseen=4, seed=5)


@given(pixels=PICTURES, rung=st.sampled_from(LADDER), seed=st.integers(0, 2**63 - 1))
@settings(max_examples=60)
def test_any_picture_keeps_its_size_and_comes_out_the_same_every_time(
    pixels: np.ndarray, rung: object, seed: int
) -> None:
    before = pixels.copy()
    out = distort(pixels, rung.kind, rung.level, seed)  # type: ignore[attr-defined]
    assert (out.shape, out.dtype) == (pixels.shape, np.uint8)
    assert np.array_equal(pixels, before)
    assert np.array_equal(out, distort(pixels, rung.kind, rung.level, seed))  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", KINDS)
def test_level_0_changes_nothing(plain: Book, kind: str) -> None:
    out = distort(plain.training.pixels, kind, 0, 1)
    assert np.array_equal(out, plain.training.pixels)
    assert out.flags.writeable


@pytest.mark.parametrize("kind", KINDS)
def test_every_level_goes_further_than_the_one_before(plain: Book, kind: str) -> None:
    pixels = plain.training.pixels
    away = [
        float(np.abs(distort(pixels, kind, level, 1).astype(int) - pixels).mean())
        for level in range(KINDS[kind].most + 1)
    ]
    assert all(later > earlier for earlier, later in pairwise(away))


def test_noise_is_even_and_the_same_in_all_channels() -> None:
    grey = np.full((40, 16, 16, 3), 128, dtype=np.uint8)
    out = distort(grey, "noise", 3, 1).astype(int) - 128
    assert (out == out[..., :1]).all()
    assert (out.min(), out.max()) == (-128, 127)
    # 10,240 draws in eight equal bins: 1,280 each, give or take six standard deviations (34 each).
    counts, _ = np.histogram(out[..., 0], bins=8, range=(-128.5, 128.5))
    assert abs(counts - 1280).max() < 6 * 34


def test_a_pictures_noise_depends_on_the_seed_and_its_place_and_on_nothing_else(plain: Book) -> None:
    pixels = plain.training.pixels
    whole = distort(pixels, "noise", 2, 3)
    assert np.array_equal(whole[:5], distort(pixels[:5], "noise", 2, 3))
    assert not np.array_equal(whole, distort(pixels, "noise", 2, 4))
    same = np.repeat(pixels[:1], 2, axis=0)
    first, second = distort(same, "noise", 2, 3)
    assert not np.array_equal(first, second)
    many = np.repeat(pixels[:1], 2100, axis=0)
    assert np.array_equal(distort(many, "noise", 1, 3)[:2050], distort(many[:2050], "noise", 1, 3))


def test_less_contrast_fades_into_the_paper(plain: Book) -> None:
    out = distort(plain.training.pixels, "contrast", 3, 1).astype(int)
    paper = np.array(PAPER)
    assert (abs((out - paper) - 0.12 * (plain.training.pixels.astype(int) - paper)) <= 0.5 + 1e-9).all()


@pytest.mark.parametrize("size", [16, 32])
def test_a_blur_is_a_gaussian_and_leaves_plain_paper_plain(size: int) -> None:
    sheet = np.full((1, size, size, 3), PAPER, dtype=np.uint8)
    assert np.array_equal(distort(sheet, "blur", 4, 1), sheet)
    # A sharp edge becomes the Gaussian's running total: here at its middle, where the rim is far.
    sheet[:, :, : size // 2] = 0
    out = distort(sheet, "blur", 2, 1)[0, size // 2, :, 0]
    sigma = BLURS[2] / 100 * size / 16
    for column in range(size // 2 - 2, size // 2 + 2):
        share = 0.5 * (1 + erf((column + 0.5 - size // 2) / (sigma * sqrt(2))))
        assert abs(out[column] - share * PAPER[0]) < 8
    assert sum(gaussian(sigma)) == 4096


def test_grey_keeps_how_light_a_colour_is() -> None:
    colours = np.array([[[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [7, 7, 7]]]], dtype=np.uint8)
    out = distort(colours, "grey", 1, 1)[0, 0]
    assert out.tolist() == [[54] * 3, [182] * 3, [18] * 3, [255] * 3, [7] * 3]


@pytest.mark.parametrize("rung", LADDER, ids=lambda rung: rung.title)
def test_a_book_is_distorted_on_both_sides_and_comes_back_from_its_recipe(plain: Book, rung: object) -> None:
    kind, level = rung.kind, rung.level  # type: ignore[attr-defined]
    book = load_book("cats-and-dogs", pictures=12, unseen=4, seed=5, distortion=kind, distortion_level=level)
    assert book.training.pictures == plain.training.pictures
    for harder, side, number in ((book.training, plain.training, 0), (book.unseen, plain.unseen, 1)):
        assert np.array_equal(harder.pixels, distort(side.pixels, kind, level, (5, number)))
        assert np.array_equal(harder.targets, side.targets)
    assert book.pixels_hash != plain.pixels_hash
    again = book_from_recipe(json.loads(json.dumps(book.recipe())))
    assert again.pixels_hash == book.pixels_hash
    assert again.distortion == book.distortion == rung


def test_books_saved_before_there_was_a_ladder_still_open(plain: Book) -> None:
    recipe = plain.recipe()
    del recipe["distortion"]
    recipe["version"] = 2
    assert book_from_recipe(recipe).pixels_hash == plain.pixels_hash


@pytest.mark.parametrize("written", [["noise", 9], ["melt", 1], ["noise"], "noise", 3, [None, 1], ["noise", "2"]])
def test_a_damaged_distortion_is_a_damaged_book(plain: Book, written: object) -> None:
    with pytest.raises(PictureBookError, match=r"damaged"):
        book_from_recipe(plain.recipe() | {"distortion": written})


def test_nothing_is_distorted_twice(plain: Book) -> None:
    grey = distortion_of("grey", None)
    assert distorted(plain, None) is plain
    with pytest.raises(ValueError, match="already"):
        distorted(distorted(plain, grey), grey)


@pytest.mark.parametrize(
    ("kind", "level", "says"),
    [
        ("fog", None, "noise, contrast, blur or grey"),
        ("noise", 5, "0 (as drawn) to 4"),
        ("noise", -1, "0 (as drawn) to 4"),
        ("grey", 2, "0 (as drawn) or 1"),
        ("blur", 1.5, "not a whole number"),
        (None, 2, "needs its kind"),
    ],
)
def test_what_cannot_be_meant_is_answered_in_a_sentence(kind: str | None, level: object, says: str) -> None:
    with pytest.raises(PictureBookError) as told:
        load_book("cats-and-dogs", distortion=kind, distortion_level=level)  # type: ignore[arg-type]
    assert says in str(told.value)
    assert "\n" not in str(told.value)


def test_the_usual_level_is_taken_where_nobody_says() -> None:
    assert [distortion_of(kind, None).title for kind in KINDS] == [  # type: ignore[union-attr]
        "noise 2",
        "contrast 2",
        "blur 2",
        "grey",
    ]
    assert distortion_of("noise", 0) is None
