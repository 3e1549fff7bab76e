"""Under which addresses the server can be reached, and what people are told to type."""

from __future__ import annotations

import ctypes
import ipaddress
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress

from picturebook_tui.serve.options import ServeOptions

IFF_UP = 1
"""The flag of an interface that is switched on: the same number on Linux, macOS and the BSDs."""

OUTSIDE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses that are nobody's (RFC 5737, RFC 3849), somewhere outside."""

PACKED = {socket.AF_INET: (4, 4), socket.AF_INET6: (8, 16)}
"""Where in a ``sockaddr`` of each family the address begins, and how many bytes it has."""


def announce(options: ServeOptions, sock: socket.socket, fingerprint: str, warning: str) -> None:
    """Say on standard output what people should type, and what is open."""
    port = sock.getsockname()[1]
    reached = reachable(sock)
    others = [address for address in reached if not is_loopback(address)]
    local = bool(reached) and not others and not _is_every(sock)
    if local:
        lines = ["Picture Book is served. On this machine, people type:"]
    elif len(others) > 1:
        lines = ["Picture Book is served. On theirs, people type whichever of these their network reaches:"]
    else:
        lines = ["Picture Book is served. On theirs, people type:"]
    for address in reached:
        alone = "  (this machine only)" if is_loopback(address) and not local else ""
        lines.append(f"  ssh -p {port} NICKNAME@{_typed(address)}{alone}")
    if not local and not others:
        lines.append("This machine is in no network just now; once it is, its address there reaches the game, too.")
    lines.append(f"The host key is {fingerprint} (ed25519).")
    if not local:
        who = "everybody"
        if options.authorized_keys is not None:
            who = "everybody with one of the keys"
        elif options.password is not None:
            who = "everybody with the password"
        lines.append(f"Port {port} of {options.host} is now open for the game, to {who} who can reach this machine.")
    if warning:
        lines.append(warning)
    lines.append("Ctrl+C stops it: players are told, and their runs are saved.")
    for line in lines:
        print(line, flush=True)


def reachable(sock: socket.socket) -> tuple[str, ...]:
    """Every address under which a bound socket can be reached, the likeliest first, this machine's own loopback last.

    Bound to one address, it is that one. Bound to all, it is those of every interface that is switched on, but for
    IPv6 addresses of one link (fe80::…): to those belongs the name of an interface that only the other side knows.
    """
    bound: str = sock.getsockname()[0]
    if not _is_every(sock):
        return (bound,)
    families = {sock.family}
    if sock.family == socket.AF_INET6 and not sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
        families.add(socket.AF_INET)
    likely = list(_way_out())
    found = [address for address in (*likely, *interface_addresses()) if _family(address) in families]
    usable = [address for address in dict.fromkeys(found) if not _is_of_one_link(address)]
    # All loopback addresses are one and the same place, and bound to all it is there in any case.
    home = "::1" if families == {socket.AF_INET6} else "127.0.0.1"
    # Sorting keeps the order within a family.
    return (*sorted((a for a in usable if not is_loopback(a)), key=lambda a: (a not in likely, ":" in a)), home)


def interface_addresses() -> tuple[str, ...]:
    """IPv4 and IPv6 addresses of all interfaces that are switched on; none where the system does not say.

    Asks the system and nobody else: a look-up of this machine's own name may wait for a name server.
    """
    if sys.platform == "win32":
        # There the own name is answered by the system itself.
        with suppress(OSError):
            return tuple(str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None))
        return ()
    return tuple(_from_getifaddrs())


def is_loopback(address: str) -> bool:
    """Whether an address reaches this machine from itself alone."""
    with suppress(ValueError):
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    return False


def _typed(address: str) -> str:
    """The name that every machine has for its usual loopback address, or the address."""
    return "localhost" if address in ("127.0.0.1", "::1") else address


def _is_every(sock: socket.socket) -> bool:
    return ipaddress.ip_address(sock.getsockname()[0].partition("%")[0]).is_unspecified


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _is_of_one_link(address: str) -> bool:
    return ":" in address and ipaddress.ip_address(address.partition("%")[0]).is_link_local


def _way_out() -> Iterator[str]:
    """The address of each family that this machine would be seen under outside; nothing is sent."""
    for family, outside in OUTSIDE:
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((outside, 9))
            address: str = sock.getsockname()[0]
            yield address


class _Interface(ctypes.Structure):
    """The beginning of the C library's ``struct ifaddrs``, the same on every system that has it."""


_Interface._fields_ = [
    ("next", ctypes.POINTER(_Interface)),
    ("name", ctypes.c_char_p),
    ("flags", ctypes.c_uint),
    ("address", ctypes.c_void_p),
]


def _from_getifaddrs() -> Iterable[str]:
    """What ``getifaddrs`` of the C library lists; nothing where there is none."""
    first = ctypes.POINTER(_Interface)()
    try:
        library = ctypes.CDLL(None)
        if library.getifaddrs(ctypes.byref(first)) != 0:
            return ()
    except (OSError, AttributeError):
        return ()
    found = []
    entry = first
    while entry:
        interface = entry.contents
        if interface.address and interface.flags & IFF_UP:
            # The BSDs keep a structure's length in its first byte, and the family in the second alone.
            start = ctypes.string_at(interface.address, 2)
            family = (
                start[1] if sys.platform == "darwin" or "bsd" in sys.platform else int.from_bytes(start, sys.byteorder)
            )
            for known, (offset, size) in PACKED.items():
                if family == known:
                    found.append(socket.inet_ntop(known, ctypes.string_at(interface.address + offset, size)))
        entry = interface.next
    library.freeifaddrs(first)
    return found
