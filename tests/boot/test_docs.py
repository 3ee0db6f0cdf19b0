"""What operators and users read keeps in step with what the product does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.core.management import get_commands

from tests.boot import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DOCS = ROOT / "docs"
OPERATIONS = DOCS / "operations"
#: What starts and runs the product: each asks the environment by one of these.
SOURCES = ("crm/settings.py", "crm/wsgi.py")
READ = re.compile(r"""(?:env\.\w+|environ(?:\.setdefault|\.get)?)[(\[]\s*"([A-Z][A-Z0-9_]+)\"""")
LINK = re.compile(r"\]\(([^)\s#]+)(?:#([^)\s]+))?\)")
OURS = ("crm.embedded", "crm.records", "crm.accounts")


def pages() -> list[Path]:
    found = [*DOCS.rglob("*.md"), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))]
    return sorted(found)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """Return the names by which a page's headings can be linked, as the usual hosts make them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def variables() -> set[str]:
    texts = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in SOURCES)
    return set(READ.findall(texts)) - {"DJANGO_SETTINGS_MODULE"}


def test_each_variable_that_is_read_is_explained():
    page = (OPERATIONS / "settings.md").read_text(encoding="utf-8")

    assert variables() - set(re.findall(r"`([A-Z][A-Z0-9_]+)`", page)) == set()


def test_each_variable_of_the_table_is_read():
    page = (OPERATIONS / "settings.md").read_text(encoding="utf-8").partition("\n## ")[0]

    assert set(re.findall(r"^\| `([A-Z0-9_]+)` ", page, flags=re.MULTILINE)) - variables() == set()


def test_each_command_of_ours_is_explained():
    text = "\n".join(page.read_text(encoding="utf-8") for page in OPERATIONS.glob("*.md"))

    missing = {name for name, app in get_commands().items() if app in OURS and name not in text}
    assert missing == set()


def test_both_languages_have_the_same_pages():
    english, russian = ({page.name for page in (DOCS / "users" / code).glob("*.md")} for code in ("en", "ru"))

    assert english == russian


@pytest.mark.parametrize("page", pages(), ids=named)
def test_links_lead_somewhere(page):
    broken = []
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target or target.startswith("mailto:"):
            continue
        found = (page.parent / target).resolve()
        if not found.exists() or (anchor and found.suffix == ".md" and anchor not in anchors(found)):
            broken.append(f"{target}#{anchor}" if anchor else target)

    assert broken == []


@pytest.mark.parametrize("picture", sorted((DOCS / "img").glob("*.png")), ids=named)
def test_pictures_are_small_and_used(picture):
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages())

    assert picture.stat().st_size < 150_000
    assert f"img/{picture.name}" in text
