"""Invitations: sent by a worker, good once and for a week."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from crm.accounts import invitations, letters
from crm.accounts.models import Invitation
from crm.identity.models import Role, User
from crm.records import due
from crm.records.drafts import RecordErrors
from crm.records.models import Event
from tests.factories.identity import builtin_role

BASE = "https://crm.example.com"
GOOD = {
    "full_name": "New Person",
    "password": "correct horse battery",
    "language": "ru",
    "time_zone": "Europe/Moscow",
}


@pytest.fixture
def invitation(root):
    return invitations.invite_user(email="new@example.com", actor=root, at=timezone.now(), base=BASE)


def path_of(invitation):
    return letters.invitation_address(invitation, "")


def test_an_invitation_makes_an_account_that_waits(root):
    role = builtin_role("sales_rep")

    invitation = invitations.invite_user(
        email="new@example.com",
        full_name="New",
        roles=[role],
        team="North",
        actor=root,
        at=timezone.now(),
        base=BASE,
    )

    user = invitation.user
    assert not user.is_active
    assert not user.has_usable_password()
    assert [*user.roles.all()] == [role]
    assert str(user.primary_team) == "North"
    assert list(Event.objects.order_by("pk").values_list("name", flat=True)) == [
        "team.created",
        "user.created",
        "user.invited",
    ]


def test_a_worker_sends_the_letter(invitation):
    due.run_due(timezone.now())

    [letter] = mail.outbox
    assert letter.to == ["new@example.com"]
    assert f"{BASE}{path_of(invitation)}" in letter.body
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    invitation.refresh_from_db()
    assert invitation.sent_at is not None


def test_the_invited_choose_name_password_language_and_zone(invitation, client):
    answer = client.post(path_of(invitation), GOOD)

    user = User.objects.get(email="new@example.com")
    assert answer.url == "/"
    assert client.session["_auth_user_id"] == str(user.pk)
    assert (user.full_name, user.language, user.time_zone) == ("New Person", "ru", "Europe/Moscow")
    assert user.is_active
    assert user.check_password(GOOD["password"])
    assert Event.objects.filter(name="user.joined", record_id=user.pk).exists()


def test_looking_at_the_link_uses_nothing_up(invitation):
    first, second = (Client().get(path_of(invitation)) for _turn in range(2))

    assert first.status_code == second.status_code == 200


def test_a_link_works_once(invitation):
    Client().post(path_of(invitation), GOOD)

    again = Client().post(path_of(invitation), {**GOOD, "password": "another fine password"})

    assert again.status_code == 410
    assert User.objects.get(email="new@example.com").check_password(GOOD["password"])


def test_a_link_is_void_after_a_week(invitation, client):
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert client.get(path_of(invitation)).status_code == 410


def test_a_forged_link_is_void(invitation, client):
    assert client.get(path_of(invitation)[:-3] + "xy/").status_code == 410


def test_a_withdrawn_link_is_void(invitation, client):
    invitations.revoke(invitation=invitation, at=timezone.now())

    assert client.get(path_of(invitation)).status_code == 410


def test_a_new_letter_makes_the_old_link_void(invitation, client):
    old = path_of(invitation)
    invitations.resend(invitation=invitation, at=timezone.now(), base=BASE)

    assert client.get(old).status_code == 410
    assert client.get(path_of(invitation)).status_code == 200


def test_a_weak_password_is_refused_with_a_reason(invitation, client):
    answer = client.post(path_of(invitation), {**GOOD, "password": "password"})

    assert answer.status_code == 200
    assert "too common" in answer.content.decode()
    assert not User.objects.get(email="new@example.com").is_active


def test_somebody_who_works_here_is_not_invited_again(ann, root):
    with pytest.raises(RecordErrors):
        invitations.invite_user(email="ANN@example.com", actor=root, at=timezone.now(), base=BASE)


def test_a_rep_may_not_invite(ann, client_for):
    answer = client_for(ann).post("/settings/team/invite/", {"emails": "x@example.com"})

    assert answer.status_code == 403
    assert not User.objects.filter(email="x@example.com").exists()


def test_the_page_invites_several_with_names(root, client_for):
    role = builtin_role("sales_rep")
    answer = client_for(root).post(
        "/settings/team/invite/",
        {"emails": "Anna Snow <anna@example.com>, ben@example.com\n", "role": role.pk, "team": "East"},
    )

    assert answer.url == "/settings/team/invite/"
    assert User.objects.get(email="anna@example.com").full_name == "Anna Snow"
    assert Invitation.objects.count() == 2
    assert Role.objects.get(pk=role.pk).users.count() == 2


def test_one_bad_address_stops_the_whole_form(root, ann, client_for):
    answer = client_for(root).post("/settings/team/invite/", {"emails": "ben@example.com, ann@example.com"})

    assert answer.status_code == 422
    assert "works here already" in answer.content.decode()
    assert not User.objects.filter(email="ben@example.com").exists()


def test_links_can_be_copied_where_no_mail_is_sent(root, invitation, client_for):
    page = client_for(root).get("/settings/team/invite/").content.decode()

    assert re.search(rf"https?://[^\"]+{re.escape(path_of(invitation))}", page)
