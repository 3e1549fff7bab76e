"""What was mistyped is said in one sentence, with what to type instead."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picturebook_tui.cli.options import Amount, Whole
from picturebook_tui.learner.defaults import OPTIMIZERS

*SOME, LAST = sorted(OPTIMIZERS)

SLIPS = [
    (["fit"], "wants BOOK after it: a name from `picturebook books list`"),
    (["fit", "cats-and-dogs", "--epoch", "3"], "no option --epoch: did you mean --epochs?"),
    (["fit", "cats-and-dogs", "--xyzzy"], "`picturebook fit --help` shows what there is"),
    (["fit", "cats-and-dogs", "--epochs"], "--epochs wants a value after it; `picturebook fit --help`"),
    (["fit", "cats-and-dogs", "--no-augment=3"], "--no-augment takes no value"),
    (["fit", "cats-and-dogs", "and", "more"], "unexpected extra arguments (and more)"),
    (["fit", "cats-and-dogs", "--batch-size", "0"], "--batch-size wants a whole number of 1 or more, not '0'"),
    (["fit", "cats-and-dogs", "--batch-size", "-10"], "not '-10'"),
    (["fit", "cats-and-dogs", "--batch-size", "2.5"], "not '2.5'"),
    (["fit", "cats-and-dogs", "--epochs", "0"], "--epochs wants a whole number from 1 to 100,000, not '0'"),
    (["fit", "cats-and-dogs", "--epochs", "9" * 5000], "not '999"),
    (["fit", "cats-and-dogs", "--pictures", "10000000"], "--pictures wants a whole number from 1 to 100,000"),
    (["fit", "cats-and-dogs", "--pictures", "0"], "--pictures wants"),
    (["fit", "cats-and-dogs", "--unseen", "-1"], "--unseen wants a whole number from 0"),
    (["fit", "cats-and-dogs", "--steps-per-epoch", "0"], "--steps-per-epoch wants"),
    (["fit", "cats-and-dogs", "--hidden", "0"], "--hidden wants"),
    (["fit", "cats-and-dogs", "--seed", "-1"], "--seed wants a whole number of 0 or more"),
    (["fit", "cats-and-dogs", "--seed", str(2**63)], "--seed wants"),
    (["fit", "cats-and-dogs", "--learning-rate", "-0.1"], "--learning-rate wants a number above 0, such as 0.01"),
    (["fit", "cats-and-dogs", "--learning-rate", "0"], "--learning-rate wants"),
    (["fit", "cats-and-dogs", "--learning-rate", "nan"], "not 'nan'"),
    (["fit", "cats-and-dogs", "--learning-rate", "inf"], "not 'inf'"),
    (["fit", "cats-and-dogs", "--learning-rate", "1e999"], "not '1e999'"),
    (["fit", "cats-and-dogs", "--learner", "tree"], "--learner wants mlp, softmax or cnn, not 'tree'"),
    (
        ["fit", "cats-and-dogs", "--optimizer", "lion"],
        f"--optimizer wants {', '.join(SOME)} or {LAST}, not 'lion'",
    ),
    (["fit", "cats-and-dogs", "--size", "17"], "--size wants 16 or 32, not '17'"),
    (["fitt"], "did you mean `picturebook fit`?"),
    (["frobnicate"], "`picturebook --help` lists them"),
    (["cats-and-dogs"], "`picturebook play cats-and-dogs` plays that book"),
    (["books", "lost"], "did you mean `picturebook books list`?"),
    (["--nope-nope"], "has no option --nope-nope"),
    (["watch", "--accuracy", "2"], "--accuracy wants a number from 0 to 1, such as 0.9, not '2'"),
    (["watch", "--speed", "0"], "--speed wants a number from above 0 to 100"),
    (["history", "show"], "`picturebook history show` wants RUN after it"),
    (["history", "show", "first"], "RUN wants a number from `picturebook history list`, or last, not 'first'"),
    (["history", "export", "--format", "xml"], "--format wants csv or json, not 'xml'"),
    (["completion", "tcsh"], "SHELL wants bash, zsh or fish, not 'tcsh'"),
    (["--theme", "pink"], "--theme wants dark, light or contrast, not 'pink'"),
    (["--colours", "many"], "--colours wants auto, truecolor, 256, 16 or none"),
    (["fit", "cats\x1b[31m\n\ndogs", "--epochs", "\x1b[2Jx"], "--epochs wants"),
]


@pytest.mark.parametrize(
    ("words", "said"), SLIPS, ids=lambda value: " ".join(value)[:50] if isinstance(value, list) else ""
)
def test_a_slip_is_answered_with_one_sentence_that_helps(say, words, said):
    assert said in say(*words).complaint


def test_what_was_typed_cannot_steer_the_terminal(say):
    sentence = say("fit", "cats-and-dogs", "--frob\x1b[2J").complaint
    assert "\x1b" not in sentence


@given(st.integers())
def test_whole_numbers_are_taken_exactly_within_their_bounds(number):
    import click

    kind = Whole(1, 1000)
    if 1 <= number <= 1000:
        assert kind.convert(str(number), None, None) == number
    else:
        with pytest.raises(click.BadParameter):
            kind.convert(str(number), None, None)


@given(st.floats() | st.text(max_size=8))
def test_no_text_makes_an_amount_that_is_not_finite_and_positive(value):
    import click

    try:
        amount = Amount("0.01").convert(str(value), None, None)
    except click.BadParameter:
        return
    assert math.isfinite(amount)
    assert amount > 0


def test_the_bounds_are_those_of_the_parts_themselves():
    from picturebook_tui import settings
    from picturebook_tui.book.shelf import SHELF
    from picturebook_tui.learner import networks

    assert set(settings.LEARNERS) == set(networks.KINDS)
    (kinds,) = {book.kinds for book in SHELF.values() if book.kinds}
    assert settings.KNOBS["kind"].kind == settings.WholeNumber(kinds[0], kinds[-1])


def test_every_theme_that_can_be_asked_for_exists():
    from picturebook_tui.cli.options import COLOUR_DEPTHS, THEMES
    from picturebook_tui.tui.depth import DEPTHS
    from picturebook_tui.tui.theme import THEMES as KNOWN

    assert [f"picturebook-{name}" for name in THEMES] == [theme.name for theme in KNOWN]
    assert set(COLOUR_DEPTHS) == {"auto", *DEPTHS}
