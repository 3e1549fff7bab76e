"""The rooms: readable, and the same two voices in each."""

from __future__ import annotations

import numpy as np
import pytest
from textual.color import Color
from textual.theme import Theme
from textual.widgets import Static

from picturebook_tui.tui.palette import contrast, oklab
from picturebook_tui.tui.theme import THEME_NAMES, THEME_VARIABLE_DEFAULTS, THEMES, VOICES, tone_style

from .widgets_room import PAPER, Room

SPOKEN = (
    "you",
    "model",
    "ok",
    "miss",
    "lamp",
    "quiet",
    "link-color",
    "footer-key-foreground",
    "text-muted",
    "foreground-muted",
)
THEIR_OWN = ("foreground", "primary", "secondary", "accent", "warning", "error", "success")
ROOMS = ("background", "surface", "panel")

# Machado, Oliveira & Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009),
# severity 1, on linear RGB.
BLINDNESS = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = Color.parse(colour).rgb
    return red, green, blue


def seen_with(blindness: str, colour: tuple[int, int, int]) -> tuple[int, int, int]:
    channels = np.array(colour) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(BLINDNESS[blindness]) @ linear, 0, 1)
    back = np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055)
    red, green, blue = (int(value) for value in (back * 255).round())
    return red, green, blue


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_word_can_be_read_in_every_room(theme: Theme) -> None:
    wanted = 7.0 if theme.name.endswith("contrast") else 4.5
    colours = {name: theme.variables[name] for name in SPOKEN} | {name: getattr(theme, name) for name in THEIR_OWN}
    for room in ROOMS:
        for name, colour in colours.items():
            ratio = contrast(rgb(colour), rgb(getattr(theme, room)))
            assert ratio >= wanted, f"{name} on {room}: {ratio:.1f}"
    assert contrast(rgb(theme.variables["ink"]), rgb(theme.variables["lamp"])) >= wanted


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("blindness", BLINDNESS)
def test_the_two_voices_differ_for_colour_blind_people(theme: Theme, blindness: str) -> None:
    you, model = (seen_with(blindness, rgb(theme.variables[name])) for name in ("you", "model"))
    distance = np.linalg.norm(np.subtract(oklab(you), oklab(model)))
    # 0.1 in OKLab is about five just noticeable differences.
    assert distance >= 0.1


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_the_page_is_lighter_than_the_room_around_it(theme: Theme) -> None:
    assert contrast(PAPER, rgb(theme.background or "")) >= 1.2


def test_paper_is_the_same_in_every_room() -> None:
    assert {rgb(theme.variables["paper"]) for theme in THEMES} == {PAPER}


def test_the_games_own_colours_are_known_under_any_theme() -> None:
    assert set(THEME_VARIABLE_DEFAULTS) == set(VOICES)
    for theme in THEMES:
        assert set(VOICES) <= set(theme.variables)
    assert THEME_NAMES[0] == "picturebook-dark"


async def test_a_voice_speaks_in_its_colour_and_an_unknown_one_in_plain_text() -> None:
    label = Static("x")
    room = Room(label)
    async with room.run_shown():
        you, nobody = tone_style(label, "you"), tone_style(label, "nobody")
        lit = tone_style(label, "cursor", reverse=True)
    assert you.color is not None
    assert you.color.triplet is not None
    assert you.color.triplet.hex == THEMES[0].variables["you"]
    assert nobody.color is not None
    assert nobody.color.triplet is not None
    assert nobody.color.triplet.hex == THEMES[0].foreground
    assert lit.bgcolor is not None
    assert lit.bgcolor.triplet is not None
    assert lit.bgcolor.triplet.hex == THEMES[0].variables["lamp"]


async def test_widgets_also_stand_in_a_theme_that_is_not_ours() -> None:
    label = Static("x")
    room = Room(label, theme="textual-light")
    async with room.run_shown():
        assert tone_style(label, "model").color is not None
