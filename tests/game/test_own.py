"""An experiment of one's own: what its knobs turn, what decides it, and what a teacher's slip in it gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.experiments.catalogue import Result
from picturebook_tui.game.experiments.settings import settings_figures
from picturebook_tui.game.figures import Figure, count, share
from picturebook_tui.game.lesson_files import FOLDER, load_chapters
from picturebook_tui.game.lessons import OWN, Bet, Own, fill
from picturebook_tui.game.reading import COLUMNS, PARAGRAPH
from picturebook_tui.percent import points
from tests.sliced import done

NAME = "10-your-own-experiment.toml"


def own() -> Own:
    chosen = load_chapters()[-1].own
    assert chosen is not None
    return chosen


def bet(**turned: Any) -> Bet:
    return own().bet({**own().turned(), **turned})


def test_every_value_of_every_knob_makes_a_question_that_fits() -> None:
    for name, values in own().knobs.items():
        for value in values:
            asked = bet(**{name: value})
            assert getattr(asked.settings, name) == value
            for text in (asked.question, *(choice.text for choice in asked.choices), *asked.names.values()):
                assert "{" not in text
            assert len(asked.question) <= COLUMNS["question"]
    assert "batch 40, rate 0.003, epochs 20" in bet(batch_size=40, learning_rate=0.003, epochs=20).question


def test_knobs_that_were_kept_stand_where_they_were_as_far_as_they_still_go_there() -> None:
    turned = own().turned({"batch_size": 40, "learning_rate": 0.123, "nonsense": 3})
    assert turned["batch_size"] == 40
    assert turned["learning_rate"] == own().start.learning_rate
    assert set(turned) == set(own().knobs)


@pytest.mark.parametrize(
    ("turned", "answer"),
    [
        ({}, "level"),
        ({"learning_rate": 100.0}, "stopped"),
        ({"learning_rate": 0.0001}, "below"),
        ({"batch_size": 40, "epochs": 1}, "below"),
    ],
)
def test_the_run_decides_the_bet(turned: dict[str, Any], answer: str) -> None:
    asked = bet(**turned)
    told, outcome = done(asked.running(0))
    assert outcome.answer == answer
    assert asked.choices[outcome.right].answer == answer
    assert outcome.paragraph == fill(asked.paragraphs[answer], {**settings_figures(asked.settings), **outcome.figures})
    assert outcome.figures["unseen_yours"].text in outcome.note
    assert {one.series for one in told} <= {"yours", "usual"}
    assert {one.measure for one in told} == {"accuracy", "unseen"}
    assert asked.run(0) == outcome


def test_the_usual_settings_are_the_usual_ones_twin() -> None:
    figures = bet().run(3).figures
    assert figures["unseen_yours"] == figures["unseen_usual"]
    assert figures["updates_yours"] == figures["updates_usual"] == count(12)


def test_points_are_those_of_the_figures_shown() -> None:
    figures = bet(epochs=20).run(1).figures
    yours, usual = (points(float(figures[name].value)) for name in ("unseen_yours", "unseen_usual"))
    apart = abs(yours - usual)
    assert figures["apart"].text == ("1 point" if apart == 1 else f"{apart} points")


@pytest.mark.parametrize("answer", ["above", "level", "below", "stopped"])
def test_every_answer_has_a_paragraph_that_fits(answer: str) -> None:
    asked = bet()
    figures = {name: share(0.975) for name in asked.experiment.figures}
    figures |= {
        "updates_yours": count(1600),
        "updates_usual": count(12),
        "gap_yours": Figure("too few to tell a gap", "words"),
    }
    figures["apart"] = Figure("26 points", "words")
    outcome = asked.settle(Result(answer, figures), 1)
    assert "{" not in outcome.paragraph + outcome.note
    assert len(outcome.paragraph) <= PARAGRAPH
    assert asked.key == outcome.bet == OWN


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[own.knobs]", "[own.knob]", ["own", "“knob”", "did you mean knobs?"]),
        ("batch_size = [1, 2", "batchsize = [1, 2", ["did you mean batch_size?"]),
        ("batch_size = [1, 2, 5, 10, 20, 40]", "batch_size = [1]", ["knob batch_size", "two to 20"]),
        ("batch_size = [1, 2, 5, 10", "batch_size = [1, 2, 5, 5", ["twice"]),
        ("batch_size = [1, 2, 5, 10", "batch_size = [1, 2, 5, 11", ["never comes to", "10"]),
        ("batch_size = [1, 2", "batch_size = [0, 2", ["batch_size is", "whole number"]),
        ('"who-drew-it", "dax', '"who-drew", "dax', ["did you mean who-drew-it?"]),
        ('below = """\nYours', 'belo = """\nYours', ["did you mean below?"]),
        ('{unseen_yours}, the usual {unseen_usual}"', '{unseen_your}, the"', ["note", "did you mean unseen_yours?"]),
        ("usual_rate = 0.1\n", "", ["usual_rate is missing"]),
        ('key = "chosen-by-validation"', 'key = "own"', ["own", "can't be kept"]),
        ("[own]\n", '[play]\nbook = "hot-dog"\ninvitation = "Now you."\n\n[own]\n', ["keep one of the two"]),
    ],
)
def test_a_slip_is_told_by_file_and_place(tmp_path: Path, old: str, new: str, said: list[str]) -> None:
    text = (FOLDER / NAME).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / NAME).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PictureBookError) as caught:
        load_chapters(tmp_path)
    sentence = str(caught.value)
    assert sentence.startswith(NAME)
    for words in said:
        assert words in sentence
