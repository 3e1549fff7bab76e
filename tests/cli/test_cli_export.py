"""A finished run can be taken home, and what can't be is said in one sentence."""

import json
import sys
from pathlib import Path

import pytest

from picturebook_tui.records.store import Store
from picturebook_tui.settings import RunSettings
from tests.records.finished import keep, save

SETTINGS = RunSettings(pictures=12, unseen=4, batch_size=5, epochs=1, seed=3)

FORMS = [("script", "py"), ("notebook", "ipynb"), ("report", "html")]


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two finished runs, of which run 1 was finished last, and an unfinished one; in an empty folder to write to."""
    folder = tmp_path / "records"
    store = Store.open(folder)
    keep(store, save(SETTINGS), finished_at="2026-03-03T10:00:00+00:00")
    keep(store, save(RunSettings(**{**SETTINGS.to_dict(), "seed": 4})), finished_at="2026-03-02T10:00:00+00:00")
    keep(store, save(SETTINGS, until=9))
    store.close()
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return folder


@pytest.mark.parametrize(("form", "ending"), FORMS)
def test_a_run_is_written_under_a_name_of_its_own(say, records, form, ending):
    answer = say("export", form, 2)
    assert (answer.status, answer.out) == (0, "")
    assert answer.err == f"Run 2 written to picturebook-run-2.{ending}.\n"
    assert [path.name for path in Path().iterdir()] == [f"picturebook-run-2.{ending}"]
    assert Path(f"picturebook-run-2.{ending}").read_text("utf-8")


@pytest.mark.parametrize(("form", "ending"), FORMS)
def test_last_is_the_run_that_was_finished_last(say, records, form, ending):
    assert "Run 1 written" in say("export", form, "last").err


def test_a_run_goes_to_standard_output_as_it_is(say, records, process):
    say("export", "script", 1)
    written = Path("picturebook-run-1.py").read_text("utf-8")
    assert say("export", "script", 1, "--output", "-").out == written
    answer = process("export", "report", "1", "--output", "-", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert answer.status == 0
    assert "🧒" in answer.out


def test_a_file_that_exists_is_replaced_only_when_that_is_asked_for(say, records, tmp_path):
    target = tmp_path / "mine.html"
    target.write_text("mine")
    sentence = say("export", "report", 1, "--output", target).complaint
    assert "exists already" in sentence
    assert "--force" in sentence
    assert target.read_text() == "mine"
    assert say("export", "report", 1, "--output", target, "--force").status == 0
    assert target.read_text("utf-8").startswith("<!DOCTYPE html>")


def test_the_same_run_gives_the_same_file(say, records):
    for form, _ in FORMS:
        first = say("export", form, 1, "--output", "-").out
        assert say("export", form, 1, "--output", "-").out == first


def test_a_report_tells_what_if_unless_that_is_left_out(say, records):
    assert 'id="what-if"' in say("export", "report", 1, "--output", "-").out
    assert 'id="what-if"' not in say("export", "report", 1, "--output", "-", "--no-what-if").out


def test_a_run_too_long_to_try_others_has_a_report_without_them(say, records, monkeypatch):
    monkeypatch.setattr("picturebook_tui.cli.export.MOST_SECONDS", 0.0)
    answer = say("export", "report", 1, "--output", "-")
    assert answer.status == 0
    assert "too long to try other batch sizes" in answer.err
    assert 'id="what-if"' not in answer.out


@pytest.mark.parametrize("run", [3, 99, 2**63 - 1])
def test_a_run_that_is_not_there_or_not_finished_is_one_sentence(say, records, run):
    assert f"There is no finished run {run}: `picturebook history list`" in say("export", "script", run).complaint


@pytest.mark.parametrize("run", ["first", "0", "-1", "1.5", str(2**63), "", "\x1b[2J"])
def test_what_is_no_run_at_all_is_one_sentence(say, records, run):
    sentence = say("export", "report", "--", run).complaint
    assert sentence.startswith("RUN wants a number from `picturebook history list`, or last, not ")
    assert "\x1b" not in sentence


def test_a_place_that_takes_no_file_is_one_sentence(say, records, tmp_path):
    assert "There is no folder" in say("export", "report", 1, "--output", tmp_path / "no" / "page.html").complaint
    assert "is a folder" in say("export", "report", 1, "--output", tmp_path).complaint
    assert "can't be the name of a file" in say("export", "report", 1, "--output", "a\0b").complaint


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="There is no /dev/full here.")
def test_a_full_disk_is_one_sentence(say, records):
    assert "No space left" in say("export", "report", 1, "--output", "/dev/full").complaint


def test_before_the_first_run_the_way_to_one_is_told_and_no_folder_made(say, tmp_path):
    assert say("export", "script", "last").complaint == "No run is finished yet: `picturebook` starts one."
    assert not (tmp_path / "records").exists()


def test_an_unfinished_run_alone_is_not_the_last(say, tmp_path):
    store = Store.open(tmp_path / "records")
    keep(store, save(SETTINGS, until=9))
    store.close()
    assert "No run is finished yet" in say("export", "notebook", "last").complaint


def test_a_damaged_run_is_one_sentence(say, records):
    import sqlite3

    with sqlite3.connect(records / "picturebook.db") as database:
        database.execute("UPDATE runs SET recipe = ? WHERE run_id = 1", (json.dumps({"version": 1}),))
    database.close()
    assert "damaged" in say("export", "script", 1).complaint
    assert not list(Path().iterdir())


def test_without_a_form_the_three_are_named(say):
    assert "wants script, notebook or report" in say("export").complaint
    assert "did you mean `picturebook export notebook`?" in say("export", "notebok", 1).complaint
    assert "`picturebook export script` wants RUN after it" in say("export", "script").complaint


def test_records_can_be_read_from_another_folder(say, records, monkeypatch, tmp_path):
    monkeypatch.setenv("PICTUREBOOK_DATA_DIR", str(tmp_path / "elsewhere"))
    assert say("export", "script", 1, "--data-dir", records, "--output", "-").status == 0
    assert say("--data-dir", records, "export", "script", 1, "--output", "-").status == 0


def test_the_command_leaves_the_screens_unloaded(process, records):
    import subprocess

    code = (
        "import sys; from picturebook_tui.cli import main; status = main(['export', 'report', '1', '--output', '-']);"
        "sys.exit(status or any(name in sys.modules for name in ('textual', 'rich')))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60).returncode == 0
