"""The other learners of a run: who teaches them, and what is known of them so far.

They are taught in another process while somebody plays (``sweep_worker`` on a person's own machine, a shared pool on a
server); a screen asks at the end what has come.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from picturebook_tui.errors import PictureBookError

if TYPE_CHECKING:
    from picturebook_tui.game.run import Run
    from picturebook_tui.learner.sweep import SiblingEpoch, SweepJob, SweepResult
    from picturebook_tui.sweep_worker import SweepNews

MOST_SECONDS = 40.0
"""Of one core, as estimated: a longer run gets fewer siblings. Whoever reads the pages of such a run takes many times
as long."""

TOO_LONG = "This run is so long that there is no time for other learners to read it too: a shorter one has them."


class Siblings(Protocol):
    """Whoever teaches the siblings of one player's runs, one run at a time. No method waits."""

    @property
    def most_seconds(self) -> float:
        """Of one core, as estimated, that the siblings of a run may take."""
        ...

    @property
    def trouble(self) -> str | None:
        """Why nothing more will come, as a sentence; None while all is well."""
        ...

    def submit(self, job: SweepJob) -> int:
        """Take up a job instead of the one before; returns its number, which its news carry."""
        ...

    def cancel(self) -> None:
        """Leave the job under way; nothing more is heard of it."""
        ...

    def poll(self) -> Sequence[SweepNews]:
        """What has come in since, of the job submitted last."""
        ...


class NoSiblings:
    """Nobody teaches any."""

    most_seconds = MOST_SECONDS
    trouble = "No other learners were taught here."

    def submit(self, job: SweepJob) -> int:
        return 0

    def cancel(self) -> None:
        pass

    def poll(self) -> Sequence[SweepNews]:
        return ()


def job_of(run: Run, most_seconds: float = MOST_SECONDS) -> SweepJob | str:
    """The siblings that a run gets in so many seconds of one core; where it gets none, a sentence that says why."""
    from picturebook_tui.game.what_if import affordable_job

    try:
        return affordable_job(run.settings, run.book, most_seconds) or TOO_LONG
    except PictureBookError as error:
        return str(error)


class Sweeping:
    """The siblings of one run, gathered as they come.

    Attributes
    ----------
    run : Run
    job : SweepJob or None
        None: there are none, and ``trouble`` says why.
    """

    def __init__(self, siblings: Siblings, run: Run, job: SweepJob | str) -> None:
        self.run = run
        self.job = None if isinstance(job, str) else job
        self._siblings = siblings
        self._slices: list[tuple[SiblingEpoch, ...]] = []
        self._result: SweepResult | None = None
        self._trouble = job if isinstance(job, str) else None
        self._over = self.job is None
        self._number = 0 if self.job is None else siblings.submit(self.job)

    @property
    def trouble(self) -> str | None:
        """Why there are no siblings, or no more, as a sentence; None while all is well."""
        return self._trouble

    @property
    def over(self) -> bool:
        """Nothing more will come: all are done, or there is trouble."""
        return self._over

    @property
    def all(self) -> int:
        """How many siblings there are to be."""
        return 0 if self.job is None else self.job.siblings

    @property
    def done(self) -> int:
        """How many have read all their epochs, as of the last ``look``."""
        if self._result is None:
            return 0
        return sum(len(sibling.epochs) == self._result.epochs for sibling in self._result.siblings)

    def look(self) -> SweepResult | None:
        """Take in what has come, and lay it out; None where the run has no siblings."""
        from picturebook_tui.learner.sweep import gather
        from picturebook_tui.sweep_worker import SweepDone, SweepFailed, SweepSlice

        if self.job is None:
            return None
        new = False
        for news in () if self._over else self._siblings.poll():
            if news.job != self._number:
                continue
            if isinstance(news, SweepSlice):
                self._slices.append(news.rows)
                new = True
            elif isinstance(news, SweepFailed):
                self._trouble = news.sentence
            self._over |= isinstance(news, SweepDone | SweepFailed)
        if not self._over and self._siblings.trouble is not None:
            self._trouble, self._over = self._siblings.trouble, True
        if new or self._result is None:
            self._result = gather(self.job, self._slices)
        return self._result

    def leave(self) -> None:
        """Nobody waits for them any more; what is known of them stays. The next run's are not concerned."""
        if not self._over:
            self._over = True
            self._siblings.cancel()
