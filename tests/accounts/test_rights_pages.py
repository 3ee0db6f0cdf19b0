"""Roles copied, compared, taken back; nobody locked out; nobody handed more than the giver has."""

from __future__ import annotations

import pytest
from django.utils import timezone

from crm.accounts.services import service
from crm.identity.models import FieldRule, Grant, Role, User
from crm.records.drafts import RecordErrors
from tests.factories.identity import builtin_role, person, rights_changed

pytestmark = pytest.mark.django_db
ROLES = "/admin/identity/role/"


def test_a_role_is_copied_with_its_rights_and_field_rights(root, client_for):
    role = builtin_role("sales_rep")
    FieldRule.objects.create(role=role, record_type="sales.deal", field="amount", level="hidden")

    client_for(root).post(ROLES, {"action": "copy_role", "_selected_action": [str(role.pk)]})

    copy = Role.objects.get(key="sales_rep_2")
    assert (
        copy.grants.count() == role.grants.filter(record_type__in=copy.grants.values("record_type")).count()
    )
    assert {rule.field for rule in copy.field_rules.all()} == {"amount", "cost"}


def test_the_latest_change_of_a_role_is_taken_back(root, client_for):
    role, client = builtin_role("sales_rep"), client_for(root)
    page = client.get(f"{ROLES}{role.pk}/change/")
    form = page.context["adminform"].form
    wanted = {f"grants-{key}-{action}": scope for (key, action), scope in form.initial["grants"].items()} | {
        "grants-sales.deal-delete": "all"
    }
    rows = {"field_rules-TOTAL_FORMS": "0", "field_rules-INITIAL_FORMS": "0"}
    client.post(f"{ROLES}{role.pk}/change/", {**wanted, **rows})
    changed = Grant.objects.get(role=role, record_type="sales.deal", action="delete").scope

    client.post(ROLES, {"action": "take_back", "_selected_action": [str(role.pk)]})

    assert changed == "all"
    assert Grant.objects.get(role=role, record_type="sales.deal", action="delete").scope == "own"


def test_rights_at_a_glance(root, ann, client_for):
    rep, manager = builtin_role("sales_rep"), builtin_role("sales_manager")
    client = client_for(root)

    compared = client.get(f"{ROLES}at-a-glance/", {"a": rep.pk, "b": manager.pk}).content.decode()
    of_ann = client.get(f"{ROLES}at-a-glance/", {"user": ann.pk}).content.decode()
    who = client.get(f"{ROLES}at-a-glance/", {"type": "sales.deal", "action": "view"}).content.decode()

    assert "Own team → Own team and teams below" in compared
    assert "Sales rep" in of_ann
    assert "Ann North" in who


def test_titles_can_not_be_hidden(root, client_for):
    role = builtin_role("sales_rep")
    rows = {
        "field_rules-TOTAL_FORMS": "1",
        "field_rules-INITIAL_FORMS": "0",
        "field_rules-0-place": "sales.deal:name",
        "field_rules-0-level": "hidden",
    }

    answer = client_for(root).post(f"{ROLES}{role.pk}/change/", rows)

    assert "Records are called by this field" in answer.content.decode()
    assert not FieldRule.objects.filter(record_type="sales.deal").exists()


def test_the_last_administrator_stays():
    last = person("adam", role="administrator", is_staff=True)

    with pytest.raises(RecordErrors, match="Somebody has to stay who may administer"):
        service.update([last], {"roles": [builtin_role("sales_rep")]}, actor=None, at=timezone.now())


def test_nobody_gives_a_role_that_allows_more_than_they_may(ann):
    clerk = person("clerk")
    role = Role.objects.create(key="clerks", name="Clerks")
    Grant.objects.create(role=role, record_type=User._meta.label_lower, action="change", scope="all")
    clerk.roles.add(role)
    rights_changed()

    for wanted in ("administrator", "sales_manager"):
        with pytest.raises(RecordErrors, match="allows more than you may"):
            service.update([ann], {"roles": [builtin_role(wanted)]}, actor=clerk, at=timezone.now())
