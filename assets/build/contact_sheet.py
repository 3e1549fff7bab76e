"""Draw assets/contact-sheet.png: every cat and dog of Cats & Dogs, a row an artist, from the shipped files.

Run it from the project's own environment, which has the game and Pillow: `python assets/build/contact_sheet.py`.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from picturebook_tui.book.atlas import ARTISTS, PAPER, Atlas, Drawing
from picturebook_tui.book.emoji import Emoji

ASSETS = Path(__file__).resolve().parent.parent

CATS = ("🐱", "🐈", "🐈‍⬛", "😺", "😸", "😹", "😻", "😼", "😽", "🙀", "😿", "😾")
DOGS = ("🐶", "🐕", "🦮", "🐕‍🦺", "🐩")

PICTURE = 64
"""A drawing's 32 pixels, each 2×2: large enough to see the pixels that the learner is given."""

CELL = 72
NAMES = 196
"""Room for the artists' names."""

FOLD = 44
"""Between the two pages."""

MARGIN = 40
TOP = 118
TITLE = 34
TEXT = 17
SMALL = 14

INK = (84, 66, 51)
FAINT = (178, 160, 138)
LINE = (226, 215, 194)


def main() -> None:
    """Write the sheet and say how large it is."""
    atlas = Atlas(ASSETS)
    pages = [[atlas.find(emoji) for emoji in side] for side in (CATS, DOGS)]
    width = 2 * MARGIN + NAMES + CELL * (len(CATS) + len(DOGS)) + FOLD
    height = TOP + CELL * len(ARTISTS) + MARGIN
    sheet = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(sheet)
    starts = (MARGIN + NAMES, MARGIN + NAMES + CELL * len(CATS) + FOLD)
    counts = [sum(len(entry.artists) for entry in page) for page in pages]

    pen.text((MARGIN, 44), "Cats & Dogs", INK, ImageFont.load_default(TITLE), anchor="ls")
    about = "every drawing in the book: nine artists, a row each"
    pen.text((MARGIN, 70), about, FAINT, ImageFont.load_default(SMALL), anchor="ls")
    for start, count, label in zip(starts, counts, ("cats", "dogs"), strict=True):
        pen.text((start + 4, TOP - 16), f"{count} {label}", INK, ImageFont.load_default(TEXT), anchor="ls")
    fold = starts[1] - FOLD // 2
    pen.line((fold, TOP - 34, fold, height - MARGIN), LINE, 2)

    for row, artist in enumerate(atlas.artists):
        top = TOP + row * CELL
        pen.line((MARGIN, top, width - MARGIN, top), LINE, 1)
        pen.text((MARGIN, top + CELL // 2 - 1), artist.title, INK, ImageFont.load_default(TEXT), anchor="ls")
        licence = artist.licence.replace("CC-BY", "CC BY").replace("-4.0", " 4.0")
        pen.text((MARGIN, top + CELL // 2 + 19), licence, FAINT, ImageFont.load_default(SMALL), anchor="ls")
        for start, page in zip(starts, pages, strict=True):
            for column, entry in enumerate(page):
                place(sheet, atlas, entry, artist.key, start + column * CELL, top)
    path = ASSETS / "contact-sheet.png"
    sheet.save(path, optimize=True)
    print(f"{path.name}: {width}×{height}, {path.stat().st_size} bytes, {counts[0]} cats, {counts[1]} dogs")


def place(sheet: Image.Image, atlas: Atlas, entry: Emoji, artist: str, left: int, top: int) -> None:
    """One drawing in its cell, or a dot where that artist did not draw it."""
    if artist not in entry.artists:
        middle = (left + CELL / 2, top + CELL / 2)
        ImageDraw.Draw(sheet).circle(middle, 2, LINE)
        return
    pixels = atlas.pixels(Drawing(entry.emoji, artist, entry.name, entry.category), 32)
    picture = Image.fromarray(pixels).resize((PICTURE, PICTURE), Image.Resampling.NEAREST)
    gap = (CELL - PICTURE) // 2
    sheet.paste(picture, (left + gap, top + gap))


if __name__ == "__main__":
    main()
