"""The folder for records is the one that was asked for."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.paths import data_dir


def test_the_flag_wins_over_the_environment_and_that_over_the_system(tmp_path: Path) -> None:
    environ = {"PICTUREBOOK_DATA_DIR": str(tmp_path / "environment")}
    assert data_dir(tmp_path / "flag", environ) == tmp_path / "flag"
    assert data_dir(None, environ) == tmp_path / "environment"


@pytest.mark.parametrize("environ", [{}, {"PICTUREBOOK_DATA_DIR": ""}], ids=["absent", "empty"])
def test_without_a_wish_it_is_the_systems_own_place(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "user_data_path", lambda appname, appauthor: tmp_path / "share" / appname)
    assert data_dir(None, environ) == tmp_path / "share" / "picturebook"


def test_asking_makes_nothing(tmp_path: Path) -> None:
    data_dir(tmp_path / "a" / "b", {})
    assert list(tmp_path.iterdir()) == []


def test_a_relative_path_and_the_home_sign_are_made_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_dir(Path("here"), {}) == tmp_path / "here"
    assert data_dir(Path("~/there"), {}) == tmp_path / "there"


@pytest.mark.parametrize("where", ["file", "file/below"])
def test_what_can_be_no_folder_gets_a_sentence(where: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PictureBookError, match=r"--data-dir.*--no-save"):
        data_dir(tmp_path / where, {})


def test_without_a_home_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody(monkeypatch)
    homeless = "No home folder to keep records in: set HOME, or choose --data-dir, or --no-save"
    with pytest.raises(PictureBookError, match=homeless):
        data_dir(None, {})
    with pytest.raises(PictureBookError, match=homeless):
        data_dir(Path("~/records"), {})
    with pytest.raises(PictureBookError, match="Nothing can be saved in ~nobody-at-all"):
        data_dir(Path("~nobody-at-all/records"), {})


def test_without_a_home_a_folder_that_was_named_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody(monkeypatch)
    assert data_dir(tmp_path, {}) == tmp_path
    assert data_dir(None, {"PICTUREBOOK_DATA_DIR": str(tmp_path)}) == tmp_path
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert data_dir(None, {}) == tmp_path / "picturebook"


def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be somebody without HOME and without an entry in the list of users."""
    pwd = pytest.importorskip("pwd")

    def unknown(*_: object) -> None:
        raise KeyError

    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setattr(pwd, "getpwnam", unknown)
