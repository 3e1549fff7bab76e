"""What is saved: in its order, on a thread, and nobody waits for another."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from picturebook_tui.records.writer import Writer

PATIENCE = 20
"""Seconds before something counts as stuck."""


@pytest.fixture
def writer() -> Iterator[Writer]:
    writer = Writer(3)
    yield writer
    writer.close()


def test_one_players_jobs_are_done_in_the_order_in_which_they_came(writer: Writer) -> None:
    done: list[int] = []
    line = writer.line()
    futures = [line.submit(lambda number=number: done.append(number)) for number in range(200)]  # type: ignore[misc]
    futures[-1].result(PATIENCE)
    assert done == list(range(200))


def test_lines_that_are_held_up_hold_up_no_other(writer: Writer) -> None:
    go = threading.Event()
    slow = [writer.line() for _ in range(2)]
    held = [line.submit(go.wait) for line in slow for _ in range(3)]
    assert writer.line().submit(lambda: "saved").result(PATIENCE) == "saved"
    assert not any(future.done() for future in held)
    assert not slow[0].wait(0.01)
    go.set()
    assert all(future.result(PATIENCE) for future in held)
    assert all(line.wait(PATIENCE) for line in slow)


def test_what_goes_wrong_is_its_own_jobs_trouble(writer: Writer) -> None:
    def trips() -> None:
        raise OSError("no room")

    line = writer.line()
    wrong, right = line.submit(trips), line.submit(lambda: "saved")
    with pytest.raises(OSError, match="no room"):
        wrong.result(PATIENCE)
    assert right.result(PATIENCE) == "saved"


def test_a_job_that_nobody_wants_any_more_is_passed_over(writer: Writer) -> None:
    go, done = threading.Event(), []
    line = writer.line()
    line.submit(go.wait)
    unwanted = line.submit(lambda: done.append("unwanted"))
    last = line.submit(lambda: done.append("last"))
    assert unwanted.cancel()
    go.set()
    last.result(PATIENCE)
    assert done == ["last"]


def test_closing_waits_for_all_and_what_comes_later_is_done_at_once() -> None:
    writer, go, done = Writer(1), threading.Event(), []
    line = writer.line()
    line.submit(go.wait)
    line.submit(lambda: done.append("before"))
    closing = threading.Thread(target=writer.close)
    closing.start()
    go.set()
    closing.join(PATIENCE)
    assert done == ["before"]
    line.submit(lambda: done.append("after"))
    assert done == ["before", "after"]
