"""Open sessions: listed, ended, grown idle, grown old; new devices."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from crm.accounts import policy, sessions
from crm.accounts.models import Outcome, SignIn, SignInPolicy, UserSession
from crm.accounts.tokens import issue_token
from crm.records.due import run_due

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"


def enter(client: Client, user, **headers: str) -> None:
    client.post("/accounts/login/", {"login": user.username, "password": user.username}, headers=headers)


def age(client: Client, **times: timedelta) -> None:
    """Make the session of a browser older."""
    session = client.session
    mark = session[sessions.MARK]
    session[sessions.MARK] = {
        **mark,
        **{name: (timezone.now() - gone).timestamp() for name, gone in times.items()},
    }
    session.save()


def test_a_person_sees_where_they_are_signed_in(ann):
    here, there = Client(), Client()
    enter(here, ann)
    enter(there, ann, user_agent=FIREFOX)

    page = here.get("/settings/security/").content.decode()

    assert "Firefox, Windows" in page
    assert "This device" in page


def test_one_other_session_is_ended_and_this_one_stays(ann):
    here, there = Client(), Client()
    enter(here, ann)
    enter(there, ann)
    other = UserSession.objects.get(session_key=there.session.session_key)

    here.post(f"/settings/security/sessions/{other.pk}/end/")

    assert there.get("/today/").status_code == 302
    assert here.get("/today/").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(ann, bob, client_for):
    client_for(ann)
    session = UserSession.objects.get(user=ann)

    answer = client_for(bob).post(f"/settings/security/sessions/{session.pk}/end/")

    assert answer.status_code == 404
    assert UserSession.objects.filter(user=ann).exists()


def test_a_new_password_ends_the_other_sessions(ann):
    here, there = Client(), Client()
    enter(here, ann)
    enter(there, ann)

    here.post(
        "/accounts/password/change/",
        {"oldpassword": "ann", "password1": "four quiet grey geese", "password2": "four quiet grey geese"},
    )

    assert there.get("/today/").status_code == 302
    assert here.get("/today/").status_code == 200
    assert UserSession.objects.filter(user=ann).count() == 1


def test_a_session_that_nobody_used_for_long_is_over(ann):
    client = Client()
    enter(client, ann)
    age(client, seen=timedelta(hours=73))

    assert client.get("/today/").status_code == 302
    assert not UserSession.objects.filter(user=ann).exists()


def test_an_old_session_is_over_however_busy_it_is(ann):
    client = Client()
    enter(client, ann)
    age(client, began=timedelta(days=15))

    assert client.get("/today/").status_code == 302


def test_work_keeps_a_session_alive_and_is_noted_now_and_then(ann):
    client = Client()
    enter(client, ann)
    age(client, seen=timedelta(hours=71))

    client.get("/today/")

    assert timezone.now().timestamp() - client.session[sessions.MARK]["seen"] < 60


def test_administrators_set_the_times(ann):
    SignInPolicy.objects.create(idle_hours=1)
    policy.changed()
    client = Client()
    enter(client, ann)
    age(client, seen=timedelta(hours=2))

    assert client.get("/today/").status_code == 302


def test_a_new_device_is_told_by_mail_and_a_known_one_is_not(ann):
    first = Client()
    enter(first, ann)
    first.post("/accounts/logout/")
    enter(first, ann)
    run_due(timezone.now())
    assert mail.outbox == []

    enter(Client(), ann, user_agent=FIREFOX)

    run_due(timezone.now())
    (letter,) = mail.outbox
    assert letter.subject == "A new device signed in to your account"
    assert "Firefox, Windows" in letter.body


def test_an_administrator_signs_somebody_out(ann, root, client_for):
    client = client_for(ann)

    client_for(root).post("/admin/identity/user/", {"action": "sign_out", "_selected_action": [str(ann.pk)]})

    assert client.get("/today/").status_code == 302


def test_a_token_is_logged_once_per_address(ann):
    _token, key = issue_token(user=ann, name="x", scopes=["read"], at=timezone.now())
    program = Client(headers={"Authorization": f"Bearer {key}"})

    program.get("/api/v1/people/")
    program.get("/api/v1/people/")
    program.get("/api/v1/people/", REMOTE_ADDR="192.0.2.7")

    lines = SignIn.objects.filter(user=ann, outcome=Outcome.TOKEN_USED)
    assert sorted(line.ip for line in lines) == ["127.0.0.1", "192.0.2.7"]
