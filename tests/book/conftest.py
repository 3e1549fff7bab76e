"""The drawings that ship, and a small made-up atlas for what they can't show on purpose."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from picturebook_tui.book.atlas import ARTISTS, PAPER, Atlas, Drawing, UnknownEmoji, open_atlas
from picturebook_tui.book.emoji import Emoji
from picturebook_tui.errors import PictureBookError


class TinyAtlas:
    """A few emoji of random pixels; `alike` maps a drawing to another that it looks like, but for a little noise."""

    def __init__(
        self,
        drawn: Mapping[str, Iterable[str]],
        alike: Mapping[tuple[str, str], tuple[str, str]] | None = None,
    ) -> None:
        self.emoji = tuple(
            Emoji(e, f"thing {n}", "things", "thing", len(e) > 1, tuple(a for a in ARTISTS if a in set(by)))
            for n, (e, by) in enumerate(drawn.items())
        )
        self.alike = dict(alike or {})
        self.artists = tuple(SimpleNamespace(key=key, title=key) for key in ARTISTS)

    def find(self, emoji: str) -> Emoji:
        for entry in self.emoji:
            if entry.emoji == emoji.replace("\ufe0f", ""):
                return entry
        raise UnknownEmoji(f"None of the artists drew {emoji!r}: try {self.emoji[0].emoji} instead.")

    def drawings(self, *, emoji: str | Iterable[str] | None = None, artist: str | None = None) -> tuple[Drawing, ...]:
        wanted = None if emoji is None else {emoji} if isinstance(emoji, str) else set(emoji)
        return tuple(
            Drawing(entry.emoji, key, entry.name, entry.category)
            for entry in self.emoji
            if wanted is None or entry.emoji in wanted
            for key in entry.artists
            if artist in (None, key)
        )

    def pixels(self, drawing: Drawing, size: int = 16) -> NDArray[np.uint8]:
        like = self.alike.get((drawing.emoji, drawing.artist), (drawing.emoji, drawing.artist))
        rng = np.random.default_rng(zlib.crc32("".join(like).encode()))
        coarse = rng.integers(0, 256, (size // 4, size // 4, 3))
        page = np.kron(coarse, np.ones((4, 4, 1))).astype(int)
        if like != (drawing.emoji, drawing.artist):
            page = page[:, ::-1] + rng.integers(-8, 9, page.shape)
        page[0], page[-1], page[:, 0], page[:, -1] = PAPER, PAPER, PAPER, PAPER
        return cast("NDArray[np.uint8]", page.clip(0, 255).astype(np.uint8))


def tiny(drawn: Mapping[str, Iterable[str]], alike: Mapping[tuple[str, str], tuple[str, str]] | None = None) -> Atlas:
    return cast(Atlas, TinyAtlas(drawn, alike))


def sentence_of(attempt: Callable[[], object]) -> str:
    """What a person is told; "" where it works. Any other error is ours and goes through."""
    try:
        attempt()
    except PictureBookError as error:
        return str(error)
    return ""


@pytest.fixture(scope="session")
def atlas() -> Atlas:
    return open_atlas()
