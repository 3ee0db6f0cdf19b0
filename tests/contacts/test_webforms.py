"""Web forms: built without code, answered by strangers, and what becomes of the answers."""

from __future__ import annotations

import re
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.test import Client

from contacts.models import EntryState, FormEntry, WebForm
from contacts.webforms import entries, spec
from contacts.webforms.public import signer
from sales.models import Deal, Lead
from tests.factories.sales import PipelineFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm.identity.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def form() -> WebForm:
    """Name, e-mail, company, message; and which line, asked only of Acme."""
    line = {"key": "f5", "label": "Which line?", "kind": "choice", "choices": ["A1", "A2"], "required": True}
    fields = [*spec.first_fields(), {**line, "target": "", "when": {"field": "f3", "value": "Acme"}}]
    return WebForm.objects.create(name="Contact", slug="contact", is_published=True, fields=fields)


def answer(slug: str = "contact", *, seconds: float = 5, **given: Any) -> Any:
    """Send an answer as a visitor's browser does, so many seconds after the page was opened."""
    data = {
        "f1": "Jane Roe",
        "f2": "jane@roe.example",
        "shown": signer.sign(f"{time.time() - seconds:.1f}:1"),
        "key": str(uuid.uuid4()),
        **given,
    }
    return Client().post(f"/f/{slug}/", data)


def test_an_answer_becomes_a_lead_with_where_it_came_from(form: WebForm) -> None:
    page = answer(f4="Call me", utm_campaign="autumn", landing_page="https://shop.example/?utm_source=google")

    entries.take_all()

    lead = Lead.objects.get()
    assert "Thank you" in page.content.decode()
    assert (lead.person_name, lead.email, lead.message) == ("Jane Roe", "jane@roe.example", "Call me")
    assert (lead.utm_campaign, lead.utm_source) == ("autumn", "google")
    assert lead.landing_page == "https://shop.example/?utm_source=google"


def test_what_a_form_adds_is_on_every_lead(form: WebForm, ann: User) -> None:
    form.takes = {"owner": ann.pk, "tags": ["autumn"]}
    form.save()

    answer()
    entries.take_all()

    lead = Lead.objects.get()
    assert (lead.owner, lead.team_id, lead.tags) == (ann, ann.primary_team.pk, ["autumn"])


def test_a_question_is_asked_only_under_its_condition(form: WebForm) -> None:
    others, acme = answer(f3="Northwood"), answer(f3="Acme")
    told = answer(f3="acme", f5="A2")

    entries.take_all()

    assert (others.status_code, acme.status_code, told.status_code) == (200, 422, 200)
    assert Lead.objects.filter(message="Which line?: A2").count() == 1


def test_an_error_stands_beside_its_field_and_keeps_what_was_typed(form: WebForm) -> None:
    page = answer(f2="jane(at)roe", f4="A long story")

    text = page.content.decode()
    assert page.status_code == 422
    assert "valid email" in text
    assert "A long story" in text
    assert not FormEntry.objects.exists()


def test_the_same_answer_sent_twice_is_one(form: WebForm) -> None:
    key = str(uuid.uuid4())

    answer(key=key)
    answer(key=key)
    entries.take_all()

    assert Lead.objects.count() == 1


@pytest.mark.parametrize(
    "trick", [{"homepage": "http://spam.example"}, {"seconds": 0.5}, {"shown": "forged"}]
)
def test_robots_are_thanked_and_forgotten(form: WebForm, trick: dict[str, Any]) -> None:
    page = answer(**trick)

    assert page.status_code == 200
    assert not FormEntry.objects.exists()


def test_too_many_answers_from_one_address_are_refused_in_words(form: WebForm) -> None:
    statuses = [answer(f1=f"Jane {number}").status_code for number in range(21)]

    assert statuses[:20] == [200] * 20
    assert statuses[20] == 429


