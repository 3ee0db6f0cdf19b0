"""Keys for programs: shown once, stored as a hash, void when revoked."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from crm.accounts.models import ApiToken
from crm.accounts.tokens import find_token, issue_token, revoke_token
from crm.records.models import Event

NOW = timezone.now()


@pytest.fixture
def issued(ann):
    return issue_token(user=ann, name="Form", scopes=["read"], at=NOW, actor=ann)


def test_a_token_acts_for_its_owner(issued, ann):
    token, key = issued

    assert find_token(key, at=NOW) == token
    assert token.user == ann
    assert not token.can_write


def test_only_a_hash_is_kept(issued):
    token, key = issued

    assert key not in str(ApiToken.objects.values().get())
    assert key.startswith(token.prefix)
    assert key not in str(list(Event.objects.values_list("data", flat=True)))


def test_a_revoked_token_is_void(issued, ann):
    token, key = issued
    revoke_token(token=token, actor=ann, at=NOW)

    assert find_token(key, at=NOW) is None
    assert Event.objects.filter(name="user.token_revoked").count() == 1


def test_an_expired_token_is_void(ann):
    _token, key = issue_token(user=ann, name="x", scopes=["read"], at=NOW, expires_at=NOW + timedelta(days=1))

    assert find_token(key, at=NOW + timedelta(days=2)) is None


def test_a_token_of_a_switched_off_account_is_void(issued, ann):
    ann.is_active = False
    ann.save()

    assert find_token(issued[1], at=NOW) is None


def test_who_may_write_may_read(ann):
    token, _key = issue_token(user=ann, name="x", scopes=["write"], at=NOW)

    assert token.scopes == ["read", "write"]


def test_last_use_is_written_once_a_minute(issued, django_assert_num_queries):
    key = issued[1]
    find_token(key, at=NOW)

    with django_assert_num_queries(1):
        find_token(key, at=NOW + timedelta(seconds=30))


def test_the_command_prints_a_token_once(ann):
    out = StringIO()
    call_command("api_token", "ann", "--scope", "read", stdout=out)

    key = out.getvalue().strip()
    assert find_token(key, at=timezone.now()).scopes == ["read"]


def test_the_command_says_when_there_is_no_such_user(db):
    with pytest.raises(CommandError, match="no user"):
        call_command("api_token", "nobody")


def test_a_person_makes_and_revokes_their_own_tokens(ann, bob, client_for):
    client = client_for(ann)
    page = client.post("/settings/tokens/", {"name": "Form", "scope": "write", "days": "90"}).content.decode()
    token = ApiToken.objects.get()

    assert token.prefix in page
    assert "shown only this once" in page
    assert "shown only this once" not in client.get("/settings/tokens/").content.decode()
    assert client_for(bob).post(f"/settings/tokens/{token.pk}/revoke/").status_code == 404
    client.post(f"/settings/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at is not None
