"""The pages of automation: who may open them, and what they do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.automation import hooks, services
from crm.automation.catalogue import catalogue
from crm.automation.models import Rotation, Rule, RuleRun, Webhook
from crm.mail.models import MailTemplate
from crm.records import registry
from crm.timeline.models import Activity
from tests.factories.automation import made_rule, rotation, step, work
from tests.factories.contacts import made_person
from tests.factories.sales import made_deal, refreshed

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db

PAGES = ("rules", "rule_new", "log", "rotations", "rotation_new", "templates")
ADMINISTRATORS = ("template_new", "hooks", "hook_new")


def form_of_a_task(**more: Any) -> dict[str, Any]:
    """What the builder sends for "when a deal is won, plan a call"."""
    return {
        "name": "After a win",
        "type": "deals",
        "trigger": "event",
        "when-events": ["deal.won"],
        "condition": "",
        "step": ["a1"],
        "kind-a1": "plan",
        "s-a1-kind": "call",
        "s-a1-subject": "Say thanks to {{ company | them }}",
        "s-a1-days": "2",
        "s-a1-working": "on",
        "s-a1-who": "owner",
        **more,
    }


@pytest.mark.parametrize("name", PAGES)
def test_leads_and_administrators_open_the_pages_and_nobody_else(
    name: str, ann: User, boss: User, root: User, client_for: Any
) -> None:
    address = reverse(f"automation:{name}")

    statuses = [client_for(user).get(address).status_code for user in (ann, boss, root)]

    assert statuses == [403, 200, 200]


@pytest.mark.parametrize("name", ADMINISTRATORS)
def test_some_pages_are_for_administrators(name: str, boss: User, root: User, client_for: Any) -> None:
    address = reverse(f"automation:{name}")

    assert [client_for(user).get(address).status_code for user in (boss, root)] == [403, 200]


def test_a_lead_builds_a_rule_bound_to_the_team(boss: User, team_a: Any, client_for: Any) -> None:
    answer = client_for(boss).post(reverse("automation:rule_new"), form_of_a_task(on="1"))

    rule = Rule.objects.get()
    assert answer.status_code == 302, answer.content.decode()[:3000]
    assert (rule.author, rule.team, rule.is_on) == (boss, team_a, True)
    assert rule.steps[0]["with"]["subject"] == ["Say thanks to {{ company | them }}"]


def test_a_lead_cannot_bind_a_rule_to_another_team(boss: User, team_b: Any, client_for: Any) -> None:
    answer = client_for(boss).post(reverse("automation:rule_new"), form_of_a_task(team=str(team_b.pk)))

    assert answer.status_code == 422
    assert not Rule.objects.exists()


def test_a_lead_does_not_see_the_rules_of_others(root: User, boss: User, client_for: Any) -> None:
    rule = made_rule(root, name="Secret plan")
    client = client_for(boss)

    assert "Secret plan" not in client.get(reverse("automation:rules")).content.decode()
    assert client.get(reverse("automation:rule", args=[rule.pk])).status_code == 404
    assert client.post(reverse("automation:rule_switch", args=[rule.pk]), {"on": "0"}).status_code == 404


def test_what_is_missing_is_said_and_what_was_typed_is_kept(root: User, client_for: Any) -> None:
    answer = client_for(root).post(reverse("automation:rule_new"), form_of_a_task(**{"s-a1-subject": ""}))

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "This field is required." in text
    assert "After a win" in text


def test_parts_are_drawn_anew_out_of_the_form(root: User, client_for: Any) -> None:
    client = client_for(root)
    given = form_of_a_task(**{"s-a1-who": "user"})

    step_html = client.post(reverse("automation:draft", args=["step.a1"]), given).content.decode()
    words = client.post(reverse("automation:draft", args=["words"]), given).content.decode()
    added = client.post(
        reverse("automation:draft", args=["add"]), {**given, "add-step": "tag"}
    ).content.decode()

    assert "s-a1-user" in step_html
    assert "a deal is won" in words
    assert "Add tags" in added


def test_the_preview_counts_and_the_rehearsal_writes_nothing(root: User, ann: User, client_for: Any) -> None:
    deal = made_deal(actor=ann)
    client = client_for(root)
    given = form_of_a_task(trigger="created")

    fits = client.post(reverse("automation:draft", args=["fits"]), given).content.decode()
    tried = client.post(
        reverse("automation:draft", args=["try"]), {**given, "record": deal.pk}
    ).content.decode()

    assert "Fits <b>1</b> record now." in fits
    assert "Planned “Say thanks to them” for Ann North" in tried
    assert (Activity.objects.count(), Rule.objects.count(), RuleRun.objects.count()) == (0, 0, 0)


def test_nobody_rehearses_on_a_record_that_they_do_not_see(boss: User, bob: User, client_for: Any) -> None:
    deal = made_deal(actor=bob)

    answer = client_for(boss).post(
        reverse("automation:draft", args=["try"]), {**form_of_a_task(), "record": deal.pk}
    )

    assert answer.status_code == 404


def test_a_rule_is_switched_copied_ordered_and_deleted(root: User, client_for: Any) -> None:
    first, second = made_rule(root, name="First"), made_rule(root, name="Second")
    client = client_for(root)

    client.post(reverse("automation:rule_switch", args=[first.pk]), {"on": "0"})
    client.post(reverse("automation:rule_act", args=[first.pk, "duplicate"]))
    copy = Rule.objects.get(name="First (copy)")
    client.post(reverse("automation:rule_order"), {"key": [copy.pk, second.pk, first.pk]})
    client.post(reverse("automation:rule_act", args=[second.pk, "delete"]))

    assert list(Rule.objects.order_by("position").values_list("name", "is_on")) == [
        ("First (copy)", False),
        ("First", False),
    ]


def test_an_administrator_takes_over_what_a_leaver_left(boss: User, root: User, client_for: Any) -> None:
    rule = made_rule(boss)
    boss.is_active = False
    boss.save()

    client_for(root).post(reverse("automation:rule_act", args=[rule.pk, "take-over"]))

    assert Rule.objects.get().author == root


@pytest.mark.parametrize("key", [one.key for one in catalogue.examples()])
def test_every_example_is_a_rule_that_can_be_switched_on(key: str, root: User, client_for: Any) -> None:
    example = catalogue.example(key)
    assert example is not None
    page = client_for(root).get(reverse("automation:rule_new"), {"example": key})

    parts = {"name": str(example.name), **example.build()}
    rule = services.save_rule(rule=None, parts=parts, actor=root, at=timezone.now())
    services.switch_rule(rule=rule, on=True, actor=root, at=timezone.now())

    assert str(example.name) in page.content.decode()
    assert rule.is_on


def test_the_log_says_why_and_a_failed_run_is_tried_again(root: User, ann: User, client_for: Any) -> None:
    made_rule(root, name="Reopener", steps=[step("sales.deal.reopen")])
    deal = made_deal(actor=ann, name="Acme deal")
    work()
    client = client_for(root)

    page = client.get(reverse("automation:log"), {"state": "failed"}).content.decode()
    run = RuleRun.objects.get()
    client.post(reverse("automation:retry", args=[run.pk]), {"here": "https://evil.example/"})

    assert "Acme deal" in page
    assert "Try again" in page
    assert RuleRun.objects.get().state == "waiting"
    assert refreshed(deal).status == "open"


def test_a_button_leads_back_to_our_own_pages_only(root: User, client_for: Any) -> None:
    rule = made_rule(root)

    answer = client_for(root).post(
        reverse("automation:rule_switch", args=[rule.pk]), {"on": "0", "here": "https://evil.example/"}
    )

    assert answer.headers["Location"] == reverse("automation:rules")


def test_people_join_and_pause_a_rotation(boss: User, ann: User, team_a: Any, client_for: Any) -> None:
    client = client_for(boss)
    client.post(
        reverse("automation:rotation_new"),
        {"name": "North", "by": "turn", "team": team_a.pk},
    )
    turns = Rotation.objects.get()

    client.post(reverse("automation:seat_add", args=[turns.pk]), {"user": ann.pk})
    seat = turns.seats.get()
    client.post(
        reverse("automation:seats", args=[turns.pk]),
        {f"p{seat.pk}-is_paused": "on", f"p{seat.pk}-most_open": "5"},
    )

    seat.refresh_from_db()
    assert (seat.user, seat.is_paused, seat.most_open) == (ann, True, 5)
    assert "Ann North pauses" in client.get(reverse("automation:rotation", args=[turns.pk])).content.decode()


def test_a_lead_does_not_touch_the_rotations_of_others(boss: User, bob: User, client_for: Any) -> None:
    turns = rotation(bob)

    assert client_for(boss).get(reverse("automation:rotation", args=[turns.pk])).status_code == 404


def test_a_mail_template_is_filled_in_before_it_is_saved(root: User, client_for: Any) -> None:
    made_person(name="Anna Lee", actor=root)
    client = client_for(root)
    given = {
        "name": "Hi",
        "type_id": "1",
        "subject": "Hello",
        "body": "Dear {{ first_name }}",
        "is_active": "on",
    }

    preview = client.post(reverse("automation:template_preview"), given).content.decode()
    wrong = client.post(reverse("automation:template_new"), {**given, "body": "{{ nonsense }}"})
    client.post(reverse("automation:template_new"), given)

    assert "Dear Anna" in preview
    assert wrong.status_code == 422
    assert MailTemplate.objects.get().body == "Dear {{ first_name }}"


def test_the_secret_of_a_webhook_is_shown_once(root: User, client_for: Any) -> None:
    client = client_for(root)
    given = {"name": "ERP", "url": "https://no-such-host.invalid/in", "events": ["deal.won"]}

    first = client.post(reverse("automation:hook_new"), given).content.decode()
    hook = Webhook.objects.get()
    again = client.get(reverse("automation:hook", args=[hook.pk])).content.decode()
    inside = client.post(reverse("automation:hook_new"), {**given, "url": "http://127.0.0.1/"})

    assert "whs_" in first
    assert "whs_" not in again
    assert inside.status_code == 422
    hooks.rotate_secret(hook, at=timezone.now())


def test_the_list_of_rules_costs_the_same_for_many(root: User, client_for: Any) -> None:
    client = client_for(root)
    counts = []
    for target in (2, 8):
        while Rule.objects.count() < target:
            made_rule(root, name=f"Rule {Rule.objects.count()}", steps=[step("tag", add=["x"])])
        cache.clear()
        client.get(reverse("automation:rules"))
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("automation:rules"))
        counts.append(len(seen))

    assert counts[0] == counts[1]


def test_the_log_names_no_hidden_record(boss: User, ann: User, bob: User, client_for: Any) -> None:
    from tests.factories.sales import changed

    made_rule(boss)
    deal = made_deal(actor=ann, name="Moved away")
    work()
    changed(deal, owner=bob)

    page = client_for(boss).get(reverse("automation:log")).content.decode()

    assert "Moved away" not in page
    assert "a record that you may not see" in page


def test_what_a_rule_did_is_told_as_the_rule_s(root: User, ann: User, client_for: Any) -> None:
    made_rule(root, name="Tagger")
    deal = made_deal(actor=ann)
    work()
    client = client_for(ann)

    page = client.get(deal.get_absolute_url()).content.decode()
    history = client.get(reverse("sales:deal_history", args=[deal.pk])).content.decode()

    assert "Rule “Tagger”" in page
    assert "Rule “Tagger”" in history


def test_a_rotation_counts_what_its_rules_give_out(root: User, ann: User, client_for: Any) -> None:
    turns = rotation(ann)
    given = step("assign", to="rotation", rotation=str(turns.pk))
    made_rule(root, type="activities", trigger="created", steps=[given])
    made_deal(owner=ann)
    for _number in range(3):
        service = registry.service_for(Activity)
        service.create([{"kind": "task", "subject": "Call", "owner": ann}], actor=root, at=timezone.now())

    page = client_for(root).get(reverse("automation:rotation", args=[turns.pk])).content.decode()

    assert re.findall("Open: ([^<]*)<", page) == ["activities"]
    assert '<td data-label="Open">3</td>' in page
