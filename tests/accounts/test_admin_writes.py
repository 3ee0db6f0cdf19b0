"""What administrators change is told like every other change, with old and new values."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from crm.accounts.services import service
from crm.identity.access import access_for
from crm.identity.models import Grant, Membership, Organisation, Role, Team, User
from crm.identity.roles import ACTIONS
from crm.records import due, registry
from crm.records.models import CurrencyRate, Event, Job, JobState
from tests.factories.identity import builtin_role, join, person

NO_ROWS = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}


@pytest.fixture
def administrator(root, client_for):
    return client_for(root)


def form_of(user, **changes):
    """What the form of a user sends."""
    given = {
        "full_name": user.full_name,
        "username": user.username,
        "email": user.email,
        "job_title": user.job_title,
        "phone": user.phone,
        "language": user.language,
        "time_zone": user.time_zone,
        "roles": list(user.roles.values_list("pk", flat=True)),
        "is_active": "on" if user.is_active else "",
        **NO_ROWS,
    }
    return {name: value for name, value in {**given, **changes}.items() if value != ""}


def change(user):
    return reverse("admin:identity_user_change", args=[user.pk])


def test_the_admin_tells_the_same_event_as_the_service(administrator, root, ann, bob):
    service.update([ann], {"job_title": "Rep"}, actor=root, at=timezone.now(), via="admin")
    administrator.post(change(bob), form_of(bob, job_title="Rep"))

    by_service, by_admin = Event.objects.order_by("pk")
    for field in ("name", "type_id", "actor_id", "via", "data"):
        assert getattr(by_service, field) == getattr(by_admin, field)


def test_a_new_user_is_invited_and_waits(administrator):
    role = builtin_role("sales_rep")
    answer = administrator.post(
        reverse("admin:identity_user_add"),
        {
            "full_name": "Анна Снегирёва",
            "email": "a@example.com",
            "roles": [role.pk],
            "invite": "on",
            **NO_ROWS,
        },
    )
    due.run_due(timezone.now())

    user = User.objects.get(email="a@example.com")
    assert answer.status_code == 302
    assert (user.username, user.is_active, [*user.roles.all()]) == ("anna.snegireva", False, [role])
    assert mail.outbox[0].to == ["a@example.com"]


def test_what_the_service_refuses_comes_back_with_the_form(administrator, root):
    answer = administrator.post(change(root), form_of(root, is_active="", job_title="Typed"))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "switch off your own account" in page
    assert "Typed" in page
    root.refresh_from_db()
    assert root.is_active
    assert not Event.objects.exists()


def test_an_administrator_can_not_make_superusers(ann, client_for):
    chief = person("chief", role="administrator")

    client_for(chief).post(change(ann), form_of(ann, is_superuser="on", job_title="x"))

    ann.refresh_from_db()
    assert (ann.is_superuser, ann.job_title) == (False, "x")


def test_users_are_not_deleted(administrator, ann):
    answer = administrator.post(reverse("admin:identity_user_delete", args=[ann.pk]), {"post": "yes"})

    assert answer.status_code == 403
    assert User.objects.filter(pk=ann.pk).exists()


def test_joining_a_team_is_told(administrator, ann, team_b):
    [membership] = ann.memberships.all()
    rows = {
        "memberships-TOTAL_FORMS": "2",
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": membership.pk,
        "memberships-0-user": ann.pk,
        "memberships-0-team": membership.team_id,
        "memberships-0-is_primary": "on",
        "memberships-1-user": ann.pk,
        "memberships-1-team": team_b.pk,
        "memberships-1-is_lead": "on",
    }

    administrator.post(change(ann), form_of(ann, **rows))

    event = Event.objects.get()
    assert event.data["changes"] == {"teams": {"old": "North", "new": "North, South *"}}


def test_the_matrix_changes_rights_and_tells_which(administrator, ann, django_capture_on_commit_callbacks):
    role = builtin_role("sales_rep")
    matrix = {
        f"grants-{one.key}-{action}": Grant.objects.get(role=role, record_type=one.key, action=action).scope
        for one in registry.types()
        for action in ACTIONS
    }
    rules = {"field_rules-TOTAL_FORMS": "0", "field_rules-INITIAL_FORMS": "0"}

    with django_capture_on_commit_callbacks(execute=True):
        administrator.post(
            reverse("admin:identity_role_change", args=[role.pk]),
            {**matrix, "grants-sales.deal-view": "all", **rules},
        )

    event = Event.objects.get()
    assert event.name == "role.updated"
    assert event.data["changes"] == {"sales.deal view": {"old": "team", "new": "all"}}
    assert access_for(User.objects.get(pk=ann.pk)).scope("sales.deal") == "all"


def test_a_scope_that_does_not_exist_is_refused(administrator):
    role = builtin_role("sales_rep")
    before = list(Grant.objects.order_by("pk").values())

    answer = administrator.post(
        reverse("admin:identity_role_change", args=[role.pk]),
        {
            "grants-sales.deal-view": "everything",
            "field_rules-TOTAL_FORMS": "0",
            "field_rules-INITIAL_FORMS": "0",
        },
    )

    assert answer.status_code == 200
    assert list(Grant.objects.order_by("pk").values()) == before


def test_a_field_can_be_hidden_from_a_role(administrator, ann, django_capture_on_commit_callbacks):
    role = Role.objects.create(key="blind", name="Blind")
    ann.roles.set([role])
    rules = {
        "name": "Blind",
        "field_rules-TOTAL_FORMS": "1",
        "field_rules-INITIAL_FORMS": "0",
        "field_rules-0-place": "sales.deal:amount",
        "field_rules-0-level": "hidden",
    }

    with django_capture_on_commit_callbacks(execute=True):
        administrator.post(reverse("admin:identity_role_change", args=[role.pk]), rules)

    assert access_for(User.objects.get(pk=ann.pk)).field_level("sales.deal", "amount") == "hidden"


def test_built_in_roles_stay(administrator):
    role = builtin_role("analyst")

    answer = administrator.post(reverse("admin:identity_role_delete", args=[role.pk]), {"post": "yes"})

    assert answer.status_code == 403
    assert Role.objects.filter(pk=role.pk).exists()


def test_members_are_changed_on_the_page_of_a_team(administrator, ann, bob, team_a):
    kept = ann.memberships.get()
    rows = {
        "name": "North",
        "is_active": "on",
        "memberships-TOTAL_FORMS": "2",
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": kept.pk,
        "memberships-0-team": team_a.pk,
        "memberships-0-user": ann.pk,
        "memberships-0-is_lead": "on",
        "memberships-0-is_primary": "on",
        "memberships-1-team": team_a.pk,
        "memberships-1-user": bob.pk,
    }

    administrator.post(reverse("admin:identity_team_change", args=[team_a.pk]), rows)

    assert Membership.objects.filter(team=team_a).count() == 2
    assert Event.objects.get().name == "team.updated"
    assert "Bob South" in Event.objects.get().data["changes"]["membership"]["new"]


def test_a_team_can_not_be_part_of_itself(administrator, team_a, team_b):
    Team.objects.filter(pk=team_b.pk).update(parent=team_a)

    answer = administrator.post(
        reverse("admin:identity_team_change", args=[team_a.pk]),
        {"name": "North", "parent": team_b.pk, "is_active": "on", **NO_ROWS},
    )

    assert "part of itself" in answer.content.decode()


def test_teams_are_listed_as_a_tree(administrator, team_a, team_b):
    Team.objects.create(name="Arctic", parent=team_b)

    page = administrator.get(reverse("admin:identity_team_changelist"))

    assert [(team.name, team.depth) for team in page.context["cl"].result_list] == [
        ("North", 0),
        ("South", 0),
        ("Arctic", 1),
    ]


def test_the_company_profile_is_one_page(administrator):
    Organisation.load()
    given = {
        "name": "Artel Ltd",
        "base_currency": "EUR",
        "fiscal_year_start": "4",
        "working_days": ["1", "2", "6"],
        "work_starts": "08:30",
        "work_ends": "17:00",
        "country": "DE",
        "time_zone": "Europe/Berlin",
        "language": "en",
    }

    answer = administrator.post(reverse("admin:identity_organisation_change", args=[1]), given)

    company = Organisation.load()
    assert answer.status_code == 302
    assert (company.base_currency, company.fiscal_year_start, company.working_days) == ("EUR", 4, [1, 2, 6])
    assert Event.objects.get().data["changes"]["base_currency"] == {"old": "USD", "new": "EUR"}
    assert administrator.get(reverse("admin:identity_organisation_changelist")).status_code == 302


def test_a_working_day_ends_after_it_starts(administrator):
    Organisation.load()

    answer = administrator.post(
        reverse("admin:identity_organisation_change", args=[1]),
        {"work_starts": "18:00", "work_ends": "09:00"},
    )

    assert "has to end after it starts" in answer.content.decode()


def test_a_rate_is_entered_corrected_and_deleted_with_a_trace(administrator):
    given = {"currency": "EUR", "on": "2026-03-02", "rate": "1.1"}
    administrator.post(reverse("admin:records_currencyrate_add"), given)
    rate = CurrencyRate.objects.get()
    administrator.post(reverse("admin:records_currencyrate_change", args=[rate.pk]), {**given, "rate": "1.2"})
    administrator.post(reverse("admin:records_currencyrate_delete", args=[rate.pk]), {"post": "yes"})

    assert not CurrencyRate.objects.exists()
    assert list(Event.objects.order_by("pk").values_list("name", flat=True)) == [
        "currencyrate.created",
        "currencyrate.updated",
        "currencyrate.deleted",
    ]


def test_the_base_currency_has_no_rate(administrator):
    answer = administrator.post(
        reverse("admin:records_currencyrate_add"), {"currency": "USD", "on": "2026-03-02", "rate": "1"}
    )

    assert "it needs no rate" in answer.content.decode()


def test_a_job_is_cancelled_and_its_undo_needs_something_to_undo(administrator, root):
    job = Job.objects.create(kind="import", title="People", actor=root)

    administrator.post(reverse("admin:records_job_cancel", args=[job.pk]))
    answer = administrator.post(reverse("admin:records_job_undo", args=[job.pk]), follow=True)

    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert "nothing to undo" in answer.content.decode()


def test_a_job_is_undone_from_its_page(administrator, root):
    job = Job.objects.create(kind="import", title="Users", actor=root, state=JobState.DONE)
    service.create([{"full_name": "Temp"}], actor=root, at=timezone.now(), via="import", job=job)

    administrator.post(reverse("admin:records_job_undo", args=[job.pk]))

    assert Job.objects.get(undoes=job).kind == "undo"


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({"q": "users:{ann}"}, ["user.updated"]),
        ({"q": "user.deactivated"}, ["user.deactivated"]),
        ({"q": "root"}, ["user.deactivated", "user.updated"]),
        ({"q": "bob so"}, ["user.deactivated"]),
        ({"event": "user"}, ["user.deactivated", "user.updated"]),
        ({"record": "90:{ann}"}, ["user.updated"]),
        ({"actor": "nobody"}, []),
        ({"record": "90:{ann}", "event": "user.deactivated"}, []),
        ({"day": "2001-01-01"}, []),
    ],
)
def test_the_log_is_searched_by_record_event_person_and_day(administrator, root, ann, bob, search, found):
    now = timezone.now()
    service.update([ann], {"job_title": "Rep"}, actor=root, at=now)
    service.update([bob], {"is_active": False}, actor=root, at=now + timedelta(seconds=1))
    given = {name: text.format(ann=ann.pk) for name, text in search.items()}

    page = administrator.get(reverse("admin:records_event_changelist"), given)

    assert sorted(event.name for event in page.context["cl"].result_list) == found


def test_the_history_of_a_row_is_its_events(administrator, root, ann):
    service.update([ann], {"job_title": "Rep"}, actor=root, at=timezone.now())

    page = administrator.get(reverse("admin:identity_user_history", args=[ann.pk]), follow=True)

    assert [event.title for event in page.context["cl"].result_list] == ["Ann North"]


def test_the_log_can_not_be_changed(administrator, root, ann):
    service.update([ann], {"job_title": "Rep"}, actor=root, at=timezone.now())
    event = Event.objects.get()

    assert (
        administrator.post(reverse("admin:records_event_change", args=[event.pk]), {"title": "x"}).status_code
        == 403
    )
    assert (
        administrator.post(
            reverse("admin:records_event_delete", args=[event.pk]), {"post": "yes"}
        ).status_code
        == 403
    )


def test_the_lists_of_the_log_never_count_everything(administrator, root, ann, django_assert_max_num_queries):
    join(ann, Team.objects.create(name="Extra"), primary=False)
    service.update([ann], {"job_title": "Rep"}, actor=root, at=timezone.now())
    url = reverse("admin:records_event_changelist")
    administrator.get(url)

    with django_assert_max_num_queries(8) as queries:
        administrator.get(url)

    counts = [query["sql"] for query in queries.captured_queries if "COUNT" in query["sql"]]
    assert all("LIMIT" in sql for sql in counts)
