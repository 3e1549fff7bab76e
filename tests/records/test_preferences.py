"""What a person prefers is remembered, and a broken file never keeps the game from starting."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.settings import Preferences, load_preferences, save_preferences

MINE = Preferences("picturebook-light", reduced_motion=True, colours="256", curves="blocks", bell=True)


def write(folder: Path, **values: Any) -> None:
    (folder / "settings.json").write_text(json.dumps(values))


def test_preferences_are_remembered(tmp_path: Path) -> None:
    save_preferences(tmp_path / "new", MINE)
    assert load_preferences(tmp_path / "new") == (MINE, "")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["settings.json"]


def test_without_a_file_the_usual_ones_hold_and_nothing_is_written(tmp_path: Path) -> None:
    assert load_preferences(tmp_path / "none") == (Preferences(), "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b'{"version": 1, "theme": "pict',
        b"[1]",
        b"{}",
        b'{"version": "1"}',
        b'{"version": true}',
        b'{"version": 0}',
        b"[" * 60_000,
        b'{"version": 1' + b"0" * 6_000 + b"}",
        b" " * 70_000 + b'{"version": 1}',
    ],
    ids=lambda content: repr(content[:16]),
)
def test_a_damaged_file_is_set_aside_with_a_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_bytes(content)
    loaded, notice = load_preferences(tmp_path)
    assert loaded == Preferences()
    assert str(tmp_path / "settings-damaged-1.json") in notice
    assert (tmp_path / "settings-damaged-1.json").read_bytes() == content
    assert load_preferences(tmp_path) == (Preferences(), "")


def test_a_newer_file_is_set_aside_and_called_newer(tmp_path: Path) -> None:
    write(tmp_path, version=2, theme="from-tomorrow")
    loaded, notice = load_preferences(tmp_path)
    assert loaded == Preferences()
    assert "newer" in notice
    assert (tmp_path / "settings-damaged-1.json").exists()


def test_playing_without_saving_moves_no_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{")
    _, notice = load_preferences(tmp_path, read_only=True)
    assert "damaged" in notice
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]


def test_one_wrong_value_keeps_the_others(tmp_path: Path) -> None:
    write(tmp_path, version=1, theme="picturebook-light", colours="purple", bell="yes", curves="blocks", age=7)
    loaded, notice = load_preferences(tmp_path)
    assert loaded == Preferences(theme="picturebook-light", curves="blocks")
    assert "bell, colours" in notice
    assert "age" not in notice.split(":")[0]


@given(
    values=st.dictionaries(
        st.sampled_from(["theme", "reduced_motion", "colours", "curves", "bell", "other"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()),
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_value_makes_the_game_fail_to_start(values: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path, version=1, **values)
    loaded, _ = load_preferences(tmp_path)
    save_preferences(tmp_path, loaded)
    assert load_preferences(tmp_path) == (loaded, "")


def test_a_save_that_fails_leaves_the_old_preferences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_preferences(tmp_path, MINE)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PictureBookError, match=r"No space left.*--no-save"):
        save_preferences(tmp_path, Preferences())
    assert load_preferences(tmp_path) == (MINE, "")
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_in_the_files_place_is_moved_away(tmp_path: Path) -> None:
    (tmp_path / "settings.json").mkdir()
    loaded, notice = load_preferences(tmp_path)
    assert loaded == Preferences()
    assert "set aside" in notice
    save_preferences(tmp_path, MINE)


def test_a_file_in_the_folders_place_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    loaded, notice = load_preferences(tmp_path / "file")
    assert loaded == Preferences()
    assert "can't be read" in notice
    with pytest.raises(PictureBookError, match="--data-dir"):
        save_preferences(tmp_path / "file", MINE)
