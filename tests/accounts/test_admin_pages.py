"""The administration opens for administrators, in both languages, every page of it."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import Group
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from crm.accounts import invitations
from crm.accounts.models import Outcome, SignIn, SignInPolicy
from crm.accounts.tokens import issue_token
from crm.identity.models import Organisation, Role
from crm.mail.models import MailPolicy
from crm.records.models import CurrencyRate, DueRow, ImportMapping, Job, SavedView
from crm.ui.admin import ArtelAdmin, may_administer
from tests.factories.identity import builtin_role, person

PAGES = sorted(admin.site._registry, key=lambda model: model._meta.label_lower)
MODELS = pytest.mark.parametrize("model", PAGES, ids=lambda model: model._meta.label_lower)
LANGUAGES = pytest.mark.parametrize("language", ["en", "ru"])


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def rows(root, ann):
    """One row of everything that the administration of the kernel shows."""
    now = timezone.now()
    Organisation.load()
    builtin_role("sales_rep")
    CurrencyRate.objects.create(currency="EUR", on=now.date(), rate="1.1")
    Job.objects.create(kind="import", title="Import of people", actor=ann, result={"created": 3})
    DueRow.objects.create(kind="nightly", key="daily", due_at=now + timedelta(days=1))
    ImportMapping.objects.create(name="Deals", target="deals", owner=ann, mapping={"columns": []})
    SavedView.objects.create(name="Mine", type_id=4, owner=ann)
    SignIn.objects.create(user=ann, name="ann", outcome=Outcome.SIGNED_IN, ip="10.0.0.1")
    invitations.invite_user(email="new@example.com", actor=root, at=now, base="http://localhost")
    issue_token(user=ann, name="Form", scopes=["read"], at=now)


@pytest.fixture
def administrator(root, client_for):
    return client_for(root)


@LANGUAGES
@MODELS
def test_every_list_opens_and_searches(rows, root, administrator, model, language):
    root.language = language
    root.save()

    listed = administrator.get(address(model, "changelist"), follow=True)
    found = administrator.get(address(model, "changelist"), {"q": "an"}, follow=True)

    assert (listed.status_code, found.status_code) == (200, 200)
    assert f'lang="{language}"' in listed.content.decode()
    assert admin.site._registry[model].search_fields or model in (Organisation, SignInPolicy, MailPolicy)


@LANGUAGES
@MODELS
def test_every_form_opens(rows, root, administrator, model, language):
    root.language = language
    root.save()
    page = admin.site._registry[model]
    request = RequestFactory().get("/")
    request.user = root

    if page.has_add_permission(request):
        assert administrator.get(address(model, "add")).status_code == 200
    if row := model._default_manager.first():
        assert administrator.get(address(model, "change", row.pk)).status_code == 200


@MODELS
def test_every_page_writes_through_services_and_deletes_nothing_raw(rows, root, administrator, model):
    page = admin.site._registry[model]
    request = RequestFactory().get("/")
    request.user = root

    assert isinstance(page, ArtelAdmin)
    assert "delete_selected" not in page.get_actions(request)
    assert page.delete_model is not ModelAdmin.delete_model or not page.has_delete_permission(request)


def test_what_libraries_bring_is_not_let_in(db):
    admin.site.register(Group, ModelAdmin)

    assert not admin.site.is_registered(Group)


@LANGUAGES
def test_the_index_groups_pages_by_what_they_are_for(root, administrator, language):
    root.language = language
    root.save()

    page = administrator.get("/admin/")

    assert page.status_code == 200
    assert [section["app_label"] for section in page.context["app_list"]][:2] == ["people", "company"]


def test_the_number_of_queries_of_a_list_does_not_grow(root, administrator, django_assert_max_num_queries):
    url = reverse("admin:identity_user_changelist")
    for number in range(30):
        person(f"rep{number}", role="sales_rep")
    administrator.get(url)

    with django_assert_max_num_queries(14):
        administrator.get(url)


@pytest.mark.parametrize("who", ["ann", "boss", "eve"])
def test_nobody_else_gets_in(request, client_for, who):
    client = client_for(request.getfixturevalue(who))

    assert client.get("/admin/", follow=True).status_code == 403
    assert client.get(reverse("admin:identity_user_changelist"), follow=True).status_code == 403


def test_guests_sign_in_where_everybody_does(client, db):
    answer = client.get("/admin/identity/user/", follow=True)

    assert answer.redirect_chain[-1][0] == "/accounts/login/?next=/admin/identity/user/"


def test_the_role_of_an_administrator_is_enough(db, client_for):
    chief = person("chief", role="administrator")

    assert may_administer(chief)
    assert client_for(chief).get("/admin/").status_code == 200
    assert client_for(chief).get(address(Role, "changelist")).status_code == 200
