"""A run of harder pictures is taken home with those very pictures, and says how long they were glimpsed."""

from __future__ import annotations

import base64
import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from picturebook_tui.book.load import load_book
from picturebook_tui.game.share import share_grid
from picturebook_tui.game.summary import summarise
from picturebook_tui.records.export import export_runs
from picturebook_tui.records.runs import FinishedRun
from picturebook_tui.records.take_home.markup import png
from picturebook_tui.records.take_home.notebook import notebook
from picturebook_tui.records.take_home.played import Played, played
from picturebook_tui.records.take_home.report import report
from picturebook_tui.records.take_home.script import script
from picturebook_tui.settings import RunSettings
from tests.records.finished import save
from tests.records.test_take_home import HISTORY, compare, run_alone

SETTINGS = RunSettings(
    pictures=12, unseen=4, batch_size=5, epochs=2, seed=3, glimpse_ms=200, distortion="noise", distortion_level=3
)
PLAIN = load_book("cats-and-dogs", pictures=12, unseen=4, seed=3)


@pytest.fixture(scope="module")
def of() -> Played:
    return played(save(SETTINGS))


def data_of(source: str) -> dict[str, Any]:
    """What the packed lines of a script unpack to, run here."""
    space: dict[str, Any] = {}
    start = source.index("# %% The pictures")
    exec(source[: source.index("# %% ")] + source[start : source.index("# %% ", start + 5)], space)
    return space


def test_the_script_carries_the_pixels_that_both_players_saw(of: Played) -> None:
    space = data_of(script(of))
    assert np.array_equal(space["PICTURES"], of.book.training.pixels)
    assert np.array_equal(space["UNSEEN_PICTURES"], of.book.unseen.pixels)
    assert not np.array_equal(space["PICTURES"], PLAIN.training.pixels)


def test_the_script_trains_the_same_network_on_the_harder_pictures(of: Played, tmp_path: Path) -> None:
    compare(of, run_alone(script(of), tmp_path, HISTORY))


def test_script_and_notebook_say_that_the_pictures_are_harder(of: Played) -> None:
    assert "every picture is harder to see (noise 3)" in " ".join(script(of).split())
    assert "every picture is harder to see (noise 3)" in notebook(of)


def test_the_report_shows_the_harder_pictures_and_tells_the_times(of: Played) -> None:
    page = report(of)
    shown, plain = (
        [base64.b64encode(png(pixels)).decode() for pixels in book.training.pixels] for book in (of.book, PLAIN)
    )
    first_page = of.run.plan.batch(0).indices
    assert all(shown[index] in page for index in first_page)
    assert not any(picture in page for picture in plain)
    assert "each pixel up to 50% lighter or darker (noise 3), for both players" in page
    assert "Pictures stood for 201 ms (median; 200–204), of 200 asked for." in page


def test_what_is_shared_says_what_made_it_harder(of: Played) -> None:
    assert "\nglimpses of 200 ms · noise 3\n" in share_grid(of.run)
    assert "glimpses" not in share_grid(
        played(save(replace(SETTINGS, glimpse_ms=None, distortion=None, distortion_level=None))).run
    )


def test_a_spreadsheet_has_the_settings_and_the_median_of_each_epoch(of: Played) -> None:
    saved = save(SETTINGS)
    run = FinishedRun(
        run_id=1,
        created_at=saved.created_at,
        finished_at=saved.created_at,
        book="cats-and-dogs",
        title="Cats & Dogs",
        score=0.5,
        settings=saved.settings,
        summary=summarise(of.run),
    )
    text = io.StringIO(newline="")
    export_runs([run], "csv", text)
    rows = list(csv.DictReader(io.StringIO(text.getvalue(), newline="")))
    assert [row["shown_ms"] for row in rows] == ["201", "201"]
    assert {(row["glimpse_ms"], row["distortion"], row["distortion_level"]) for row in rows} == {("200", "noise", "3")}
