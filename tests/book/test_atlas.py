"""The drawings as they ship: complete, readable, on paper, credited."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from picturebook_tui.book.atlas import ARTISTS, PAPER, Atlas, Drawing, UnknownEmoji, on_paper, open_atlas
from picturebook_tui.errors import PictureBookError

ASSETS = Path(__file__).resolve().parents[2] / "assets"
CATS = ("🐱", "🐈", "🐈‍⬛", "😺", "😸", "😹", "😻", "😼", "😽", "🙀", "😿", "😾")
DOGS = ("🐶", "🐕", "🦮", "🐕‍🦺", "🐩")


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return open_atlas()


def drawing(atlas: Atlas, emoji: str, artist: str = "noto") -> Drawing:
    (found,) = atlas.drawings(emoji=emoji, artist=artist)
    return found


# What ships


def test_every_drawing_can_be_read_and_has_one_pixel_of_air_around_it(atlas: Atlas) -> None:
    for each in atlas.drawings():
        page = atlas.pixels(each, 16)
        assert page.shape == (16, 16, 3)
        edge = np.concatenate([page[0], page[-1], page[:, 0], page[:, -1]])
        assert (edge == PAPER).all(), each
        assert (page != PAPER).any(), each


def test_drawings_fill_the_room_they_have_unless_they_are_small_by_nature(atlas: Atlas) -> None:
    for each in atlas.drawings(category="animals"):
        ink = atlas.rgba(each)[..., 3] > 0
        tall, wide = np.ptp(np.flatnonzero(ink.any(axis=1))) + 1, np.ptp(np.flatnonzero(ink.any(axis=0))) + 1
        assert max(tall, wide) >= 26, each
    dot, block = ((atlas.rgba(drawing(atlas, sign, "twemoji"))[..., 3] > 0).sum() for sign in "▪⬛")
    assert dot < block / 2


def test_the_readme_counts_what_ships_and_credits_each_artist(atlas: Atlas) -> None:
    readme = (ASSETS / "README.md").read_text(encoding="utf-8")
    rows = {cells[3]: cells for cells in ([cell.strip() for cell in line.split("|")] for line in readme.splitlines()
                                           if line.startswith("| ") and "@iconify-json/" in line)}  # fmt: skip
    assert len(rows) == len(ARTISTS)
    for artist in atlas.artists:
        cells = rows[f"`{artist.package}` {artist.version}"]
        assert cells[1] == artist.title
        assert cells[2] == artist.author
        assert f"[{artist.licence}]" in cells[4]
        text = re.search(r"\((licences/.+?)\)", cells[4])
        assert text is not None
        assert (ASSETS / text[1]).stat().st_size > 1000
        assert int(cells[5].replace(",", "")) == len(atlas.drawings(artist=artist.key))
        assert [int(cells[6]), int(cells[7])] == [
            len(atlas.drawings(emoji=labels, artist=artist.key)) for labels in (CATS, DOGS)
        ]
    everyone = [len(entry.artists) for entry in atlas.emoji]
    for count in (len(everyone), sum(everyone), sum(many >= 7 for many in everyone)):
        assert f"{count:,}" in readme


def test_every_emoji_that_noto_draws_is_there_and_no_skin_tones() -> None:
    entries = open_atlas().emoji
    assert sum("noto" in entry.artists for entry in entries) >= 1_420
    assert sum(len(entry.artists) >= 7 and not entry.joined for entry in entries) >= 1_040
    assert {entry.emoji for entry in entries if entry.joined} == {"🐕‍🦺", "🐈‍⬛"}
    assert not any(0x1F3FB <= ord(sign) <= 0x1F3FF for entry in entries for sign in entry.emoji)


def test_no_fox_is_sold_as_a_cat(atlas: Atlas) -> None:
    """Firefox OS draws the nine cat moods as foxes."""
    for mood in CATS[3:]:
        assert "fxemoji" not in atlas.find(mood).artists
    assert {each.artist for each in atlas.drawings(emoji="🐱")} == set(ARTISTS)


def test_the_wheel_carries_at_most_eight_megabytes_of_drawings() -> None:
    shipped = [ASSETS / "drawings.bin", ASSETS / "index.json", ASSETS / "README.md", *(ASSETS / "licences").iterdir()]
    assert sum(path.stat().st_size for path in shipped) <= 8_000_000
    assert (ASSETS / "contact-sheet.png").stat().st_size < 300_000


def test_the_drawings_are_the_ones_the_index_was_made_with() -> None:
    index = json.loads((ASSETS / "index.json").read_text(encoding="utf-8"))
    assert hashlib.sha256((ASSETS / "drawings.bin").read_bytes()).hexdigest() == index["sha256"]


# Pixels


def test_clear_pixels_are_paper_and_half_clear_ones_are_between() -> None:
    rgba = np.array([[[0, 0, 0, 0], [0, 0, 0, 255], [255, 0, 9, 128]]], dtype=np.uint8)
    assert on_paper(rgba).tolist() == [[list(PAPER), [0, 0, 0], [251, 120, 118]]]


def test_sixteen_pixels_are_the_mean_of_what_thirty_two_show(atlas: Atlas) -> None:
    for each in atlas.drawings(emoji=CATS):
        large = atlas.pixels(each, 32).astype(np.float64)
        mean = large.reshape(16, 2, 16, 2, 3).mean(axis=(1, 3))
        assert np.abs(atlas.pixels(each, 16) - mean).max() <= 0.5


def test_a_drawing_is_decoded_alike_every_time_and_never_shared(atlas: Atlas) -> None:
    each = drawing(atlas, "🐱")
    first = atlas.pixels(each)
    again = Atlas(ASSETS).pixels(each)
    assert first.tobytes() == again.tobytes()
    first[:] = 0
    assert atlas.pixels(each).tobytes() == again.tobytes()


def test_the_cat_looks_as_it_did_when_it_was_shipped(atlas: Atlas) -> None:
    """Runs are replayed from names, not pixels: a drawing that changes unnoticed would break them."""
    digest = hashlib.sha256(b"".join(atlas.pixels(each).tobytes() for each in atlas.drawings(emoji=(*CATS, *DOGS))))
    assert digest.hexdigest() == "207d597462c2bcecae6169933325c2e7c1cfc3684995d9e4d913eb5649d7a803"


@pytest.mark.parametrize("size", [8, 16, 32])
def test_flip_mirrors_and_moves_bring_in_paper(atlas: Atlas, size: int) -> None:
    each = drawing(atlas, "🐈")
    page = atlas.pixels(each, size)
    assert (atlas.pixels(each, size, flip=True) == page[:, ::-1]).all()
    moved = atlas.pixels(each, size, dx=1, dy=-2)
    assert (moved[: size - 2, 1:] == page[2:, : size - 1]).all()
    assert (moved[:, 0] == PAPER).all()
    assert (moved[size - 2 :] == PAPER).all()
    assert (atlas.pixels(each, size, dx=size) == PAPER).all()
    assert (atlas.pixels(each, size, dy=-3 * size) == PAPER).all()


def test_another_size_is_refused_in_one_sentence(atlas: Atlas) -> None:
    with pytest.raises(PictureBookError, match="8, 16 or 32 pixels wide"):
        atlas.pixels(drawing(atlas, "🐱"), 20)


# Looking up


def test_drawings_come_by_emoji_artist_category_and_name(atlas: Atlas) -> None:
    assert [each.artist for each in atlas.drawings(emoji="🐱")] == list(ARTISTS)
    assert len(atlas.drawings(emoji=["🐶", "🐱", "🐱"])) == 18
    assert [each.emoji for each in atlas.drawings(emoji=("🐱", "🐶"), artist="noto")] == ["🐶", "🐱"]
    animals = atlas.drawings(category="animals", artist="twemoji")
    assert {"🐱", "😾", "🐙"} <= {each.emoji for each in animals}
    assert not {"🐾", "😀"} & {each.emoji for each in animals}
    assert {each.emoji for each in atlas.drawings(name="face CAT")} == {"🐱"}
    assert atlas.drawings(name="no such words") == ()
    assert atlas.drawings(name="") == ()


def test_shelves_hold_what_they_say(atlas: Atlas) -> None:
    kind = {entry.emoji: entry.category for entry in atlas.emoji}
    assert [kind[sign] for sign in "🍎🚗😀🐶🌻⛽🛑🎸🇦"] == [
        "food", "vehicles", "faces", "animals", "nature", "places", "places", "music", "signs",
    ]  # fmt: skip
    assert all(any(entry.category == category for entry in atlas.emoji) for category in atlas.categories)


def test_variation_selectors_and_blanks_make_no_difference(atlas: Atlas) -> None:
    assert atlas.find("❤️") == atlas.find("❤") == atlas.find(" ❤︎ ")
    assert atlas.find("🐈‍⬛").joined


def test_search_puts_whole_names_first(atlas: Atlas) -> None:
    names = [entry.name for entry in atlas.search("dog")]
    assert names.index("service dog") < names.index("hot dog")
    assert atlas.search("puppy")
    assert atlas.search("  ") == ()


def test_a_wrong_artist_or_category_names_the_right_ones(atlas: Atlas) -> None:
    with pytest.raises(PictureBookError, match="choose one of noto, noto-v1"):
        atlas.drawings(artist="rembrandt")
    with pytest.raises(PictureBookError, match="choose one of faces"):
        atlas.drawings(category="beasts")
    with pytest.raises(PictureBookError, match="did not draw 🐈‍⬛"):
        atlas.rgba(Drawing("🐈‍⬛", "fxemoji", "black cat", "animals"))


# Unknown emoji


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("🐶🏽", "🐶 (dog face)"),
        ("👩‍🚀", "👩 (woman) or 🚀 (rocket)"),
        ("🇩🇪", "🏁 (chequered flag)"),
        ("★", "⭐ (star)"),
        ("cat", "🐈 (cat)"),
        ("kiten", "🐱 (cat face)"),
        ("car", "🚗 (automobile)"),
        ("🐱🐶", "🐱 (cat face) or 🐶 (dog face)"),
        ("", "such as 🐱"),
        ("\x1b[2J", "write one emoji, such as 🐱"),
        ("x" * 100_000, "write one emoji, such as 🐱"),
    ],
)
def test_an_unknown_emoji_gets_one_sentence_with_the_nearest_known_ones(atlas: Atlas, asked: str, named: str) -> None:
    with pytest.raises(UnknownEmoji) as caught:
        atlas.find(asked)
    sentence = str(caught.value)
    assert named in sentence
    assert len(sentence) < 160
    assert sentence.replace("\u200d", "").isprintable()
    assert sentence.endswith(".")


# Broken files


@pytest.mark.parametrize("harm", ["no index", "no drawings", "cut", "other json", "not json", "no folder", "longer"])
def test_missing_or_damaged_files_are_told_in_one_sentence(tmp_path: Path, harm: str) -> None:
    for name in ("index.json", "drawings.bin"):
        shutil.copy(ASSETS / name, tmp_path)
    index, drawings = tmp_path / "index.json", tmp_path / "drawings.bin"
    match harm:
        case "no index":
            index.unlink()
        case "no drawings":
            drawings.unlink()
        case "cut":
            drawings.write_bytes(drawings.read_bytes()[:-1])
        case "longer":
            drawings.write_bytes(drawings.read_bytes() + b"\0")
        case "other json":
            index.write_text("[1, 2]", encoding="utf-8")
        case "not json":
            index.write_bytes(b"\xff\x00")
    with pytest.raises(PictureBookError, match="missing or damaged: install Picture Book again"):
        Atlas(tmp_path / "nowhere" if harm == "no folder" else tmp_path)


def test_a_flipped_byte_inside_a_drawing_is_noticed_when_that_drawing_is_read(tmp_path: Path, atlas: Atlas) -> None:
    shutil.copy(ASSETS / "index.json", tmp_path)
    data = bytearray((ASSETS / "drawings.bin").read_bytes())
    data[-3] ^= 0xFF
    (tmp_path / "drawings.bin").write_bytes(data)
    broken = Atlas(tmp_path)
    *_, last = broken.drawings()
    first = drawing(atlas, "🐱")
    assert (broken.pixels(first) == atlas.pixels(first)).all()
    with pytest.raises(PictureBookError, match="missing or damaged"):
        broken.pixels(last)
