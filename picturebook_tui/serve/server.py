"""The SSH side: who may connect, what a connection may ask for, and the terminals it brings to the host.

Refused are commands (but ``help`` and ``score``), subsystems, forwarding of every kind, and a third channel.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import socket
from typing import TYPE_CHECKING, Any

import asyncssh

from picturebook_tui.errors import PictureBookError
from picturebook_tui.ordinary import NotOrdinary, read_ordinary
from picturebook_tui.serve import words
from picturebook_tui.serve.algorithms import algorithms
from picturebook_tui.serve.asyncssh_internals import ask_about_environment, take_any_name, watch_signatures
from picturebook_tui.serve.channel import LOGIN_SECONDS, GameSession
from picturebook_tui.serve.inflow import Inflow
from picturebook_tui.serve.names import Wish, any_name, wish_of

if TYPE_CHECKING:
    from picturebook_tui.serve.host import Host

KEEPALIVE_SECONDS = 30.0
KEEPALIVES = 3
CHANNELS = 2
"""Of one connection, at a time."""

SESSIONS = 20
"""Channels that one connection may open one after another."""

WINDOW = 16 * 1024
"""Bytes that a client may send ahead; keys are few, and each may come in a packet of its own, which takes a hundred."""

BACKLOG = 512
"""Connections that the system holds until they are taken: a whole workshop comes at once."""

SEND_BUFFER = 128 * 1024
"""Of the system, for each connection: a client that stops reading is noticed by then, instead of after megabytes."""

ASKS_FOR_KEYS = ("OpenSSH", "PuTTY", "TinySSH", "dropbear")
"""Clients that offer a key when "none" is refused, and get on without a question where they have none."""

LARGEST_KEYS = 4 << 20
"""Bytes of the list of those who may come: some 10,000 RSA keys."""

take_any_name(any_name)


class GameServer(asyncssh.SSHServer):
    """One connection."""

    def __init__(self, host: Host, keys: asyncssh.SSHAuthorizedKeys | None) -> None:
        self._host = host
        self._keys = keys
        self._connection: asyncssh.SSHServerConnection | None = None
        self._address = ""
        self._inflow: Inflow | None = None
        self._channels = 0
        self._opened = 0
        self._wish = Wish("")
        self._signed: str | None = None
        """Fingerprint of a key that they have signed with."""

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        peer = conn.get_extra_info("peername")
        self._address = str(peer[0]) if peer else "?"
        why = self._host.limits.connect(self._address, asyncio.get_running_loop().time())
        if why is None and self._host.stopping:
            why = "stopping"
        if why is not None:
            self._host.refuse(why, self._address)
            conn.abort()
            return
        self._is_silent()
        self._inflow = Inflow(conn)
        with contextlib.suppress(OSError, AttributeError):
            conn.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        watch_signatures(conn, self._has_signed)

    def _has_signed(self, fingerprint: str) -> None:
        self._signed = fingerprint

    def connection_lost(self, exc: Exception | None) -> None:
        self._connection = None
        if self._inflow is not None:
            self._inflow.close()
        self._host.limits.room.leave(self, self._address)

    def _is_silent(self) -> None:
        """From now on; somebody else may have to go for it, who has been for longer."""
        longest = self._host.limits.room.enter(self, self._address)
        if longest is not None:
            longest.make_room()

    def make_room(self) -> None:
        """Hang up, for somebody who may be quicker."""
        self._host.refuse("silent", self._address)
        if self._connection is not None:
            self._connection.disconnect(asyncssh.DISC_TOO_MANY_CONNECTIONS, words.SILENT)

    # -- who they are ---------------------------------------------------------------------------------------

    def begin_auth(self, username: str) -> bool:
        self._wish = wish_of(username)
        self._is_silent()
        options = self._host.options
        if self._keys is not None or options.password is not None:
            return True
        if self._wish.guest or self._wish.code is not None:
            return False
        assert self._connection is not None
        client = str(self._connection.get_extra_info("client_version", ""))
        return self._wish.by_key or any(name in client for name in ASKS_FOR_KEYS)

    def auth_completed(self) -> None:
        self._watch_idle()

    def public_key_auth_supported(self) -> bool:
        return self._keys is not None or self._host.options.password is None

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        if self._keys is None:
            return True
        return self._keys.validate(key, "", self._address) is not None

    def kbdint_auth_supported(self) -> bool:
        return self._keys is None or self._host.options.password is not None

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        if self._host.options.password is None:
            # Nothing to ask.
            return True
        self._put_off()
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username: str, responses: Any) -> bool:
        return len(responses) == 1 and self.validate_password(username, responses[0])

    def password_auth_supported(self) -> bool:
        return self.kbdint_auth_supported()

    def validate_password(self, username: str, password: str) -> bool:
        wanted, now = self._host.options.password, asyncio.get_running_loop().time()
        if wanted is None:
            return self._keys is None
        self._put_off()
        if hmac.compare_digest(password.encode("utf-8", "replace"), any_name(wanted).encode("utf-8", "replace")):
            return True
        self._host.limits.guessed_wrong(self._address, now)
        return False

    def _put_off(self) -> None:
        """Whoever has to wait is told how long, and not asked for a password that is not looked at."""
        wait = self._host.limits.wait(self._address, asyncio.get_running_loop().time())
        if wait > 0:
            self._host.refuse("guesses", self._address)
            raise asyncssh.PermissionDenied(words.guess_later("passwords", wait))

    # -- what they ask for ----------------------------------------------------------------------------------

    def session_requested(self) -> Any:
        conn = self._connection
        if conn is None or self._channels >= CHANNELS or self._opened >= SESSIONS:
            return False
        # A second visit on a connection is no cheaper than a second connection.
        if self._opened and not self._host.limits.again(self._address, asyncio.get_running_loop().time()):
            self._host.refuse("too-fast", self._address)
            return False
        self._host.limits.room.leave(self, self._address)
        self._channels += 1
        self._opened += 1
        session = GameSession(self._host, self._wish, self._address, self._signed, self._channel_closed)
        channel = conn.create_server_channel(None, "strict", WINDOW)
        ask_about_environment(channel, session.environment_told)
        return channel, session

    def _channel_closed(self) -> None:
        self._channels -= 1
        self._watch_idle()

    def _watch_idle(self) -> None:
        """A connection that asks for nothing is no reason to keep a place for it."""
        if self._channels == 0 and self._connection is not None:
            self._is_silent()
            asyncio.get_running_loop().call_later(LOGIN_SECONDS, self._close_idle)

    def _close_idle(self) -> None:
        if self._channels == 0 and self._connection is not None:
            self._connection.close()


def connection_options(host: Host, key: asyncssh.SSHKey) -> asyncssh.SSHServerConnectionOptions:
    """What holds for every connection. Reads files, so not on the event loop.

    Raises
    ------
    PictureBookError
        The keys of those who may come can't be read.
    """
    file, keys = host.options.authorized_keys, None
    if file is not None:
        try:
            read = read_ordinary(file, LARGEST_KEYS)
            if len(read) > LARGEST_KEYS:
                raise PictureBookError(
                    f"{file} is larger than {LARGEST_KEYS >> 20} MB: --authorized-keys wants a list of public keys."
                )
            keys = asyncssh.import_authorized_keys(read.decode())
        except NotOrdinary as error:
            raise PictureBookError(
                f"{file} is no ordinary file: --authorized-keys wants one with a public key on each line."
            ) from error
        except OSError as error:
            reason = (error.strerror or "it failed").lower()
            raise PictureBookError(f"{file} can't be read ({reason}): give --authorized-keys another file.") from error
        except ValueError as error:
            raise PictureBookError(
                f"{file} is no list of public keys: --authorized-keys wants one key on each line."
            ) from error
    return asyncssh.SSHServerConnectionOptions(
        server_factory=lambda: GameServer(host, keys),
        server_host_keys=[key],
        server_version="PictureBook",
        config=[],
        login_timeout=LOGIN_SECONDS,
        keepalive_interval=KEEPALIVE_SECONDS,
        keepalive_count_max=KEEPALIVES,
        line_editor=False,
        encoding=None,
        window=WINDOW,
        agent_forwarding=False,
        x11_forwarding=False,
        allow_scp=False,
        sftp_factory=None,
        gss_host=None,
        host_based_auth=False,
        compression_algs=["none"],
        **algorithms(),
    )


async def listen(sock: socket.socket, options: asyncssh.SSHServerConnectionOptions) -> asyncssh.SSHAcceptor:
    """Take connections from a bound socket.

    Raises
    ------
    PictureBookError
        Another server, bound to the same port at the same moment, listens there already.
    """
    try:
        return await asyncssh.listen(sock=sock, options=options, config=[], backlog=BACKLOG)
    except OSError as error:
        reason, port = (error.strerror or "it failed").lower(), sock.getsockname()[1]
        raise PictureBookError(f"Port {port} can't be had ({reason}): choose another --port.") from error
