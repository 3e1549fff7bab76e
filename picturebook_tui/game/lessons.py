"""Chapters: a bet, an experiment that settles it, and a paragraph filled with what this run computed.

The texts are in ``chapters/*.toml``, which a teacher can edit; nothing there says which choice is right. That is
decided by the figures of the run at hand.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, cast

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.experiments.catalogue import Experiment, Result, Told
from picturebook_tui.game.experiments.settings import Settings, settings_figures
from picturebook_tui.game.figures import Figure, Figures
from picturebook_tui.learner.sliced import ended
from picturebook_tui.settings import RunSettings

if TYPE_CHECKING:
    from picturebook_tui.book.book import Picture, Pixels

MISCONCEPTIONS = 16
"""What people get wrong, numbered as in the book of rules; every one is settled by some bet."""

Strength = Literal["always", "usually", "here"]
"""How much a text promises: on nearly every seed, on most, or only in the run at hand."""

NEEDED: Mapping[Strength, float] = MappingProxyType({"always": 0.95, "usually": 0.75, "here": 0.0})
"""Share of seeds on which the promised answer must come out for the text to be honest. "Usually" is three in four:
less would surprise a class of thirty too often."""

NEVER = "never"
"""The answer of a choice that no run can make right: there to be chosen by who believes it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to bet on."""

    text: str
    answer: str
    """What must come out for it to be right: one of the experiment's answers, or ``NEVER``."""


@dataclass(frozen=True, slots=True)
class Bet:
    """A question with choices, and the experiment that decides between them."""

    key: str
    """Of its own within the chapter; progress is kept under it."""
    misconception: int
    """1 to 16; 0 of an experiment of one's own, which settles none."""
    belief: str
    """The misconception in a short sentence."""
    question: str
    """Settings are filled in."""
    choices: tuple[Choice, ...]
    """Two to four; every answer of the experiment has exactly one."""
    experiment: Experiment
    settings: Settings
    strength: Strength
    promise: str
    """The answer that ``explanation`` tells about: what ``lessons verify`` holds the text to."""
    explanation: str
    """Said where the promised answer came out; a template of settings and figures."""
    otherwise: str
    """Said where another did, in one text for all of them; "" where ``paragraphs`` has one for each."""
    names: Mapping[str, str]
    """What each of the experiment's series is called beside its curve; settings are filled in."""
    paragraphs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Said instead of the two where an answer has words of its own."""
    note: str = ""
    """A template for the line that is kept of a run; "": none is."""

    def right_choice(self, answer: str) -> int:
        """Which choice a run's answer makes right: its position, from 0."""
        return next(number for number, choice in enumerate(self.choices) if choice.answer == answer)

    def run(self, seed: int) -> Outcome:
        """Run the experiment and settle the bet with its figures: the same seed gives the same outcome."""
        return ended(self.running(seed))

    def running(self, seed: int) -> Generator[Told, None, Outcome]:
        """``run``, a point of its curves at a time; it can be left at each."""
        return self.settle((yield from self.experiment.running(self.settings, seed)), seed)

    def pictures(self, seed: int, places: Sequence[tuple[bool, int]]) -> Generator[tuple[Picture, Pixels], None, None]:
        """Pictures of the book that the run with this seed reads, each with its pixels: uint8 (size, size, 3).

        Parameters
        ----------
        places
            Of each picture whether it is an unseen one, and its position there or in the book.
        """
        book = self.experiment.book(self.settings, seed)
        for unseen, position in places:
            pictures = book.unseen if unseen else book.training
            yield pictures.pictures[position], pictures.pixels[position]

    def settle(self, result: Result, seed: int) -> Outcome:
        """Say what a run's result means for this bet."""
        kept = result.answer == self.promise
        figures = {**settings_figures(self.settings), **result.figures}
        template = self.paragraphs.get(result.answer) or (self.explanation if kept else self.otherwise)
        return Outcome(
            bet=self.key,
            seed=seed,
            answer=result.answer,
            right=self.right_choice(result.answer),
            promised=kept,
            paragraph=fill(template, figures),
            note=fill(self.note, figures),
            figures=MappingProxyType(dict(result.figures)),
            marked=result.marked,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a bet came out in one run."""

    bet: str
    seed: int
    answer: str
    right: int
    """The choice that this run makes right, from 0."""
    promised: bool
    """Whether what the text leads one to expect came out."""
    paragraph: str
    figures: Figures
    marked: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Pictures worth showing, as in ``Result``."""
    note: str = ""
    """One line to keep; "": none."""


OWN = "own"
"""Key of the bet on an experiment of one's own; no other bet may have it."""

Turned = Mapping[str, str | int | float]
"""Settings of an experiment that somebody chose, by their names."""


@dataclass(frozen=True, slots=True)
class Own:
    """An experiment that whoever plays sets up: knobs to turn, and a bet on what will come of them."""

    invitation: str
    """Said over the knobs."""
    knobs: Mapping[str, tuple[str | int | float, ...]]
    """What can be turned, and to which values."""
    start: Settings
    """Where the knobs stand first, and everything that has none."""
    pattern: Bet
    """The bet, its texts still templates of the settings."""

    def turned(self, kept: Turned | None = None) -> dict[str, str | int | float]:
        """Where the knobs stand: as kept, as far as they still go there, else at the start."""
        kept = kept or {}
        return {
            name: kept[name] if kept.get(name) in values else getattr(self.start, name)
            for name, values in self.knobs.items()
        }

    def bet(self, turned: Turned) -> Bet:
        """The bet on these settings."""
        settings = replace(self.start, **cast("dict[str, Any]", dict(turned)))
        figures, pattern = settings_figures(settings), self.pattern
        return replace(
            pattern,
            question=fill(pattern.question, figures),
            choices=tuple(Choice(fill(choice.text, figures), choice.answer) for choice in pattern.choices),
            settings=settings,
            names=MappingProxyType({series: fill(name, figures) for series, name in pattern.names.items()}),
        )


@dataclass(frozen=True, slots=True)
class Chapter:
    """Two to three minutes: an introduction, one to three bets, and perhaps a run to play."""

    key: str
    """The file's name without number and ending: "a-step"."""
    number: int
    """From 1, as shown."""
    title: str
    introduction: str
    bets: tuple[Bet, ...]
    play: RunSettings | None = None
    """A short run that the chapter ends with; whoever plays it chooses its seed. None: none."""
    invitation: str = ""
    """What is said before that run."""
    own: Own | None = None
    """An experiment to set up oneself, any number of times, where the run would be. None: none."""

    def bet(self, key: str) -> Bet:
        """Find a bet by its key.

        Raises
        ------
        PictureBookError
            Where the chapter has none of that key (any more).
        """
        for bet in self.bets:
            if bet.key == key:
                return bet
        raise PictureBookError(f"Chapter {self.number} has no bet {key} any more: begin the chapter again.")


def fill(template: str, figures: Mapping[str, Figure]) -> str:
    """Put figures into a text that was checked when it was loaded."""
    return template.format(**{name: figure.text for name, figure in figures.items()})
