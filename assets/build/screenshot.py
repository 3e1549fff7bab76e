"""Draw a screen of the real game as a PNG: the README's picture, and any other that one wants to look at.

    uv run python assets/build/screenshot.py assets/screenshot.png
    uv run python assets/build/screenshot.py home.png --screen home --columns 200 --rows 60 --theme light

The app runs headless and is played by its keys; what its compositor would write to a terminal is painted cell by
cell: half blocks as rectangles, emoji with the shipped drawings, everything else with DejaVu Sans Mono.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from textual.pilot import Pilot

from picturebook_tui.book.atlas import Atlas, UnknownEmoji, open_atlas
from picturebook_tui.book.ladder import KINDS
from picturebook_tui.jobs import Jobs
from picturebook_tui.launch import LaunchOptions
from picturebook_tui.records.settings import Preferences
from picturebook_tui.records.store import MemoryStore
from picturebook_tui.tui.app import PictureBookApp

CELL_WIDTH, CELL_HEIGHT = 11, 22
"""Pixels; a cell must be twice as high as wide for square picture pixels."""

FONTS = ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf")

SCREENS = (
    "home",
    "page",
    "reveal",
    "glimpse-ready",
    "glimpse-picture",
    "glimpse-mask",
    "glimpse-asking",
    "lens",
    "lens-told",
    "lens-forward",
    "lens-loss",
    "lens-backward",
    "lens-update",
    "eye",
    "eye-weights",
    "eye-confusions",
    "unseen",
    "summary",
    "curves",
    "missed",
    "share",
    "confusions",
    "eye-missed",
    "end",
    "what-if",
    "what-if-unseen",
    "what-if-walk",
    "speeds",
    "chapters",
    "chapter-answer",
    "chapter-own",
    "help",
    "credits",
    "settings",
)


EYE = {"eye": ("right", "left"), "eye-weights": ("2",), "eye-confusions": ("3",)}
"""Keys from the model's eye to each of its views."""

WHAT_IF = {"what-if": (), "what-if-unseen": ("u",), "what-if-walk": ("2",)}
"""Keys from the map of other learners to each of its views."""


def font(bold: bool) -> ImageFont.FreeTypeFont:
    """The face text is set in; Pillow looks where the system keeps its fonts."""
    return ImageFont.truetype(FONTS[bold], 18)


def paint(app: PictureBookApp) -> Image.Image:
    """What stands on the app's screen."""
    strips = app.screen._compositor.render_strips(app.size)
    size = app.size
    image = Image.new("RGB", (size.width * CELL_WIDTH, size.height * CELL_HEIGHT), app.current_theme.background)
    draw = ImageDraw.Draw(image)
    atlas = open_atlas()
    for y, strip in enumerate(strips):
        x = 0
        for segment in strip:
            x = _segment(image, draw, atlas, segment, x, y)
    return image


def _rgb(colour: Color | None, otherwise: tuple[int, int, int]) -> tuple[int, int, int]:
    if colour is None or colour.is_default:
        return otherwise
    return tuple(colour.get_truecolor())  # type: ignore[return-value]


