"""``serve ssh`` takes the knobs of ``play``, and says at its start what can't be meant."""

from __future__ import annotations

import pytest

import picturebook_tui.serve.run
from picturebook_tui.cli.commands import play
from picturebook_tui.cli.serve import ssh
from picturebook_tui.settings import KNOBS

pytest.importorskip("asyncssh")


@pytest.fixture
def served(monkeypatch):
    """What would have been served."""
    asked = []
    monkeypatch.setattr(picturebook_tui.serve.run, "serve", lambda options: asked.append(options) or 0)
    return asked


def test_every_knob_of_play_is_there_and_means_the_same():
    options = {each.name: each for each in ssh.params}
    for option in play.params:
        if option.name in KNOBS:
            assert options[option.name].to_info_dict() == option.to_info_dict()


def test_what_was_asked_for_reaches_the_server_and_nothing_else(say, served):
    words = ("--pictures", 20, "--epochs", 2, "--batch-size", 5, "--seed", 7, "--glimpse", 100, "--learner", "cnn")
    assert say("serve", "ssh", *words, "--size", 32, "--no-shuffle").status == 0
    assert served[0].settings == {
        "pictures": 20, "epochs": 2, "batch_size": 5, "seed": 7, "glimpse_ms": 100, "learner": "cnn", "size": 32,
        "shuffle": False,
    }  # fmt: skip
    assert served[0].given == served[0].settings
    assert say("serve", "ssh", "--book", "hot-dog").status == 0
    assert (served[1].settings, served[1].given) == ({}, {"book": "hot-dog"})


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--epochs", 0), "--epochs wants a whole number from 1 to 100,000, not '0'"),
        (("--glimpse", "cats-and-dogs"), "--glimpse wants a whole number from 50 to 1,000, not 'cats-and-dogs'."),
    ],
)
def test_a_slip_is_answered_as_by_play(say, served, words, told):
    assert told in say("serve", "ssh", *words).complaint


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--kind", 3), "Cats & Dogs has no kinds to choose from"),
        (("--distortion-level", 2), "choose noise, contrast, blur or grey"),
        (("--book", "cats-and-dogs", "--pictures", 10, "--batch-size", 20, "--drop-last"), "no full page of 20"),
    ],
)
def test_knobs_that_make_no_run_end_the_server_before_anybody_comes(process, words, told):
    assert told in process("serve", "ssh", "--port", 0, *words).complaint
