"""Which of SSH's algorithms are offered: those that are strong, and cheap for whoever is asked."""

from __future__ import annotations

from collections.abc import Iterable

from asyncssh.encryption import get_encryption_algs
from asyncssh.kex import get_kex_algs
from asyncssh.mac import get_mac_algs
from asyncssh.public_key import get_public_key_algs

EXCHANGES = (
    "mlkem768x25519-sha256",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
)
"""Every client of the last ten years has one of these. What is left out is weak, or costs the server up to 90 ms each
time that somebody asks for it: fields of 8192 bits, groups of their own choosing, a fresh RSA key."""

MACS = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
)

CIPHERS = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
)
"""Which of them is taken is the client's choice, and OpenSSH's first would be chacha20-poly1305: as good, but here it
takes five times as long (20 µs a packet, of which each key has four)."""

SIGNATURES = (
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
"""With which a visitor's own key may sign: none with SHA-1."""


def algorithms() -> dict[str, list[str]]:
    """What ``asyncssh.listen`` is to be told."""
    return {
        "kex_algs": _known_here(EXCHANGES, get_kex_algs()),
        "encryption_algs": _known_here(CIPHERS, get_encryption_algs()),
        "mac_algs": _known_here(MACS, get_mac_algs()),
        "signature_algs": _known_here(SIGNATURES, get_public_key_algs()),
    }


def _known_here(wanted: Iterable[str], known: Iterable[bytes]) -> list[str]:
    """Those that this machine's libraries bring; to ask asyncssh for another is an error."""
    there = {name.decode("ascii") for name in known}
    return [name for name in wanted if name in there]
