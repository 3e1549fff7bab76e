"""The doctor says what works, and what to change where something does not."""

import sqlite3
import sys
from pathlib import Path

import pytest

from picturebook_tui.cli import doctor
from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.database import DATABASE
from picturebook_tui.records.paths import data_dir
from picturebook_tui.records.store import Store


def test_all_is_well_in_a_sound_place(say):
    answer = say("doctor")
    assert answer.status == 0
    assert answer.out.splitlines()[-1] == "Ready to play: `picturebook`."
    assert "✗" not in answer.out
    for word in ("Python", "numpy", "textual", "drawings", "Encoding", "Records", "thread"):
        assert word in answer.out


def test_every_line_begins_with_its_sign(say):
    *lines, _ = say("doctor").out.splitlines()
    assert all(line[0] in "✓!✗" and line[1] == " " for line in lines)


def test_a_folder_that_takes_no_files_stops_the_game(say, tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    answer = say("doctor", "--data-dir", tmp_path / "file" / "records")
    assert answer.status == 1
    assert "--no-save" in answer.out
    assert answer.out.splitlines()[-1].startswith("Not playable yet")


def test_the_doctor_makes_no_folders(say, tmp_path):
    say("doctor")
    assert not (tmp_path / "records").exists()


def test_missing_drawings_are_found(say, monkeypatch):
    def nothing() -> None:
        raise PictureBookError("The drawings are damaged: install the game again.")

    monkeypatch.setattr("picturebook_tui.book.atlas.open_atlas", nothing)
    answer = say("doctor")
    assert answer.status == 1
    assert "✗ The drawings are damaged" in answer.out


def test_a_package_that_cannot_be_loaded_is_found(say, monkeypatch):
    monkeypatch.setitem(sys.modules, "textual", None)
    answer = say("doctor")
    assert answer.status == 1
    assert "✗ textual can't be loaded" in answer.out


class Screen:
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 99


def marks(findings) -> str:
    return "".join(finding.mark[0] for finding in findings)


@pytest.mark.parametrize(
    ("width", "height", "mark", "said"),
    [(80, 24, "good", "80 columns"), (70, 22, "warn", "80×24"), (59, 24, "warn", "60×20"), (80, 10, "warn", "60×20")],
)
def test_small_windows_are_told_what_they_miss(monkeypatch, width, height, mark, said):
    monkeypatch.setattr("os.get_terminal_size", lambda handle: (width, height))
    *_, size = doctor.screen({"TERM": "xterm"}, Screen(), Screen())
    assert size.mark == mark
    assert said in str(size)


def test_a_terminal_that_cannot_paint_stops_the_game():
    (finding,) = doctor.screen({"TERM": "dumb"}, Screen(), Screen())
    assert finding.mark == "bad"


def test_a_closed_terminal_is_not_judged():
    assert marks(doctor.screen({}, None, None)) == "w"


@pytest.mark.parametrize(
    ("environ", "mark", "said"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "good", "True colour"),
        ({"TERM": "xterm-256color"}, "warn", "COLORTERM=truecolor"),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0"}, "warn", "terminal-features"),
        ({"TERM": "screen-256color", "STY": "1.x"}, "warn", "tmux instead of screen"),
        ({"TERM": "xterm-256color", "SSH_CONNECTION": "1 2 3 4"}, "warn", "ssh does not say"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, "warn", "iTerm2"),
        ({"TERM": "linux"}, "warn", "16 colours"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, "warn", "NO_COLOR is set"),
    ],
)
def test_few_colours_come_with_the_way_to_more(environ, mark, said):
    (finding,) = doctor.colours(environ)
    assert finding.mark == mark
    assert said in str(finding)


@pytest.mark.parametrize(("name", "mark"), [("utf-8", "good"), ("UTF8", "good"), ("latin-1", "bad"), ("odd", "bad")])
def test_pictures_need_utf_8(name, mark):
    screen = Screen()
    screen.encoding = name
    (finding,) = doctor.encoding(screen, {})
    assert finding.mark == mark


