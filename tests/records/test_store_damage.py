"""Whatever lies where the records should be, the game opens and says what happened."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.files import set_aside
from picturebook_tui.records.runs import bests
from picturebook_tui.records.store import Store

ANSWER = {"card": 0, "label": 1, "response_ms": 812}


def fill(folder: Path, answers: int = 5) -> int:
    with Store.open(folder) as store:
        run = store.begin({"book": "b"}, {"name": "b"}, created_at="2026-03-01")
        for _ in range(answers):
            store.append(run, "card_answered", ANSWER)
    return run


def write_garbage(path: Path) -> None:
    path.write_bytes(random.Random(5).randbytes(20_000))


def write_text(path: Path) -> None:
    path.write_text("I am no database.")


def truncate(path: Path) -> None:
    fill(path.parent, 30)
    os.truncate(path, path.stat().st_size // 2)


def cut_the_header(path: Path) -> None:
    fill(path.parent)
    os.truncate(path, 60)


def scramble_the_middle(path: Path) -> None:
    fill(path.parent, 30)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))


def write_another_programs(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
        connection.execute("INSERT INTO recipes VALUES ('soup')")
    connection.close()


def lose_a_table(path: Path) -> None:
    fill(path.parent)
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE events")
    connection.close()


def lose_a_column(path: Path) -> None:
    fill(path.parent)
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE runs RENAME COLUMN score TO points")
    connection.close()


def write_a_newer_one(path: Path) -> None:
    fill(path.parent)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def make_a_folder(path: Path) -> None:
    path.mkdir()


WAYS: list[Callable[[Path], None]] = [
    write_garbage,
    write_text,
    truncate,
    cut_the_header,
    scramble_the_middle,
    write_another_programs,
    lose_a_table,
    lose_a_column,
    write_a_newer_one,
    make_a_folder,
]


@pytest.mark.parametrize("damage", WAYS, ids=lambda way: str(way.__name__))
def test_an_unusable_file_is_set_aside_with_a_sentence_and_kept(damage: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "picturebook.db"
    aside = tmp_path / "picturebook-damaged-1.db"
    damage(path)
    before = path.read_bytes() if path.is_file() else None
    with Store.open(tmp_path) as store:
        assert str(aside) in store.notice
        assert store.notice.endswith(".")
        assert store.unfinished() == ()
        assert store.finished() == ()
        store.append(store.begin({}, {}, created_at=""), "card_answered", ANSWER)
    assert (aside.read_bytes() if aside.is_file() else None) == before
    with Store.open(tmp_path) as store:
        assert store.notice == ""
        assert len(store.unfinished()) == 1


def test_a_newer_games_file_is_not_called_damaged(tmp_path: Path) -> None:
    write_a_newer_one(tmp_path / "picturebook.db")
    with Store.open(tmp_path) as store:
        assert "newer" in store.notice
        assert "are damaged" not in store.notice


def test_a_second_damaged_file_does_not_replace_the_first(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        (tmp_path / "picturebook.db").write_text(f"no database {number}")
        Store.open(tmp_path).close()
    kept = [(tmp_path / f"picturebook-damaged-{number}.db").read_text() for number in (1, 2, 3)]
    assert kept == ["no database 1", "no database 2", "no database 3"]


def test_what_belongs_to_a_damaged_file_moves_along_with_it(tmp_path: Path) -> None:
    for name in ("picturebook.db", "picturebook.db-wal", "picturebook.db-shm"):
        (tmp_path / name).write_text(f"not really {name}")
    with Store.open(tmp_path) as store:
        run = store.begin({}, {}, created_at="")
        assert store.load(run).events == ()
    assert (tmp_path / "picturebook-damaged-1.db").read_text() == "not really picturebook.db"
    assert not (tmp_path / "picturebook.db-wal").exists()


def test_setting_aside_keeps_a_database_and_its_companions_together(tmp_path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        (tmp_path / f"picturebook.db{suffix}").write_text(suffix)
    aside = set_aside(tmp_path / "picturebook.db")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"picturebook-damaged-1.db{suffix}" for suffix in ("", "-journal", "-shm", "-wal")
    ]
    assert Path(f"{aside}-wal").read_text() == "-wal"


@pytest.mark.parametrize("content", [None, b""], ids=["absent", "empty"])
def test_an_empty_place_is_simply_begun(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "picturebook.db").write_bytes(content)
    with Store.open(tmp_path) as store:
        assert store.notice == ""


def test_one_run_with_a_damaged_record_does_not_hide_the_others(tmp_path: Path) -> None:
    runs = [fill(tmp_path) for _ in range(4)]
    with Store.open(tmp_path) as store:
        for run in runs[2:]:
            store.finish(run, {"book": "b", "child_accuracy": 1.0 if run == runs[3] else 0.5}, finished_at="2026")
    connection = sqlite3.connect(tmp_path / "picturebook.db")
    connection.execute("UPDATE runs SET settings = '{\"book' WHERE run_id = ?", (runs[0],))
    connection.execute("UPDATE runs SET summary = CAST(X'FF00FE' AS TEXT) WHERE run_id = ?", (runs[3],))
    connection.execute("DELETE FROM events WHERE run_id = ? AND seq = 2", (runs[1],))
    connection.commit()
    connection.close()
    with Store.open(tmp_path) as store:
        assert [head.run_id for head in store.unfinished()] == [runs[1]]
        assert [run.run_id for run in store.finished()] == [runs[2]]
        (best,) = bests(store.finished("b")).values()
        assert best.run_id == runs[2]
        assert f"Run {runs[0]} " in store.notice
        for run in (runs[0], runs[1], runs[3]):
            with pytest.raises(PictureBookError, match="damaged"):
                store.load(run)
        with pytest.raises(PictureBookError, match="damaged"):
            store.detail(runs[3])


def test_a_full_disk_is_said_and_the_game_goes_on_once_there_is_room(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        run = store.begin({}, {}, created_at="")
        store.append(run, "card_answered", ANSWER)
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count={pages}")
        with pytest.raises(PictureBookError, match=r"full.*--data-dir.*--no-save"):
            store.append(run, "page_turned", {"text": "x" * 100_000})
        before = store.load(run).events
        store._connection.execute("PRAGMA max_page_count=100000")
        assert store.append(run, "card_answered", ANSWER) == len(before)


BROKEN_DISK = """
import pathlib, resource, signal, sys
from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.store import Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store.open(pathlib.Path(sys.argv[1]))
run = store.begin({}, {}, created_at="")
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
kept = 0
try:
    while kept < 200:
        store.append(run, "page_turned", {"text": "x" * 4000})
        kept += 1
