"""Events to JSON and back.

Only plain values are written, so a saved run can be read by any later version, and by a person. A figure that a save
lacks, because it is older, has its default; one that this version does not know, because it is newer, is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.events import (
    AnswerTakenBack,
    CardAnswered,
    CardShown,
    EpochEnded,
    EpochResult,
    Event,
    Guess,
    LearnerStopped,
    Page,
    PageDealt,
    PageTurned,
    RunFinished,
    StepResult,
)
from picturebook_tui.game.gap import known_from_dict

COUNTED = ("model_again", "model_new", "child_book", "child_new")
"""What an epoch's result says label by label."""


def event_to_dict(event: Event) -> dict[str, Any]:
    """Plain values for JSON; the kind is kept apart, as ``event.kind``."""
    return asdict(event)


def event_from_dict(kind: str, data: Mapping[str, Any]) -> Event:
    """Read one saved event.

    Raises
    ------
    PictureBookError
        Where the event is of an unknown kind or lacks a value.
    """
    try:
        return _READERS[kind](data)
    except (KeyError, TypeError, ValueError) as error:
        raise PictureBookError(
            "This saved run was written in a way that this version can't read; start a new one."
        ) from error


def _known(kind: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """What this version's ``kind`` has fields for."""
    return {field.name: data[field.name] for field in fields(kind) if field.name in data}


def _page(data: Mapping[str, Any]) -> Page:
    return Page(**{**_known(Page, data), "indices": tuple(int(i) for i in data["indices"])})


def _guess(data: Mapping[str, Any]) -> Guess:
    return Guess(
        label=int(data["label"]),
        confidence=float(data["confidence"]),
        probabilities=tuple(float(p) for p in data["probabilities"]),
    )


def step_result_from_dict(data: Mapping[str, Any]) -> StepResult:
    """Read what ``dataclasses.asdict`` wrote of a StepResult."""
    read = {
        "page": _page(data["page"]),
        "truth": tuple(data["truth"]),
        "child": tuple(data["child"]),
        "model": tuple(_guess(guess) for guess in data["model"]),
        "loss": float(data["loss"]),
        "response_ms": tuple(data["response_ms"]),
        # Runs saved before there were glimpses have none.
        "shown_ms": tuple(data.get("shown_ms", ())),
    }
    return StepResult(**{**_known(StepResult, data), **read})


def epoch_result_from_dict(data: Mapping[str, Any]) -> EpochResult:
    """Read what ``dataclasses.asdict`` wrote of an EpochResult."""
    # Runs saved before the gap was counted label by label have none of these.
    counted = {name: known_from_dict(data.get(name)) for name in COUNTED}
    return EpochResult(**{**_known(EpochResult, data), **counted})


_READERS: dict[str, Callable[[Mapping[str, Any]], Event]] = {
    PageDealt.kind: lambda data: PageDealt(_page(data["page"])),
    CardShown.kind: lambda data: CardShown(**_known(CardShown, data)),
    CardAnswered.kind: lambda data: CardAnswered(**_known(CardAnswered, data)),
    AnswerTakenBack.kind: lambda data: AnswerTakenBack(**_known(AnswerTakenBack, data)),
    PageTurned.kind: lambda data: PageTurned(step_result_from_dict(data["result"])),
    EpochEnded.kind: lambda data: EpochEnded(epoch_result_from_dict(data["result"])),
    LearnerStopped.kind: lambda data: LearnerStopped(**_known(LearnerStopped, data)),
    RunFinished.kind: lambda data: RunFinished(**_known(RunFinished, data)),
}
