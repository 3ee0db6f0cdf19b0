"""Accounts are written in sets, by one service, with an event each."""

import csv
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crm.accounts.services import find_users, service, set_active, update_profile
from crm.identity.access import access_for
from crm.identity.models import Membership, Team, User
from crm.records import journal
from crm.records.drafts import RecordErrors
from crm.records.models import Event, Job
from tests.factories.identity import builtin_role, person

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SALES_TEAMS = Path(os.environ.get("SAMPLE_DATA", "../shared/data")) / "deals_maven" / "sales_teams.csv"
ROWS = [
    {"full_name": "Anna Snelling", "manager": "Dustin Brinkmann", "team": "Central"},
    {"full_name": "Moses Frase", "manager": "Dustin Brinkmann", "team": "Central"},
    {"full_name": "Darcel Schlecht", "manager": "Melvin Marxen", "team": "Central"},
    {"full_name": "Zane Levy", "manager": "Summer Sewald", "team": "West"},
]


def bring(rows, actor, job=None):
    return service.create(rows, actor=actor, at=NOON, via="import", job=job, partial=True)


def users(drafts):
    return [draft.record for draft in drafts]


def test_people_who_share_a_manager_form_a_team_led_by_that_manager(root):
    bring(ROWS, root)

    central = Team.objects.get(name="Central", parent=None)
    groups = {str(team): team for team in central.children.all()}
    assert set(groups) == {"Dustin Brinkmann’s team", "Melvin Marxen’s team"}
    dustins = groups["Dustin Brinkmann’s team"].memberships.order_by("user__full_name")
    assert [(str(one.user), one.is_lead) for one in dustins] == [
        ("Anna Snelling", False),
        ("Dustin Brinkmann", True),
        ("Moses Frase", False),
    ]


def test_imported_agents_without_mail_are_inactive_reps_and_managers_are_managers(root):
    bring(ROWS, root)

    anna, dustin = User.objects.get(username="anna.snelling"), User.objects.get(full_name="Dustin Brinkmann")
    assert not anna.is_active
    assert not anna.has_usable_password()
    assert [role.key for role in anna.roles.all()] == ["sales_rep"]
    assert [role.key for role in dustin.roles.all()] == ["sales_manager"]


def test_an_imported_person_with_mail_is_active_unless_the_file_says_no(root):
    drafts = bring(
        [
            {"full_name": "A", "email": "a@example.com"},
            {"full_name": "B", "email": "b@example.com", "is_active": False},
        ],
        root,
    )

    assert [user.is_active for user in users(drafts)] == [True, False]


def test_importing_again_changes_nothing(root):
    made = users(bring(ROWS, root))
    events = Event.objects.count()

    drafts = service.update(made, ROWS, actor=root, at=NOON, via="import", partial=True)

    assert {draft.outcome for draft in drafts} == {"unchanged"}
    assert Event.objects.count() == events
    assert Membership.objects.count() == 7


def test_another_manager_moves_a_person_to_another_team(root):
    [anna, *_others] = users(bring(ROWS, root))

    [draft] = service.update([anna], {"team": "West", "manager": "Summer Sewald"}, actor=root, at=NOON)

    assert str(anna.primary_team) == "Summer Sewald’s team"
    assert Membership.objects.filter(user=anna).count() == 1
    assert draft.notes["team"] == ("Dustin Brinkmann’s team", "Summer Sewald’s team")


def test_undoing_an_import_of_users_leaves_nothing_behind(root):
    job = Job.objects.create(kind="import", title="Users", actor=root)
    bring(ROWS, root, job)

    journal.undo(job=job, actor=root, at=NOON)

    assert list(User.objects.all()) == [root]
    assert not Team.objects.exists()
    assert not Membership.objects.exists()


