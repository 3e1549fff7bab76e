"""Credits: who drew the pictures, and under which licences they may be shown."""

from __future__ import annotations

from textual.content import Content

from picturebook_tui.book.atlas import open_atlas
from picturebook_tui.tui.commands import LEAVE
from picturebook_tui.tui.screens.help import SCROLLING, ScrollScreen


class CreditsScreen(ScrollScreen):
    """Nine artists, by name."""

    COMMANDS_HERE = (*SCROLLING, LEAVE)

    def title_text(self) -> str:
        return "Credits"

    def text(self) -> Content:
        atlas = open_atlas()
        parts: list[tuple[str, str]] = [("The pictures are the work of nine artists and their projects.\n\n", "")]
        for artist in atlas.artists:
            drawings = len(atlas.drawings(artist=artist.key))
            parts.append((f"{artist.title}\n", "bold"))
            parts.append((f"  {artist.author} · {artist.licence} · {drawings:,} drawings\n", ""))
        parts.append((
            "\nChanged for this game: rasterised at 32×32 pixels, colours cut to fewer steps, laid on paper."
            "\nThe licences' full texts come with the game, beside the drawings; those under CC BY-SA stay"
            " under it.\n\nPicture Book itself is free software under the MIT licence, written with Textual and"
            " NumPy. It grew from a lesson that explains training by a picture book of cats and dogs.",
            "",
        ))  # fmt: skip
        return Content.assemble(*parts)