def _segment(image: Image.Image, draw: ImageDraw.ImageDraw, atlas: Atlas, segment: Segment, x: int, y: int) -> int:
    style = segment.style
    front = _rgb(style.color if style else None, (220, 220, 220))
    back = _rgb(style.bgcolor if style else None, (0, 0, 0))
    if style and style.reverse:
        front, back = back, front
    for character in segment.text:
        wide = cell_len(character)
        left, top = x * CELL_WIDTH, y * CELL_HEIGHT
        draw.rectangle((left, top, left + wide * CELL_WIDTH - 1, top + CELL_HEIGHT - 1), fill=back)
        if character == "▀":
            draw.rectangle((left, top, left + CELL_WIDTH - 1, top + CELL_HEIGHT // 2 - 1), fill=front)
        elif character == "█":
            draw.rectangle((left, top, left + CELL_WIDTH - 1, top + CELL_HEIGHT - 1), fill=front)
        elif 0x2800 <= ord(character) <= 0x28FF:
            _braille(draw, ord(character) - 0x2800, left, top, front)
        elif wide == 2:
            _emoji(image, atlas, character, left, top)
        elif character.strip():
            draw.text((left, top), character, fill=front, font=font(bool(style and style.bold)))
        x += wide
    return x


def _braille(draw: ImageDraw.ImageDraw, dots: int, left: int, top: int, colour: tuple[int, int, int]) -> None:
    """Eight dots, drawn by hand because the font lacks them; their bits are numbered by Unicode's block 2800."""
    for bit, (column, row) in enumerate(((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))):
        if dots >> bit & 1:
            x = left + 2 + column * CELL_WIDTH // 2
            y = top + 2 + row * CELL_HEIGHT // 4
            draw.ellipse((x, y, x + 2, y + 2), fill=colour)


def _emoji(image: Image.Image, atlas: Atlas, character: str, left: int, top: int) -> None:
    try:
        drawing = atlas.drawings(emoji=atlas.find(character).emoji, artist="noto")[0]
    except (UnknownEmoji, IndexError):
        return
    picture = Image.fromarray(atlas.rgba(drawing), "RGBA").resize(
        (2 * CELL_WIDTH, 2 * CELL_WIDTH), Image.Resampling.LANCZOS
    )
    image.paste(picture, (left, top + (CELL_HEIGHT - 2 * CELL_WIDTH) // 2), picture)


async def show(screen: str, app: PictureBookApp, pilot: Pilot[int]) -> None:
    """Press keys until the screen is up."""
    if screen in ("home", "settings", "credits"):
        await pilot.pause(1.5)
        await pilot.press(*{"home": (), "settings": ("s",), "credits": ("r",)}[screen])
        await pilot.pause(0.3)
        return
    if screen == "speeds":
        await pilot.press("t")
        await pilot.pause(4.0)
        return
    if screen.startswith("chapter"):
        await show_chapter(screen, app, pilot)
        return
    await pilot.press("enter")
    await pilot.pause(1.5)
    if screen.startswith("glimpse"):
        await show_glimpse(screen.removeprefix("glimpse-"), app, pilot)
        return
    await label_page(app, pilot, stop_after=4 if screen in ("page", "help", "lens") else None)
    if screen == "help":
        await pilot.press("question_mark")
    elif screen.startswith("lens"):
        await show_lens(screen, pilot)
    elif screen != "page":
        await pilot.press("enter")
        await pilot.pause(0.3)
        if screen in EYE:
            await play_on("eye", app, pilot, turned=3)
            await pilot.press("e", *EYE[screen])
            await pilot.pause(0.5)
        elif screen != "reveal":
            await play_on(screen, app, pilot)
    await pilot.pause(0.3)


async def show_chapter(screen: str, app: PictureBookApp, pilot: Pilot[int]) -> None:
    """The list of chapters, the answer of chapter 5, or the knobs at the end of the last one."""
    await pilot.press("b")
    await pilot.pause(0.5)
    if screen == "chapters":
        return
    await pilot.press(*["down"] * (4 if screen == "chapter-answer" else 9), "enter")
    await pilot.pause(0.3)
    await pilot.press("enter", "1")
    while not app.screen.has_class("-answer"):
        await pilot.pause(0.1)
    if screen == "chapter-own":
        # Longer than a held key's repeat.
        await pilot.pause(0.2)
        await pilot.press("enter")
    await pilot.pause(1.0)


async def show_glimpse(stage: str, app: PictureBookApp, pilot: Pilot[int]) -> None:
    """A glimpse, held at one of its stages."""
    if stage != "ready":
        await pilot.press("enter")
    while app.screen._stage.value != stage:  # type: ignore[attr-defined]
        await pilot.pause(0.01)
    app.screen._enter(app.screen._stage)  # type: ignore[attr-defined]
    await pilot.pause(0.1)


async def show_lens(screen: str, pilot: Pilot[int]) -> None:
    """The code lens while the page is answered, once it is turned, or in the middle of a step in slow motion."""
    stages = ("forward", "loss", "backward", "update")
    stage = screen.removeprefix("lens-")
    await pilot.press("f3" if stage in stages else "f2")
    if screen != "lens":
        for _ in range(stages.index(stage) + 1 if stage in stages else 1):
            await pilot.pause(0.3)
            await pilot.press("enter")


async def label_page(app: PictureBookApp, pilot: Pilot[int], stop_after: int | None = None) -> None:
    """Label as a person would, now and then wrongly."""
    run = app.screen.run  # type: ignore[attr-defined]
    targets = (run.book.unseen if run.page.unseen else run.book.training).targets
    for card, index in enumerate(run.page.indices[:stop_after]):
        label = int(targets[index])
        wrong = (run.page.global_step * 7 + card) % 23 == 6
        await pilot.press(str((label + wrong) % len(run.book.labels) + 1))
    await pilot.pause()


async def play_on(screen: str, app: PictureBookApp, pilot: Pilot[int], turned: int | None = None) -> None:
    """From a revealed page to the screen asked for, or so many pages of the book further."""
    finale = {"end": "1", "curves": "2", "missed": "3", "eye-missed": "3", "share": "4", "confusions": "5"}
    play = app.screen
    while True:
        await pilot.press("space")
        await pilot.pause(0.2)
        name = type(app.screen).__name__
        if name == "FinaleScreen":
            await pilot.press(finale.get(screen, "1"))
            if screen in WHAT_IF:
                await pilot.press("w")
                while app.sweeping is None or not app.sweeping.over:
                    await pilot.pause(0.1)
                await pilot.press(*WHAT_IF[screen])
                await pilot.pause(0.3)
            if screen == "eye-missed":
                await pilot.press("right", "e")
                await pilot.pause(0.3)
            return
        if name == "SummaryScreen":
            if screen == "summary" and len(play.run.epochs) == 2:  # type: ignore[attr-defined]
                return
            continue
        await label_page(app, pilot)
        if turned is not None and len(play.run.turned) == turned:  # type: ignore[attr-defined]
            await pilot.press("enter")
            await pilot.pause(0.2)
            return
        if screen == "unseen" and play.run.page.unseen:  # type: ignore[attr-defined]
            return
        await pilot.press("enter")
        await pilot.pause(0.2)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--screen", choices=SCREENS, default="reveal")
    parser.add_argument("--columns", type=int, default=80)
    parser.add_argument("--rows", type=int, default=24)
    parser.add_argument("--theme", choices=("dark", "light", "contrast"), default="dark")
    parser.add_argument("--colours", choices=("truecolor", "256", "16", "none"), default="truecolor")
    parser.add_argument("--book", default="cats-and-dogs")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--distortion", choices=KINDS)
    parser.add_argument("--distortion-level", type=int)
    given = parser.parse_args()
    jobs = Jobs()
    app = PictureBookApp(
        LaunchOptions(no_save=True),
        jobs=jobs,
        store=MemoryStore(),
        preferences=Preferences(theme=f"picturebook-{given.theme}", colours=given.colours, reduced_motion=True),
        environ={"TERM": "xterm-256color", "LANG": "C.UTF-8"},
    )
    async with app.run_test(size=(given.columns, given.rows)) as pilot:
        await pilot.pause(1.0)
        app.screen.settings = type(app.screen.settings)(  # type: ignore[attr-defined]
            book=given.book,
            pictures=40,
            unseen=10,
            seed=given.seed,
            glimpse_ms=1000 if given.screen.startswith("glimpse") else None,
            distortion=given.distortion,
            distortion_level=given.distortion_level,
        )
        app.screen._show()  # type: ignore[attr-defined]
        await show(given.screen, app, pilot)
        image = paint(app)
    jobs.close()
    image.quantize(160).save(given.path, optimize=True)


if __name__ == "__main__":
    asyncio.run(main())