def test_an_answer_counts_when_its_address_is_confirmed(
    form: WebForm, django_capture_on_commit_callbacks: Any
) -> None:
    form.confirms = True
    form.save()
    answer()
    entry = FormEntry.objects.get()
    entries.send_confirmation(entry.pk, "https://crm.example")
    link = re.search(r"https://crm\.example(/f/confirm/\S+/)", mail.outbox[0].body)
    assert link is not None

    looked = Client().get(link[1])
    entries.take_all()
    before = Lead.objects.count()
    Client().post(link[1])
    entries.take_all()

    assert mail.outbox[0].to == ["jane@roe.example"]
    assert looked.status_code == 200
    assert (before, Lead.objects.count()) == (0, 1)


def test_a_forged_link_confirms_nothing(form: WebForm) -> None:
    assert Client().post("/f/confirm/forged/").status_code == 404


def test_only_allowed_sites_may_show_the_form(form: WebForm) -> None:
    form.hosts = ["shop.example"]
    form.save()

    page = Client().get("/f/contact/?embed=1")

    assert (
        "frame-ancestors 'self' https://shop.example http://shop.example"
        in page.headers["Content-Security-Policy"]
    )
    assert "X-Frame-Options" not in page.headers


def test_a_draft_is_seen_by_colleagues_alone(
    form: WebForm, ann: User, client_for: Callable[[User], Client]
) -> None:
    WebForm.objects.update(is_published=False)

    assert Client().get("/f/contact/").status_code == 404
    assert client_for(ann).get("/f/contact/").status_code == 200


def test_an_answer_of_which_nothing_can_be_made_waits_with_the_reason(form: WebForm) -> None:
    form.fields = [{"key": "f1", "label": "Say", "kind": "text", "target": "message", "required": False}]
    form.save()
    answer()
    entries.take_all()
    entry = FormEntry.objects.get()

    assert entry.state == EntryState.FAILED
    assert "Give a name" in entry.error

    form.fields = spec.first_fields()
    form.save()
    FormEntry.objects.update(answers={"f1": "Jane"})
    assert entries.try_again(form, entry.at) == 1
    entries.take_all()
    assert Lead.objects.get().name == "Jane"


def test_where_a_pipeline_begins_with_deals_an_answer_is_one(form: WebForm) -> None:
    pipeline = PipelineFactory(takes_leads=False)
    form.takes = {"pipeline": pipeline.pk}
    form.save()

    answer(f3="Acme", f5="A1")
    entries.take_all()

    deal = Deal.objects.get()
    assert (deal.pipeline, str(deal.person)) == (pipeline, "Jane Roe")
    assert Lead.objects.get().deal == deal


def test_a_form_is_built_and_published(root: User, client_for: Callable[[User], Client]) -> None:
    browser = client_for(root)
    browser.post("/contacts/forms/", {"name": "Осенняя акция"})
    made = WebForm.objects.get()

    page = browser.post(
        f"/contacts/forms/{made.pk}/",
        {
            "do": "publish",
            "row": ["0", "7"],
            "row0-key": "f1",
            "row0-label": "Name",
            "row0-kind": "text",
            "row0-target": "person_name",
            "row0-required": "on",
            "row7-label": "Size",
            "row7-kind": "choice",
            "row7-choices": "S\nL",
            "row7-when_field": "f1",
            "row7-when_value": "Jane",
            "name": "Autumn",
            "slug": made.slug,
            "hosts": "https://shop.example/page, other.example",
        },
    )

    made.refresh_from_db()
    assert page.status_code == 303
    assert made.slug == "osennyaya-aktsiya"
    assert made.is_published
    assert [one["key"] for one in made.fields] == ["f1", "f2"]
    assert made.fields[1]["choices"] == ["S", "L"]
    assert made.fields[1]["when"] == {"field": "f1", "value": "Jane"}
    assert made.hosts == ["shop.example", "other.example"]


def test_a_list_without_choices_is_refused_beside_the_question(
    form: WebForm, root: User, client_for: Callable[[User], Client]
) -> None:
    page = client_for(root).post(
        f"/contacts/forms/{form.pk}/",
        {"row": ["0"], "row0-label": "Size", "row0-kind": "choice", "name": "X", "slug": "x"},
    )

    assert page.status_code == 422
    assert "Write what one may choose from." in page.content.decode()


def test_a_rep_builds_no_forms(ann: User, client_for: Callable[[User], Client]) -> None:
    assert client_for(ann).get("/contacts/forms/").status_code == 403
