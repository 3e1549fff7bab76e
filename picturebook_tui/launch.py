"""What the command line asks of the screens: plain values, so that neither has to load the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

Start = Literal["home", "play", "watch"]
"""Where the app opens: Home, the first page of a run, or a run that a simulated child plays."""

Colours = Literal["auto", "truecolor", "256", "16", "none"]
"""How many colours to paint with; "auto" asks the terminal."""


@dataclass(frozen=True, slots=True)
class LaunchOptions:
    """Everything a person said on the command line; what was left unsaid is None, or absent from the mapping."""

    data_dir: Path | None = None
    """Where records are kept; None: PICTUREBOOK_DATA_DIR, then the user's data folder."""
    no_save: bool = False
    """Write nothing to disk at all."""
    theme: str | None = None
    """A theme's name, for this time only; None: the one that was last chosen."""
    colours: Colours | None = None
    """For this time only; None: as remembered, else what the terminal can do."""
    start: Start = "home"
    settings_overrides: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """Those fields of ``RunSettings`` that were given, by their names there, already checked one by one."""
    child_accuracy: float | None = None
    """For "watch": the share of answers the simulated child gets right, 0 to 1."""
    speed: float = 1.0
    """For "watch": how many times the usual pace, above 0."""
