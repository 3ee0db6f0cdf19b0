"""Second factor: set up, asked, recovered, required, reset."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.test import Client
from django.utils import timezone

from crm.accounts import factors, policy
from crm.accounts.models import FactorDemand, FactorGrace, Outcome, SignIn, SignInPolicy
from crm.accounts.tokens import issue_token
from crm.lib import crypto
from crm.records.due import run_due
from crm.records.models import Event
from tests.factories.identity import builtin_role

pytestmark = pytest.mark.django_db

LOGIN, ASK, SET_UP = "/accounts/login/", "/accounts/factor/ask/", "/accounts/factor/set-up/"


def code_of(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))


def sign_in(client: Client, user, password: str = "") -> None:
    return client.post(LOGIN, {"login": user.username, "password": password or user.username})


def confirm(client: Client, user) -> None:
    """Type the password once more, as the pages ask for it."""
    client.post("/accounts/reauthenticate/", {"password": user.username})


def set_up(client: Client, user, execute) -> list[str]:
    """Set the second factor up in the browser; return the recovery codes."""
    sign_in(client, user)
    confirm(client, user)
    client.get(SET_UP)
    secret = client.session[totp.SECRET_SESSION_KEY]
    with execute(execute=True):
        answer = client.post(SET_UP, {"code": code_of(secret)}, follow=True)
    return re.findall(r"<li>(\d{8})</li>", answer.content.decode())


@pytest.fixture
def enrolled(ann, django_capture_on_commit_callbacks):
    """Ann with a second factor: her codes, and a browser that knows nothing."""
    codes = set_up(Client(), ann, django_capture_on_commit_callbacks)
    totp_key = Authenticator.objects.get(user=ann, type="totp")
    return codes, crypto.decrypt(totp_key.data["secret"])


def require(demand: str, *, grace: int = 7) -> None:
    SignInPolicy.objects.update_or_create(pk=1, defaults={"second_factor": demand, "grace_days": grace})
    policy.changed()


def test_setting_up_shows_ten_codes_once_logs_it_and_writes_a_letter(ann, enrolled, client):
    codes, _secret = enrolled

    assert len(codes) == 10
    assert Event.objects.filter(name="user.factor_added").count() == 1
    assert SignIn.objects.filter(user=ann, outcome=Outcome.FACTOR_ADDED).exists()
    run_due(timezone.now())
    assert "Second factor set up" in [letter.subject for letter in mail.outbox]


def test_keys_rest_encrypted_and_can_be_encrypted_anew(ann, enrolled):
    _codes, secret = enrolled
    kept = Authenticator.objects.get(user=ann, type="totp").data["secret"]

    factors.rotate()

    after = Authenticator.objects.get(user=ann, type="totp").data["secret"]
    assert secret not in kept
    assert kept != after
    assert crypto.decrypt(after) == secret


def test_codes_are_not_shown_a_second_time(ann, enrolled, client):
    sign_in(client, ann)
    client.post(ASK, {"code": enrolled[0][0]})
    confirm(client, ann)

    page = client.get("/accounts/factor/codes/").content.decode()

    assert not any(code in page for code in enrolled[0])
    assert "9 unused codes are left" in page


def test_the_password_alone_opens_nothing(ann, enrolled, client):
    answer = sign_in(client, ann)

    assert answer.url.startswith(ASK)
    assert client.get("/today/").status_code == 302


def test_a_code_of_the_phone_opens_and_the_log_says_so(ann, enrolled, client, monkeypatch):
    sign_in(client, ann)
    # The code that set the factor up is used: the next one of the clock.
    next_code = totp.format_hotp_value(
        totp.hotp_value(enrolled[1], 1 + int(timezone.now().timestamp()) // 30)
    )

    answer = client.post(ASK, {"code": next_code})

    assert answer.status_code == 302
    assert SignIn.objects.filter(outcome=Outcome.SIGNED_IN).latest("at").factor == "totp"


def test_a_recovery_code_opens_once_and_the_owner_hears_of_it(ann, enrolled):
    codes, _secret = enrolled
    first, second = Client(), Client()
    sign_in(first, ann)
    opened = first.post(ASK, {"code": codes[0]})
    sign_in(second, ann)
    again = second.post(ASK, {"code": codes[0]})

    run_due(timezone.now())

    assert opened.status_code == 302
    assert again.status_code == 200
    assert SignIn.objects.filter(outcome=Outcome.CODE_REFUSED, user=ann).count() == 1
    assert "A recovery code was used" in [letter.subject for letter in mail.outbox]


def test_codes_can_not_be_guessed_for_long(ann, enrolled, client):
    sign_in(client, ann)
    for _turn in range(6):
        client.post(ASK, {"code": "00000000"})

    answer = client.post(ASK, {"code": enrolled[0][0]})

    assert answer.status_code != 302
    assert client.get("/today/").status_code == 302


def test_whoever_must_have_one_is_led_to_it_when_the_days_of_grace_are_over(ann, client_for):
    require(FactorDemand.EVERYBODY, grace=7)
    client = client_for(ann)

    within = client.get("/today/")
    FactorGrace.objects.update(since=timezone.now() - timedelta(days=8))
    policy.changed()
    after = client.get("/today/")
    rest = client.get("/api/v1/people/")

    assert within.status_code == 200
    assert "second factor" in within.content.decode()
    assert after.headers["Location"].startswith(SET_UP)
    assert rest.status_code == 403


def test_administrators_must_have_one_for_the_administration_too(root, ann, client_for):
    require(FactorDemand.ADMINISTRATORS, grace=0)

    assert client_for(root).get("/admin/").headers["Location"].startswith(SET_UP)
    assert client_for(ann).get("/today/").status_code == 200


def test_a_role_can_require_it(ann, bob, client_for):
    require(FactorDemand.ROLES, grace=0)
    role = builtin_role("sales_rep")
    SignInPolicy.objects.get().roles.add(role)
    bob.roles.clear()
    policy.changed()

    assert client_for(ann).get("/today/").status_code == 303
    assert client_for(bob).get("/").status_code == 200


def test_tokens_work_on_but_new_ones_wait_for_the_second_factor(ann, client_for):
    _token, key = issue_token(user=ann, name="x", scopes=["read"], at=timezone.now())
    require(FactorDemand.EVERYBODY, grace=7)
    client = client_for(ann)

    answer = client.post("/settings/tokens/", {"name": "new", "scope": "read", "days": "90"})
    rest = Client().get("/api/v1/people/", headers={"Authorization": f"Bearer {key}"})

    assert answer.status_code == 403
    assert rest.status_code == 200


def test_what_is_required_can_not_be_removed(ann, enrolled, client):
    require(FactorDemand.EVERYBODY)
    sign_in(client, ann)
    client.post(ASK, {"code": enrolled[0][0]})
    confirm(client, ann)

    client.post("/accounts/factor/remove/")

    assert policy.has_factor(ann)


def test_an_administrator_resets_it_and_the_owner_is_signed_out_and_told(ann, root, enrolled, client):
    sign_in(client, ann)
    client.post(ASK, {"code": enrolled[0][0]})

    factors.reset_factor(user=ann, actor=root, at=timezone.now(), base="http://testserver")

    run_due(timezone.now())
    assert not policy.has_factor(ann)
    assert client.get("/today/").status_code == 302
    assert Event.objects.get(name="user.factor_reset").actor == root
    assert "An administrator reset your second factor" in [letter.subject for letter in mail.outbox]
