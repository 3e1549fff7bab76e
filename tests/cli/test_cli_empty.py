"""Empty words, as a shell makes them of a variable that is not set, count as not being there; so does no home."""

import os
from pathlib import Path

import pytest

from picturebook_tui.records.store import Store

pwd = pytest.importorskip("pwd", reason="no list of users here")

HOMELESS = "No home folder to keep records in: set HOME, or choose --data-dir, or --no-save."


@pytest.fixture
def homeless(monkeypatch):
    """Nobody: without HOME and without an entry in the list of users."""

    def unknown(*_: object) -> None:
        raise KeyError

    for name in ("HOME", "XDG_DATA_HOME", "PICTUREBOOK_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setattr(pwd, "getpwnam", unknown)


def test_an_empty_folder_is_the_usual_one_and_not_the_one_that_we_are_in(say, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Store.open(tmp_path / "records").close()
    answer = say("doctor", "--data-dir", "")
    assert f"Records are kept in {tmp_path / 'records'}" in answer.out
    assert say("--data-dir", "", "history", "list").status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["records"]


@pytest.mark.parametrize("words", [("fit",), ("books", "show"), ("books", "check")])
def test_an_empty_book_is_none(say, words):
    assert say(*words, "").complaint == say(*words).complaint


def test_other_empty_words_are_as_if_absent(say):
    assert say("history", "list", "--book", "").out == say("history", "list").out
    assert say("lessons", "list", "--texts", "").out == say("lessons", "list").out
    done = say("fit", "cats-and-dogs", "--pictures", "4", "--epochs", "1", "--json", "")
    assert (done.status, done.err) == (0, "")


def test_a_server_with_an_empty_address_is_open_to_this_machine_alone(say, served):
    assert say("serve", "ssh", "--host", "", "--data-dir", "", "--book", "", "--authorized-keys", "").status == 0
    (options,) = served
    assert (options.host, options.book, options.authorized_keys) == ("127.0.0.1", None, None)


@pytest.fixture
def served(monkeypatch):
    pytest.importorskip("asyncssh")
    asked = []

    def serve(options):
        asked.append(options)
        return 0

    monkeypatch.setattr("picturebook_tui.serve.run.serve", serve)
    return asked


@pytest.mark.parametrize("words", [("history", "list"), ("history", "export"), ("export", "script", "last")])
@pytest.mark.parametrize("home", [None, ""])
def test_without_a_home_one_is_told_what_to_set(say, homeless, monkeypatch, words, home):
    if home is not None:
        monkeypatch.setenv("HOME", home)
    assert say(*words).complaint == HOMELESS


def test_without_a_home_the_doctor_says_the_same(say, homeless):
    answer = say("doctor")
    assert answer.status == 1
    assert f"✗ {HOMELESS}" in answer.out
    assert "install" not in answer.out


def test_without_a_home_all_goes_well_that_needs_none(say, homeless, tmp_path):
    for words in (["--version"], ["books"], ["lessons"], ["fit", "cats-and-dogs", "--pictures", "4", "--epochs", "1"]):
        assert say(*words).status == 0
    assert say("history", "list", "--data-dir", tmp_path).status == 0
    assert "can't be read" in say("lessons", "list", "--texts", "~/chapters").complaint


def test_without_a_home_a_server_starts_in_the_folder_that_it_is_given(say, homeless, served, tmp_path):
    assert say("serve", "ssh").complaint == "No home folder to keep records in: set HOME, or choose --data-dir."
    assert say("serve", "ssh", "--authorized-keys", "~/keys", "--data-dir", tmp_path).complaint.startswith(
        "There is no"
    )
    assert say("serve", "ssh", "--data-dir", tmp_path).status == 0
    # asyncssh fails where it finds none.
    assert Path(os.path.expanduser("~")) == tmp_path == served[0].data_dir
