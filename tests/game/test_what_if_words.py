"""What is said of a sweep is true of it, and read aloud it is English."""

from __future__ import annotations

from picturebook_tui.game.scoreboard import Tally
from picturebook_tui.game.what_if import Figure, HeatMap, Replay, Walk
from picturebook_tui.game.what_if_words import against_all, map_sentences, sibling_sentence, walk_sentence
from picturebook_tui.learner.sweep import Sibling, SiblingEpoch, SweepResult

SIZES, RATES = (2, 10), (0.01, 0.1, 1.0)


def epoch(right: int = 5, *, stopped: int | None = None) -> SiblingEpoch:
    return SiblingEpoch(10, 0.1, 0, right, 10, 0.7, right / 10, 0.7, None, None, (10,), b"", stopped)


def sibling(right: int = 5, *, epochs: int = 1, stopped: int | None = None) -> Sibling:
    return Sibling(10, 0.1, (epoch(right, stopped=stopped),) * epochs)


def table(
    *shares: float | None, own: tuple[int, int] | None = (1, 1), figure: Figure = "book", stopped: tuple[int, ...] = ()
) -> HeatMap:
    """Two batch sizes by three rates."""
    known = [(share, -place) for place, share in enumerate(shares) if share is not None]
    flags = [place in stopped for place in range(6)]
    return HeatMap(
        figure, SIZES, RATES, (shares[:3], shares[3:]), (tuple(flags[:3]), tuple(flags[3:])), own,
        divmod(-max(known)[1], 3) if known else None,
    )  # fmt: skip


RESULT = SweepResult(SIZES, RATES, 1, (sibling(),) * 6)


def said(*shares: float | None, unseen: tuple[int, ...] = (), **about: object) -> tuple[str, ...]:
    return map_sentences(table(*shares, **about), RESULT, unseen)  # type: ignore[arg-type]


def test_the_best_is_named_beside_one_s_own() -> None:
    assert said(0.5, 0.9, 0.4, 0.5, 0.8, 0.7)[0] == "Best of 6 on the book: batch 2 at 0.1, 90%. Yours: 80%."
    assert said(0.5, 0.9, 0.4, 0.5, 0.9, 0.7)[0] == "Yours is one of 2 that did best on the book: 90%."
    assert said(0.5, 0.9, 0.9, 0.5, 0.8, 0.7)[0] == "Best of 6 on the book: 90%, by 2 of them. Yours: 80%."
    assert said(0.5, 0.6, 0.4, 0.5, 0.8, 0.7)[0] == "Of all 6, yours did best on the book: 80%."
    assert said(0.5, 0.9, 0.4, 0.5, 0.8, 0.7, own=None)[0] == "Best of 6 on the book: batch 2 at 0.1, 90%."


def test_the_rates_at_both_ends_of_the_batch_sizes_are_told_where_they_stand_out() -> None:
    assert "Batch 2 did best at learning rate 0.01, batch 10 at 0.1 and 1." in said(0.9, 0.8, 0.4, 0.5, 0.8, 0.8)
    assert "Batch 2 and batch 10 both did best at learning rate 0.1." in said(0.5, 0.9, 0.4, 0.5, 0.8, 0.7)
    assert not [one for one in said(0.9, 0.9, 0.9, 0.5, 0.8, 0.7) if "did best at" in one]


def test_rates_that_were_too_high_are_told_as_far_as_it_is_true() -> None:
    shares = (0.5, 0.9, 0.4, 0.5, 0.8, 0.7)
    assert said(*shares, stopped=(2, 5))[-1] == (
        "From learning rate 1 on, the steps were too big for every batch size."
    )
    assert said(*shares, stopped=(1, 2, 5))[-1] == "3 of 6 took steps too big to settle, and stopped."
    assert said(*shares, stopped=(0, 3))[-1] == "2 of 6 took steps too big to settle, and stopped."
    assert "too big" not in said(*shares)[-1]


