"""The drawings: some 1,430 emoji as nine artists drew them, looked up by emoji, artist, category or name.

Two files hold them (`assets/build/` makes both): `index.json` says what there is, `drawings.bin` holds every drawing
deflated by itself, so that opening the atlas inflates nothing.

From file to page, in integers, so that everyone gets the same bytes:

1. a drawing is 32×32 RGBA with straight alpha; its outermost two pixels on every side are empty;
2. each pixel is laid on ``PAPER``: ``(colour · alpha + paper · (255 − alpha) + 127) // 255``;
3. the page is mirrored where asked, then shrunk: a pixel at 16×16 is the rounded mean of the 2×2 *composited* pixels
   (colours hidden under transparent pixels never bleed in), one pixel of air is left on every side;
4. then it is moved; what comes in from outside is ``PAPER``.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.emoji import Emoji
from picturebook_tui.book.nearest import WordSets, advice, nearest, plain, words
from picturebook_tui.errors import PictureBookError

PAPER: Final[tuple[int, int, int]] = (246, 241, 228)
"""Red, green, blue of the page in every theme: black cats stay visible on it and white ones too."""

ARTISTS: Final[tuple[str, ...]] = (
    "noto",
    "noto-v1",
    "twemoji",
    "fluent-emoji",
    "fluent-emoji-flat",
    "openmoji",
    "emojione",
    "emojione-v1",
    "fxemoji",
)
"""The artists' keys; also the order in which drawings of one emoji are listed."""

SIZE: Final = 32
"""Pixels along one side of a drawing as it is kept."""

AIR: Final = 2
"""Empty pixels on every side of those 32: one at 16."""

SIZES: Final = (8, 16, 32)
"""Sides a drawing can be asked for: block means of the composited 32 pixels."""

MAGIC: Final = b"PICTUREBOOK\x01"
"""How drawings.bin begins; then the number of drawings (uint32), their lengths (uint16 each), their bytes, all
little-endian."""


class UnknownEmoji(PictureBookError):
    """Asked for an emoji nobody drew here; the sentence names the nearest known ones."""


@dataclass(frozen=True, slots=True)
class Artist:
    """One of the nine icon sets and whom to thank for it."""

    key: str
    title: str
    """As shown: "Fluent 3D"."""
    author: str
    licence: str
    """SPDX identifier: "CC-BY-SA-4.0"."""
    package: str
    version: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """One emoji by one artist."""

    emoji: str
    artist: str
    """The artist's key."""
    name: str
    category: str


