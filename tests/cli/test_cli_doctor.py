"""The doctor says what works, and what to change where something does not."""

import sys

import pytest

from picturebook_tui.cli import doctor
from picturebook_tui.errors import PictureBookError


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
    (finding,) = doctor.encoding(screen)
    assert finding.mark == mark


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