@pytest.mark.sample_data
@pytest.mark.skipif(not SALES_TEAMS.exists(), reason=f"needs {SALES_TEAMS}")
def test_the_sample_file_gives_35_agents_6_managers_and_9_teams(root):
    with SALES_TEAMS.open() as file:
        rows = [
            {"full_name": row["sales_agent"], "manager": row["manager"], "team": row["regional_office"]}
            for row in csv.DictReader(file)
        ]

    bring(rows, root)

    assert User.objects.exclude(pk=root.pk).count() == 41
    assert Team.objects.filter(parent=None).count() == 3
    assert Team.objects.exclude(parent=None).count() == 6


def test_each_account_tells_one_event(root):
    [draft] = service.create([{"full_name": "Ann", "email": "ann@example.com"}], actor=root, at=NOON)
    service.update([draft.record], {"job_title": "Rep"}, actor=root, at=NOON)
    set_active(users=[draft.record], active=False, actor=root, at=NOON)

    events = Event.objects.filter(type_id=90, record_id=draft.record.pk).order_by("pk")
    assert [event.name for event in events] == ["user.created", "user.updated", "user.deactivated"]
    assert events[1].data["changes"] == {"job_title": {"old": "", "new": "Rep"}}
    assert "password" not in str([event.data for event in events])


def test_two_people_may_not_have_one_address(root, ann):
    [draft] = service.create(
        [{"full_name": "X", "email": "ANN@example.com"}], actor=root, at=NOON, partial=True
    )

    assert draft.outcome == "error"
    assert not User.objects.filter(full_name="X").exists()


def test_only_administrators_may_change_accounts(ann, bob):
    with pytest.raises(RecordErrors) as refused:
        service.update([bob], {"full_name": "Bobby"}, actor=ann, at=NOON)

    assert refused.value.is_forbidden
    bob.refresh_from_db()
    assert bob.full_name == "Bob South"


def test_an_administrator_may_not_touch_root(root, db):
    chief = person("chief", role="administrator")

    with pytest.raises(RecordErrors):
        service.update([root], {"is_active": False}, actor=chief, at=NOON)
    with pytest.raises(RecordErrors):
        service.create([{"full_name": "X", "is_superuser": True}], actor=chief, at=NOON)


def test_nobody_switches_off_themself_or_the_last_superuser(root):
    with pytest.raises(RecordErrors):
        set_active(users=[root], active=False, actor=root, at=NOON)
    with pytest.raises(RecordErrors):
        service.update([root], {"is_superuser": False}, actor=None, at=NOON)


def test_the_role_of_an_administrator_opens_the_admin(root, ann):
    service.update([ann], {"roles": [builtin_role("administrator")]}, actor=root, at=NOON)
    ann.refresh_from_db()
    assert ann.is_staff

    service.update([ann], {"roles": []}, actor=root, at=NOON)
    ann.refresh_from_db()
    assert not ann.is_staff


def test_a_changed_role_is_felt_at_once(root, ann, django_capture_on_commit_callbacks):
    assert not access_for(ann).can("identity.user", "change")

    with django_capture_on_commit_callbacks(execute=True):
        service.update([ann], {"roles": [builtin_role("administrator")]}, actor=root, at=NOON)

    assert access_for(User.objects.get(pk=ann.pk)).can("identity.user", "change")


def test_an_unknown_field_is_refused(root, ann):
    with pytest.raises(RecordErrors):
        service.update([ann], {"password": "x"}, actor=root, at=NOON)


def test_a_name_that_two_people_share_finds_nobody(ann):
    person("ann2", full_name="Ann North")

    assert find_users(["Ann North"]) == {}
    assert find_users(["ANN@example.com"]) == {"ann@example.com": ann}


def test_own_looks_are_nobodys_news(ann):
    update_profile(user=ann, changes={"theme": "dark", "preferences": {"start_page": "/today/"}}, at=NOON)

    assert ann.theme == "dark"
    assert not Event.objects.exists()


def test_an_own_new_name_is_told(ann):
    update_profile(user=ann, changes={"full_name": "Ann West"}, at=NOON)

    event = Event.objects.get()
    assert (event.name, event.actor, event.title) == ("user.updated", ann, "Ann West")