@pytest.mark.parametrize(
    ("environ", "advice"),
    [
        ({"LC_ALL": "en_US.ISO-8859-1", "LANG": "C.UTF-8"}, "set LC_ALL=C.UTF-8"),
        ({"LC_CTYPE": "de_DE.ISO-8859-15@euro"}, "set LC_CTYPE=C.UTF-8"),
        ({"LANG": "ru_RU.KOI8-R"}, "set LANG=C.UTF-8"),
    ],
)
def test_a_locale_of_other_characters_is_believed_also_where_the_system_lacks_it(environ, advice):
    (finding,) = doctor.encoding(Screen(), environ)
    assert finding.mark == "bad"
    assert advice in str(finding)
    assert "PYTHONUTF8=1" in str(finding)
    (finding,) = doctor.encoding(Screen(), environ | {"PYTHONUTF8": "1"})
    assert finding.mark == "good"


def test_python_s_own_variable_is_named_where_it_decides():
    screen = Screen()
    screen.encoding = "latin-1"
    (finding,) = doctor.encoding(screen, {"PYTHONIOENCODING": "latin-1"})
    assert "unset PYTHONIOENCODING" in str(finding)


def test_advice_about_colours_is_what_helps():
    (vague,) = doctor.colours({})
    assert "COLORTERM=truecolor" in str(vague)
    (helped,) = doctor.colours({"COLORTERM": "truecolor"})
    assert helped.mark == "good"
    (certain,) = doctor.colours({"TERM": "vt100"})
    assert "COLORTERM" not in str(certain)
    assert "--colours truecolor" in str(certain)


def refusals(tmp_path: Path) -> dict[str, tuple[Path, str]]:
    """Folders that take no records, whoever asks, and what is said of them."""
    (tmp_path / "file").write_text("", "utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere" / "at all")
    return {
        "a file": (tmp_path / "file", "not a folder"),
        "below a file": (tmp_path / "file" / "records", "not a folder"),
        "a link to nowhere": (tmp_path / "link", "not a folder"),
        "no folder can be made": (Path("/proc/records"), "No such file or directory"),
    }


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
@pytest.mark.parametrize("which", ["a file", "below a file", "a link to nowhere", "no folder can be made"])
def test_of_a_folder_the_doctor_says_what_the_game_would_say(say, tmp_path, which):
    folder, reason = refusals(tmp_path)[which]
    answer = say("doctor", "--data-dir", folder)
    (told,) = [line for line in answer.out.splitlines() if line.startswith("✗")]
    with pytest.raises(PictureBookError, match=reason) as refused:
        Store.open(data_dir(folder, {}))
    assert told == f"✗ {refused.value}"
    assert answer.status == 1


def test_the_doctor_finds_the_database_locked_and_leaves_damage_where_it_is(say, tmp_path, monkeypatch):
    monkeypatch.setattr("picturebook_tui.records.database.BUSY_SECONDS", 0.01)
    Store.open(tmp_path).close()
    holder = sqlite3.connect(tmp_path / DATABASE, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    answer = say("doctor", "--data-dir", tmp_path)
    assert answer.status == 1
    assert "Another program keeps the saved games in" in answer.out
    holder.close()
    (tmp_path / DATABASE).write_bytes(b"no database" * 1000)
    before = sorted(tmp_path.iterdir())
    answer = say("doctor", "--data-dir", tmp_path)
    assert answer.status == 0
    assert "are damaged: the next game sets them aside" in answer.out
    assert sorted(tmp_path.iterdir()) == before


def test_where_all_is_well_the_doctor_leaves_nothing_behind(say, tmp_path):
    Store.open(tmp_path / "old").close()
    before = {path: path.stat().st_size for path in tmp_path.rglob("*")}
    assert say("doctor", "--data-dir", tmp_path / "old").status == 0
    assert say("doctor", "--data-dir", tmp_path / "new" / "below").status == 0
    assert {path: path.stat().st_size for path in tmp_path.rglob("*")} == before


def test_tmux_screen_and_ssh_are_recognised(monkeypatch):
    monkeypatch.setattr("os.get_terminal_size", lambda handle: (80, 24))
    environ = {"TERM": "tmux-256color", "TMUX": "x", "SSH_TTY": "/dev/pts/1"}
    text = " ".join(map(str, doctor.screen(environ, Screen(), Screen())))
    assert "tmux" in text
    assert "ssh" in text
    assert "screen" in " ".join(map(str, doctor.screen({"STY": "1.x"}, Screen(), Screen())))


def test_more_threads_than_one_are_mentioned():
    assert marks(doctor.threads({"OPENBLAS_NUM_THREADS": "1"})) == "g"
    (finding,) = doctor.threads({"OPENBLAS_NUM_THREADS": "8"})
    assert finding.mark == "warn"
