"""Whose drawings a page or a program takes along: artist, licence, where they are from, and what was changed.

As the licences ask (CC BY 4.0 section 3(a), CC BY-SA 4.0 section 3(b), Apache-2.0 section 4, MIT); the facts are those
of assets/README.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType

from picturebook_tui.book.atlas import open_atlas
from picturebook_tui.book.book import Book, Picture

SOURCES = MappingProxyType(
    {
        "noto": "https://github.com/googlefonts/noto-emoji",
        "noto-v1": "https://github.com/googlefonts/noto-emoji",
        "twemoji": "https://github.com/jdecked/twemoji",
        "fluent-emoji": "https://github.com/microsoft/fluentui-emoji",
        "fluent-emoji-flat": "https://github.com/microsoft/fluentui-emoji",
        "openmoji": "https://github.com/hfg-gmuend/openmoji",
        "emojione": "https://github.com/EmojiTwo/emojitwo",
        "emojione-v1": "https://github.com/joypixels/emojione-legacy",
        "fxemoji": "https://github.com/mozilla/fxemoji",
    }
)
"""Where an artist's drawings live, by the artist's key."""

LICENCES = MappingProxyType(
    {
        "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
        "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
        "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
        "MIT": "https://github.com/microsoft/fluentui-emoji/blob/main/LICENSE",
    }
)
"""The text of each licence, by its SPDX identifier."""

CHANGES = (
    "Changed from the originals: rasterised to 32 × 32 pixels, scaled and moved to fill them, cut to five bits a "
    "colour, laid on paper"
)

OWN = "The creatures are this game's own drawings, under the MIT licence like its code."

SHARE_ALIKE = "Whoever passes pictures under CC-BY-SA-4.0 on does so under that licence and names the artist."

NO_ENDORSEMENT = "None of the artists has anything to do with this game."


@dataclass(frozen=True, slots=True)
class Credit:
    """One artist to thank."""

    title: str
    author: str
    licence: str
    """SPDX identifier."""
    source: str
    licence_text: str


def credits_for(pictures: Iterable[Picture]) -> tuple[Credit, ...]:
    """Those who drew these pictures, in the artists' order; () where all are the game's own."""
    drawn = {picture.artist for picture in pictures}
    return tuple(
        Credit(artist.title, artist.author, artist.licence, SOURCES[artist.key], LICENCES[artist.licence])
        for artist in open_atlas().artists
        if artist.key in drawn
    )


def notes_for(book: Book, pictures: Iterable[Picture]) -> tuple[str, ...]:
    """The sentences that go with the credits: what was changed, and what the licences ask of whoever passes them on."""
    pictures = tuple(pictures)
    credits = credits_for(pictures)
    if not credits:
        return (OWN,) if pictures else ()
    changed = [CHANGES]
    if book.size < 32:
        changed.append(f"shrunk to {book.size} × {book.size}")
    if any(picture.flip for picture in pictures):
        changed.append("some mirrored")
    if any(picture.dx or picture.dy for picture in pictures):
        changed.append("some moved by a pixel")
    if book.distortion is not None:
        changed.append(f"all made harder to see ({book.distortion.title})")
    notes = [", ".join(changed) + "."]
    if any(credit.licence == "CC-BY-SA-4.0" for credit in credits):
        notes.append(SHARE_ALIKE)
    return (*notes, NO_ENDORSEMENT)
