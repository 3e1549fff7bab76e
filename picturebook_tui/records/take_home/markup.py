"""HTML by construction: a text becomes markup only by being escaped."""

from __future__ import annotations

import base64
import html
import struct
import zlib
from typing import Any

from picturebook_tui.book.words import harmless

VOID = frozenset({"br", "col", "hr", "img", "link", "meta"})
"""Elements that have no end tag (HTML Living Standard 13.1.2, those that are used here)."""


class Html(str):
    """Markup that is known to be safe, because ``tag`` or ``join`` made it, or it is written in this package."""

    __slots__ = ()


Child = str | int | None
Attribute = str | int | float | bool | None


def text(value: object) -> Html:
    """Any text as what it says: markup signs are spelt out, what is not drawn becomes "�"."""
    if isinstance(value, Html):
        return value
    plain = "".join(c if harmless(c) or c == "\n" else "�" for c in str(value))
    return Html(html.escape(plain, quote=True))


def join(*parts: Child) -> Html:
    """Parts one after another; texts among them are escaped, None is nothing."""
    return Html("".join(text(part) for part in parts if part is not None))


def tag(name: str, /, *children: Child, **attributes: Attribute) -> Html:
    """An element.

    Parameters
    ----------
    children
        Texts are escaped, ``Html`` is taken as it is, None is left out.
    attributes
        Always escaped and quoted; "class_" means class, and inner underscores are hyphens ("aria_label"). True is
        an attribute without a value; None and False leave it out.
    """
    said = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Html(f"<{name}{said}>")
    return Html(f"<{name}{said}>{join(*children)}</{name}>")


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{text(value)}"'


def png(pixels: Any) -> bytes:
    """A PNG file (W3C PNG 3rd edition), 8 bits a channel, no colour profile.

    Parameters
    ----------
    pixels : uint8 (height, width, 3)
    """
    height, width, _ = pixels.shape
    # Every row begins with its filter: 0, none.
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def picture(pixels: Any, alt: str, *, class_: str = "picture") -> Html:
    """An image that carries its own bytes: uint8 (height, width, 3)."""
    source = "data:image/png;base64," + base64.b64encode(png(pixels)).decode("ascii")
    height, width, _ = pixels.shape
    return tag("img", src=source, alt=alt, width=width, height=height, class_=class_)
