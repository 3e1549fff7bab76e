"""Finished runs can be listed, looked at and taken elsewhere."""

import csv
import io
import json
import sqlite3
from pathlib import Path

import pytest

from picturebook_tui.records.store import Store

SETTINGS = {"book": "cats-and-dogs", "pictures": 40, "unseen": 10, "batch_size": 10, "epochs": 2, "seed": 7}


def summary(child: float) -> dict[str, object]:
    epoch = {"child_accuracy": child, "model_accuracy": 0.62, "child_unseen": 0.9, "model_unseen": None}
    return {
        "version": 1,
        "book": "cats-and-dogs",
        "title": "Cats & Dogs",
        "labels": ["cat", "dog"],
        "child_accuracy": child,
        "model_accuracy": 0.75,
        "child_unseen": 0.9,
        "model_unseen": None,
        "epochs": [epoch, epoch],
        "settings": SETTINGS,
        "pictures_to_90": {"child": 12, "model": None},
        "share": "Picture Book · Cats & Dogs\n 1 🧒 ●●  🤖 ◔◕",
        "order_hash": "abc",
    }


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Three finished runs, the second the best, and one unfinished."""
    folder = tmp_path / "records"
    store = Store.open(folder)
    for day, child in enumerate((0.8, 0.95, 0.9), 1):
        run = store.begin(SETTINGS, {"name": "cats-and-dogs"}, created_at=f"2025-11-0{day}T10:00:00+00:00")
        store.finish(run, summary(child), finished_at=f"2025-11-0{day}T10:03:00+00:00")
    store.begin(SETTINGS, {"name": "cats-and-dogs"}, created_at="2025-11-04T10:00:00+00:00")
    store.close()
    return folder


def test_a_new_player_is_told_how_to_begin_and_no_folder_is_made(say, tmp_path):
    for words in (["history"], ["history", "list"]):
        answer = say(*words)
        assert (answer.status, answer.out) == (0, "No finished run yet: `picturebook` starts one.\n")
    assert not (tmp_path / "records").exists()


def test_the_list_is_newest_first_and_marks_the_best(say, records):
    head, *rows = say("history", "list").out.splitlines()
    assert head.split()[:3] == ["run", "finished", "book"]
    assert [row.split()[0] for row in rows] == ["3", "2", "1"]
    assert [row.endswith("best") for row in rows] == [False, True, False]
    assert "95%" in rows[1]
    assert "–" in rows[1]


def test_a_run_is_shown_epoch_by_epoch_with_its_grid(say, records):
    out = say("history", "show", 2).out
    assert out.startswith("Run 2 · Cats & Dogs · 2025-11-02 ")
    assert "40 pictures · 2 epochs · batch size 10 · seed 7" in out
    rows = [line.split() for line in out.splitlines()]
    # Kept before the gap was counted label by label.
    assert ["1", "95%", "62%", "90%", "–", "–"] in rows
    assert ["all", "95%", "75%", "90%", "–"] in rows
    # Kept under its older name by an earlier version.
    assert "Your first good stretch came after 12 pictures; the model had none." in out
    assert "90%" not in out.splitlines()[-3]
    assert " 1 🧒 ●●  🤖 ◔◕" in out


def test_the_run_finished_last_can_be_shown_by_that_word_as_it_can_be_exported(say, records, tmp_path):
    assert say("history", "show", "last").out == say("history", "show", "3").out != ""
    answer = say("history", "show", "last", "--data-dir", str(tmp_path / "empty"))
    assert (answer.status, answer.out) == (2, "")
    assert answer.err == "No run is finished yet: `picturebook` starts one.\n"


def test_a_run_that_is_not_there_or_not_finished_is_one_sentence(say, records):
    for run in (4, 99):
        assert f"There is no finished run {run}" in say("history", "show", run).complaint


def test_only_one_book_s_runs(say, records):
    assert "No finished run of four-shelves yet" in say("history", "list", "--book", "four-shelves").out


def test_csv_goes_to_standard_output(say, records):
    answer = say("history", "export")
    rows = list(csv.DictReader(io.StringIO(answer.out, newline="")))
    assert len(rows) == 6
    assert {row["title"] for row in rows} == {"Cats & Dogs"}
    assert answer.err == ""


def test_json_goes_to_a_file_by_its_ending_and_never_over_another(say, records, tmp_path):
    target = tmp_path / "runs.json"
    assert say("history", "export", "--output", target).err == f"3 runs written to {target}.\n"
    assert [run["run_id"] for run in json.loads(target.read_text("utf-8"))["runs"]] == [3, 2, 1]
    assert "--force" in say("history", "export", "--output", target).complaint
    assert say("history", "export", "--output", target, "--force").status == 0


def test_an_export_into_a_missing_folder_is_one_sentence(say, records, tmp_path):
    assert "There is no folder" in say("history", "export", "--output", tmp_path / "no" / "runs.csv").complaint


def test_an_export_is_utf_8_whatever_the_terminal_speaks(process, records):
    answer = process("history", "export", "--format", "json", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert answer.status == 0


def test_records_can_be_read_from_another_folder(say, records, tmp_path, monkeypatch):
    monkeypatch.setenv("PICTUREBOOK_DATA_DIR", str(tmp_path / "elsewhere"))
    assert "No finished run" in say("history").out
    assert "Cats & Dogs" in say("history", "--data-dir", records).out
    assert "Cats & Dogs" in say("--data-dir", records, "history", "list").out


def test_damaged_records_are_a_notice_and_stay_where_they_are(say, records):
    (records / "picturebook.db").write_bytes(b"not a database" * 100)
    before = held(records)
    answer = say("history")
    assert answer.status == 0
    assert "damaged: nothing is shown of them, and the next game sets them aside" in answer.err
    assert held(records) == before


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture
def no_companions(monkeypatch):
    """SQLite may make no file beside the database: a folder that may only be read, for somebody who is not root."""
    connect = sqlite3.connect

    class ReadOnly(sqlite3.Connection):
        def execute(self, *arguments):
            raise refused()

    def refused() -> sqlite3.OperationalError:
        error = sqlite3.OperationalError("unable to open database file")
        error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
        return error

    def opened(name, **options):
        inside = str(name).startswith("file:") and "/records/" in str(name) and "immutable" not in str(name)
        return connect(name, **options, **({"factory": ReadOnly} if inside else {}))

    monkeypatch.setattr("sqlite3.connect", opened)


def test_what_may_only_be_read_is_read(say, records, no_companions):
    before = held(records)
    assert [row.split()[0] for row in say("history", "list").out.splitlines()[1:]] == ["3", "2", "1"]
    assert say("history", "show", "last").status == 0
    assert say("history", "export").out.count("Cats & Dogs") == 6
    assert held(records) == before


def test_what_a_killed_game_left_in_the_log_is_read_too(say, records, request):
    with Store.open(records) as store:
        run = store.begin(SETTINGS, {"name": "cats-and-dogs"}, created_at="2025-11-05T10:00:00+00:00")
        store.finish(run, summary(0.5), finished_at="2025-11-05T10:03:00+00:00")
        log = (records / "picturebook.db-wal").read_bytes()
        database = (records / "picturebook.db").read_bytes()
    (records / "picturebook.db").write_bytes(database)
    (records / "picturebook.db-wal").write_bytes(log)
    assert log
    request.getfixturevalue("no_companions")
    before = held(records)
    assert [row.split()[0] for row in say("history", "list").out.splitlines()[1:]] == [str(run), "3", "2", "1"]
    assert held(records) == before


def test_reading_goes_on_while_another_program_writes(say, records):
    holder = sqlite3.connect(records / "picturebook.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert "Cats & Dogs" in say("history", "list").out
    holder.close()


def test_figures_that_make_no_sense_are_dashes(say, tmp_path):
    store = Store.open(tmp_path / "records")
    run = store.begin(SETTINGS, {"name": "x"}, created_at="2025")
    store.finish(run, {"child_accuracy": "lots", "epochs": "many", "pictures_to_90": 3}, finished_at="not a date")
    store.close()
    assert "not a date" in say("history").out
    assert say("history", "show", run).status == 0
