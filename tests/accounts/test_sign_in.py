"""Signing in: by name or e-mail, refused, limited, logged."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone as django_timezone

from crm.accounts.models import Outcome, SignIn
from crm.accounts.services import service, set_active

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LOGIN = "/accounts/login/"


def try_to_sign_in(client, login, password, **more):
    return client.post(LOGIN, {"login": login, "password": password, **more})


@pytest.mark.parametrize("name", ["ann", "ann@example.com", "ANN@example.com"])
def test_a_person_signs_in_by_name_or_mail(ann, name):
    answer = try_to_sign_in(Client(), name, "ann")

    assert answer.status_code == 302
    assert answer.url == "/"
    assert SignIn.objects.get().outcome == Outcome.SIGNED_IN
    assert SignIn.objects.get().user == ann


def test_a_wrong_password_is_refused_and_logged(ann, client):
    answer = try_to_sign_in(client, "ann", "wrong")

    assert answer.status_code == 200
    assert "password is wrong" in answer.content.decode()
    entry = SignIn.objects.get()
    assert (entry.outcome, entry.user, entry.name) == (Outcome.REFUSED, ann, "ann")
    assert entry.session_key == ""


def test_an_unknown_name_gets_the_same_answer_as_a_wrong_password(ann):
    known = try_to_sign_in(Client(), "ann", "wrong").content.decode()
    unknown = try_to_sign_in(Client(), "nobody", "wrong").content.decode()

    assert ("password is wrong" in known) == ("password is wrong" in unknown)


def test_the_sixth_wrong_password_in_a_row_gets_429(ann, client):
    for _turn in range(5):
        try_to_sign_in(client, "ann", "wrong")

    answer = try_to_sign_in(client, "ann", "ann")

    assert answer.status_code == 429
    assert SignIn.objects.latest("pk").outcome == Outcome.TOO_MANY


def test_a_limited_name_does_not_lock_others_out(ann, bob):
    for _turn in range(6):
        try_to_sign_in(Client(), "ann", "wrong")

    answer = try_to_sign_in(Client(), "bob", "bob")

    assert answer.status_code == 302


def test_next_leads_to_our_own_pages_only(ann):
    own = try_to_sign_in(Client(), "ann", "ann", next="/settings/")
    foreign = try_to_sign_in(Client(), "ann", "ann", next="https://evil.example/")
    sly = try_to_sign_in(Client(), "ann", "ann", next="//evil.example/")

    assert own.url == "/settings/"
    assert foreign.url == "/"
    assert sly.url == "/"


def test_a_person_lands_on_the_page_they_chose(ann):
    ann.preferences = {"start_page": "/today/"}
    ann.save()

    assert try_to_sign_in(Client(), "ann", "ann").url == "/today/"


def test_a_switched_off_account_is_not_let_in(ann, client):
    ann.is_active = False
    ann.save()

    answer = try_to_sign_in(client, "ann", "ann")

    assert answer.url == "/accounts/inactive/"
    assert "_auth_user_id" not in client.session
    assert SignIn.objects.get().outcome == Outcome.INACTIVE


def test_switching_an_account_off_ends_its_sessions_at_once(ann, root):
    client = Client()
    try_to_sign_in(client, "ann", "ann")
    assert client.get("/settings/").status_code == 200

    set_active(users=[ann], active=False, actor=root, at=NOON)
    assert client.get("/settings/").status_code == 302
    set_active(users=[ann], active=True, actor=root, at=NOON)

    # The old session stays dead, also when the account is switched on again.
    assert client.get("/settings/").status_code == 302


def test_signing_out_takes_a_post(ann, client_for):
    client = client_for(ann)

    asked = client.get("/accounts/logout/")
    assert asked.status_code == 200
    assert "_auth_user_id" in client.session
    client.post("/accounts/logout/")

    assert "_auth_user_id" not in client.session


def test_nobody_signs_up_by_themselves(client, db):
    assert client.get("/accounts/signup/").status_code == 404


def test_the_session_cookie_is_closed_to_scripts(ann):
    client = Client()
    try_to_sign_in(client, "ann", "ann")

    cookie = client.cookies["artel"]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_an_old_mail_address_opens_nothing(ann, root):
    service.update([ann], {"email": "new@example.com"}, actor=root, at=django_timezone.now())

    old = try_to_sign_in(Client(), "ann@example.com", "ann")
    new = try_to_sign_in(Client(), "new@example.com", "ann")

    assert old.status_code == 200
    assert new.status_code == 302
