"""The typeface of the pages: Inter, as one variable file per alphabet, each under 60 kB.

The package has the rarer European letters and the signs of currencies in one file of 85 kB;
a page that shows one rouble would load it all. So they become two small files here.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

try:
    from fontTools import subset
except ImportError:  # outside the environment: the large file serves as both
    subset = None

FOLDER = "@fontsource-variable/inter/files"
WHOLE = {
    "inter-latin-wght-normal.woff2": "inter-latin.woff2",
    "inter-cyrillic-wght-normal.woff2": "inter-cyrillic.woff2",
}
MIXED = "inter-latin-ext-wght-normal.woff2"
PARTS = {
    "inter-signs.woff2": (*range(0x20A0, 0x20C1),),
    "inter-european.woff2": (*range(0x0100, 0x0180), *range(0x0218, 0x021C)),
}


def write_fonts(packages: Path, target: Path) -> None:
    """Put the files of the typeface into ``target``."""
    source = packages / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    for name, copy in WHOLE.items():
        shutil.copyfile(source / name, target / copy)
    for name, letters in PARTS.items():
        if subset is None:
            shutil.copyfile(source / MIXED, target / name)
        else:
            write_part(source / MIXED, target / name, letters)


def write_part(source: Path, target: Path, letters: tuple[int, ...]) -> None:
    """Write a font that holds some letters of another one."""
    options = subset.Options(flavor="woff2", layout_features=["*"], recalc_timestamp=False)
    font = subset.load_font(source, options)
    cut = subset.Subsetter(options)
    cut.populate(unicodes=letters)
    cut.subset(font)
    font.save(target)
