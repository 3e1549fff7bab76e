"""How far somebody is in the chapters: bets taken, what was believed before, what the runs said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from picturebook_tui.book.counting import MAX_SEED
from picturebook_tui.book.words import clean
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.experiments.settings import check_setting
from picturebook_tui.game.lessons import OWN, Bet, Chapter, Outcome, Turned

MOST_TEXT = 1200
"""Columns of a kept text: twice what a chapter's file may hold, for the figures filled in."""

MOST_BETS = 400
"""Four bets in each of 99 chapters, and no more is kept."""

MOST_TRIED = 20
"""Experiments of one's own that are kept: more than a window shows, and the earlier ones are told in no count."""

MOST_TURNED = 20
"""Settings of one of them."""


class Stage(StrEnum):
    """Where in a chapter somebody is."""

    INTRODUCTION = "introduction"
    BET = "bet"
    """Choosing."""
    RUN = "run"
    """Chosen; the experiment runs, or is to be run again: its seed is kept."""
    ANSWER = "answer"
    """Reading what came out."""
    PLAY = "play"
    """At the run that the chapter invites to."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go on."""

    chapter: str
    """Its key."""
    bet: str = ""
    """Its key; "" in the introduction and at the run to play."""
    stage: Stage = Stage.INTRODUCTION


@dataclass(frozen=True, slots=True)
class Taken:
    """One bet that somebody took; texts are kept as they were read, whatever becomes of the chapter's file."""

    chapter: str
    bet: str
    first: str
    """The choice made the first time, in words: what was believed before."""
    choice: str
    """The latest choice."""
    seed: int
    """Of the latest run."""
    answer: str = ""
    """The choice that the run made right, in words; "" while it has not been run."""
    paragraph: str = ""

    @property
    def settled(self) -> bool:
        return bool(self.answer)

    @property
    def right_before(self) -> bool:
        """Whether the first choice was what the run said."""
        return self.settled and self.first == self.answer

    @property
    def right(self) -> bool:
        """Whether the latest choice was."""
        return self.settled and self.choice == self.answer


@dataclass(frozen=True, slots=True)
class Tried(Taken):
    """An experiment of one's own: the bet on it, and the settings that make it what it is."""

    turned: tuple[tuple[str, str | int | float], ...] = ()
    """What was chosen: names of settings and their values."""
    note: str = ""
    """What came out, in a line; "" while it has not been run."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the summary: a belief, before and after."""

    chapter: Chapter
    bet: Bet
    before: str
    """What was chosen first; "" where the bet has not been taken."""
    after: str
    """What the run said; "" where it has not been run."""
    right_before: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """Before and after, over all chapters."""

    rows: tuple[Row, ...]

    @property
    def bets(self) -> int:
        return len(self.rows)

    @property
    def settled(self) -> int:
        return sum(bool(row.after) for row in self.rows)

    @property
    def right_before(self) -> int:
        """Bets that were chosen rightly the first time."""
        return sum(row.right_before for row in self.rows)


