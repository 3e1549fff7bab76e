"""Wrong labels on purpose: which pictures of a book say what they don't show."""

from __future__ import annotations

from collections.abc import Sequence

from picturebook_tui.book.deal import MIXUPS, Request, Sample, Wishes, mixed, shares
from picturebook_tui.percent import percent


def mixed_up_requests(wanted: Sequence[int], wishes: Wishes) -> list[list[Request]]:
    """Decide how many labels are wrong, and which drawings of each label get a wrong one.

    Parameters
    ----------
    wanted
        How often each label is to stand under a picture, right or wrong: the book stays balanced as it is read.
    wishes
        Says the share of wrong ones; their number is that share of the book, rounded to the nearest.

    Returns
    -------
    For each label, one request per picture that truly shows it, in random order; [] where nothing is to be wrong.
    """
    labels = len(wanted)
    total = sum(wanted)
    count = int((wishes.wrong_labels or 0.0) * total + 0.5)
    if not count:
        return []
    rng = wishes.rng(MIXUPS)
    requests: list[list[Request]] = [[] for _ in wanted]
    for label, wrong in enumerate(shares(count, labels, rng)):
        requests[label] += [Request(label, label)] * (wanted[label] - wrong)
        others = [other for other in range(labels) if other != label]
        for number in range(wrong):
            truth = others[number % len(others)]
            requests[truth].append(Request(label, truth, truth))
    return [mixed(of_one, rng) for of_one in requests]


def mixups_secret(book: Sequence[Sample]) -> str:
    """What is told at the end: how many of the labels were wrong."""
    wrong = sum(sample.true_label is not None for sample in book)
    were = "label was" if wrong == 1 else "labels were"
    return (
        f"{wrong} of the book's {len(book)} {were} wrong ({percent(wrong / len(book))}), and counted as right for you"
        " both; the unseen pages were right."
    )