def test_few_unseen_pictures_are_owned_up_to() -> None:
    shares = (0.5, 0.9, 0.4, 0.5, 0.8, 0.7)
    told = said(*shares, figure="unseen", unseen=(5, 5))
    assert told[0].startswith("Best of 6 on the unseen pages: ")
    assert told[1] == "On 10 unseen pictures one picture is 10 points: the best of 6 owes something to luck."
    # Each label counts the same: one of eight dogs is a sixteenth.
    more = said(*shares, figure="unseen", unseen=(22, 8))
    assert more[1] == "On 30 unseen pictures one picture is up to 6 points: the best of 6 owes something to luck."
    assert not [one for one in said(*shares, figure="unseen", unseen=(100, 100)) if "luck" in one]
    assert not [one for one in said(*shares, unseen=(5, 5)) if "luck" in one]


def test_a_map_with_gaps_is_not_read() -> None:
    assert said(0.5, 0.9, None, 0.5, 0.8, 0.7) == ()
    assert said(None, None, None, None, None, None) == ()


def test_a_sibling_is_told_as_far_as_it_has_come() -> None:
    assert sibling_sentence(sibling(epochs=3), 3, (0.87, 0.7)) == (
        "Batch 10 at learning rate 0.1: 87% of the book and 70% of the unseen pages right after 3 epochs."
    )
    assert sibling_sentence(sibling(), 1, (0.87, None), own="Your run") == (
        "Your run, batch 10 at learning rate 0.1: 87% of the book right after 1 epoch."
    )
    assert sibling_sentence(sibling(epochs=1), 3, (None, None)).endswith("it has read 1 of 3 epochs.")
    assert sibling_sentence(sibling(epochs=0), 3, (None, None)).endswith("it has not begun to read.")
    assert sibling_sentence(sibling(stopped=4), 1, (0.5, 0.5)).endswith("Its steps were too big: step 5 was its last.")


def test_the_child_is_held_against_all_of_them() -> None:
    def against(child: int, *models: int) -> str:
        result = SweepResult((10,), tuple(range(len(models))), 1, tuple(map(sibling, models)))
        return against_all((Tally(child, 10),), result, None)

    assert against(8, 7, 7, 9, 8) == "Page by page, you would have won against 2, lost to 1 and drawn with 1 of the 4."
    assert against(8, 7, 9) == "Page by page, you would have won against 1 and lost to 1 of the 2."
    assert against(8, 7, 7) == "Page by page, you would have won against all 2."
    assert against(8, 9, 9, 9) == "Page by page, you would have lost to all 3."
    assert against(8, 8, 9) == "Page by page, you would have lost to 1 and drawn with 1 of the 2."
    assert against_all((), RESULT, None) == ""
    assert against_all((Tally(1, 2),), SweepResult((10,), (0.1,), 2, (sibling(),)), None) == ""


def test_what_was_played_counts_for_the_run_itself() -> None:
    result = SweepResult((10,), (0.1,), 1, (sibling(9),))
    own = Replay(10, 0.1, (Tally(8, 10),), (Tally(7, 10),))
    assert (
        against_all((Tally(8, 10),), result, own, "the child")
        == "Page by page, the child would have won against all 1."
    )


def test_a_walk_says_where_it_is_best() -> None:
    def path(book: tuple[float | None, ...], unseen: tuple[float | None, ...]) -> Walk:
        return Walk("learning_rate", RATES, book, unseen, book, (False,) * 3, 1, ())

    assert walk_sentence(path((0.5, 0.9, 0.7), (0.6, 0.4, 0.6))) == (
        "Along this line the book did best at learning rate 0.1 (90%), "
        "the unseen pages at learning rate 0.01 and 1 (60%)."
    )
    assert walk_sentence(path((0.5, 0.5, 0.5), (None, None, None))) == (
        "Along this line the book did best at 3 of 3 places (50%)."
    )
    assert walk_sentence(path((0.5, None, 0.7), (0.6, 0.4, 0.6))) == ""
