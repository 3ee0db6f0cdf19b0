"""PDF files out of HTML, drawn on this machine alone.

WeasyPrint draws text with Pango, a library of the system. Where it is missing the product works
all the same, and only a PDF is refused, naming the packages to install.
"""

from __future__ import annotations

import base64
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import fontpkg

#: As Debian and Ubuntu name what WeasyPrint loads.
SYSTEM_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
#: Latin and Cyrillic, the same on every machine.
FONT = "PT Sans"


class PdfUnavailable(Exception):
    """No PDF can be made until somebody installs ``packages`` on the server."""

    packages = SYSTEM_PACKAGES

    def __str__(self) -> str:
        return f"To make PDF files, install on the server: {' '.join(self.packages)}"


def is_available() -> bool:
    """Whether PDF files can be made here."""
    try:
        _weasyprint()
    except PdfUnavailable:
        return False
    return True


def render(html: str) -> bytes:
    """Draw a page of HTML with its own styles; pictures must be in it as data: addresses.

    Raises:
        PdfUnavailable: a system library is missing.
    """
    weasyprint = _weasyprint()
    # A document may hold what strangers wrote: it must reach neither the network nor our disk.
    inside_only = import_module("weasyprint.urls").URLFetcher(allowed_protocols=("data",))
    fonts = import_module("weasyprint.text.fonts").FontConfiguration()
    sheet = weasyprint.CSS(string=_font_faces(), font_config=fonts, url_fetcher=inside_only)
    document = weasyprint.HTML(string=html, url_fetcher=inside_only)
    drawn: bytes = document.write_pdf(stylesheets=[sheet], font_config=fonts)
    return drawn


def _weasyprint() -> Any:
    try:
        return import_module("weasyprint")
    except (OSError, ImportError) as error:
        raise PdfUnavailable from error


@cache
def _font_faces() -> str:
    """Return the style sheet that brings our font along."""
    faces = []
    for weight in (400, 700):
        for style in ("normal", "italic"):
            file = Path(fontpkg.path(FONT, weight=weight, style=style))
            data = base64.b64encode(file.read_bytes()).decode("ascii")
            faces.append(
                f"@font-face {{ font-family: '{FONT}'; font-weight: {weight}; font-style: {style};"
                f" src: url(data:font/ttf;base64,{data}) }}"
            )
    return "\n".join([*faces, f"html {{ font-family: '{FONT}', sans-serif }}"])