@dataclass(frozen=True, slots=True)
class Progress:
    """Everything to be kept; never changed, each command returns the next."""

    taken: tuple[Taken, ...] = ()
    """In the order in which they were first taken."""
    place: Place | None = None
    """Where to go on; None where nothing was begun, or the last chapter was ended."""
    tried: tuple[Tried, ...] = ()
    """Experiments of one's own, the latest last; ``MOST_TRIED`` at most."""

    def find(self, chapter: str, bet: str) -> Taken | None:
        """The bet as it was taken, an experiment of one's own as it was last; None where it was not."""
        if bet == OWN:
            return next((one for one in reversed(self.tried) if one.chapter == chapter), None)
        return next((one for one in self.taken if (one.chapter, one.bet) == (chapter, bet)), None)

    def at(self, place: Place | None) -> Progress:
        """Go to a place."""
        return replace(self, place=place)

    def take(self, chapter: Chapter, bet: Bet, choice: int, seed: int) -> Progress:
        """Take a bet, or take it again: what was chosen the first time stays known.

        Parameters
        ----------
        choice
            Its position in ``bet.choices``.
        seed
            Of the run to come; kept, so that a run that is left comes out the same when it is taken up again.
        """
        text = bet.choices[choice].text
        before = self.find(chapter.key, bet.key)
        taken = Taken(chapter.key, bet.key, before.first if before else text, text, seed)
        return replace(self._with(taken), place=Place(chapter.key, bet.key, Stage.RUN))

    def try_own(self, chapter: Chapter, bet: Bet, turned: Turned, choice: int, seed: int) -> Progress:
        """Bet on an experiment of one's own; one that was left before its end is forgotten for it."""
        text = bet.choices[choice].text
        tried = Tried(chapter.key, OWN, text, text, seed, turned=tuple(turned.items()))
        kept = tuple(one for one in self.tried if one.chapter != chapter.key or one.settled)
        return replace(self, tried=(*kept, tried)[-MOST_TRIED:], place=Place(chapter.key, OWN, Stage.RUN))

    def settle(self, chapter: Chapter, bet: Bet, outcome: Outcome) -> Progress:
        """Write down what the run said.

        Raises
        ------
        ValueError
            Where the bet was not taken: a mistake of the caller.
        """
        taken = self.find(chapter.key, bet.key)
        if taken is None or outcome.bet != bet.key:
            raise ValueError(f"bet {bet.key} of chapter {chapter.key} was not taken")
        answer = bet.choices[outcome.right].text
        told = replace(taken, seed=outcome.seed, answer=answer, paragraph=outcome.paragraph)
        if isinstance(told, Tried):
            told = replace(told, note=outcome.note)
            now = tuple(told if one is taken else one for one in self.tried)
            return replace(self, tried=now, place=Place(chapter.key, OWN, Stage.ANSWER))
        return replace(self._with(told), place=Place(chapter.key, bet.key, Stage.ANSWER))

    def resume(self, chapters: Sequence[Chapter]) -> Place | None:
        """Where to go on in these chapters: the kept place, or the beginning of the first unfinished chapter.

        None where every bet is settled. A place that a teacher has taken out of the texts is passed over.
        """
        kept = self.place
        for chapter in chapters:
            if kept is not None and kept.chapter == chapter.key:
                keys = {bet.key for bet in chapter.bets}
                playable = kept.stage is not Stage.PLAY or chapter.play is not None or chapter.own is not None
                own = kept.bet == OWN and chapter.own is not None
                if kept.bet in keys or own or (not kept.bet and playable):
                    return kept
        for chapter in chapters:
            if not all(self._settled(chapter, bet) for bet in chapter.bets):
                return Place(chapter.key)
        return None

    def following(self, chapters: Sequence[Chapter], place: Place) -> Place | None:
        """What comes after a place: the chapter's next bet, its run, the next chapter; None at the end."""
        number = next((n for n, chapter in enumerate(chapters) if chapter.key == place.chapter), None)
        if number is None:
            return self.at(None).resume(chapters)
        bets = [bet.key for bet in chapters[number].bets]
        if place.stage is not Stage.PLAY and place.bet != OWN:
            after = bets.index(place.bet) + 1 if place.bet in bets else 0
            if after < len(bets):
                return Place(place.chapter, bets[after], Stage.BET)
            if chapters[number].play is not None or chapters[number].own is not None:
                return Place(place.chapter, stage=Stage.PLAY)
        return Place(chapters[number + 1].key) if number + 1 < len(chapters) else None

    def done(self, chapter: Chapter) -> int:
        """How many of a chapter's bets are settled."""
        return sum(self._settled(chapter, bet) for bet in chapter.bets)

    def summary(self, chapters: Sequence[Chapter]) -> Summary:
        """What was believed before, and what the runs said, bet by bet."""
        rows = []
        for chapter in chapters:
            for bet in chapter.bets:
                taken = self.find(chapter.key, bet.key) or Taken(chapter.key, bet.key, "", "", 0)
                rows.append(Row(chapter, bet, taken.first, taken.answer, taken.right_before))
        return Summary(tuple(rows))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "taken": [asdict(one) for one in self.taken],
            "place": self.place and asdict(self.place),
            "tried": [asdict(one) | {"turned": dict(one.turned)} for one in self.tried],
        }

    def _settled(self, chapter: Chapter, bet: Bet) -> bool:
        taken = self.find(chapter.key, bet.key)
        return taken is not None and taken.settled

    def _with(self, taken: Taken) -> Progress:
        known = [one for one in self.taken if (one.chapter, one.bet) != (taken.chapter, taken.bet)]
        if len(known) < len(self.taken):
            same = [taken if (one.chapter, one.bet) == (taken.chapter, taken.bet) else one for one in self.taken]
            return replace(self, taken=tuple(same))
        return replace(self, taken=(*self.taken, taken))


def progress_from_dict(data: Mapping[str, Any]) -> Progress:
    """Read what ``Progress.to_dict`` wrote.

    Raises
    ------
    PictureBookError
        Where it is nothing of the kind.
    """
    try:
        taken = tuple(_taken(row) for row in data["taken"])
        place = data["place"]
        where = None if place is None else Place(_key(place["chapter"]), _key(place["bet"]), Stage(place["stage"]))
        keys = [(one.chapter, one.bet) for one in taken]
        if len(set(keys)) < len(keys) or len(keys) > MOST_BETS:
            raise ValueError("a bet twice")
        # Not there in files of before.
        tried = tuple(_tried(row) for row in data.get("tried", ()))
        if len(tried) > MOST_TRIED:
            raise ValueError("too many")
    except (KeyError, TypeError, ValueError, AttributeError, PictureBookError):
        raise PictureBookError("The kept bets are damaged: begin the chapters again.") from None
    return Progress(taken, where, tried)


def _taken(row: Mapping[str, Any]) -> Taken:
    seed = row["seed"]
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
        raise ValueError("no seed")
    first, choice = (clean(row[name], name, MOST_TEXT) for name in ("first", "choice"))
    answer, paragraph = (clean(row[name], name, MOST_TEXT) if row[name] else "" for name in ("answer", "paragraph"))
    if bool(answer) != bool(paragraph):
        raise ValueError("half an answer")
    chapter, bet = _key(row["chapter"]), _key(row["bet"])
    if not chapter or not bet:
        raise ValueError("no key")
    return Taken(chapter, bet, first, choice, seed, answer, paragraph)


def _tried(row: Mapping[str, Any]) -> Tried:
    taken, turned = _taken(row), row["turned"]
    if not isinstance(turned, dict) or len(turned) > MOST_TURNED:
        raise ValueError("no settings")
    # As a chapter's text would have to have them: whoever edits the file sets up no experiment that never ends.
    settings = tuple((str(name), check_setting(name, value)) for name, value in turned.items())
    note = clean(row["note"], "note", MOST_TEXT) if row["note"] else ""
    return Tried(**{field.name: getattr(taken, field.name) for field in fields(Taken)}, turned=settings, note=note)


def _key(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 80 or (value and not value.replace("-", "").isalnum()):
        raise ValueError("no key")
    return value