except PictureBookError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(kept, store.append(run, "card_answered", {}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no RLIMIT_FSIZE")
def test_a_write_that_fails_half_way_loses_nothing_before_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BROKEN_DISK, str(tmp_path)], capture_output=True, text=True, timeout=60, check=True
    )
    sentence, counts = done.stdout.splitlines()
    assert "--no-save" in sentence
    kept, seq = map(int, counts.split())
    assert 0 < kept == seq
    with Store.open(tmp_path) as store:
        (head,) = store.unfinished()
        assert head.events == kept + 1


@pytest.mark.parametrize("where", ["file", "file/below"])
def test_a_file_where_the_folder_should_be_gets_a_sentence(where: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PictureBookError, match=r"--data-dir.*--no-save"):
        Store.open(tmp_path / where)


AS_NOBODY = """
import os, pathlib, sys
from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.database import try_to_write
from picturebook_tui.records.settings import Preferences, load_preferences, save_preferences
from picturebook_tui.records.store import Store
folder = pathlib.Path(sys.argv[1])
if os.geteuid() == 0:
    os.setuid(65534)
for ask in (lambda: Store.open(folder), lambda: Store.open(folder / "new"), lambda: try_to_write(folder),
            lambda: try_to_write(folder / "new"), lambda: save_preferences(folder, Preferences())):
    try:
        ask()
        print("no error")
    except PictureBookError as error:
        print(error)
with Store.open_to_read(folder) as store:
    print(len(store.finished()) + len(store.unfinished()), store.notice)
print(load_preferences(folder))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are kept otherwise there")
@pytest.mark.parametrize("filled", [False, True], ids=["empty", "with records"])
def test_a_folder_one_may_not_write_is_read_and_for_the_rest_gets_a_sentence(filled: bool) -> None:
    runs = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if filled:
            fill(folder)
            with Store.open(folder) as store:
                runs = len(store.finished()) + len(store.unfinished())
            assert runs
            (folder / "picturebook.db").chmod(0o444)
        folder.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, name], capture_output=True, text=True, timeout=60, check=True
        )
        folder.chmod(0o755)
    *sentences, read, preferences = done.stdout.splitlines()
    assert read.strip() == str(runs)
    assert len(sentences) == 5
    assert all(name in text and "--data-dir" in text and "--no-save" in text for text in sentences)
    assert "picturebook-dark" in preferences
