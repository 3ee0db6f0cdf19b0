"""Reads the form of a page as a browser would send it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class Reader(HTMLParser):
    """Collects the values of controls inside the form that has ``marker`` among them."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self.select = self.textarea = ""
        self.option: str | None = None
        self.is_in_form = False

    def put(self, name: str, value: str) -> None:
        if self.is_in_form and name:
            self.forms[-1].setdefault(name, []).append(value)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found: dict[str, Any] = dict(attrs)
        if tag == "form":
            self.forms.append({})
            self.is_in_form = True
        elif tag == "input" and found.get("type") not in ("submit", "button", "file", "image"):
            if found.get("type") not in ("checkbox", "radio") or "checked" in found:
                self.put(found.get("name") or "", found.get("value") or "")
        elif tag == "select":
            self.select = found.get("name") or ""
        elif tag == "option" and self.select and "selected" in found:
            self.put(self.select, found.get("value") or "")
        elif tag == "textarea":
            self.textarea = found.get("name") or ""
            self.text = ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_in_form = False
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.put(self.textarea, self.text.removeprefix("\n"))
            self.textarea = ""


def form_with(response: Any, control: str) -> dict[str, list[str]]:
    """Return what the form that holds ``control`` would send."""
    reader = Reader()
    reader.feed(response.content.decode())
    return next(form for form in reader.forms if control in form)
