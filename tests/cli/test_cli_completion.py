"""The shells complete commands, options, choices and the books' names."""

import shutil
import subprocess

import pytest

from picturebook_tui.book.shelf import shelf_names

SHELLS = ("bash", "zsh", "fish")


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_a_script_that_it_can_read(say, shell, tmp_path):
    answer = say("completion", shell)
    assert (answer.status, answer.err) == (0, "")
    assert f"_PICTUREBOOK_COMPLETE={shell}_complete" in answer.out
    if shutil.which(shell):
        script = tmp_path / "script"
        script.write_text(answer.out, "utf-8")
        assert subprocess.run([shell, "-n", str(script)]).returncode == 0


def test_without_a_name_the_person_s_own_shell_is_taken(say, monkeypatch):
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert say("completion").out == say("completion", "fish").out
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    assert "for which shell" in say("completion").complaint


@pytest.fixture
def complete(say, monkeypatch):
    """What is offered for a line of words, the last one unfinished."""

    def offered(*words: str) -> list[str]:
        line = ["picturebook", *words]
        monkeypatch.setenv("_PICTUREBOOK_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", " ".join(line))
        monkeypatch.setenv("COMP_CWORD", str(len(line) - 1))
        answer = say()
        assert answer.status == 0
        return answer.out.split()

    return offered


def test_books_are_completed_by_name(complete):
    for command in ("play", "watch", "fit"):
        assert complete(command, "") == [f"plain,{name}" for name in shelf_names()]
    assert complete("play", "cats") == ["plain,cats-and-dogs"]


def test_where_no_book_begins_so_files_are_offered(complete):
    assert complete("fit", "./pe") == ["file,./pe"]
    assert complete("books", "check", "pe") == ["file,pe"]
    assert complete("--data-dir", "/t") == ["dir,/t"]


def test_commands_options_and_choices_are_completed(complete):
    assert complete("hi") == ["plain,history"]
    assert "plain,--batch-size" in complete("fit", "cats-and-dogs", "--")
    assert complete("fit", "x", "--learner", "c") == ["plain,cnn"]
    assert complete("completion", "f") == ["plain,fish"]


def test_completing_loads_no_numpy(complete, monkeypatch):
    import sys

    # A module set to None can't be imported.
    for name in [name for name in sys.modules if name.partition(".")[0] == "numpy"]:
        monkeypatch.setitem(sys.modules, name, None)
    assert complete("play", "who") == ["plain,who-drew-it"]
