"""Rules: when something happens, if it fits, then the steps are done, once and in order."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from crm.automation import engine, letters, rehearsing, services
from crm.automation.models import Assignment, Rule, RuleRun
from crm.mail.models import MailTemplate
from crm.notifications.models import Notification
from crm.records.models import Event
from crm.timeline.models import Activity
from sales.models import Deal
from tests.factories.automation import made_rule, rotation, runs, sets, step, work
from tests.factories.contacts import made_company, made_person
from tests.factories.identity import join, person
from tests.factories.sales import changed, made_deal, reason, refreshed, stage

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db
BIG = {"filter": "amount", "value": ["10000.."]}


def test_a_created_record_gets_what_the_rule_says(root: User, ann: User) -> None:
    rule = made_rule(root, steps=[step("tag", add=["new"])])

    deal = made_deal(actor=ann)
    work()

    assert refreshed(deal).tags == ["new"]
    assert runs(rule) == [("done", "")]


def test_a_rule_that_is_off_does_nothing(root: User, ann: User) -> None:
    rule = made_rule(root, on=False)

    deal = made_deal(actor=ann)
    work()

    assert refreshed(deal).tags == []
    assert runs(rule) == []


def test_what_does_not_fit_is_left_alone_and_the_log_says_why(root: User, ann: User) -> None:
    rule = made_rule(root, condition=BIG)

    deal = made_deal(actor=ann, amount=Decimal(500))
    work()

    assert refreshed(deal).tags == []
    [(state, why)] = runs(rule)
    assert state == "skipped"
    assert "amount is 500" in why


def test_a_change_is_noticed_only_from_and_to_the_values_asked_for(root: User, ann: User) -> None:
    deal = made_deal(actor=ann, stage="Engaging", amount=Decimal(5))
    when = {"fields": ["stage"], "from": [str(stage("Prospecting").pk)], "to": [str(stage("Engaging").pk)]}
    rule = made_rule(root, trigger="changed", when=when)

    changed(deal, actor=ann, stage=stage("Prospecting"))
    changed(deal, actor=ann, stage=stage("Engaging"))
    changed(deal, actor=ann, stage=stage("Prospecting"))
    work()

    assert len(runs(rule)) == 1


def test_any_of_several_fields_may_change(root: User, ann: User) -> None:
    deal = made_deal(actor=ann)
    rule = made_rule(root, trigger="changed", when={"fields": ["amount", "next_step"]})

    changed(deal, actor=ann, next_step="Call")
    changed(deal, actor=ann, amount=Decimal(5))
    changed(deal, actor=ann, description="Something else")
    work()

    assert len(runs(rule)) == 2


def test_an_event_of_the_trade_starts_a_rule_that_plans_a_task(root: User, ann: User) -> None:
    deal = made_deal(actor=ann, stage="Prospecting", company=made_company(name="Acme", actor=ann))
    plan = step("plan", kind="task", subject="Ask {{ company }}", days=2, working=True, who="owner")
    made_rule(root, trigger="event", when={"events": ["deal.won"]}, steps=[plan])

    changed(deal, actor=ann, stage=stage("Won"))
    work()

    task = Activity.objects.get(kind="task")
    assert (task.subject, task.owner, task.about_id) == ("Ask Acme", ann, deal.pk)


def test_a_logged_call_starts_a_rule(root: User, ann: User) -> None:
    from tests.factories.timeline import call

    deal = made_deal(actor=ann)
    made_rule(root, trigger="event", when={"events": ["call.logged"]})

    call(deal, actor=ann)
    work()

    assert refreshed(deal).tags == ["seen"]


def test_fields_are_set_counted_copied_and_emptied(root: User, ann: User) -> None:
    given = {
        "fields": ["next_step", "expected_on", "description", "source"],
        "how-next_step": "value",
        "value-next_step": "Call {{ owner.name }}",
        "how-expected_on": "days",
        "days-expected_on": "10",
        "how-description": "copy",
        "from-description": "name",
        "how-source": "empty",
    }
    made_rule(root, steps=[{"step": "change", "with": given}])

    deal = made_deal(actor=ann, name="Big one")
    work()

    deal = refreshed(deal)
    assert deal.next_step == "Call Ann North"
    assert deal.expected_on == timezone.now().date() + timedelta(days=10)
    assert deal.description == "Big one"
    assert deal.source is None


def test_another_record_is_created_and_points_back(root: User, ann: User) -> None:
    given = {
        "type": "deals",
        "fields": ["name", "company"],
        "how-name": "value",
        "value-name": "First deal with {{ name }}",
        "how-company": "this",
    }
    made_rule(root, type="companies", steps=[{"step": "create", "with": given}])

    company = made_company(name="Acme", actor=ann)
    work()

    deal = Deal.objects.get()
    assert (deal.name, deal.company, deal.owner) == ("First deal with Acme", company, ann)


def test_the_verbs_of_the_trade_are_steps(root: User, ann: User) -> None:
    lose = step("sales.deal.lose", lost_reason=reason().pk, lost_note="Too small")
    made_rule(root, condition={"not": BIG}, steps=[lose])

    deal = made_deal(actor=ann, amount=Decimal(1))
    work()

    deal = refreshed(deal)
    assert (deal.status, deal.lost_note) == ("lost", "Too small")


def test_a_letter_by_template_reaches_the_customer(root: User, ann: User) -> None:
    template = MailTemplate.objects.create(
        name="Hello", type_id=4, subject="About {{ name }}", body="Dear {{ person.first_name | friend }}"
    )
    anna = made_person(name="Anna Lee", email="anna@example.com", actor=ann)
    made_rule(root, steps=[step("mail", template=template.pk, to="person")])

    made_deal(actor=ann, name="Offer", person=anna)
    work()
    letters.send_waiting()
    letters.send_waiting()

    [letter] = mail.outbox
    assert (letter.to, letter.subject, letter.body) == (["anna@example.com"], "About Offer", "Dear Anna")


def test_a_letter_without_an_address_fails_and_says_so(root: User, ann: User) -> None:
    template = MailTemplate.objects.create(name="Hello", type_id=4, subject="Hello", body="Hello")
    rule = made_rule(root, steps=[step("mail", template=template.pk, to="person")])

    made_deal(actor=ann)
    work()

    assert runs(rule) == [("failed", "There is no e-mail address to send it to.")]


def test_steps_go_in_order_and_end_with_the_one_that_fails(root: User, ann: User) -> None:
    bad = step("sales.deal.reopen")
    rule = made_rule(root, steps=[step("tag", add=["one"]), bad, step("tag", add=["two"])])

    deal = made_deal(actor=ann)
    work()

    assert refreshed(deal).tags == ["one"]
    run = RuleRun.objects.get(rule=rule)
    assert [line["state"] for line in run.steps] == ["done", "failed"]


def test_a_retry_goes_on_with_the_step_that_failed(root: User, ann: User) -> None:
    plan = step("plan", kind="task", subject="Do", days=1, who="owner")
    rule = made_rule(root, steps=[plan, step("sales.deal.reopen"), step("tag", add=["end"])])
    deal = made_deal(actor=ann)
    work()
    changed(deal, actor=ann, stage=stage("Won"))

    engine.retry(RuleRun.objects.get(rule=rule))
    work()

    assert refreshed(deal).status == "open"
    assert refreshed(deal).tags == ["end"]
    assert Activity.objects.filter(kind="task").count() == 1


def test_rules_go_in_their_order_and_the_last_one_stops_the_rest(root: User, ann: User) -> None:
    first = made_rule(root, name="First", steps=[step("tag", add=["first"])])
    second = made_rule(root, name="Second", steps=[step("tag", add=["second"])], stops=True)
    third = made_rule(root, name="Third", steps=[step("tag", add=["third"])])
    services.order_rules(ids=[second.pk, first.pk, third.pk], actor=root, at=timezone.now())
    services.order_rules(ids=[first.pk, second.pk, third.pk], actor=root, at=timezone.now())

    deal = made_deal(actor=ann)
    work()

    assert refreshed(deal).tags == ["first", "second"]
    assert runs(third)[0][0] == "stopped"


def test_once_per_record_is_once(root: User, ann: User) -> None:
    deal = made_deal(actor=ann)
    rule = made_rule(root, trigger="changed", when={"fields": ["next_step"]}, once=True)

    changed(deal, actor=ann, next_step="One")
    changed(deal, actor=ann, next_step="Two")
    work()

    assert [state for state, _reason in runs(rule)] == ["done", "skipped"]


def test_two_rules_that_feed_each_other_come_to_rest(root: User, ann: User) -> None:
    deal = made_deal(actor=ann)
    made_rule(
        root, trigger="changed", when={"fields": ["next_step"]}, steps=[sets(description="{{ updated_at }}")]
    )
    made_rule(
        root, trigger="changed", when={"fields": ["description"]}, steps=[sets(next_step="{{ updated_at }}!")]
    )

    changed(deal, actor=ann, next_step="Go")
    work()

    stopped = RuleRun.objects.filter(state="stopped")
    assert stopped.count() == 1
    assert "Loop" in stopped.get().reason


def test_a_rule_that_makes_its_own_kind_is_cut_off(root: User, ann: User) -> None:
    given = {"type": "deals", "fields": ["name"], "how-name": "value", "value-name": "Next"}
    rule = made_rule(root, steps=[{"step": "create", "with": given}])

    made_deal(actor=ann)
    work()

    assert 3 < Deal.objects.count() < 10
    assert runs(rule)[-1][0] == "stopped"


def test_a_rule_does_no_more_than_its_author_may(boss: User, ann: User, bob: User) -> None:
    rule = made_rule(boss)

    ours, theirs = made_deal(actor=ann), made_deal(actor=bob)
    work()

    assert (refreshed(ours).tags, refreshed(theirs).tags) == (["seen"], [])
    assert [state for state, _reason in runs(rule)] == ["done", "skipped"]


def test_a_lead_reaches_own_team_even_where_all_may_see(boss: User, ann: User, bob: User) -> None:
    made_rule(boss, type="companies")

    ours, theirs = made_company(name="Ours", actor=ann), made_company(name="Theirs", actor=bob)
    work()

    assert (type(ours).objects.get(pk=ours.pk).tags, type(ours).objects.get(pk=theirs.pk).tags) == (
        ["seen"],
        [],
    )


def test_nobody_but_leads_and_administrators_makes_rules(ann: User) -> None:
    with pytest.raises(PermissionDenied):
        made_rule(ann)


def test_a_lead_cannot_change_a_rule_of_an_administrator(root: User, boss: User) -> None:
    rule = made_rule(root)

    with pytest.raises(PermissionDenied):
        services.save_rule(rule=rule, parts={"name": "Mine"}, actor=boss, at=timezone.now())


def test_a_rule_whose_author_left_is_paused_and_somebody_hears_of_it(
    root: User, boss: User, ann: User
) -> None:
    rule = made_rule(boss)
    boss.is_active = False
    boss.save()

    deal = made_deal(actor=ann)
    work()

    rule = Rule.objects.get(pk=rule.pk)
    assert not rule.is_on
    assert "Bea Boss" in rule.pause_reason
    assert refreshed(deal).tags == []
    assert Notification.objects.get().user == root


def test_what_a_rule_did_names_the_rule(root: User, ann: User) -> None:
    rule = made_rule(root, name="Tagger")

    made_deal(actor=ann)
    work()

    event = Event.objects.filter(name="deal.updated").get()
    assert (event.via, event.data["rule"]["name"], event.data["rule"]["id"]) == (
        "automation",
        "Tagger",
        rule.pk,
    )
    assert event.caused_by_id == Event.objects.get(name="deal.created").pk


def test_each_save_is_a_version_that_can_be_brought_back(root: User) -> None:
    rule = made_rule(root, name="First")
    services.save_rule(rule=rule, parts={"name": "Second"}, actor=root, at=timezone.now())

    services.restore_version(rule=rule, version=rule.versions.get(number=1), actor=root, at=timezone.now())

    assert Rule.objects.get(pk=rule.pk).name == "First"
    assert rule.versions.count() == 3


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ({"name": ""}, "name"),
        ({"type": "stars"}, "type"),
        ({"trigger": "whenever"}, "trigger"),
        ({"trigger": "event", "when": {"events": ["deal.exploded"]}}, "when"),
        ({"trigger": "schedule", "when": {"every": "cron", "cron": "often"}}, "when"),
        ({"condition": {"filter": "nonsense", "value": ["1"]}}, "condition"),
        ({"steps": [{"step": "explode"}]}, "steps.0"),
        ({"steps": [step("tag")]}, "steps.0"),
        ({"steps": [sets(amount="much")]}, "steps.0"),
        ({"steps": [sets(next_step="{{ secret }}")]}, "steps.0"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_its_place(
    root: User, parts: dict[str, Any], place: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        made_rule(root, **parts)

    assert place in refused.value.message_dict


def test_a_rehearsal_shows_everything_and_writes_nothing(root: User, ann: User) -> None:
    plan = step("plan", kind="call", subject="Call", days=1, who="owner")
    rule = made_rule(root, steps=[sets(next_step="Call them"), plan], on=False)
    deal = made_deal(actor=ann)
    events = Event.objects.count()

    found = rehearsing.rehearse(rule, deal, timezone.now())

    assert found.fits
    assert [line["state"] for line in found.steps] == ["done", "done"]
    assert {"label": "next step", "old": "", "new": "Call them"} in found.changes[0]["changes"]
    assert refreshed(deal).next_step == ""
    assert (Activity.objects.count(), RuleRun.objects.count(), Event.objects.count()) == (0, 0, events)


def test_a_preview_counts_what_fits_now(root: User, ann: User) -> None:
    for amount in (5, 20_000, 30_000):
        made_deal(actor=ann, amount=Decimal(amount))
    rule = made_rule(root, condition=BIG, on=False)

    found = rehearsing.fitting(rule, timezone.now())

    assert (found.count, found.is_capped, len(found.sample)) == (2, False, 2)


def test_the_past_says_how_often_it_would_have_started(root: User, ann: User) -> None:
    made_deal(actor=ann, amount=Decimal(50_000))
    made_deal(actor=ann, amount=Decimal(5))
    rule = made_rule(root, condition=BIG, on=False)

    past = rehearsing.past(rule, timezone.now())

    assert past == {"count": 1, "days": 30, "started": 2}


def test_turns_are_taken_in_order_past_those_who_pause_or_are_full(
    root: User, ann: User, bob: User, team_a: Any
) -> None:
    cat = person("cat", role="sales_rep")
    join(cat, team_a)
    turns = rotation(ann, bob, cat)
    turns.seats.filter(user=bob).update(is_paused=True)
    turns.seats.filter(user=cat).update(most_a_day=1)
    made_rule(root, steps=[step("assign", to="rotation", rotation=turns.pk)])

    deals = [made_deal(actor=root, name=f"Deal {number}") for number in range(4)]
    work()

    assert [refreshed(deal).owner for deal in deals] == [ann, cat, ann, ann]
    reasons = list(Assignment.objects.order_by("pk").values_list("reason", flat=True))
    assert "next in turn" in reasons[0]
    assert "Bob South pauses" in reasons[0]
    assert "Cat got 1 of 1 today" in reasons[3]


def test_by_load_goes_to_whoever_has_least_open(root: User, ann: User, bob: User) -> None:
    for number in range(2):
        made_deal(actor=ann, name=f"Old {number}")
    turns = rotation(ann, bob, by="load")
    made_rule(root, steps=[step("assign", to="rotation", rotation=turns.pk)])

    deals = [made_deal(actor=root, name=f"New {number}") for number in range(3)]
    work()

    owners = [refreshed(deal).owner for deal in deals]
    assert owners[:2] == [bob, bob]
    assert owners[2] == ann or owners[2] == bob


def test_when_everybody_is_full_the_record_stays_and_the_log_names_each(root: User, ann: User) -> None:
    made_deal(actor=ann)
    turns = rotation(ann, most_open=1)
    rule = made_rule(root, steps=[step("assign", to="rotation", rotation=turns.pk)])

    deal = made_deal(actor=root)
    work()

    assert refreshed(deal).owner == root
    assert "Ann North has 1 of 1 open" in runs(rule)[0][1]
