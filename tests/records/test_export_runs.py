"""Exported runs open in a spreadsheet and in a program, with the same figures."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picturebook_tui.book.six import NUMERALS
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.codec import COUNTED
from picturebook_tui.game.events import EpochResult
from picturebook_tui.game.making import make_book
from picturebook_tui.learner.metrics import difference_interval
from picturebook_tui.records.export import (
    COLUMNS,
    EPOCH_COLUMNS,
    FIRST_SETTINGS,
    GAP_COLUMNS,
    LATER_SETTINGS,
    export_runs,
)
from picturebook_tui.records.runs import FinishedRun
from picturebook_tui.settings import RunSettings


def epoch(number: int) -> dict[str, Any]:
    return {
        "epoch": number,
        "child_accuracy": 0.9 + number / 100,
        "model_accuracy": 0.5,
        "model_loss": 0.6931471805599453,
        "child_unseen": None,
        "model_unseen": None,
        "model_unseen_loss": None,
        "model_frozen": 0.7,
        "model_frozen_loss": 0.5,
        "response_ms": 812,
    }


AGREEMENT = {"epoch": 1, "pictures": 120, "observed": 0.7, "expected": 0.72, "kappa": 0.1, "low": -0.4, "high": 0.2}


def make(**summary: Any) -> FinishedRun:
    knobs = RunSettings(seed=7).to_dict()
    return FinishedRun(
        run_id=3,
        created_at="2026-03-01T10:00:00Z",
        finished_at="2026-03-01T10:05:00Z",
        book="cats-and-dogs",
        title="Cats & Dogs",
        settings=knobs,
        summary={
            "version": 2,
            "labels": ["cat", "dog"],
            "child_accuracy": 0.91,
            "model_accuracy": 0.5,
            "child_unseen": None,
            "model_unseen": None,
            "epochs": [epoch(0), epoch(1)],
            "settings": knobs,
            "order_hash": "ab12",
            "first_good_stretch": {"child": 5, "model": None},
            "agreement": {**AGREEMENT, "kappa": -0.25},
            "share": "✓✗",
            **summary,
        },
        score=0.91,
    )


def written(*runs: FinishedRun, format: str = "csv") -> str:
    stream = io.StringIO(newline="")
    assert export_runs(runs, cast(Any, format), stream) == len(runs)
    return stream.getvalue()


def rows(*runs: FinishedRun) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(*runs), newline="")))


def test_a_spreadsheet_has_one_row_per_run_and_epoch_counted_from_one() -> None:
    table = rows(make(), replace(make(), run_id=2))
    assert [(row["run_id"], row["epoch"]) for row in table] == [("3", "1"), ("3", "2"), ("2", "1"), ("2", "2")]
    first = table[0]
    assert float(first["model_loss"]) == 0.6931471805599453
    assert first["child_unseen"] == ""
    assert first["labels"] == "cat | dog"
    assert (first["child_first_good_stretch"], first["model_first_good_stretch"]) == ("5", "")
    # For those who read it by its older name.
    assert (first["child_pictures_to_90"], first["model_pictures_to_90"]) == ("5", "")
    assert (first["seed"], first["augment"], first["order_hash"]) == ("7", "true", "ab12")
    assert [first[f"kappa_{name}"] for name in ("low", "high", "pictures", "epoch")] == ["-0.4", "0.2", "120", "2"]


def test_a_negative_number_stays_a_number() -> None:
    assert rows(make())[0]["kappa"] == "-0.25"


@pytest.mark.parametrize(
    ("chosen", "used"),
    [
        ({}, {"optimizer": "momentum", "learning_rate": 0.1, "steps_per_epoch": 4}),
        ({"learner": "cnn"}, {"optimizer": "adam", "learning_rate": 0.005}),
        ({"optimizer": "sgd"}, {"optimizer": "sgd", "learning_rate": 0.3}),
        ({"learning_rate": 0.7, "drop_last": True, "batch_size": 15}, {"learning_rate": 0.7, "steps_per_epoch": 2}),
        ({"distortion": "grey"}, {"distortion": "grey", "distortion_level": 1}),
        ({"book": "Mixed-up labels"}, {"wrong_labels": 0.2, "kind": None}),
        ({"book": "six-wugs", "seed": 4}, {"kind": 6, "wrong_labels": None}),
        ({"book": "six-wugs", "seed": 4, "kind": 2}, {"kind": 2}),
        ({"glimpse_ms": None}, {"glimpse_ms": None, "distortion": None, "distortion_level": None}),
    ],
)
def test_a_setting_that_nobody_chose_is_exported_as_it_was_used(chosen: dict[str, Any], used: dict[str, Any]) -> None:
    run = make()
    run = replace(run, settings=RunSettings(**{"pictures": 40, "unseen": 10, "seed": 7, **chosen}).to_dict())
    (told,) = json.loads(written(run, format="json"))["runs"]
    assert {name: told["settings"][name] for name in used} == used
    cells = rows(run)[0]
    assert {name: cells[name] for name in used} == {
        name: "" if value is None else str(value) for name, value in used.items()
    }


def test_the_exported_kind_of_rule_is_the_one_that_was_played() -> None:
    for seed in range(12):
        settings = RunSettings(book="six-wugs", pictures=16, unseen=0, seed=seed)
        run = replace(make(), settings=settings.to_dict())
        kind = int(rows(run)[0]["kind"])
        assert make_book(settings).pixels_hash == make_book(replace(settings, kind=kind)).pixels_hash
        assert f"type {NUMERALS[kind - 1]} of six" in make_book(settings).secret


def test_settings_that_no_longer_make_a_run_are_exported_as_they_were_kept() -> None:
    run = replace(make(), settings={"learner": "tree", "epochs": 2, "someday": 1})
    assert json.loads(written(run, format="json"))["runs"][0]["settings"] == run.settings
    assert rows(run)[0]["learner"] == "tree"


def test_a_run_of_an_earlier_version_has_its_epochs_and_no_kappa_over_all_of_them() -> None:
    run = make(version=1, kappa=0.4, pictures_to_90={"child": 9, "model": 30})
    older = {key: value for key, value in run.summary.items() if key not in ("agreement", "first_good_stretch")}
    run = replace(run, summary=older)
    assert [row["epoch"] for row in rows(run)] == ["1", "2"]
    assert rows(run)[0]["kappa"] == ""
    assert rows(run)[0]["model_first_good_stretch"] == "30"
    summary = json.loads(written(run, format="json"))["runs"][0]["summary"]
    assert summary["first_good_stretch"] == {"child": 9, "model": 30}
    assert summary["agreement"] is None
    assert "kappa" not in summary


def test_the_columns_do_not_change_their_order() -> None:
    header = written().removesuffix("\r\n").split(",")
    assert header == list(COLUMNS)
    assert header[:6] == ["run_id", "created_at", "finished_at", "book", "title", "labels"]
    assert len(set(header)) == len(header)


def test_every_figure_of_an_epoch_and_every_knob_has_a_column() -> None:
    # What is counted label by label becomes other columns.
    assert {*EPOCH_COLUMNS, *COUNTED, "model_new_loss"} == set(EpochResult.__slots__)
    assert {*FIRST_SETTINGS, *LATER_SETTINGS, "book"} == set(RunSettings().to_dict())


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "＝"])
def test_a_books_title_never_runs_as_a_formula(start: str) -> None:
    title = f'{start}HYPERLINK("http://example.org","win")'
    run = replace(make(labels=[title, "dog"]), title=title, book=title)
    for row in rows(run):
        assert row["title"] == row["book"] == f"'{title}"
        assert row["labels"] == f"'{title} | dog"
    assert json.loads(written(run, format="json"))["runs"][0]["title"] == title


@given(title=st.text(st.characters(exclude_categories=["Cs"])))
@settings(max_examples=100)
def test_any_title_survives_commas_quotes_and_line_ends(title: str) -> None:
    for row in rows(replace(make(), title=title)):
        assert row["title"] in (title, f"'{title}")
        assert not row["title"].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_a_run_without_epochs_still_shows() -> None:
    (row,) = rows(make(epochs=[]))
    assert (row["run_id"], row["epoch"], row["run_child_accuracy"]) == ("3", "", "0.91")


def test_lines_end_as_spreadsheets_expect() -> None:
    text = written(make())
    assert text.count("\r\n") == text.count("\n") == 3


def test_a_program_reads_all_of_a_run() -> None:
    data = json.loads(written(make(), format="json"))
    assert (data["format"], data["version"]) == ("picturebook-runs", 2)
    (run,) = data["runs"]
    kept = make().summary
    assert {key: run["summary"][key] for key in ("share", "labels", "order_hash", "first_good_stretch")} == {
        key: kept[key] for key in ("share", "labels", "order_hash", "first_good_stretch")
    }
    assert run["settings"]["seed"] == 7


def test_both_exports_count_epochs_from_one() -> None:
    (run,) = json.loads(written(make(), format="json"))["runs"]
    assert [epoch["epoch"] for epoch in run["summary"]["epochs"]] == [1, 2]
    assert [int(row["epoch"]) for row in rows(make())] == [1, 2]
    assert run["summary"]["agreement"]["epoch"] == 2
    assert {key: value for key, value in run["summary"]["epochs"][0].items() if key != "epoch"} == {
        key: value for key, value in epoch(0).items() if key != "epoch"
    }


def test_a_number_that_is_none_is_null_and_an_empty_cell() -> None:
    run = make(agreement={**AGREEMENT, "kappa": float("nan")}, model_accuracy=float("inf"))
    summary = json.loads(written(run, format="json"), parse_constant=pytest.fail)["runs"][0]["summary"]
    assert summary["agreement"]["kappa"] is summary["model_accuracy"] is None
    assert rows(run)[0]["kappa"] == rows(run)[0]["run_model_accuracy"] == ""


@pytest.mark.parametrize("format", ["csv", "json"])
def test_a_file_is_not_replaced_unless_asked(format: Any, tmp_path: Path) -> None:
    path = tmp_path / "runs"
    path.write_text("precious")
    with pytest.raises(PictureBookError, match="--force"):
        export_runs([make()], format, path)
    assert path.read_text() == "precious"
    export_runs([make()], format, path, force=True)
    assert path.read_bytes().decode("utf-8") == written(make(), format=format)
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_can_be_read_by_whom_the_umask_allows(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        export_runs([make()], "csv", tmp_path / "runs.csv")
    finally:
        os.umask(before)
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "runs.csv").stat().st_mode) == 0o644


def test_a_write_that_fails_leaves_no_part_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PictureBookError, match="No space left"):
        export_runs([make()], "csv", tmp_path / "runs.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "runs.csv"
    monkeypatch.setattr(os, "fsync", lambda _: path.write_text("precious"))
    with pytest.raises(PictureBookError, match="--force"):
        export_runs([make()], "csv", path)
    assert path.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [path]


def test_without_hard_links_a_new_file_is_written_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", no_links)
    export_runs([make()], "csv", tmp_path / "runs.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["runs.csv"]


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no /dev/null")
def test_a_device_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    link = tmp_path / "null"
    link.symlink_to("/dev/null")
    export_runs([make()], "csv", link)
    assert link.is_symlink()
    assert stat.S_ISCHR(link.stat().st_mode)


@pytest.mark.parametrize("where", ["missing/runs.csv", "", "x" * 300])
def test_a_place_that_can_not_be_written_gets_a_sentence(where: str, tmp_path: Path) -> None:
    with pytest.raises(PictureBookError, match="choose another name or folder"):
        export_runs([make()], "csv", tmp_path / where, force=True)
    assert list(tmp_path.iterdir()) == []


def test_an_output_without_emoji_says_what_to_do() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    with pytest.raises(PictureBookError, match="utf-8"):
        export_runs([make()], "json", stream)


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(PictureBookError, match="csv or json"):
        export_runs([], cast(Any, "xlsx"), io.StringIO())


def test_both_exports_have_the_gap_between_its_bounds() -> None:
    again, new = (
        {"right": right, "pictures": of, "drawings": of} for right, of in (([19, 20], [20, 20]), ([14, 6], [20, 8]))
    )
    few = {"right": [5, 3], "pictures": [5, 5], "drawings": [5, 5]}
    counted = {"model_again": again, "model_new": new, "model_new_loss": 0.61, "child_book": again, "child_new": few}
    run = make(epochs=[{**epoch(0), **counted}, epoch(1)])
    first, second = rows(run)
    assert float(first["model_again_by_label"]) == 0.975
    assert float(first["model_new_by_label"]) == 0.725
    assert int(first["model_new_pictures"]) == 28
    assert float(first["model_new_loss"]) == 0.61
    low, high = difference_interval([(0.95, 20), (1.0, 20)], [(0.7, 20), (0.75, 8)])
    assert (float(first["gap_low"]), float(first["gap_high"])) == (low, high)
    assert float(first["child_gap_low"]) < 0 < float(first["child_gap_high"])
    assert {second[name] for name in GAP_COLUMNS} == {""}
    (exported,) = json.loads(written(run, format="json"))["runs"]
    assert exported["summary"]["epochs"][0]["gap_low"] == low
    assert "gap_low" not in exported["summary"]["epochs"][1]
