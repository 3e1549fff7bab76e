"""The server says every address under which it can be reached, and asks nobody for it."""

from __future__ import annotations

import ipaddress
import socket
import sys
from pathlib import Path

import pytest

from picturebook_tui.errors import PictureBookError
from picturebook_tui.serve import addresses
from picturebook_tui.serve.addresses import announce, interface_addresses, reachable
from picturebook_tui.serve.options import ServeOptions
from picturebook_tui.serve.run import bound_sockets


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


def said(capsys: pytest.CaptureFixture[str], host: str, **more: object) -> tuple[str, int]:
    """What is announced of a server at this address, and its port."""
    with bound_sockets(host, 0)[0] as sock:
        announce(ServeOptions(data_dir=Path("."), host=host, **more), sock, "SHA256:abc", "")  # type: ignore[arg-type]
        return capsys.readouterr().out, sock.getsockname()[1]


@pytest.mark.parametrize(
    "host", ["0.0.0.0", pytest.param("::", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here"))]
)
def test_every_address_that_is_said_reaches_a_server_that_listens_everywhere(host: str) -> None:
    with bound_sockets(host, 0)[0] as sock:
        sock.listen()
        port = sock.getsockname()[1]
        for address in reachable(sock):
            socket.create_connection((address, port), timeout=30).close()


def test_no_interface_s_address_is_left_out() -> None:
    with bound_sockets("0.0.0.0", 0)[0] as sock:
        own = {a for a in interface_addresses() if ":" not in a and not ipaddress.ip_address(a).is_loopback}
        assert own <= set(reachable(sock))


def test_each_address_is_a_command_to_type_and_loopback_is_for_this_machine(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ("127.0.0.1", "192.168.1.7", "10.8.0.3", "::1", "fd00::7", "fe80::1%eth0")
    monkeypatch.setattr(addresses, "interface_addresses", lambda: found)
    monkeypatch.setattr(addresses, "_way_out", lambda: iter(("10.8.0.3", "fd00::7")))
    out, port = said(capsys, "0.0.0.0")
    assert out.splitlines()[1:4] == [
        f"  ssh -p {port} NICKNAME@10.8.0.3",
        f"  ssh -p {port} NICKNAME@192.168.1.7",
        f"  ssh -p {port} NICKNAME@localhost  (this machine only)",
    ]
    assert f"Port {port} of 0.0.0.0 is now open for the game, to everybody" in out


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
def test_ipv6_addresses_are_said_where_they_are_listened_at(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "interface_addresses", lambda: ("192.168.1.7", "fd00::7", "fe80::1%eth0"))
    monkeypatch.setattr(addresses, "_way_out", lambda: iter(()))
    out, _ = said(capsys, "::")
    assert "NICKNAME@fd00::7\n" in out
    # Whoever types it would need the name of their own interface behind it.
    assert "fe80" not in out


def test_bound_to_this_machine_it_says_so_and_nothing_is_open(capsys: pytest.CaptureFixture[str]) -> None:
    out, port = said(capsys, "127.0.0.1")
    assert out.splitlines()[:2] == [
        "Picture Book is served. On this machine, people type:",
        f"  ssh -p {port} NICKNAME@localhost",
    ]
    assert "open" not in out


def test_an_unusual_loopback_address_is_said_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        out, port = said(capsys, "127.0.0.2")
    except PictureBookError:
        pytest.skip("this system has one loopback address")
    assert f"ssh -p {port} NICKNAME@127.0.0.2\n" in out


def test_without_a_network_that_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "interface_addresses", lambda: ("127.0.0.1",))
    monkeypatch.setattr(addresses, "_way_out", lambda: iter(()))
    out, _ = said(capsys, "0.0.0.0")
    assert "localhost  (this machine only)" in out
    assert "in no network just now" in out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows answers for its own name itself")
def test_no_name_is_looked_up(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    # A name server that does not answer would keep everybody waiting.
    with bound_sockets("0.0.0.0", 0)[0] as sock:
        for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getfqdn", "gethostname"):
            monkeypatch.setattr(socket, name, lambda *_: pytest.fail("looked up"))
        announce(ServeOptions(data_dir=Path("."), host="0.0.0.0"), sock, "SHA256:abc", "")
    assert "NICKNAME@" in capsys.readouterr().out
