"""The knobs of single books can be said on the command line, and other books refuse them kindly."""

import json

import pytest


def test_fit_tells_the_hidden_rule_at_the_end_and_not_before(say):
    out = say("fit", "six-wugs", "--kind", 1, "--epochs", 1, "--seed", 3).out
    *before, last = out.splitlines()
    assert last.startswith("The hidden rule, type I of six: the ")
    assert not any("hidden rule" in line for line in before)


def test_the_share_of_wrong_labels_reaches_the_book(say, tmp_path):
    path = tmp_path / "run.json"
    answer = say("fit", "mixed-up-labels", "--wrong-labels", 0.5, "--pictures", 20, "--epochs", 1, "--json", path)
    assert "10 of the book's 20 labels were wrong (50%)" in answer.out
    assert json.loads(path.read_text("utf-8"))["parameters"]["wrong_labels"] == 0.5


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("cats-and-dogs", "--wrong-labels", 0.2), "mixed-up-labels"),
        (("cats-and-dogs", "--kind", 2), "six-wugs"),
        (("mixed-up-labels", "--wrong-labels", 0.7), "0.5"),
        (("six-wugs", "--kind", 7), "1 to 6"),
    ],
)
def test_a_knob_of_another_book_is_refused_in_one_sentence(say, words, told):
    answer = say("fit", *words)
    assert answer.status == 2
    assert told in answer.complaint


def test_the_books_without_emoji_of_their_own_can_be_looked_into(say):
    assert "a rule that the seed chooses" in say("books", "show", "dax-and-wug").out
    assert "three shapes, four colours, two sizes" in say("books", "show", "six-wugs").out
