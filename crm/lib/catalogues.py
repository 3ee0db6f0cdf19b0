"""Catalogues of translations: finding every string that people see, merging, compiling, checking.

Strings are found as Django finds them (templates through ``templatize``) and kept by Babel, so
that no gettext needs to be installed. ``python -m crm.lib.catalogues`` compiles what is stale;
script/translate gathers and merges. How to translate is in docs/translating.md.
"""

from __future__ import annotations

import ast
import io
import re
import string
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
LOCALE = ROOT / "locale"
#: Folders beside the product's own.
FOREIGN = {"node_modules", "var", "static", "staticfiles", "tests", "script", "locale", "docs"}
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
#: "%(name)s", "%s", "{name}", and a field of a text that rules fill in: "{{ name | else these words }}".
PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[sdif]|\{\{\s*([\w.]+)[^{}]*\}\}|\{(\w*)[^{}]*\}")
TAG = re.compile(r"</?[a-z][^<>]*>")


def po_file(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def languages() -> list[str]:
    """Return the languages that have a catalogue."""
    return sorted(path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/django.po"))


def sources() -> Iterator[Path]:
    """Yield the product's modules and templates."""
    for folder in sorted(ROOT.iterdir()):
        if folder.is_dir() and folder.name not in FOREIGN and not folder.name.startswith((".", "__")):
            for path in sorted(folder.rglob("*")):
                if path.suffix in (".py", ".html", ".txt") and "migrations" not in path.parts:
                    yield path


def gather() -> Catalog:
    """Return every string that is marked for translation, with the files it stands in."""
    # Only those who gather need Django, compiling goes without.
    from django.utils.translation import templatize

    found = Catalog(charset="utf-8")
    for path in sources():
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT).as_posix()
        if path.suffix != ".py":
            # What isn't for translation comes out blanked, and its indents mean nothing to Python.
            text = "\n".join(line.strip() for line in templatize(text, origin=name).splitlines())
        rows = extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS, comment_tags=("Translators:",))
        for _line, message, comments, context in rows:
            found.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
        if path.suffix == ".py":
            for message in inside_f_strings(text):
                found.add(message, locations=[(name, 0)])
    return found


def inside_f_strings(text: str) -> Iterator[str]:
    """Yield what is translated inside of f-strings, which Babel takes for one piece of text."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.JoinedStr):
            continue
        for call in ast.walk(node):
            if not isinstance(call, ast.Call) or getattr(call.func, "id", "") not in ("_", "gettext"):
                continue
            if isinstance(call.args[0], ast.Constant):
                yield str(call.args[0].value)


def read(language: str) -> Catalog:
    """Return the catalogue of ``language`` as it lies in the tree."""
    with po_file(language).open("rb") as file:
        return read_po(file, locale=language)


def merge(language: str) -> Catalog:
    """Bring the catalogue up to date: new strings come in empty, those no longer used go."""
    catalog = read(language)
    made_at = catalog.creation_date
    catalog.update(gather(), no_fuzzy_matching=True, update_header_comment=False)
    # The day of the last gathering would change the file although no string has changed.
    catalog.creation_date = made_at
    catalog.obsolete.clear()
    return catalog


def write(catalog: Catalog, language: str) -> None:
    """Write a catalogue in the order of its strings, so that changes read well."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=100, sort_output=True, include_lineno=False, ignore_obsolete=True)
    po_file(language).write_bytes(buffer.getvalue())


def compile_stale() -> list[str]:
    """Compile every catalogue that is newer than its compiled form, and name them."""
    done = []
    for language in languages():
        source = po_file(language)
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        fresh = target.with_suffix(".mo.new")
        with fresh.open("wb") as file:
            write_mo(file, read(language))
        fresh.replace(target)
        done.append(language)
    return done


# Checking.


def strings(message: Message) -> tuple[str, ...]:
    """Return the string of a message, or all of its plural forms."""
    found = message.string
    return tuple(found) if isinstance(found, tuple | list) else (str(found or ""),)


def is_complete(message: Message) -> bool:
    return not message.fuzzy and all(strings(message))


def placeholders(text: str) -> set[str]:
    """Return the names that are filled in; a bare "%s" counts as itself."""
    plain = text.replace("%%", "")
    found = {match[1] or match[2] or match[3] or match[0] for match in PLACEHOLDER.finditer(plain)}
    return found - set(string.whitespace)


def tags(text: str) -> list[str]:
    """Return the markup in a string; its order may differ between languages."""
    return sorted(TAG.findall(text))


def margins(text: str) -> tuple[bool, bool]:
    """Tell whether a string begins and ends with white space: it stands beside other words."""
    return text[:1].isspace(), text[-1:].isspace()


def mistakes(message: Message) -> list[str]:
    """Return what is wrong with a translation, in words."""
    wanted = message.id if isinstance(message.id, tuple | list) else (message.id,)
    found = []
    if message.fuzzy:
        found.append("is fuzzy")
    for text in strings(message):
        if not text:
            found.append("is missing")
        elif placeholders(text) != placeholders(wanted[-1]):
            found.append(f"has other placeholders: {text}")
        elif tags(text) != tags(wanted[-1]):
            found.append(f"has other markup: {text}")
        elif (
            text[:1].isspace() != wanted[-1][:1].isspace() or text[-1:].isspace() != wanted[-1][-1:].isspace()
        ):
            found.append(f"begins or ends with other white space: {text!r}")
    return found


if __name__ == "__main__":
    for name in compile_stale():
        sys.stderr.write(f"artel   | translations compiled: {name}\n")
