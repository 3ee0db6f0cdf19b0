"""HTML letters as plain text: paragraphs, lists, links, and quotes marked as such."""

from __future__ import annotations

import re
from html.parser import HTMLParser

SILENT = frozenset({"style", "script", "head", "title", "template", "noscript", "svg", "object"})
BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset", "footer",
        "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
        "section", "table", "tbody", "tfoot", "thead", "tr", "ul",
    }
)  # fmt: skip
SPACED = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "table", "pre"})
VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "wbr", "source"})
CID = re.compile(r"""cid:([^\s"'<>)]+)""", re.IGNORECASE)
#: A letter longer than this is read up to here.
LONGEST = 2_000_000


class _Reader(HTMLParser):
    """Writes lines as a browser would show them, each with its depth of quoting."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[tuple[int, str]] = []
        self.line = ""
        self.silent = 0
        self.depth = 0
        self.preformatted = 0
        self.links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self.silent += tag not in VOID
            return
        if tag == "br":
            self.end_line(force=True)
        if tag in BLOCKS:
            self.end_line()
            if tag in SPACED:
                self.space()
        if tag == "blockquote":
            self.depth += 1
        elif tag == "pre":
            self.preformatted += 1
        elif tag == "li":
            self.line += "* "
        elif tag == "hr":
            self.lines.append((self.depth, "_" * 20))
        elif tag in ("td", "th") and self.line.strip():
            self.line += "  "
        elif tag == "a":
            self.links.append((dict(attrs).get("href") or "", len(self.line)))
        elif tag == "img" and (text := (dict(attrs).get("alt") or "").strip()):
            self.line += f"[{text}]"

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(0, self.silent - 1)
            return
        if tag == "a" and self.links:
            self.end_link(*self.links.pop())
        if tag in BLOCKS:
            self.end_line()
            if tag in SPACED:
                self.space()
        if tag == "blockquote":
            self.depth = max(0, self.depth - 1)
        elif tag == "pre":
            self.preformatted = max(0, self.preformatted - 1)

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if self.preformatted:
            first, *others = data.split("\n")
            self.line += first
            for other in others:
                self.end_line(force=True)
                self.line = other
            return
        text = re.sub(r"[ \t\r\n\f]+", " ", data)
        self.line += text.lstrip(" ") if not self.line or self.line.endswith(" ") else text

    def end_link(self, href: str, start: int) -> None:
        """Name where a link leads, unless its text says so already."""
        shown = self.line[start:].strip()
        bare = re.sub(r"^(https?://|mailto:)", "", href).rstrip("/")
        if href.startswith(("http://", "https://")) and shown and bare not in shown:
            self.line += f" <{href}>"

    def end_line(self, *, force: bool = False) -> None:
        if self.line.strip() or force:
            self.lines.append((self.depth, self.line.replace("\xa0", " ").rstrip()))
        self.line = ""

    def space(self) -> None:
        if self.lines and self.lines[-1][1]:
            self.lines.append((self.depth, ""))


def text_of(html: str) -> str:
    """Return an HTML letter as plain text; quoted parts get ``>`` in front."""
    reader = _Reader()
    try:
        reader.feed(html[:LONGEST])
        reader.close()
    except (AssertionError, ValueError, RecursionError):
        # The parser gives up on some broken declarations; what it has read is what there is.
        pass
    reader.end_line()
    lines = [f"{'>' * depth} {line}".rstrip() if depth else line for depth, line in reader.lines]
    while lines and not lines[-1].strip("> "):
        lines.pop()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def cids(html: str) -> frozenset[str]:
    """Return the names of the parts that the HTML shows inside itself."""
    return frozenset(CID.findall(html))
