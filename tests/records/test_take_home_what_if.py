"""The report says what other batch sizes and learning rates would have come to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from picturebook_tui.game.what_if import affordable_job, heat_map
from picturebook_tui.learner.sweep import SweepResult, gather, sweep
from picturebook_tui.percent import points
from picturebook_tui.records.take_home.heat_map import what_if_section
from picturebook_tui.records.take_home.played import Played, played
from picturebook_tui.records.take_home.report import report
from picturebook_tui.settings import RunSettings
from tests.records.finished import save
from tests.records.test_take_home import CHROMIUM, Page, as_seen

SETTINGS = RunSettings(pictures=23, unseen=7, batch_size=10, epochs=3, seed=3)


@pytest.fixture(scope="module")
def of() -> Played:
    return played(save(SETTINGS))


@pytest.fixture(scope="module")
def result(of: Played) -> SweepResult:
    job = affordable_job(of.run.settings, of.book, 10)
    assert job is not None
    return gather(job, sweep(job))


def test_every_learner_stands_in_both_tables_with_its_number(of: Played, result: SweepResult) -> None:
    body = what_if_section(of, result).body
    tables = re.findall(r'<table class="heat">(.*?)</table>', body)
    assert len(tables) == 2
    for figure, table in zip(("book", "unseen"), tables, strict=True):
        wanted = heat_map(result, SETTINGS, figure, of.run.epochs[-1])  # type: ignore[arg-type]
        rows = re.findall(r'<th scope="row">(\d+)</th>(.*?)</tr>', table)
        assert [int(size) for size, _ in rows] == list(result.batch_sizes)
        found = []
        for _, cells in rows:
            texts = [re.sub("<.*?>", "", cell) for cell in re.findall("<td.*?</td>", cells)]
            found.append([int(re.sub(r"\D", "", text)) for text in texts])
        assert found == [[points(value or 0) for value in row] for row in wanted.values]
        assert table.count("your run:") == 1
        assert table.count("★") == len(wanted.leaders)
        assert table.count(" stopped") == sum(map(sum, wanted.stopped))
        assert wanted.own is not None
        own = points(wanted.value(wanted.own) or 0)
        assert re.search(rf'class="own[^>]*><span[^>]*>\[</span>{own}<', table)


def test_the_section_is_a_part_of_the_page_that_everybody_can_read(of: Played, result: SweepResult) -> None:
    page = Page(report(of, more=[what_if_section(of, result)]))
    assert "64 learners read the same pages" in page.text
    assert f"On {len(of.book.unseen)} unseen pictures one picture is up to " in page.text
    assert re.search(r"Page by page, you would have (won|lost|drawn)", page.text)
    for table in page.every("td"):
        assert "color" not in str(table.get("style", ""))
    regions = [each["aria-label"] for each in page.every("div") if each.get("role") == "region"]
    assert "What if, on the book" in regions


def test_without_unseen_pages_there_is_one_table() -> None:
    of = played(save(RunSettings(pictures=8, unseen=0, epochs=1, batch_size=4, seed=1)))
    job = affordable_job(of.run.settings, of.book, 10)
    assert job is not None
    section = what_if_section(of, gather(job, sweep(job)))
    assert section.body.count("<table") == 1
    assert "unseen" not in section.body


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed here; apt-get install chromium brings it.")
@pytest.mark.parametrize("width", [390, 1280])
def test_the_tables_fit_a_phone_and_a_desktop(of: Played, result: SweepResult, width: int, tmp_path: Path) -> None:
    found = as_seen(report(of, more=[what_if_section(of, result)]), width, tmp_path)
    assert found["wide"] <= 0
    assert found["outside"] == []
