"""Every string that people see is in the catalogues, and every translation fits its string."""

from __future__ import annotations

import re

import pytest
from django.utils import translation
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR

from crm.lib import catalogues

LANGUAGES = catalogues.languages()
#: What templates show is marked for translation; these pages are shown to nobody but developers.
WORKSHOP = "templates/ui/styleguide/"
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
TRANSLATED = re.compile(r"\{%\s*blocktranslate.*?endblocktranslate\s*%\}", re.DOTALL)
COMMENT = re.compile(r"\{%\s*comment.*?endcomment\s*%\}|<!--.*?-->", re.DOTALL)
#: Keys of a keyboard and code are the same in every language.
UNTRANSLATED = re.compile(r"<(kbd|code|script|style|title lang)\b.*?</\1>", re.DOTALL)
SHOWN_ATTRIBUTE = re.compile(r'\s(?:title|placeholder|alt|aria-label|data-confirm|data-label)="([^"]*)"')
WORD = re.compile(r"[A-Za-z]{2,}")
NAMES = frozenset(
    {"Artel", "API", "REST", "CSV", "XLSX", "UTF", "Ctrl", "Esc", "curl", "Bearer", "English", "EN"}
    | {"Enter", "PDF", "SHA", "https"}
)
#: What is filled in between the quotes of an attribute.
CLASS_BLOCK = re.compile(r"\{% block (?:\w*class\w*|coltype) %\}.*?\{% endblock[^%]*%\}", re.DOTALL)
PASSED_AS_TEXT = re.compile(r'\{%\s*(?:button|badge|icon|panel)\b[^%]*?\s(?:label|title|text)="([^"]*)"')


@pytest.fixture(scope="module")
def gathered() -> dict[object, str]:
    """All strings of the source, with the file that each stands in."""
    return {key(message): message.locations[0][0] for message in catalogues.gather() if message.id}


def key(message: catalogues.Message) -> object:
    found = tuple(message.id) if isinstance(message.id, tuple | list) else message.id
    return (message.context, found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_string_is_in_the_catalogue(language: str, gathered: dict[object, str]) -> None:
    known = {key(message) for message in catalogues.read(language) if message.id}

    missing = {f"{place}: {found}" for found, place in gathered.items() if found not in known}

    assert not missing, "run script/translate"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_holds_nothing_that_is_no_longer_said(
    language: str, gathered: dict[object, str]
) -> None:
    catalogue = catalogues.read(language)

    unused = {key(message) for message in catalogue if message.id and key(message) not in gathered}

    assert not unused, "run script/translate"
    assert not catalogue.obsolete


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_fits_its_string(language: str) -> None:
    catalogue = catalogues.read(language)

    mistakes = [
        f"{message.id!r} {one}" for message in catalogue if message.id for one in catalogues.mistakes(message)
    ]

    assert not mistakes


def test_russian_counts_in_three_forms() -> None:
    counted = [message for message in catalogues.read("ru") if isinstance(message.id, tuple | list)]

    assert counted
    assert not [message.id for message in counted if len(catalogues.strings(message)) != 3]


def test_the_first_russian_form_keeps_its_number_as_it_serves_21_too() -> None:
    counted = [message for message in catalogues.read("ru") if isinstance(message.id, tuple | list)]

    bare = [
        message.id
        for message in counted
        if catalogues.placeholders(message.id[0]) and not catalogues.placeholders(message.string[0])
    ]

    assert not bare


def test_russian_uses_its_own_quotes_and_no_exclamations() -> None:
    texts = [text for message in catalogues.read("ru") if message.id for text in catalogues.strings(message)]

    assert not [text for text in texts if "“" in text or "”" in text or re.search(r"(?<!=)\"\w", text)]
    assert not [text for text in texts if text.endswith("!") and not text.startswith("Здравствуйте")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_words_leave_the_calendar_alone(language: str) -> None:
    bare = {message.id for message in catalogues.read(language) if message.id and not message.context}

    with translation.override("en"):
        names = [
            str(name) for names in (MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR) for name in names.values()
        ]
    calendar = {*names, *(name.lower() for name in names)}

    assert not calendar & {text for text in bare if isinstance(text, str)}


def test_templates_hold_no_word_outside_of_translation() -> None:
    templates = [path for path in catalogues.sources() if path.suffix == ".html"]

    bare = {
        path.relative_to(catalogues.ROOT).as_posix(): found
        for path in templates
        if WORKSHOP not in path.as_posix() and (found := bare_words(path.read_text(encoding="utf-8")))
    }

    assert not bare


def bare_words(text: str) -> list[str]:
    """Return the words that a template shows as they stand in it."""
    passed = " ".join(PASSED_AS_TEXT.findall(text))
    for pattern in (COMMENT, TRANSLATED, UNTRANSLATED, CLASS_BLOCK):
        text = pattern.sub(" ", text)
    text = TAG.sub(" ", text)
    shown = " ".join([passed, *SHOWN_ATTRIBUTE.findall(text), re.sub(r"<[^>]*>", " ", text)])
    return [word for word in WORD.findall(re.sub(r"&\w+;|\w+@[\w.]+", " ", shown)) if word not in NAMES]
