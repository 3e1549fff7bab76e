"""Every name of asyncssh's that is private and used here, and nothing else that touches one.

asyncssh has no public way to refuse a client's environment, to read a connection no faster than it is answered, or to
say how much waits to go out. ``tests/serve/test_asyncssh_internals.py`` holds a contract for each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import asyncssh


def take_any_name(tidied: Callable[[str], str]) -> None:
    """Have every user name prepared by ``tidied``: asyncssh's own rules are of 2002, and hang up on a child who is
    called 🐱."""
    asyncssh.connection.saslprep = tidied  # type: ignore[assignment, attr-defined]


def transport_of(connection: asyncssh.SSHServerConnection) -> asyncio.Transport:
    """What a connection that was just made reads from and writes to."""
    return cast("asyncio.Transport", connection._transport)


def read_through(
    connection: asyncssh.SSHServerConnection,
    *,
    at_once: int,
    take: Callable[[Callable[..., None], bytes, Any], None],
    stop: Callable[[], None],
    go_on: Callable[[], None],
) -> None:
    """Have what a connection reads pass through others' hands.

    Parameters
    ----------
    at_once
        Bytes read from the socket before others have their turn; asyncio's own 256 KB hold the others up for a third
        of a second.
    take
        Given the connection's own reader and what came for it.
    stop, go_on
        Called when more waits to go out than should, and when it has gone. asyncssh does nothing about either.
    """
    received: Callable[..., None] = connection.data_received

    def taken(data: bytes, datatype: Any = None) -> None:
        take(received, data, datatype)

    connection.data_received = taken  # type: ignore[method-assign]
    connection.pause_writing = stop  # type: ignore[method-assign]
    connection.resume_writing = go_on  # type: ignore[method-assign]
    transport_of(connection).max_size = at_once  # type: ignore[attr-defined]


def watch_signatures(connection: asyncssh.SSHServerConnection, signed: Callable[[str], None]) -> None:
    """Tell the fingerprint of a key that was signed with: asking whether one would do proves nothing."""
    check: Callable[[str, bytes, bytes, bytes], Awaitable[bool]] = connection.validate_public_key

    async def watched(username: str, key_data: bytes, msg: bytes, signature: bytes) -> bool:
        valid = await check(username, key_data, msg, signature)
        if valid and msg:
            signed(asyncssh.public_key.decode_ssh_public_key(key_data).get_fingerprint())
        return valid

    connection.validate_public_key = watched  # type: ignore[method-assign]


def ask_about_environment(channel: asyncssh.SSHServerChannel[bytes], allow: Callable[[bytes, bytes], bool]) -> None:
    """Have ``allow`` say of each variable's name and value whether it is taken: asyncssh keeps whatever is sent,
    however much, and says yes."""

    def told(packet: asyncssh.packet.SSHPacket) -> bool:
        name, value = packet.get_string(), packet.get_string()
        packet.check_end()
        return allow(name, value)

    channel._process_env_request = told  # type: ignore[method-assign]


def largest_packet(channel: asyncssh.SSHServerChannel[bytes]) -> int:
    """Bytes that the client takes at a time."""
    return channel._send_pktsize


def bytes_waiting(channel: asyncssh.SSHServerChannel[bytes]) -> int:
    """Of what was written and has not left this process: behind the client's window, behind a change of keys, and
    behind the network."""
    connection = channel.get_connection()
    deferred = sum(len(part) for _, parts in connection._deferred_packets for part in parts)
    transport = connection._transport
    return channel.get_write_buffer_size() + deferred + (0 if transport is None else transport.get_write_buffer_size())
