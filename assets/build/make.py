"""Make assets/drawings.bin, assets/index.json and assets/licences/ anew; see README.md in this folder.

Every run writes the same bytes: the packages are pinned, resvg renders without the system's fonts, nothing depends on
the clock, and icons are kept in Unicode's order.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import textwrap
import zlib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from categories import CATEGORIES, category_of
from raster import rasterise
from sources import ARTISTS, ENOUGH_ARTISTS, HERE, MODULES, Icon, IconSet, chosen, other_words, read

MAGIC = b"PICTUREBOOK\x01"
"""As in picturebook_tui/book/atlas.py."""

AIR = 2
"""Empty pixels on every side; they are not stored."""

TOP = 31
"""Five bits a channel: at most 4 of 255 off a channel, which no eye finds at this size, for 0.5 kB a drawing
instead of 0.8."""


def encode(icon: Icon) -> bytes:
    """One drawing as it is stored: 28×28 pixels of red, green, blue, alpha, each 0–31, deflated."""
    inner = rasterise(icon)[AIR:-AIR, AIR:-AIR]
    cut = np.rint(inner * (TOP / 255)).astype(np.uint8)
    cut[cut[..., 3] == 0] = 0
    return zlib.compress(cut.tobytes(), 9)


def licence_text(identifier: str) -> str:
    """The licence's full text, lines no longer than a page."""
    text: str = read("spdx-license-list", "licenses", f"{identifier}.json")["licenseText"]
    lines = [textwrap.fill(line, 100, break_long_words=False, break_on_hyphens=False) for line in text.splitlines()]
    return "\n".join(lines).strip() + "\n"


def write_licences(folder: Path) -> None:
    """One file per licence text; MIT once per copyright holder, with the holder's notice."""
    folder.mkdir(exist_ok=True)
    for identifier in ("Apache-2.0", "CC-BY-4.0", "CC-BY-SA-4.0", "Unicode-3.0"):
        (folder / f"{identifier}.txt").write_text(licence_text(identifier), encoding="utf-8")
    fluent = licence_text("MIT").replace("<year> <copyright holders>", "Microsoft Corporation")
    (folder / "MIT-fluent-emoji.txt").write_text(fluent, encoding="utf-8")
    names = (MODULES / "emojibase-data" / "LICENSE").read_text(encoding="utf-8")
    (folder / "MIT-emojibase-data.txt").write_text(names, encoding="utf-8")


def main() -> None:
    """Build into the folder given (assets/ unless told otherwise) and print what README.md counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=HERE.parent, help="folder to write to")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    picked = chosen()
    jobs = [icons[artist] for _, icons in picked for artist in ARTISTS if artist in icons]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        streams = list(pool.map(encode, jobs, chunksize=32))
    lengths = np.array([len(stream) for stream in streams], dtype="<u2")
    binary = MAGIC + len(streams).to_bytes(4, "little") + lengths.tobytes() + b"".join(streams)
    (out / "drawings.bin").write_bytes(binary)

    words = other_words()
    names = list(CATEGORIES)
    subgroups = list(dict.fromkeys((entry.subgroup, category_of(entry)) for entry, _ in picked))
    index: dict[str, Any] = {
        "artists": [artist_row(artist) for artist in ARTISTS],
        "categories": names,
        "subgroups": [[subgroup, names.index(category)] for subgroup, category in subgroups],
        "sha256": hashlib.sha256(binary).hexdigest(),
        "emoji": [
            [
                entry.emoji,
                entry.name,
                subgroups.index((entry.subgroup, category_of(entry))),
                sum(1 << bit for bit, artist in enumerate(ARTISTS) if artist in icons),
            ]
            for entry, icons in picked
        ],
        "words": [words.get(entry.key, "") for entry, _ in picked],
    }
    # A line per key keeps the file readable in a diff, without the cost of indentation.
    compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
    body = ",\n".join(f'"{key}":{compact.encode(value)}' for key, value in index.items())
    (out / "index.json").write_text("{\n" + body + "\n}\n", encoding="utf-8")
    write_licences(out / "licences")

    counts = Counter(artist for _, icons in picked for artist in icons)
    print(
        f"{len(picked)} emoji, {sum(len(i) >= ENOUGH_ARTISTS for _, i in picked)} of them by "
        f"{ENOUGH_ARTISTS} artists or more; {len(streams)} drawings; {len(binary)} bytes"
    )
    for artist in ARTISTS:
        print(f"{artist}: {counts[artist]}")


def artist_row(artist: str) -> list[str]:
    """Key, title, author, licence, package, version: the fields of atlas.Artist in their order."""
    icons = IconSet(artist)
    package = f"@iconify-json/{artist}"
    return [
        artist,
        ARTISTS[artist],
        icons.info["author"]["name"],
        icons.info["license"]["spdx"],
        package,
        icons.package["version"],
    ]


if __name__ == "__main__":
    main()
