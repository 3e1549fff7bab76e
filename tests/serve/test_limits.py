"""How much is let in, with a clock that stands where the test puts it."""

from __future__ import annotations

import numpy as np
import pytest

from picturebook_tui.errors import PictureBookError
from picturebook_tui.serve.limits import (
    CONNECTIONS,
    GUESSES,
    SILENT,
    SILENT_EACH,
    Buckets,
    Limits,
    Room,
    household,
    networks,
    share,
)

HERE = "203.0.113.7"


def test_a_workshop_comes_at_once_and_a_flood_is_slowed() -> None:
    limits = Limits(100)
    burst, rate = CONNECTIONS
    for _ in range(int(burst)):
        assert limits.connect(HERE, 0.0) is None
    assert limits.connect(HERE, 0.0) == "too-fast"
    # Nobody else is slowed by it.
    assert limits.connect("198.51.100.9", 0.0) is None
    assert limits.connect(HERE, 1.0 / rate) is None
    assert limits.connect(HERE, 1.0 / rate) == "too-fast"


def test_this_machine_and_exempt_networks_come_as_often_as_they_like() -> None:
    limits = Limits(100, networks(["10.1.0.0/16", "2001:db8::/32"]))
    for address in ("127.0.0.1", "::1", "10.1.2.3", "::ffff:10.1.2.3", "2001:db8::5"):
        for _ in range(int(CONNECTIONS[0]) + 10):
            assert limits.connect(address, 0.0) is None
    assert not limits.comes_freely("10.2.0.1")
    assert not limits.comes_freely("a pipe")


def test_whoever_is_exempt_is_exempt_from_waiting_after_wrong_guesses_and_from_going_for_others() -> None:
    limits = Limits(100, networks(["10.1.0.0/16"]))
    for number in range(1000):
        limits.guessed_wrong("10.1.2.3", 0.0)
        assert limits.wait("::ffff:10.1.2.3", 0.0) == 0
        assert limits.room.enter(number, "10.1.2.3") is None


def test_a_class_comes_at_once_from_one_address_and_nobody_has_to_go() -> None:
    room = Limits(100).room
    for number in range(int(CONNECTIONS[0])):
        assert room.enter(number, HERE) is None


def test_the_one_that_was_silent_for_longest_goes_and_from_the_address_with_the_most() -> None:
    room: Room[int] = Room(Limits(100))
    assert [room.enter(number, "2001:db8::1") for number in range(SILENT_EACH)] == [None] * SILENT_EACH
    # Its whole household has no more than that.
    assert room.enter(1000, "2001:db8::2") == 0
    # Who has said something begins anew, and who is gone gives nobody's place up.
    assert room.enter(1, "2001:db8::1") is None
    room.leave(2, "2001:db8::1")
    room.leave(2, "2001:db8::1")
    assert room.enter(1001, "2001:db8::1") is None
    assert room.enter(1002, "2001:db8::1") == 3
    # Somebody else never has to go for them, however many there are in all.
    others = [room.enter(2000 + number, f"198.51.100.{number}") for number in range(200)]
    assert others == [None] * (SILENT - SILENT_EACH) + list(range(4, 104))
    assert len(room) == SILENT
    # This machine's own are no more than fit, either.
    mine = Room[int](Limits(100))
    gone = [mine.enter(number, "127.0.0.1") for number in range(600)]
    assert gone == [None] * SILENT + list(range(200))


def test_guesses_run_out_and_come_back_and_the_time_until_then_is_known() -> None:
    limits = Limits(100)
    most, rate = GUESSES
    for _ in range(int(most)):
        assert limits.wait(HERE, 0.0) == 0
        limits.guessed_wrong(HERE, 0.0)
    assert limits.wait(HERE, 0.0) == pytest.approx(1 / rate)
    assert limits.wait(HERE, 5.0) == pytest.approx(1 / rate - 5)
    # Asking makes it no longer.
    assert limits.wait(HERE, 1 / rate) == 0
    # Somebody on this machine is not let off that.
    for _ in range(int(most)):
        limits.guessed_wrong("127.0.0.1", 0.0)
    assert limits.wait("127.0.0.1", 0.0) > 0


def test_seats_are_counted() -> None:
    assert Limits(2).has_place(1)
    assert not Limits(2).has_place(2)


def test_a_household_is_one_address() -> None:
    assert household("2001:db8:1:2:3:4:5:6") == household("2001:db8:1:2:ffff::1")
    assert household("2001:db8:1:2::1") != household("2001:db8:1:3::1")
    assert household("::ffff:192.0.2.1") == household("192.0.2.1")
    assert household("fe80::1%eth0") == household("fe80::2")


def test_buckets_of_a_million_addresses_take_no_more_room_than_a_few() -> None:
    buckets = Buckets(1, 0.0, most=10)
    for number in range(1000):
        buckets.take(f"10.0.{number // 250}.{number % 250}", 0.0)
    assert len(buckets._buckets) == 10


@pytest.mark.parametrize("workers", [2, 4, 8])
@pytest.mark.parametrize("limit", [10, 30, 200, 1000])
def test_a_crowd_as_large_as_the_limit_finds_seats_wherever_chance_takes_it(limit: int, workers: int) -> None:
    crowds = np.random.default_rng(7).multinomial(limit, [1 / workers] * workers, size=10_000)
    assert (crowds.max(axis=1) > share(limit, workers)).mean() < 0.01


def test_a_share_is_no_more_than_all_and_rounded_up() -> None:
    assert [share(200, workers) for workers in (1, 2, 4, 8, 64)] == [200, 130, 72, 40, 9]
    assert [share(limit, 2) for limit in (1, 2, 10)] == [1, 2, 10]
    assert Limits(200, workers=2).has_place(129)
    assert not Limits(200, workers=2).has_place(130)


def test_whoever_guesses_at_two_workers_has_no_more_guesses_than_at_one() -> None:
    both = [Limits(100, workers=2) for _ in range(2)]
    guesses = 0
    for limits in both:
        while limits.wait(HERE, 0.0) == 0:
            limits.guessed_wrong(HERE, 0.0)
            guesses += 1
    most, rate = GUESSES
    assert guesses == most
    # And as many come back.
    assert [limits.wait(HERE, 0.0) for limits in both] == [pytest.approx(2 / rate)] * 2


def test_a_class_connects_at_once_at_two_workers_as_well() -> None:
    burst, _ = CONNECTIONS
    limits = Limits(100, workers=2)
    assert sum(limits.connect(HERE, 0.0) is None for _ in range(1000)) == share(int(burst), 2) > burst / 2


def test_what_is_no_network_is_said() -> None:
    with pytest.raises(PictureBookError, match="no address or network"):
        networks(["here"])
