"""Headers, cookies, passwords in disguise, closed descriptions: what docs/security/asvs.md points at."""

from __future__ import annotations

import logging

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from crm.accounts.models import Outcome, SignIn
from crm.lib import crypto
from crm.logs import Lines

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "password",
    [
        "Password12345!",
        "qwertyqwerty1",
        "P@ssw0rd2026!!",
        "!!Dragon99999",
        "aaaaaaaaaaaaaa",
        "Artel-2026-Artel",
    ],
)
def test_a_common_word_in_disguise_is_no_password(ann, password):
    with pytest.raises(ValidationError):
        validate_password(password, ann)


@pytest.mark.parametrize(
    "password", ["four quiet grey geese", "корова пьёт зелёный чай", "k7#Lq9!vTz2pWm", "x" * 30 + "yz tower"]
)
def test_any_composition_of_twelve_is_a_password(ann, password):
    validate_password(password, ann)


def test_every_page_carries_the_headers(client):
    headers = client.get("/accounts/login/").headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "camera=()" in headers["Permissions-Policy"]


def test_cookies_are_for_this_site_and_not_for_scripts(ann, client):
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"login": "ann", "password": "ann"})

    assert client.cookies
    for cookie in client.cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


def test_signing_out_clears_what_the_browser_kept(ann, client_for):
    answer = client_for(ann).post("/accounts/logout/")

    assert '"storage"' in answer.headers["Clear-Site-Data"]


def test_proving_oneself_again_renews_the_session(ann, client_for):
    client = client_for(ann)
    before = client.session.session_key

    client.post("/accounts/reauthenticate/", {"password": "ann"})

    assert client.session.session_key != before
    assert client.get("/settings/security/").status_code == 200
    assert Client(headers={"Cookie": f"artel={before}"}).get("/settings/security/").status_code == 302


def test_the_description_of_rest_is_for_those_who_have_signed_in(ann, client_for, settings):
    guest = Client()

    assert guest.get("/api/v1/schema/").status_code == 401
    assert guest.get("/api/docs/").status_code == 302
    assert client_for(ann).get("/api/docs/").status_code == 200
    settings.API_DOCS_PUBLIC = True
    assert guest.get("/api/docs/").status_code == 200


def test_asking_for_a_new_password_tells_nothing_and_logs_both(ann):
    known = Client().post("/accounts/password/reset/", {"email": ann.email})
    unknown = Client().post("/accounts/password/reset/", {"email": "nobody@example.com"})

    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )
    assert SignIn.objects.filter(outcome=Outcome.RESET_ASKED).count() == 2


def test_what_was_typed_makes_no_second_line_in_the_log():
    record = logging.LogRecord("x", logging.INFO, "", 0, "hello %s", ("a\nerror    django: forged",), None)

    assert "\n" not in Lines().format(record)


def test_a_secret_under_a_former_key_is_read_and_written_anew(settings):
    kept = crypto.encrypt("seed")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]

    renewed = crypto.rotate(kept)
    settings.SECRET_KEY_FALLBACKS = []

    assert crypto.decrypt(renewed) == "seed"
    with pytest.raises(crypto.Unreadable):
        crypto.decrypt(kept)


def test_redirects_stay_on_this_host(ann):
    answer = Client().post("/accounts/login/?next=https://evil.example/", {"login": "ann", "password": "ann"})

    assert answer.url == "/"


@pytest.mark.parametrize(
    "address", ["/", "/contacts/people/", "/search/?q=a", "/api/v1/people/", "/settings/"]
)
def test_private_pages_stay_in_no_cache(ann, client_for, address):
    answer = client_for(ann).get(address)

    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]


def test_who_finds_a_hole_learns_whom_to_tell(client, settings):
    settings.SECURITY_CONTACT = ["mailto:safety@example.com", "https://example.com/safety"]

    answer = client.get("/.well-known/security.txt")

    lines = answer.content.decode().splitlines()
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert lines[:2] == ["Contact: mailto:safety@example.com", "Contact: https://example.com/safety"]
    assert any(line.startswith("Expires: 20") for line in lines)


def test_without_a_contact_nothing_is_promised(client, settings):
    settings.SECURITY_CONTACT = []

    assert client.get("/.well-known/security.txt").status_code == 404
