"""The plain text of a rich one: paragraphs, lists, links with their address, quotes."""

from __future__ import annotations

import re
from html.parser import HTMLParser

BLOCKS = frozenset({"p", "div", "h1", "h2", "h3", "h4", "pre", "tr", "table", "ul", "ol", "blockquote", "hr"})
SILENT = frozenset({"style", "script", "head", "title"})


def plain_of(html: str) -> str:
    """Return ``html`` as text."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text


class _Reader(HTMLParser):
    """Writes text while it reads tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.lists: list[int | None] = []
        self.link: tuple[str, int] | None = None
        self.quotes: list[int] = []
        self.silent = 0

    @property
    def text(self) -> str:
        text = re.sub(r"[ \t]+\n", "\n", "".join(self.parts))
        return re.sub(r"\n{3,}", "\n\n", text).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self.silent += 1
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "hr":
            self.parts.append("\n---\n")
        elif tag in ("ul", "ol"):
            self.lists.append(0 if tag == "ol" else None)
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append(f"\n{'  ' * (len(self.lists) - 1)}{self.bullet()} ")
        elif tag == "a":
            self.link = (dict(attrs).get("href") or "", len(self.parts))
        elif tag == "blockquote":
            self.parts.append("\n")
            self.quotes.append(len(self.parts))
        elif tag in BLOCKS:
            self.parts.append("\n")

    def bullet(self) -> str:
        if not self.lists or self.lists[-1] is None:
            return "-"
        self.lists[-1] += 1
        return f"{self.lists[-1]}."

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(self.silent - 1, 0)
        elif tag == "a" and self.link:
            address, start = self.link
            said = "".join(self.parts[start:]).strip()
            if address and address.removeprefix("mailto:") != said:
                self.parts.append(f" ({address})")
            self.link = None
        elif tag in ("ul", "ol") and self.lists:
            self.lists.pop()
            self.parts.append("\n")
        elif tag == "blockquote" and self.quotes:
            start = self.quotes.pop()
            quoted = "".join(self.parts[start:]).strip("\n")
            self.parts[start:] = ["\n".join(f"> {line}".rstrip() for line in quoted.split("\n")), "\n\n"]
        elif tag in ("p", "h1", "h2", "h3", "h4", "pre", "table"):
            self.parts.append("\n\n")
        elif tag in BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(re.sub(r"[ \t\r\n\f]+", " ", data))
