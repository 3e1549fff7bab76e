"""The chapters at a screen's hand: their texts, and how far somebody is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.writer import Line

if TYPE_CHECKING:
    from picturebook_tui.game.lessons import Chapter
    from picturebook_tui.game.progress import Progress

Load = Callable[[], "tuple[Progress, str]"]
"""Reads the progress that was kept, and a notice ("" where there is nothing to tell)."""

Save = Callable[["Progress"], None]


class Lessons:
    """All chapters, and the one progress that every screen of them goes on with.

    Parameters
    ----------
    save
        Keeps a progress; runs on ``saving``.
    saving
        The player's writer line, so that an older progress never overwrites a newer one.
    notice
        What is to be told about the progress as it was found.
    """

    def __init__(
        self, chapters: tuple[Chapter, ...], progress: Progress, save: Save, saving: Line, notice: str = ""
    ) -> None:
        self.chapters = chapters
        self.progress = progress
        self.notice = notice
        self._save = save
        self._saving = saving

    @classmethod
    async def open(cls, load: Load | None, save: Save | None, saving: Line) -> Lessons:
        """Read texts and progress off the event loop; without ``load`` and ``save`` nothing is kept.

        Raises
        ------
        PictureBookError
            Where a chapter's text can't be read.
        """
        from picturebook_tui.game.lesson_files import load_chapters
        from picturebook_tui.game.progress import Progress

        chapters = await asyncio.to_thread(load_chapters)
        progress, notice = (Progress(), "") if load is None else await asyncio.to_thread(load)
        return cls(chapters, progress, save or (lambda _: None), saving, notice)

    def go_on(self, progress: Progress) -> Future[str]:
        """Take the next progress, and begin to keep it.

        Returns
        -------
        Done when it is on disk, with ""; else with a sentence that says why it can't be.
        """
        self.progress = progress
        return self._saving.submit(lambda: self._keep(progress))

    def _keep(self, progress: Progress) -> str:
        try:
            self._save(progress)
        except PictureBookError as error:
            return str(error)
        return ""
