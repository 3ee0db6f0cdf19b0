"""Rules act alike whichever door the change came by; many at once only when somebody says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.automation import index
from crm.automation.models import RuleRun
from sales.models import Deal
from tests.contract.htmlforms import form_with
from tests.factories.automation import made_rule, runs, sets, step, work
from tests.factories.sales import changed, made_deal, refreshed, stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db


def by_page(client: Client, deal: Deal) -> None:
    address = reverse("sales:deal_edit", args=[deal.pk])
    form = form_with(client.get(address), "next_step")
    assert client.post(address, {**form, "next_step": "Call"}).status_code in (302, 303)


def by_cell(client: Client, deal: Deal) -> None:
    address = reverse("sales:deal_cell", args=[deal.pk, "next_step"])
    assert client.post(address, {"next_step": "Call", "version": deal.version}).status_code == 200


def by_rest(client: Client, deal: Deal) -> None:
    address = f"/api/v1/deals/{deal.pk}/"
    assert client.patch(address, {"next_step": "Call"}, content_type="application/json").status_code == 200


def by_admin(client: Client, deal: Deal) -> None:
    address = reverse("admin:sales_deal_change", args=[deal.pk])
    form = form_with(client.get(address), "next_step")
    assert client.post(address, {**form, "next_step": "Call"}).status_code in (302, 303)


def by_bulk(client: Client, deal: Deal) -> None:
    given = {
        "act": "edit",
        "ids": deal.pk,
        "field": "next_step",
        "value": "Call",
        "do": "1",
        "run_rules": "1",
    }
    assert client.post(reverse("sales:deal_bulk"), given).status_code in (204, 302, 303)


DOORS: dict[str, Callable[[Client, Deal], None]] = {
    "page": by_page, "cell": by_cell, "rest": by_rest, "admin": by_admin, "bulk": by_bulk,
}  # fmt: skip


@pytest.mark.parametrize("door", sorted(DOORS))
def test_whichever_door_a_change_comes_by_the_rule_does_the_same(
    door: str, root: User, client_for: Any
) -> None:
    deal = made_deal(actor=root)
    rule = made_rule(root, trigger="changed", when={"fields": ["next_step"]})

    DOORS[door](client_for(root), deal)
    work()

    assert refreshed(deal).next_step == "Call"
    assert refreshed(deal).tags == ["seen"]
    assert runs(rule) == [("done", "")]


def test_a_card_dropped_on_the_board_starts_a_rule(ann: User, root: User, client_for: Any) -> None:
    deal = made_deal(actor=ann, stage="Prospecting")
    engaging = stage("Engaging")
    made_rule(root, trigger="changed", when={"fields": ["stage"], "to": [str(engaging.pk)]})

    client_for(ann).post(reverse("sales:deal_move"), {"id": deal.pk, "to": engaging.pk})
    work()

    assert refreshed(deal).tags == ["seen"]


def test_a_change_of_many_starts_no_rules_unless_somebody_says_so(root: User, client_for: Any) -> None:
    deal = made_deal(actor=root)
    rule = made_rule(root, trigger="changed", when={"fields": ["next_step"]})
    given = {"act": "edit", "ids": deal.pk, "field": "next_step", "value": "Call", "do": "1"}

    client_for(root).post(reverse("sales:deal_bulk"), given)
    work()

    assert refreshed(deal).next_step == "Call"
    assert runs(rule) == []


def test_the_dialog_asks_about_rules_only_where_there_are_any(root: User, client_for: Any) -> None:
    deal = made_deal(actor=root)
    client = client_for(root)
    asked = {"act": "edit", "ids": deal.pk}

    before = client.post(reverse("sales:deal_bulk"), asked).content.decode()
    made_rule(root)
    after = client.post(reverse("sales:deal_bulk"), asked).content.decode()

    assert "Let rules act" not in before
    assert "Let rules act" in after


@pytest.mark.parametrize("asked", [False, True])
def test_an_import_starts_rules_only_when_asked(asked: bool, root: User, tmp_path: Any) -> None:
    from django.core.management import call_command

    made_deal(actor=root)
    rule = made_rule(root)
    file = tmp_path / "deals.csv"
    file.write_text("name,amount\nOne,1\nTwo,2\n")

    call_command("import_records", "deals", str(file), "--as", "root", *(["--run-rules"] if asked else []))
    work()

    assert Deal.objects.count() == 3
    assert len(runs(rule)) == (2 if asked else 0)


def test_a_button_stands_on_the_record_and_does_it_at_once(root: User, ann: User, client_for: Any) -> None:
    when = {"label": "Warm up", "icon": "flag", "who": "owner"}
    rule = made_rule(root, trigger="button", when=when, steps=[sets(next_step="Warm")])
    deal = made_deal(actor=ann)
    client = client_for(ann)

    page = client.get(deal.get_absolute_url()).content.decode()
    client.post(reverse("sales:deal_action", args=[deal.pk, f"rule-{rule.pk}"]))

    assert "Warm up" in page
    assert refreshed(deal).next_step == "Warm"
    assert RuleRun.objects.get().actor == ann


def test_a_button_is_for_those_whom_the_rule_names(
    root: User, ann: User, boss: User, client_for: Any
) -> None:
    when = {"label": "Warm up", "who": "owner"}
    rule = made_rule(root, trigger="button", when=when)
    deal = made_deal(actor=boss)

    page = client_for(ann).get(deal.get_absolute_url())

    assert "Warm up" not in page.content.decode()
    client_for(ann).post(reverse("sales:deal_action", args=[deal.pk, f"rule-{rule.pk}"]))
    assert refreshed(deal).tags == []


def test_a_button_whose_rule_does_not_fit_says_why(root: User, client_for: Any) -> None:
    big = {"filter": "amount", "value": ["10000.."]}
    rule = made_rule(root, trigger="button", when={"label": "Go", "who": "change"}, condition=big)
    deal = made_deal(actor=root, amount=5)

    answer = client_for(root).post(reverse("sales:deal_action", args=[deal.pk, f"rule-{rule.pk}"]))

    assert answer.status_code == 422
    assert "amount is 5" in answer.content.decode()


def queries_of_a_save(deal: Deal, actor: User, word: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        changed(deal, actor=actor, next_step=word)
    return len(seen)


def test_a_save_costs_no_query_more_while_no_rule_waits_for_it(root: User) -> None:
    deal = made_deal(actor=root)
    changed(deal, actor=root, next_step="Warm")
    without = queries_of_a_save(deal, root, "One")

    made_rule(root, trigger="changed", when={"fields": ["amount"]})
    index.index()
    with_others = queries_of_a_save(deal, root, "Two")

    assert with_others == without


def test_rules_and_hooks_over_rest(root: User, ann: User, client_for: Any) -> None:
    client = client_for(root)
    given = {
        "name": "By REST",
        "type": "deals",
        "trigger": "event",
        "when": {"events": ["deal.won"]},
        "steps": [step("tag", add=["rest"])],
        "is_on": True,
    }

    made = client.post("/api/v1/rules/", given, content_type="application/json")
    index.forget()
    deal = made_deal(actor=ann)
    changed(deal, actor=ann, stage=stage("Won"))
    work()

    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    assert made.json()["sentence"] == "When a deal is won, then add the tags rest."
    assert refreshed(deal).tags == ["rest"]
    [run] = client.get(f"/api/v1/rules/{pk}/runs/").json()["results"]
    assert (run["state"], run["record_id"]) == ("done", deal.pk)
    bad = client.patch(f"/api/v1/rules/{pk}/", {"trigger": "never"}, content_type="application/json")
    assert bad.status_code == 400
    assert client_for(ann).get("/api/v1/rules/").status_code == 403
    hook = client.post(
        "/api/v1/webhooks/", {"name": "Me", "url": "http://127.0.0.1/x"}, content_type="application/json"
    )
    assert hook.status_code == 400
    good = client.post(
        "/api/v1/webhooks/",
        {"name": "Out", "url": "https://no-such-host.invalid/x", "events": ["deal.*"]},
        content_type="application/json",
    )
    assert good.status_code == 201, good.content
    assert good.json()["secret"].startswith("whs_")
    assert "secret" not in client.get(f"/api/v1/webhooks/{good.json()['id']}/").json()
