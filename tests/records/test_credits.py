"""Whoever's drawings are taken along is named, with the licence and what was changed; nobody else is."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from picturebook_tui.book.atlas import ARTISTS, open_atlas
from picturebook_tui.book.book import Picture
from picturebook_tui.book.load import load_book
from picturebook_tui.records.take_home.credits import LICENCES, OWN, SOURCES, credits_for, notes_for
from picturebook_tui.records.take_home.notebook import notebook
from picturebook_tui.records.take_home.played import Played, played
from picturebook_tui.records.take_home.report import report
from picturebook_tui.records.take_home.script import script
from picturebook_tui.settings import RunSettings
from tests.records.finished import save

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def of() -> Played:
    return played(save(RunSettings(pictures=12, unseen=4, batch_size=6, epochs=1, seed=3)))


@pytest.mark.parametrize("write", [script, notebook])
def test_a_script_and_a_notebook_name_every_artist_in_them_and_nobody_else(of: Played, write) -> None:
    text = write(of)
    pictures = (*of.book.training.pictures, *of.book.unseen.pictures)
    drawn = {picture.artist for picture in pictures}
    for artist in open_atlas().artists:
        line = f"{artist.title} by {artist.author}, {artist.licence}"
        assert (json.dumps(line, ensure_ascii=False)[1:-1] in text or line in text) == (artist.key in drawn), line
        if artist.key in drawn:
            assert SOURCES[artist.key] in text
            assert LICENCES[artist.licence] in text
    assert "Changed from the originals" in text


def test_a_report_names_the_artists_of_the_pictures_on_it_and_nobody_else(of: Played) -> None:
    text = report(of)
    section = text[text.index('id="drawings"') :]
    hero = [of.book.training.pictures[index] for index in of.run.plan.batch(0).indices[:10]]
    missed = (*of.board.only_model_missed, *of.board.only_child_missed, *of.board.both_missed)
    drawn = {picture.artist for picture in (*hero, *(each.picture for each in missed))}
    assert 1 < len(drawn) < len(ARTISTS), "a run that could not tell the two apart"
    for artist in open_atlas().artists:
        title = artist.title.replace('"', "&quot;")
        assert (f"<b>{title}</b> by {artist.author}, from {SOURCES[artist.key]}" in section) == (artist.key in drawn)
    assert "Changed from the originals" in section


def test_what_was_done_to_the_pictures_is_said_and_no_more() -> None:
    book = load_book("cats-and-dogs", pictures=10, unseen=0, augment=False, size=32)
    plain = " ".join(notes_for(book, book.training.pictures))
    assert "rasterised to 32 × 32" in plain
    assert not re.search("mirrored|moved by|shrunk|harder", plain)
    moved = [replace(picture, flip=True, dx=1) for picture in book.training.pictures]
    noisy = load_book("cats-and-dogs", pictures=10, unseen=0, distortion="noise")
    told = " ".join(notes_for(noisy, moved))
    assert all(word in told for word in ("shrunk to 16 × 16", "some mirrored", "some moved by a pixel", "(noise 2)"))


def test_share_alike_is_asked_for_those_who_ask_it_only() -> None:
    def told(artist: str) -> str:
        book = load_book("cats-and-dogs")
        return " ".join(notes_for(book, [Picture("🐱", artist, "cat face", 0)]))

    assert [key for key in ARTISTS if "CC-BY-SA-4.0" in told(key)] == ["openmoji", "emojione-v1"]


def test_the_games_own_creatures_are_nobody_elses() -> None:
    book = load_book("six-wugs", pictures=8)
    assert credits_for(book.training.pictures) == ()
    assert notes_for(book, book.training.pictures) == (OWN,)


def test_every_fact_is_the_one_that_stands_beside_the_drawings() -> None:
    readme = (ROOT / "assets" / "README.md").read_text("utf-8")
    for artist in open_atlas().artists:
        assert f"| {artist.title} | {artist.author} |" in readme
        assert f"]({SOURCES[artist.key]})" in readme
        assert artist.licence in LICENCES


def test_the_package_says_every_licence_that_something_in_it_is_under() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = set(project["license"].split(" AND "))
    assert named == {"MIT", "Unicode-3.0", *(artist.licence for artist in open_atlas().artists)}
    texts = {path.name for path in (ROOT / "assets" / "licences").iterdir()}
    for licence in named:
        assert any(name.startswith(licence) for name in texts), licence
    assert project["license-files"] == ["LICENSE", "assets/licences/*"]
