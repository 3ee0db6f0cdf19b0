"""Servers that refuse, are busy, are slow or hang up: it is shown, and tried again where that helps."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from crm.mail.models import Outgoing, OutgoingState, OutgoingTry
from crm.mail.sending import mailer, settling
from tests.factories.outbox import mailbox_of, posted
from tests.mail.smtp import Cutter, Post, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crm.identity.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server(Post())
    running.start()
    yield running
    running.stop()


def sent_through(ann: User, port: int, to: str = "anna@acme.example", **mailbox: Any) -> Outgoing:
    """Send one letter and return what became of it."""
    given = {
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": "none",
        "is_test": False,
        **mailbox,
    }
    outgoing = posted(mailbox_of(ann, **given), to)
    mailer.send_waiting()
    outgoing.refresh_from_db()
    return outgoing


def test_a_refused_letter_has_failed_and_says_why(ann: User, server: Server) -> None:
    server.post.mode = "refuses"

    outgoing = sent_through(ann, server.port)

    assert outgoing.state == OutgoingState.FAILED
    assert "spam" in outgoing.error
    assert ann.notifications.get().kind == "mail_failed"


def test_a_busy_server_is_tried_again_later_and_later(ann: User, server: Server) -> None:
    server.post.mode = "busy"
    outgoing = sent_through(ann, server.port)
    first_wait = outgoing.next_at - timezone.now()

    Outgoing.objects.update(next_at=timezone.now())
    mailer.send_waiting()
    outgoing.refresh_from_db()
    assert outgoing.state == OutgoingState.QUEUED
    assert outgoing.next_at - timezone.now() > first_wait + timedelta(minutes=1)
    server.post.mode = "takes"
    Outgoing.objects.update(next_at=timezone.now())
    mailer.send_waiting()

    outgoing.refresh_from_db()
    assert outgoing.state == OutgoingState.SENT
    assert OutgoingTry.objects.count() == 3
    assert len(server.post.letters) == 1


def test_one_recipient_refused_keeps_no_other_from_getting_it(ann: User, server: Server) -> None:
    server.post.answers["gone@acme.example"] = "550 5.1.1 No such user"
    server.post.answers["later@acme.example"] = "450 4.2.0 Greylisted"

    outgoing = sent_through(ann, server.port, "anna@acme.example gone@acme.example later@acme.example")

    assert outgoing.delivered == ["anna@acme.example"]
    assert list(outgoing.refused) == ["gone@acme.example"]
    assert (outgoing.state, outgoing.waiting) == (OutgoingState.QUEUED, ["later@acme.example"])
    server.post.answers.clear()
    Outgoing.objects.update(next_at=timezone.now())
    mailer.send_waiting()
    assert [to for _sender, to, _raw in server.post.letters] == [
        ["anna@acme.example"],
        ["later@acme.example"],
    ]


def test_a_server_that_hangs_up_in_the_middle_gets_it_again(ann: User, server: Server) -> None:
    with Cutter(after=10) as cutter:
        outgoing = sent_through(ann, cutter.port)

    assert cutter.calls == 1
    assert outgoing.state in (OutgoingState.QUEUED, OutgoingState.DOUBTFUL)
    outgoing.mailbox.smtp_port = server.port
    outgoing.mailbox.save()
    if outgoing.state == OutgoingState.DOUBTFUL:
        settling.send_again(outgoing.pk, at=timezone.now())
    Outgoing.objects.update(next_at=timezone.now())
    mailer.send_waiting()
    outgoing.refresh_from_db()
    assert outgoing.state == OutgoingState.SENT


def test_a_server_that_is_away_is_tried_again(ann: User) -> None:
    outgoing = sent_through(ann, 1)

    assert outgoing.state == OutgoingState.QUEUED
    assert "refused" in outgoing.error.lower()


def test_a_slow_server_gets_it_once(ann: User, server: Server) -> None:
    server.post.delay = 1.0

    outgoing = sent_through(ann, server.port)

    assert outgoing.state == OutgoingState.SENT
    assert len(server.post.letters) == 1
