"""The customer's page: no sign-in, the newest sent revision, options, questions, yes and no."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.notifications.models import Notification
from crm.records.models import Event
from sales.models import Quote, QuoteOpening, QuoteStatus
from sales.quotes import limiter
from sales.services import (
    close_link,
    invoice_from_order,
    order_from_quote,
    renew_link,
    revise_quote,
    send_quotes,
)
from sales.services.quoteverbs import to_status
from sales.tasks import expire
from sales.versions import version_hash
from tests.factories.quotes import accept, accepted_quote, line, made_quote, seen, sent_quote
from tests.factories.sales import NOON

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db


def room(quote: Quote, what: str = "room", **more: Any) -> str:
    return reverse(f"room:{what}", args=[quote.family.token, *more.values()])


def now_quote(ann: User, **values: Any) -> Quote:
    """Make a quote that is valid by the clock of the test run."""
    values.setdefault("valid_until", timezone.localdate() + timedelta(days=9))
    return sent_quote(ann, **values)


def yes(quote: Quote, **more: Any) -> dict[str, Any]:
    return {"quote": quote.pk, "hash": version_hash(quote), "name": "Carl Customer", **more}


def test_the_page_is_open_to_whoever_has_the_link_and_to_nobody_else(ann: User) -> None:
    quote = now_quote(ann)

    page = Client().get(room(quote))

    assert page.status_code == 200
    assert "Work" in page.content.decode()
    assert Client().get(reverse("room:room", args=["x" * 32])).status_code == 404


def test_a_draft_and_a_closed_link_show_nothing(ann: User) -> None:
    draft, sent = made_quote(ann), now_quote(ann)
    old = room(sent)
    close_link(records=[sent], actor=ann, at=NOON)

    assert Client().get(room(draft)).status_code == 404
    assert Client().get(old).status_code == 404
    renew_link(records=[seen(sent)], actor=ann, at=NOON)
    assert Client().get(old).status_code == 404
    assert Client().get(room(seen(sent))).status_code == 200


def test_the_total_follows_the_ticked_options_without_writing(ann: User) -> None:
    quote = now_quote(ann, lines=[line("Work", 100), line("Extra", 11, is_optional=True, key="extra")])

    answer = Client().post(room(quote, "tick"), {"take": ["extra"]}).json()

    assert "111" in answer["totals"]
    assert seen(quote).total == Decimal(100)


def test_a_yes_keeps_the_version_the_name_the_time_and_the_place(ann: User) -> None:
    quote = now_quote(ann, lines=[line("Work", 100), line("Extra", 11, is_optional=True, key="extra")])

    answer = Client().post(room(quote), yes(quote, take="extra"), headers={"User-Agent": "Phone"})

    assert answer.status_code == 302
    found = seen(quote).acceptance
    assert (found.name, found.address, found.browser) == ("Carl Customer", "127.0.0.1", "Phone")
    assert (found.total, found.options) == (Decimal(111), ["Extra"])
    assert found.version_hash == version_hash(seen(quote))
    assert seen(quote).total == Decimal(111)
    assert Notification.objects.filter(user=ann, kind="quote_answered").exists()


def test_a_yes_to_another_version_than_the_one_on_the_screen_is_refused(ann: User) -> None:
    quote = now_quote(ann)

    answer = Client().post(room(quote), yes(quote, hash="0" * 64))

    assert answer.status_code == 422
    assert seen(quote).status == QuoteStatus.SENT


def test_a_superseded_revision_can_not_be_accepted_and_says_so(ann: User) -> None:
    first = now_quote(ann)
    second = revise_quote(quote=first, actor=ann, at=timezone.now())

    assert "superseded" not in Client().get(room(first)).content.decode()
    send_quotes(records=[second], actor=ann, at=timezone.now())
    answer = Client().post(room(first), yes(first))

    assert answer.status_code == 422
    assert "newer version" in answer.content.decode()
    assert "superseded" in Client().get(room(first) + "?r=1").content.decode()
    assert seen(first).status == QuoteStatus.SUPERSEDED


def test_a_draft_of_a_revision_leaves_the_sent_one_to_be_accepted(ann: User) -> None:
    first = now_quote(ann)
    revise_quote(quote=first, actor=ann, at=timezone.now())

    assert Client().post(room(first), yes(first)).status_code == 302
    assert seen(first).status == QuoteStatus.ACCEPTED


def test_the_days_of_an_offer_are_kept_by_the_clock_of_the_server(ann: User) -> None:
    quote = sent_quote(ann, valid_until=NOON.date())

    with pytest.raises(ValidationError, match="expired"):
        accept(quote, at=NOON + timedelta(days=1))
    assert Client().post(room(quote), yes(quote)).status_code == 422
    expire(None)  # type: ignore[arg-type]
    assert seen(quote).status == QuoteStatus.EXPIRED


def test_a_no_is_kept_with_its_reason(ann: User) -> None:
    quote = now_quote(ann)

    Client().post(room(quote, "decline"), {"quote": quote.pk, "reason": "Too dear"})

    assert (seen(quote).status, seen(quote).decline_reason) == ("declined", "Too dear")


def test_a_question_reaches_the_owner_and_its_answer_the_customer(ann: User, client_for: Any) -> None:
    quote = now_quote(ann, lines=[line("Work", 100, key="work")])

    Client().post(room(quote, "ask"), {"line": "work", "text": "Is it blue?", "name": "Carl"})

    told = Notification.objects.get(user=ann, kind="quote_asked")
    assert told.data["text"] == "Is it blue?"
    client_for(ann).post(
        reverse("sales:quote_answer", args=[quote.pk]), {"line": "work", "text": "It is red."}
    )
    page = Client().get(room(quote)).content.decode()
    assert "It is red." in page
    assert Event.objects.filter(name="quote.asked", record_id=quote.pk).exists()


def test_openings_are_counted_once_per_visit_and_never_for_colleagues(ann: User, client_for: Any) -> None:
    quote, browser = now_quote(ann), Client()

    client_for(ann).post(room(quote, "seen"))
    browser.get(room(quote))
    assert QuoteOpening.objects.count() == 0
    browser.post(room(quote, "seen"))
    browser.post(room(quote, "seen"))

    assert (seen(quote).openings, QuoteOpening.objects.count()) == (1, 1)


def test_whoever_knocks_too_often_waits(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    quote, browser = now_quote(ann), Client()
    monkeypatch.setattr(limiter, "LOOKS", 3)

    codes = [browser.get(room(quote)).status_code for _turn in range(5)]

    assert codes == [200, 200, 200, 429, 429]


def test_a_drawn_name_must_be_a_picture(ann: User) -> None:
    quote = now_quote(ann)

    Client().post(room(quote), yes(quote, drawing="data:image/png;base64,PHNjcmlwdD4="))

    assert seen(quote).status == QuoteStatus.SENT


def test_the_page_speaks_the_language_of_the_offer_or_the_chosen_one(ann: User) -> None:
    quote = now_quote(ann, language="ru")

    assert 'lang="ru"' in Client().get(room(quote)).content.decode()
    assert 'lang="en"' in Client().get(room(quote) + "?lang=en").content.decode()


def test_an_invoice_is_paid_on_the_page_by_the_test_provider_once(ann: User) -> None:
    quote = accepted_quote(ann, valid_until=timezone.localdate() + timedelta(days=9))
    invoice = invoice_from_order(
        order=order_from_quote(quote=quote, actor=ann, at=NOON), actor=ann, at=timezone.now()
    )
    browser = Client()

    page = browser.post(room(quote, "pay", invoice=invoice.pk)).headers["Location"]
    token = page.rstrip("/").rpartition("/")[2]
    for _turn in range(2):
        browser.post(page, {"token": token, "outcome": "paid"})

    assert (seen(invoice).status, seen(invoice).paid) == ("paid", invoice.total)
    assert invoice.payments.count() == 1


def test_the_system_alone_lets_an_offer_expire(ann: User) -> None:
    quote = now_quote(ann)

    with pytest.raises(Exception, match="can't go from"):
        to_status([quote], QuoteStatus.EXPIRED, actor=ann, at=NOON)