class Atlas:
    """All drawings, opened.

    Parameters
    ----------
    folder : Path
        Holds index.json and drawings.bin.

    Raises
    ------
    PictureBookError
        Where a file is missing, unreadable or damaged.
    """

    artists: tuple[Artist, ...]
    emoji: tuple[Emoji, ...]
    """In Unicode's order."""
    categories: tuple[str, ...]

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            index = json.loads((folder / "index.json").read_bytes())
            self._bytes = (folder / "drawings.bin").read_bytes()
            self._read(index)
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise self._damaged() from error

    def _damaged(self) -> PictureBookError:
        return PictureBookError(
            f"The drawings in {self._folder} are missing or damaged: install Picture Book again, "
            "or in a checkout bring the folder back with `git checkout -- assets`."
        )

    def _read(self, index: dict[str, Any]) -> None:
        self.artists = tuple(Artist(*row) for row in index["artists"])
        if tuple(artist.key for artist in self.artists) != ARTISTS:
            raise ValueError("other artists than expected")
        self.categories = tuple(index["categories"])
        subgroups: list[tuple[str, str]] = [(name, self.categories[at]) for name, at in index["subgroups"]]
        drawn_by: dict[int, tuple[str, ...]] = {}
        listed: list[Emoji] = []
        firsts: list[int] = []
        total = 0
        for text, name, at, mask in index["emoji"]:
            if mask not in drawn_by:
                drawn_by[mask] = tuple(key for bit, key in enumerate(ARTISTS) if mask >> bit & 1)
            who = drawn_by[mask]
            subgroup, category = subgroups[at]
            listed.append(Emoji(text, name, category, subgroup, len(text) > 1, who))
            firsts.append(total)
            total += len(who)
        self.emoji = tuple(listed)
        self._first = dict(zip((entry.emoji for entry in listed), firsts, strict=True))
        self._by_text = {entry.emoji: entry for entry in listed}
        self._other_words: list[str] = index["words"]
        head = len(MAGIC) + 4
        if not self._bytes.startswith(MAGIC) or int.from_bytes(self._bytes[len(MAGIC) : head], "little") != total:
            raise ValueError("drawings.bin and index.json do not belong together")
        lengths = np.frombuffer(self._bytes, dtype="<u2", count=total, offset=head)
        self._ends = head + 2 * total + np.cumsum(lengths, dtype=np.int64)
        self._starts = self._ends - lengths
        if len(self._other_words) != len(listed) or int(self._ends[-1]) != len(self._bytes):
            raise ValueError("drawings.bin has another length than it says")

    # Looking up

    def find(self, emoji: str) -> Emoji:
        """The emoji as it is known here; variation selectors do not matter.

        Raises
        ------
        UnknownEmoji
            Where nobody drew it.
        """
        found = self._by_text.get(plain(emoji))
        if found is None:
            raise UnknownEmoji(advice(emoji, self.nearest(emoji)))
        return found

    def search(self, text: str) -> tuple[Emoji, ...]:
        """Emoji whose name has every word of `text`: whole words first, then beginnings, then other known words.

        Each of the three in Unicode's order: "puppy" finds the dog's face, which nobody named so.
        """
        wanted = words(text)
        if not wanted:
            return ()
        whole: list[Emoji] = []
        begun: list[Emoji] = []
        other: list[Emoji] = []
        for entry, (name, more) in zip(self.emoji, self._word_sets, strict=True):
            if all(word in name for word in wanted):
                whole.append(entry)
            elif all(any(known.startswith(word) for known in name) for word in wanted):
                begun.append(entry)
            elif all(word in name or word in more for word in wanted):
                other.append(entry)
        return (*whole, *begun, *other)

    def drawings(
        self,
        *,
        emoji: str | Iterable[str] | None = None,
        artist: str | None = None,
        category: str | None = None,
        name: str | None = None,
    ) -> tuple[Drawing, ...]:
        """Drawings that fit everything given, in Unicode's order of emoji, then ``ARTISTS`` order.

        Parameters
        ----------
        emoji : str or iterable of str, optional
            One emoji (a string is one emoji, however many codepoints), or several; repeats count once.
        artist : str, optional
            An artist's key.
        category : str, optional
            One of ``categories``.
        name : str, optional
            Words that must all be in the emoji's name, whole: "cat face".

        Raises
        ------
        UnknownEmoji
            For an emoji nobody drew.
        PictureBookError
            For an artist or a category there is not.
        """
        if artist is not None and artist not in ARTISTS:
            raise PictureBookError(f"There is no artist {artist!r}: choose one of {', '.join(ARTISTS)}.")
        if category is not None and category not in self.categories:
            raise PictureBookError(f"There is no category {category!r}: choose one of {', '.join(self.categories)}.")
        wanted: set[str] | None = None
        if emoji is not None:
            wanted = {self.find(each).emoji for each in ([emoji] if isinstance(emoji, str) else emoji)}
        asked = set(words(name)) if name is not None else set()

        def fitting() -> Iterator[Drawing]:
            for at, entry in enumerate(self.emoji):
                if wanted is not None and entry.emoji not in wanted:
                    continue
                if category is not None and entry.category != category:
                    continue
                if name is not None and not (asked and asked <= self._word_sets[at][0]):
                    continue
                for key in entry.artists:
                    if artist is None or key == artist:
                        yield Drawing(entry.emoji, key, entry.name, entry.category)

        return tuple(fitting())

    # Pixels

    def rgba(self, drawing: Drawing) -> NDArray[np.uint8]:
        """The drawing as it is kept: uint8 (32, 32, 4), straight alpha, transparent pixels all zero.

        Raises
        ------
        UnknownEmoji
            Where nobody drew that emoji.
        PictureBookError
            Where that artist did not, or drawings.bin is damaged there.
        """
        entry = self.find(drawing.emoji)
        if drawing.artist not in entry.artists:
            others = ", ".join(entry.artists)
            raise PictureBookError(
                f"{drawing.artist!r} did not draw {entry.emoji} ({entry.name}): choose one of {others}."
            )
        at = self._first[entry.emoji] + entry.artists.index(drawing.artist)
        try:
            return decode(zlib.decompress(self._bytes[self._starts[at] : self._ends[at]]))
        except (zlib.error, ValueError, IndexError) as error:
            raise self._damaged() from error

    def pixels(
        self, drawing: Drawing, size: int = 16, *, flip: bool = False, dx: int = 0, dy: int = 0
    ) -> NDArray[np.uint8]:
        """The drawing on paper: uint8 (size, size, 3), a fresh array.

        Parameters
        ----------
        drawing : Drawing
        size : int
            8, 16 or 32.
        flip : bool
            Mirrored left to right.
        dx, dy : int
            Moved right and down by so many pixels of `size`; where nothing was, paper comes in.

        Raises
        ------
        PictureBookError
            As ``rgba``, and for another size.
        """
        if size not in SIZES:
            raise PictureBookError(f"Pictures come {SIZES[0]}, {SIZES[1]} or {SIZES[2]} pixels wide, not {size!r}.")
        page = on_paper(self.rgba(drawing))
        if flip:
            page = page[:, ::-1]
        block = SIZE // size
        if block > 1:
            # Adding slices is ten times as fast as a sum over two axes of so small an array.
            sums = np.full((size, size, 3), block * block // 2, dtype=np.uint16)
            for row in range(block):
                for column in range(block):
                    sums += page[row::block, column::block]
            page = (sums // (block * block)).astype(np.uint8)
        if not dx and not dy:
            return np.ascontiguousarray(page)
        moved = np.empty_like(page)
        moved[:] = PAPER
        if abs(dx) < size and abs(dy) < size:
            moved[max(dy, 0) : size + min(dy, 0), max(dx, 0) : size + min(dx, 0)] = page[
                max(-dy, 0) : size - max(dy, 0), max(-dx, 0) : size - max(dx, 0)
            ]
        return moved

    def nearest(self, text: str, limit: int = 3) -> tuple[Emoji, ...]:
        """Known emoji nearest to something unknown, plainest first, at most `limit`."""
        return nearest(text, self.emoji, self._word_sets, limit)

    @cached_property
    def _word_sets(self) -> list[WordSets]:
        return [
            (frozenset(words(entry.name)), frozenset(words(more)))
            for entry, more in zip(self.emoji, self._other_words, strict=True)
        ]


def decode(inner: bytes) -> NDArray[np.uint8]:
    """An inflated drawing, 28×28 pixels of red, green, blue, alpha from 0 to 31, as uint8 (32, 32, 4).

    Raises
    ------
    ValueError
        Where there are more or fewer bytes.
    """
    cut = np.frombuffer(inner, dtype=np.uint8).reshape(SIZE - 2 * AIR, SIZE - 2 * AIR, 4)
    framed = np.zeros((SIZE, SIZE, 4), dtype=np.uint8)
    # Five bits to eight: 0 stays 0 and 31 becomes 255.
    framed[AIR:-AIR, AIR:-AIR] = (cut << 3) | (cut >> 2)
    return framed


def on_paper(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGBA of shape (…, 4), straight alpha, laid on ``PAPER``: uint8 (…, 3)."""
    # 255 · 255 + 127 is the most there can be: it fits 16 bits.
    alpha = rgba[..., 3:].astype(np.uint16)
    paper = np.array(PAPER, dtype=np.uint16)
    page: NDArray[np.uint8] = ((rgba[..., :3] * alpha + paper * (255 - alpha) + 127) // 255).astype(np.uint8)
    return page


@lru_cache(maxsize=1)
def open_atlas() -> Atlas:
    """The atlas that ships with the game; opened once a process.

    Raises
    ------
    PictureBookError
        Where its files are missing or damaged.
    """
    package = Path(__file__).resolve().parent.parent
    installed = package / "assets"
    # An installed wheel carries the files inside the package; a checkout keeps them beside it.
    return Atlas(installed if installed.is_dir() else package.parent / "assets")
