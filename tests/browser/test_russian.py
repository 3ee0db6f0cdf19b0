"""A Russian colleague meets no English word: every main page, walked on the demo company.

The demo's own words (names, notes) are written in Cyrillic first, so that whatever Latin
letters are left come from the product. Addresses, codes and trade names are allowed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.db import connection
from django.utils import translation

from crm.identity.models import Organisation, User
from crm.records import registry
from crm.timeline import setup as activities
from crm.ui.declaration import views_of
from sales import setup as sales
from sales.models import Deal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser
LATIN, CYRILLIC = "abcdefghijklmnopqrstuvwxyz", "абцдефгхийклмнопкрстуввхиз"
#: What people typed in the demo company: table, columns.
TYPED = {
    "sales_lead": "name person_name company_name message utm_source utm_medium utm_campaign",
    "contacts_company": "name city",
    "contacts_person": "name first_name middle_name last_name job_title city",
    "contacts_employment": "title department",
    "contacts_contactpoint": "label",
    "contacts_address": "city region street",
    "automation_rotation": "name",
    "contacts_industry": "name",
    "contacts_source": "name",
    "identity_team": "name",
    "identity_user": "full_name job_title",
    "records_relationkind": "name inverse",
    "records_search": "title subtitle",
    "records_event": "title",
    "records_job": "title",
    "sales_product": "name series code",
    "sales_deal": "name next_step lost_note",
    "sales_dealperson": "role",
    "timeline_activity": "subject body",
}
#: Every visible text, and what is read out or shown on hover.
TEXTS = """() => {
  const found = [document.title];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim();
    const unsaid = "script,style,template,noscript,code,kbd,pre,:not(html)[lang=en]";
    if (text && !texts.currentNode.parentElement.closest(unsaid)) found.push(text);
  }
  for (const name of ["title", "placeholder", "aria-label", "data-confirm", "alt"])
    // The alternative texts of Django's own icons are English in Django.
    for (const one of document.querySelectorAll(`[${name}]:not([src*="/static/admin/"])`))
      found.push(one.getAttribute(name));
  return found;
}"""
ALLOWED = re.compile(
    r"\b(?:Artel|API|REST|CSV|TSV|XLSX?|ODS|UTF-8|JSON|PDF|JPEG|PNG|WebP|GIF|SKU|IBAN|SWIFT|Excel|OpenDocument"
    r"|Telegram|WhatsApp|Mozilla\S*.*|Chrome|Linux|Esc|Ctrl|Alt|Enter|Shift|Tab"
    r"|SHA|EN|English|root|ymd|dmy|mdy|UTC|BEAC)\b"
    r"|\bcp\d+\b|\biso-[\d-]+|koi8-r|latin-1|mac-cyrillic|utf-[\w-]+"  # encodings
    r"|\bUTM\b|\bMessage-ID\b"
    r"|^Standard, English$|^Working hours$"  # named in the house's first language
    r"|\{[\w:]+\}|\S+\.csv|, USD\b"
    r"|\S+@\S+|\bhttps?://\S+|\b[\w-]+\.(?:example|com)\b"
    r"|\b[A-Z]{3} · |^[A-Z]{3}$"  # a currency's code
    r"|^(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/.*"
    r"|\bdeals?:123\b|\b[a-z]+\.[a-z_]+\b"  # an event as rules and programs name it
    r"|‹\w+›|^all$|\bcf_|\ba–z\b|mon-fri|\bcron\b|deal\.\*|\bSVG\b|\bXML\b|\bcompany\b"
    r"|^(?:demo|deal_\w+|nightly)$|\bили deal$|\bEUR\b|\bid\b"
)
WORD = re.compile(r"[A-Za-z]{2,}")
PAGES = (
    "/",
    "/today/",
    "/search/?q=ко",
    "/import/",
    "/bin/",
    "/jobs/",
    "/settings/",
    "/settings/look/",
    "/settings/security/",
    "/settings/team/",
    "/settings/team/invite/",
    "/settings/tokens/",
    "/settings/notifications/",
    "/notifications/",
    "/notifications/?unread",
    "/accounts/password/change/",
    "/contacts/duplicates/",
    "/contacts/companies/duplicates/",
    "/settings/automation/",
    "/settings/automation/rules/new/",
    "/settings/automation/log/",
    "/settings/automation/rotations/",
    "/settings/automation/rotations/new/",
    "/settings/automation/templates/",
    "/settings/automation/templates/new/",
    "/settings/automation/webhooks/",
    "/settings/automation/webhooks/new/",
    "/saved-views/deals/all/",
    "/admin/identity/role/at-a-glance/",
    "/admin/records/customfield/add/",
    "/sales/deals/board/",
    "/no-such-page/",
)


@pytest.fixture
def house(transactional_db: None) -> User:
    """The demo company, run in Russian by root."""
    Organisation.objects.update_or_create(pk=1, defaults={"language": "ru", "name": "My company"})
    sales.rename_defaults("ru")
    activities.rename_defaults("ru")
    # Its rules are named and written in the language of whoever makes it.
    with translation.override("ru"):
        call_command("demo", people=60, password="correct horse battery", verbosity=0)
    write_in_cyrillic()
    User.objects.update(language="ru")
    root: User = User.objects.get(username="root")
    return root


def write_in_cyrillic() -> None:
    """Turn the demo's Latin letters into Cyrillic ones."""
    letters = (LATIN + LATIN.upper(), CYRILLIC + CYRILLIC.upper())
    with connection.cursor() as cursor:
        for table, columns in TYPED.items():
            changes = ", ".join(f"{one} = translate({one}, %s, %s)" for one in columns.split())
            cursor.execute(f"UPDATE {table} SET {changes}", letters * len(columns.split()))


