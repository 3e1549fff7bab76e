"""Parts of files whose writers were killed are swept; those that are being written are not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from picturebook_tui.records.files import sweep_parts, write_export
from picturebook_tui.records.settings import Preferences, load_preferences
from picturebook_tui.records.store import Store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

SAVE = """
import os, pathlib, signal, sys
from picturebook_tui.records.settings import Preferences, save_preferences
save = os.fsync
def wait(handle):
    print("half", flush=True)
    sys.stdin.readline()
    save(handle)
os.fsync = wait
save_preferences(pathlib.Path(sys.argv[1]), Preferences(bell=True))
"""


def saving(folder: Path) -> subprocess.Popen[str]:
    """Somebody in the middle of saving their settings."""
    words = [sys.executable, "-c", SAVE, str(folder)]
    writer = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "half\n"
    return writer


def parts(folder: Path) -> list[Path]:
    return list(folder.glob(".*.part"))


def test_a_killed_saver_leaves_a_part_until_the_next_start(tmp_path: Path) -> None:
    writer = saving(tmp_path)
    writer.kill()
    writer.communicate()
    assert len(parts(tmp_path)) == 1
    Store.open(tmp_path).close()
    assert parts(tmp_path) == []
    assert load_preferences(tmp_path) == (Preferences(), "")


def test_a_part_that_somebody_is_writing_stays_and_becomes_the_file(tmp_path: Path) -> None:
    writer = saving(tmp_path)
    Store.open(tmp_path).close()
    sweep_parts(tmp_path)
    assert len(parts(tmp_path)) == 1
    writer.communicate("go on\n")
    assert writer.returncode == 0
    assert parts(tmp_path) == []
    assert load_preferences(tmp_path) == (Preferences(bell=True), "")


def test_an_export_sweeps_its_own_folder_of_parts_and_of_nothing_else(tmp_path: Path) -> None:
    (tmp_path / ".picturebook-00000000.part").write_text("half", "utf-8")
    (tmp_path / ".picturebook-11111111.part").mkdir()
    (tmp_path / "mine.part").write_text("whole", "utf-8")
    write_export(tmp_path / "run.py", "pass")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".picturebook-11111111.part", "mine.part", "run.py"]


def test_a_folder_that_cannot_be_swept_stops_nobody(tmp_path: Path) -> None:
    sweep_parts(tmp_path / "missing")
