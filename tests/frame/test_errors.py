"""Pages that say what went wrong: with a number, without the database, short for fragments."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.test import RequestFactory

from crm.ui import errors

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.test import Client


@pytest.fixture
def request_() -> HttpRequest:
    request = RequestFactory().get("/")
    request.id = "abc123def456"  # type: ignore[attr-defined]
    return request


@pytest.mark.parametrize("status", [400, 403, 404, 413, 429, 500])
def test_each_page_shows_the_number(request_: HttpRequest, status: int) -> None:
    answer = errors.mishap(request_, status)

    assert answer.status_code == status
    assert "abc123def456" in answer.content.decode()
    assert "<h1>" in answer.content.decode()


def test_a_fragment_gets_the_number_alone(request_: HttpRequest) -> None:
    request_.META["HTTP_HX_REQUEST"] = "true"

    answer = errors.server_error(request_)

    assert answer.content == b"abc123def456"


def test_a_body_too_large_is_413(request_: HttpRequest) -> None:
    assert errors.bad_request(request_, RequestDataTooBig()).status_code == 413
    assert errors.bad_request(request_, SuspiciousOperation()).status_code == 400


def test_an_expired_form_says_so(request_: HttpRequest) -> None:
    assert "expired" in errors.stale_form(request_).content.decode()


def test_a_missing_page_names_the_number_of_the_request(client: Client, db: None) -> None:
    answer = client.get("/no/such/page/")

    assert answer.status_code == 404
    shown = re.search(r"<code>(\w+)</code>", answer.content.decode())
    assert shown is not None
    assert shown.group(1) == answer.headers["X-Request-Id"]


def test_an_outage_keeps_what_was_typed() -> None:
    request = RequestFactory().post("/contacts/companies/new/", {"name": "Sever & Co", "password": "hidden"})
    try:
        raise OperationalError("the connection is closed")
    except OperationalError:
        answer = errors.server_error(request)

    page = answer.content.decode()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert ">Sever &amp; Co</textarea>" in page
    assert 'action="/contacts/companies/new/"' in page
    assert "hidden</textarea>" not in page


def test_an_error_of_ours_is_no_outage() -> None:
    request = RequestFactory().post("/contacts/companies/new/", {"name": "Sever"})
    try:
        raise ValueError("a mistake")
    except ValueError:
        answer = errors.server_error(request)

    assert answer.status_code == 500


def test_rest_is_told_in_json() -> None:
    try:
        raise OperationalError("the connection is closed")
    except OperationalError:
        answer = errors.server_error(RequestFactory().post("/api/v1/companies/"))

    assert answer.status_code == 503
    assert "doesn’t answer" in json.loads(answer.content)["errors"]["__all__"][0]
