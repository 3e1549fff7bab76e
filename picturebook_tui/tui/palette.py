"""Few colours from many: the palettes of 256 and 16, and the nearest of each to a colour as eyes see it.

Distances are Euclidean in OKLab (B. Ottosson, "A perceptual color space for image processing", 2020), where equal
steps look about equally large. One colour at a time needs no NumPy, so the first screen does not wait for it.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RGB = tuple[int, int, int]

CUBE_LEVELS = (0, 95, 135, 175, 215, 255)
"""xterm's six levels a channel, colours 16 to 231."""

FIRST_EXACT = 16
"""Colours below this one are the terminal's own theme and may be anything; they are never chosen at 256."""

PALETTE_256: tuple[RGB, ...] = tuple(
    (red, green, blue) for red in CUBE_LEVELS for green in CUBE_LEVELS for blue in CUBE_LEVELS
) + tuple((level, level, level) for level in range(8, 239, 10))
"""Colours 16 to 255, in order: the 6×6×6 cube, then 24 greys."""

CHROMA_WEIGHT = 1.6
"""How much worse a wrong hue is than a wrong lightness. At 1 brown muzzles turn olive, at 3 amber fur grey."""

PALETTE_16: tuple[RGB, ...] = (
    (0, 0, 0), (205, 49, 49), (13, 155, 90), (190, 150, 20),
    (36, 90, 200), (170, 60, 170), (17, 150, 180), (200, 200, 200),
    (110, 110, 110), (241, 90, 80), (35, 209, 139), (245, 220, 80),
    (80, 150, 245), (214, 112, 214), (60, 200, 230), (245, 245, 245),
)  # fmt: skip
"""What the sixteen look like in most terminals of today, roughly; each terminal has its own."""


def _linear(channel: float) -> float:
    """sRGB channel, 0 to 1, to linear light (IEC 61966-2-1)."""
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


@lru_cache(4096)
def oklab(colour: RGB) -> tuple[float, float, float]:
    """Lightness (0 to 1), green-red and blue-yellow of an sRGB colour."""
    red, green, blue = (_linear(channel / 255) for channel in colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def luminance(colour: RGB) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.1)."""
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: RGB, other: RGB) -> float:
    """Contrast ratio, 1 to 21 (WCAG 2.1)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _nearest(colour: RGB, palette: tuple[RGB, ...]) -> int:
    light, red, blue = oklab(colour)

    def distance(index: int) -> float:
        other_light, other_red, other_blue = oklab(palette[index])
        chroma = (red - other_red) ** 2 + (blue - other_blue) ** 2
        return (light - other_light) ** 2 + CHROMA_WEIGHT**2 * chroma

    return min(range(len(palette)), key=distance)


@lru_cache(4096)
def nearest_256(colour: RGB) -> int:
    """The number, 16 to 255, of the 8-bit colour that looks most like ``colour``."""
    return FIRST_EXACT + _nearest(colour, PALETTE_256)


@lru_cache(4096)
def nearest_16(colour: RGB) -> int:
    """The number, 0 to 15, of the ANSI colour that looks most like ``colour``."""
    return _nearest(colour, PALETTE_16)


def rgb_of_256(number: int) -> RGB:
    """The colour behind an 8-bit number, 16 to 255."""
    return PALETTE_256[number - FIRST_EXACT]


@cache
def _palette_table() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Colours 16 to 255 where distances are measured: float32 (240, 3), and each one's squared length."""
    import numpy as np

    table = np.array([oklab(colour) for colour in PALETTE_256], dtype=np.float32) * _weights()
    return table, np.einsum("ij,ij->i", table, table)


def _weights() -> NDArray[np.float32]:
    import numpy as np

    return np.array([1, CHROMA_WEIGHT, CHROMA_WEIGHT], dtype=np.float32)


@cache
def _conversion() -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Linear light of the 256 levels, then the two matrices of OKLab, transposed to stand on the right."""
    import numpy as np

    levels = np.array([_linear(level / 255) for level in range(256)], dtype=np.float32)
    to_cones = np.array(
        [
            [0.4122214708, 0.2119034982, 0.0883024619],
            [0.5363325363, 0.6806995451, 0.2817188376],
            [0.0514459929, 0.1073969566, 0.6299787005],
        ],
        dtype=np.float32,
    )
    to_lab = np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ],
        dtype=np.float32,
    )
    return levels, to_cones, to_lab


def oklab_of(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """``oklab`` of many at once: uint8 (..., 3) to float32 (..., 3)."""
    import numpy as np

    levels, to_cones, to_lab = _conversion()
    lab: NDArray[np.float32] = np.cbrt(levels[pixels] @ to_cones) @ to_lab
    return lab


@cache
def _known_256() -> NDArray[np.uint8]:
    """The number of every colour 0xRRGGBB that was ever asked for, else 0: uint8 (2²⁴,).

    Only what is used of it takes memory, 4 KB for each sixteenth of the greens beside one red. A book's drawings come
    again and again, flipped and shifted, with the same colours: finding them here costs a twentieth of choosing them.
    """
    import numpy as np

    return np.zeros(1 << 24, dtype=np.uint8)


def quantise_256(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """``nearest_256`` of every pixel: uint8 (height, width, 3) to uint8 (height, width), numbers 16 to 255."""
    import numpy as np

    known = _known_256()
    wide = pixels.astype(np.uint32)
    colours = wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]
    numbers: NDArray[np.uint8] = known[colours]
    if not numbers.all():
        new = np.unique(colours[numbers == 0])
        known[new] = _choose_256(np.stack([new >> 16, new >> 8 & 255, new & 255], axis=-1).astype(np.uint8))
        numbers = known[colours]
    return numbers


def _choose_256(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """``nearest_256`` of uint8 (n, 3)."""
    import numpy as np

    table, lengths = _palette_table()
    here = oklab_of(colours) * _weights()
    # |a - b|² = |a|² - 2ab + |b|²; |a|² is the same for all candidates. One product instead of a 4-D difference.
    nearest: NDArray[np.uint8] = ((lengths - 2 * (here @ table.T)).argmin(axis=1) + FIRST_EXACT).astype(np.uint8)
    return nearest


def quantise_16(pixels: NDArray[np.uint8], paper: RGB) -> NDArray[np.uint8]:
    """The ANSI colour of every pixel: uint8 (height, width, 3) to uint8 (height, width), numbers 0 to 15.

    The paper is bright white (15), and only the paper: a white poodle is light grey, or it would be gone.
    """
    import numpy as np

    table = np.array([oklab(colour) for colour in PALETTE_16], dtype=np.float32) * _weights()
    here = oklab_of(pixels) * _weights()
    difference = here[:, :, None, :] - table
    distance = np.einsum("ijkl,ijkl->ijk", difference, difference)
    bare = far_from(pixels, paper) < SEEN
    distance[..., 15] = np.where(bare, -1, np.inf)
    numbers: NDArray[np.uint8] = distance.argmin(axis=2).astype(np.uint8)
    return numbers


SEEN = 0.025
"""OKLab distance from the paper at which a pixel counts as drawn on; the soft rim of a drawing lies below it."""


def far_from(pixels: NDArray[np.uint8], colour: RGB) -> NDArray[np.float32]:
    """OKLab distance of every pixel from one colour: uint8 (height, width, 3) to float32 (height, width)."""
    import numpy as np

    there = np.array(oklab(colour), dtype=np.float32)
    distance: NDArray[np.float32] = np.linalg.norm(oklab_of(pixels) - there, axis=2)
    return distance
