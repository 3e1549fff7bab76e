"""Whatever happens inside, a person sees one sentence or nothing, never a traceback."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from picturebook_tui.cli.boundary import guarded, one_line
from picturebook_tui.errors import PictureBookError


def failing(error: BaseException):
    def work() -> int:
        raise error

    return work


def test_a_mendable_error_is_its_own_sentence(capsys):
    assert guarded(failing(PictureBookError("The book is empty: put a picture in."))) == 2
    assert capsys.readouterr().err == "The book is empty: put a picture in.\n"


def test_a_sentence_stays_on_one_line_and_cannot_steer_the_terminal():
    assert one_line("a\nb\t c\x1b[2J\x07 \u202e") == "a b c�[2J� �"
    assert one_line("👩\u200d🚀") == "👩\u200d🚀"


def test_ctrl_c_is_quiet(capsys):
    assert guarded(failing(KeyboardInterrupt())) == 130
    assert capsys.readouterr() == ("", "")


def test_the_unexpected_is_one_kind_sentence_and_the_details_are_in_a_file(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert guarded(failing(ZeroDivisionError("secret"))) == 1
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert "Traceback" not in printed
    (file,) = tmp_path.iterdir()
    assert str(file) in printed
    assert "ZeroDivisionError: secret" in file.read_text("utf-8")


def test_a_developer_can_ask_for_the_traceback(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("PICTUREBOOK_DEBUG", "1")
    guarded(failing(ZeroDivisionError("secret")))
    assert "Traceback" in capsys.readouterr().err


def test_even_where_nothing_can_be_written_it_is_one_sentence(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    assert guarded(failing(ZeroDivisionError())) == 1
    assert "PICTUREBOOK_DEBUG=1" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "tempfile", None)
    assert guarded(failing(ZeroDivisionError())) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_no_memory_is_a_sentence(capsys):
    assert guarded(failing(MemoryError())) == 2
    assert "choose fewer pictures" in capsys.readouterr().err


def test_a_refusal_in_the_system_s_own_words_is_still_a_sentence(capsys):
    assert guarded(failing(OSError(5, "Input/output error"))) == 2
    assert capsys.readouterr().err == "The system refused, input/output error: mend that, or choose another place.\n"


def test_a_system_error_names_the_place(capsys):
    assert guarded(failing(PermissionError(13, "Permission denied", "/root/secret"))) == 2
    assert "may not be read or written (/root/secret)" in capsys.readouterr().err


def test_a_terminal_without_these_characters_gets_stand_ins(monkeypatch):
    bytes_written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(bytes_written, encoding="ascii"))

    def work() -> int:
        print("✓ 3 · 4 … 🐱")
        return 0

    assert guarded(work) == 0
    assert bytes_written.getvalue() == b"+ 3 - 4 ... ?\n"


FIT = [sys.executable, "-m", "picturebook_tui", "fit", "cats-and-dogs", "--seed", "1", "--epochs"]


def test_a_reader_that_has_seen_enough_is_no_error():
    writer = subprocess.Popen([*FIT, "300"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.readline()
    writer.stdout.close()
    assert writer.stderr is not None
    assert writer.stderr.read() == b""
    writer.stderr.close()
    assert writer.wait(60) == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_a_sentence():
    with open("/dev/full", "w") as full:
        done = subprocess.run([*FIT, "1"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "There is no space left" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_while_learning_stops_without_a_word():
    learning = subprocess.Popen([*FIT, "90000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert learning.stdout is not None
    for line in learning.stdout:
        if line.startswith("Step"):
            break
    learning.send_signal(signal.SIGINT)
    # It may be blocked on a full pipe: keep reading.
    _, err = learning.communicate(timeout=60)
    assert (learning.returncode, err) == (130, "")


def test_closed_standard_streams_are_survived():
    # What a daemon or `>&-` leaves behind.
    shell = f'exec "{sys.executable}" -m picturebook_tui --version >&- 2>&-'
    assert subprocess.run(["sh", "-c", shell]).returncode == 0
