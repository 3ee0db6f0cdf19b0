"""Pages go packed over the wire, what is packed already does not."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from crm.security import Compression

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db
ASKS = {"Accept-Encoding": "gzip"}


def test_a_page_goes_packed(ann: User, client_for: Callable[[User], Client]) -> None:
    client = client_for(ann)

    plain, packed = client.get("/contacts/people/"), client.get("/contacts/people/", headers=ASKS)

    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 3
    assert b"<h1>" in gzip.decompress(packed.content)


@pytest.mark.parametrize("kind", ["image/png", "application/pdf", "text/event-stream"])
def test_what_gains_nothing_goes_as_it_is(kind: str) -> None:
    request = RequestFactory().get("/", headers=ASKS)

    answer: Any = Compression(lambda _request: HttpResponse(b"x" * 1000, content_type=kind))(request)

    assert "Content-Encoding" not in answer.headers