def test_no_english_word_is_shown_to_a_russian(visitor: Visitor, house: User) -> None:
    visitor.sign_in(house)
    pages = [*PAGES, *record_pages(), *admin_pages()]

    met = {path: found for path in pages if (found := english(visitor, path))}

    assert not met, "\n".join(f"{path} {found}" for path, found in met.items())


def test_no_english_word_is_shown_to_a_guest_whose_browser_asks_for_russian(
    visitor: Visitor, house: User
) -> None:
    visitor.page.route(
        "**/*", lambda route: route.continue_(headers={**route.request.headers, "accept-language": "ru"})
    )
    pages = ("/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/")

    met = {path: found for path in pages if (found := english(visitor, path))}

    assert not met, "\n".join(f"{path} {found}" for path, found in met.items())


def test_no_english_word_is_shown_in_dialogs(visitor: Visitor, house: User) -> None:
    visitor.sign_in(house)
    page, met = visitor.page, {}
    visitor.go(Deal.objects.filter(is_open=True).order_by("pk")[0].get_absolute_url())
    for name in ("Звонок", "Задача", "Встреча"):
        page.get_by_role("tab", name=name).click()
        met[name] = latin(visitor)
    for name in ("Выиграна", "Проиграна"):
        page.get_by_role("button", name=name).first.click()
        page.locator("dialog[open] button.btn-primary").first.wait_for()
        met[name] = latin(visitor)
        page.keyboard.press("Escape")
        page.locator("dialog[open]").wait_for(state="hidden")
    visitor.go("/sales/deals/")
    page.get_by_role("button", name="Фильтр").first.click()
    met["filters"] = latin(visitor)
    page.keyboard.press("Escape")
    page.locator("tbody input[type=checkbox]").first.check()
    met["bulk"] = latin(visitor)

    assert not {name: found for name, found in met.items() if found}, met


def test_no_english_word_is_shown_on_the_way_of_an_import(
    visitor: Visitor, house: User, tmp_path: Path
) -> None:
    file = tmp_path / "компании.csv"
    file.write_text(
        "Название;Город;Основана;Вид\nРомашка;Тула;1999;клиент\nЛютик;Омск;давно;пчела\n", "utf-8"
    )
    visitor.sign_in(house)
    page, met = visitor.page, {}
    visitor.go("/import/new/companies/")
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Проверить").wait_for()
    met["mapping"] = latin(visitor)
    page.get_by_role("button", name="Проверить").click()
    page.locator(".results").first.wait_for()
    met["check"] = latin(visitor)
    page.get_by_role("button", name=re.compile("^Загрузить")).click()
    page.locator(".results").get_by_text("создано", exact=True).wait_for()
    met["result"] = latin(visitor)
    page.get_by_role("link", name="Отменить этот импорт").click()
    page.get_by_role("button", name="Отменить импорт").wait_for()
    met["undo"] = latin(visitor)
    page.get_by_role("button", name="Отменить импорт").click()
    visitor.sees("Этот импорт отменён.")
    met["undone"] = latin(visitor)

    assert not {name: found for name, found in met.items() if found}, met


def english(visitor: Visitor, path: str) -> list[str]:
    """Return what a page shows in Latin letters without leave."""
    visitor.page.goto(f"{visitor.base}{path}")
    return latin(visitor)


def latin(visitor: Visitor) -> list[str]:
    """Return what is on the screen in Latin letters without leave."""
    texts: list[str] = visitor.page.evaluate(TEXTS)
    return sorted({text[:120] for text in texts if WORD.search(ALLOWED.sub("", text))})


def record_pages() -> list[str]:
    """Return the pages of every declared type: list, new, import, one record, its form and its changes."""
    found: list[str] = []
    for one in registry.types():
        record: Any = one.model.objects.order_by("pk").first()  # type: ignore[attr-defined]
        if record is None:
            # The demo company has none of these yet.
            found += [views_of(one.model).url("list"), views_of(one.model).url("new")]
            continue
        page = record.get_absolute_url()
        listing = page.removesuffix(f"{record.pk}/")
        found += [
            listing,
            f"{listing}new/",
            f"/import/new/{one.slug}/",
            page,
            f"{page}edit/",
            f"{page}history/",
        ]
    return found


def admin_pages() -> list[str]:
    """Return the start of the administration, and every list in it."""
    return ["/admin/"] + [
        f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry
    ]
