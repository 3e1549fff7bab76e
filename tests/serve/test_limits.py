"""How much is let in, with a clock that stands where the test puts it."""

from __future__ import annotations

import pytest

from picturebook_tui.errors import PictureBookError
from picturebook_tui.serve.limits import CONNECTIONS, GUESSES, HALF_OPEN, Buckets, Limits, household, networks

HERE = "203.0.113.7"


def test_a_workshop_comes_at_once_and_a_flood_is_slowed() -> None:
    limits = Limits(100)
    burst, rate = CONNECTIONS
    for _ in range(int(burst)):
        assert limits.connect(HERE, 0.0) is None
        limits.opened()
    assert limits.connect(HERE, 0.0) == "too-fast"
    # Nobody else is slowed by it.
    assert limits.connect("198.51.100.9", 0.0) is None
    assert limits.connect(HERE, 1.0 / rate) is None
    assert limits.connect(HERE, 1.0 / rate) == "too-fast"


def test_this_machine_and_exempt_networks_have_no_such_limit() -> None:
    limits = Limits(100, networks(["10.1.0.0/16", "2001:db8::/32"]))
    for address in ("127.0.0.1", "::1", "10.1.2.3", "::ffff:10.1.2.3", "2001:db8::5"):
        for _ in range(int(CONNECTIONS[0]) + 10):
            assert limits.connect(address, 0.0) is None
            limits.opened()


def test_connections_that_never_say_who_they_are_are_counted() -> None:
    limits = Limits(100)
    for number in range(HALF_OPEN):
        assert limits.connect(f"198.51.{number // 250}.{number % 250}", 0.0) is None
    assert limits.connect("192.0.2.1", 0.0) == "half-open"
    limits.opened()
    assert limits.connect("192.0.2.1", 0.0) is None


def test_guesses_run_out_and_come_back() -> None:
    limits = Limits(100)
    most, rate = GUESSES
    for _ in range(int(most)):
        assert limits.may_guess(HERE, 0.0)
        limits.guessed_wrong(HERE, 0.0)
    assert not limits.may_guess(HERE, 0.0)
    assert limits.may_guess(HERE, 1.0 / rate)
    # Somebody on this machine is not let off that.
    for _ in range(int(most)):
        limits.guessed_wrong("127.0.0.1", 0.0)
    assert not limits.may_guess("127.0.0.1", 0.0)


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


def test_a_guess_at_one_worker_counts_at_all_of_them() -> None:
    told: list[str] = []
    here, there = Limits(100, wrong=told.append), Limits(100)
    for _ in range(int(GUESSES[0])):
        here.guessed_wrong(HERE, 0.0)
    for address in told:
        there.guessed_wrong_elsewhere(address, 0.0)
    assert not here.may_guess(HERE, 0.0)
    assert not there.may_guess(HERE, 0.0)


def test_what_is_no_network_is_said() -> None:
    with pytest.raises(PictureBookError, match="no address or network"):
        networks(["here"])
