"""Nothing on the unseen pages may be a picture the book already showed."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from picturebook_tui.book.atlas import ARTISTS, Atlas, Drawing
from picturebook_tui.book.split import (
    KIN,
    NEAR_DUPLICATE,
    Features,
    Looks,
    OtherSide,
    first_apart,
    held_out_choices,
    mirrored,
)
from tests.book.conftest import tiny


def by_hand(left: Features, right: Features) -> Features:
    """Differences written out: no matrix product, no shortcut."""
    pairs = [
        [
            min(
                np.sqrt(np.mean((a - b) ** 2)),
                np.sqrt(np.mean((a - b.reshape(16, 16, 3)[:, ::-1].reshape(-1)) ** 2)),
            )
            for b in right.astype(np.float64)
        ]
        for a in left.astype(np.float64)
    ]
    return np.array(pairs).reshape(len(left), len(right))


def test_the_difference_to_the_nearest_is_the_one_written_out(atlas: Atlas):
    rows = Looks(atlas).rows(atlas.drawings(emoji=["🐶", "🐱", "🐩"]))
    told = OtherSide(rows[:9]).nearest(rows)
    np.testing.assert_allclose(told, by_hand(rows, rows[:9]).min(1), atol=0.1)


def test_the_shortcut_finds_the_same_near_duplicates(atlas: Atlas):
    # Faces of all artists: many pairs on both sides of the line.
    rows = Looks(atlas).rows(atlas.drawings(emoji=list("😀😃😄😁🙂😊🐶🍎")))
    left, right = rows[::2], rows[1::2]
    expected = by_hand(left, right).min(1) < NEAR_DUPLICATE
    assert 3 < expected.sum() < len(expected)
    assert OtherSide(right).near(left).tolist() == expected.tolist()


@given(st.integers(0, 10_000), st.floats(15.0, 35.0))
def test_a_noisy_copy_in_a_mirror_is_found_out(seed: int, noise: float):
    rng = np.random.default_rng(seed)
    rows = rng.uniform(40, 215, (3, 768)).astype(np.float32)
    change = rng.choice([-1, 1], (1, 768)).astype(np.float32) * np.float32(noise)
    copy = mirrored(rows[1:2]) + change
    assert abs(noise - NEAR_DUPLICATE) < 0.1 or OtherSide(rows).near(copy).tolist() == [noise < NEAR_DUPLICATE]


def test_an_empty_side_has_no_near_duplicates():
    none = np.empty((0, 768), dtype=np.float32)
    some = np.ones((2, 768), dtype=np.float32)
    assert OtherSide(none).near(some).tolist() == [False, False]
    assert OtherSide(some).near(none).tolist() == []


def test_fluent_in_two_finishes_counts_as_one_drawing(atlas: Atlas):
    shaded, flat = (atlas.drawings(emoji="😸", artist=key) for key in ("fluent-emoji", "fluent-emoji-flat"))
    looks = Looks(atlas)
    assert OtherSide(looks.rows(shaded)).near(looks.rows(flat)).tolist() == [True]


def test_a_cat_and_a_dog_of_one_artist_are_two_drawings(atlas: Atlas):
    looks = Looks(atlas)
    for key in ARTISTS:
        cat, dog = atlas.drawings(emoji="🐱", artist=key), atlas.drawings(emoji="🐶", artist=key)
        assert not OtherSide(looks.rows(cat)).near(looks.rows(dog)).any()


def test_near_duplicates_are_passed_over_and_replaced():
    atlas = tiny({"🐱": ARTISTS, "🐶": ARTISTS}, {("🐱", "noto"): ("🐶", "openmoji")})
    pool = [Drawing("🐱", key, "", "") for key in ("noto", "twemoji", "fxemoji", "emojione")]
    looks = Looks(atlas)
    other_side = OtherSide(looks.rows([Drawing("🐶", "openmoji", "", "")]))
    assert [d.artist for d in first_apart(pool, 2, other_side, looks)] == ["twemoji", "fxemoji"]
    assert [d.artist for d in first_apart(pool, 9, other_side, looks)] == ["twemoji", "fxemoji", "emojione"]


groups = st.lists(st.lists(st.sampled_from(ARTISTS), min_size=1, max_size=20), min_size=1, max_size=4)


@given(groups, st.integers(1, 6), st.integers(0, 100))
def test_every_choice_leaves_something_on_both_sides(labels: list[list[str]], enough: int, seed: int):
    rng = np.random.default_rng(seed)
    choices = held_out_choices(labels, labels, enough, rng)
    best = None
    for keys in choices:
        unseen = [sum(by in keys for by in group) for group in labels]
        assert min(unseen) >= 1
        assert all(set(group) - set(keys) for group in labels)
        torn = any(len(kin & set(keys)) == 1 for kin in KIN)
        rank = (torn, -min(*unseen, enough) if len(unseen) > 1 else -min(unseen[0], enough))
        assert best is None or rank >= best, "a better choice came later"
        best = rank


def test_equally_good_choices_are_made_by_lot():
    everyone = [list(ARTISTS) * 3] * 2
    firsts = {held_out_choices(everyone, everyone, 5, np.random.default_rng(seed))[0] for seed in range(200)}
    whole = [keys for keys in firsts if not any(len(kin & set(keys)) == 1 for kin in KIN)]
    # 21 pairs of the seven others, and the two Fluents together.
    assert len(firsts) == len(whole) == 22


def test_one_artist_is_held_out_of_few():
    three = [["noto", "twemoji", "openmoji"]] * 2
    assert {len(keys) for keys in held_out_choices(three, three, 1, np.random.default_rng(0))} == {1}
    assert held_out_choices([["noto"]], [["noto"]], 1, np.random.default_rng(0)) == []
