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
