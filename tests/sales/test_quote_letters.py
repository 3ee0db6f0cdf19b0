"""A quote goes out by mail: with its link and its PDF, and answers come to whoever sent it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from tests.factories.contacts import made_person
from tests.factories.quotes import made_quote, seen

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def test_sending_a_draft_by_mail_opens_it_and_brings_link_and_pdf(ann: User, client_for: Any) -> None:
    ann.email = "ann@example.com"
    ann.save()
    quote = made_quote(
        ann, person=made_person(ann, emails=["carl@example.com"]), valid_until=timezone.localdate()
    )
    client = client_for(ann)
    address = reverse("sales:quote_action", args=[quote.pk, "mail"])

    assert "carl@example.com" in client.get(address).content.decode()
    given = {"to": "carl@example.com", "subject": "Our offer", "body": "Dear Carl", "with_pdf": "on"}
    answer = client.post(address, given)

    assert answer.status_code in (200, 204, 302, 303)
    letter = next(one for one in mail.outbox if one.subject == "Our offer")
    assert letter.reply_to == ["ann@example.com"]
    assert f"/q/{quote.family.token}/" in str(letter.alternatives[0][0])
    assert letter.attachments[0][1].startswith(b"%PDF")
    assert seen(quote).status == "sent"
