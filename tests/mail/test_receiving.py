"""One raw letter becomes one row of the ledger, and mostly a message on records."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command

from crm.mail import loops, receiving, threading
from crm.mail.models import LedgerRow, Message, MessageKind, Outcome, SenderRule, Thread
from crm.mail.receiving import hooks, retry
from crm.mail.receiving.linking import link_by_hand
from crm.records.models import Event, EventLink
from tests.factories.contacts import made_person
from tests.factories.mail import NOON, arrived, letter, personal_box, team_box

if TYPE_CHECKING:
    from crm.identity.models import Team, User
    from crm.mail.models import Mailbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(team_a: Team) -> Mailbox:
    return team_box(team_a)


def carl(ann: User, **values: Any) -> Any:
    return made_person(
        actor=ann, first_name="Carl", last_name="Customer", email="carl@customer.example", **values
    )


def test_a_letter_of_a_known_person_is_on_their_page(ann: User, box: Mailbox) -> None:
    person = carl(ann)

    intake = arrived(box, letter())

    assert intake.row.outcome == Outcome.IMPORTED
    assert intake.links == [person.ref]
    person.refresh_from_db()
    assert person.last_touch_at == NOON
    assert Event.objects.get(name="mail.received").data["message"] == intake.row.message_id


def test_the_same_letter_twice_is_a_duplicate(box: Mailbox) -> None:
    first = arrived(box, letter(message_id="<a@customer.example>"))

    second = arrived(box, letter(message_id="<a@customer.example>"))

    assert (second.row.outcome, second.row.message) == (Outcome.DUPLICATE, first.row.message)
    assert Message.objects.count() == 1


def test_a_number_on_the_server_has_one_row_however_often_it_is_read(box: Mailbox) -> None:
    where = {"folder": "INBOX", "uidvalidity": 7, "uid": 12}
    first = arrived(box, letter(), **where)

    again = arrived(box, letter("Other text"), **where)

    assert again.row.pk == first.row.pk
    assert LedgerRow.objects.count() == 1


def test_a_letter_without_a_number_gets_the_same_one_each_time(box: Mailbox) -> None:
    arrived(box, letter())

    assert arrived(box, letter()).row.outcome == Outcome.DUPLICATE
    assert arrived(box, letter("Something else")).row.outcome == Outcome.IMPORTED


def test_an_answer_finds_its_conversation_by_what_it_refers_to(box: Mailbox) -> None:
    first = arrived(box, letter(message_id="<1@customer.example>")).row.message
    assert first is not None

    answer = arrived(
        box,
        letter("And?", message_id="<2@customer.example>", references="<0@x>, <1@customer.example>"),
    ).row.message

    assert answer is not None
    assert (answer.thread, answer.is_unverified) == (first.thread, False)
    assert Thread.objects.get().messages_count == 2


def test_a_signed_address_finds_its_conversation_without_any_header(box: Mailbox) -> None:
    first = arrived(box, letter(message_id="<1@customer.example>")).row.message
    assert first is not None

    answer = arrived(box, letter("Again", to=threading.reply_address(box, first.thread))).row.message

    assert answer is not None
    assert answer.thread == first.thread


def test_a_stranger_who_names_a_conversation_is_marked(ann: User, box: Mailbox) -> None:
    person = carl(ann)
    first = arrived(box, letter(message_id="<1@customer.example>")).row.message
    assert first is not None
    link_by_hand(message=first, refs=[person.ref], actor=ann, at=NOON)

    intake = arrived(
        box,
        letter(
            "Let me in", sender="mallory@evil.example", in_reply_to="<1@customer.example>", message_id="<m@e>"
        ),
    )

    assert intake.row.message is not None
    assert intake.row.message.is_unverified
    assert intake.links == []


def test_a_forged_token_opens_nothing(box: Mailbox) -> None:
    first = arrived(box, letter(message_id="<1@customer.example>")).row.message
    assert first is not None
    forged = threading.token(first.thread)[:-1] + "x"

    other = arrived(box, letter("x", to=f"sales+{forged}@artel.example", message_id="<2@x>")).row.message

    assert other is not None
    assert other.thread != first.thread


def test_references_of_an_answer_follow_the_rule(box: Mailbox) -> None:
    message = arrived(box, letter(message_id="<2@x>", in_reply_to="<1@x>")).row.message
    assert message is not None

    assert threading.headers_for_reply(message) == ("2@x", ["1@x", "2@x"])


BOUNCE = """From: MAILER-DAEMON@mx.example
To: sales@artel.example
Subject: Undelivered Mail Returned to Sender
Return-Path: <>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; carl@customer.example
Action: failed
Status: 5.1.1
--b
Content-Type: text/rfc822-headers

Message-ID: <{id}>
--b--
"""


def test_a_bounce_hangs_on_the_letter_that_bounced(ann: User, box: Mailbox) -> None:
    person = carl(ann)
    sent = arrived(
        box,
        letter(sender="sales@artel.example", to="carl@customer.example", message_id="<out@artel.example>"),
        role="sent",
    ).row.message
    assert sent is not None
    touched = person.__class__.objects.get(pk=person.pk).last_touch_at

    intake = arrived(box, BOUNCE.format(id="out@artel.example").encode(), at=NOON + timedelta(hours=1))

    assert (intake.row.outcome, intake.row.message.bounce_of) == (Outcome.BOUNCE, sent)
    assert intake.row.message.thread == sent.thread
    assert intake.row.message.verdict["bounced"][0]["reason"] == "unknown_user"
    person.refresh_from_db()
    assert person.last_touch_at == touched


def test_one_letter_in_two_mailboxes_is_one_line_of_the_timeline(ann: User, box: Mailbox) -> None:
    person = carl(ann)
    raw = letter(to="sales@artel.example, ann@artel.example", message_id="<1@customer.example>")

    arrived(box, raw)
    arrived(personal_box(ann), raw)

    assert Message.objects.count() == 2
    assert (
        EventLink.objects.filter(
            record_id=person.pk, type_id=person.record_type.id, event__name="mail.received"
        ).count()
        == 1
    )


def test_what_is_no_letter_waits_in_quarantine_and_can_be_tried_again(box: Mailbox) -> None:
    row = arrived(box, b"\x00\x01 nothing").row

    assert (row.outcome, row.message) == (Outcome.QUARANTINED, None)
    assert retry(row=row, at=NOON).row.attempts == 2
    assert LedgerRow.objects.count() == 1


def test_who_fails_with_a_letter_never_keeps_it_from_being_kept(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(received: receiving.Received) -> None:
        raise ValueError("no")

    monkeypatch.setattr(hooks, "_followers", {"broken": fail})

    row = arrived(box, letter()).row

    assert row.outcome == Outcome.IMPORTED
    assert "broken: ValueError" in row.reason


def test_a_rule_leaves_letters_on_the_server(box: Mailbox) -> None:
    SenderRule.objects.create(pattern="*@shop.example", act="ignore")

    row = arrived(box, letter(sender="News <news@shop.example>")).row

    assert (row.outcome, row.message) == (Outcome.IGNORED, None)


def test_a_date_in_the_future_moves_nothing_into_the_future(ann: User, box: Mailbox) -> None:
    carl(ann)

    message = arrived(box, letter(date="Mon, 02 Mar 2048 11:58:00 +0000")).row.message

    assert message is not None
    assert message.received_at == NOON
    assert Event.objects.get(name="mail.received").at == NOON


def test_receive_mail_tells_what_came_of_a_letter(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Yes, please.\n\nOn Mon, 2 Mar 2026 at 10:00, Ann <ann@artel.example> wrote:\n> Shall we?"
    out = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(letter(text))))

    call_command("receive_mail", "--json", stdout=out)

    answer = json.loads(out.getvalue())
    assert answer["outcome"] == "imported"
    assert answer["reply_text"] == "Yes, please."
    assert answer["ticket"] is None
    assert LedgerRow.objects.count() == 1


def test_two_desks_never_answer_each_other(box: Mailbox) -> None:
    automatic = "\n".join(f"{name}: {value}" for name, value in loops.HEADERS.items())
    head = "From: desk@other.example\nTo: sales@artel.example\nSubject: We got it"
    note = f"{head}\n{automatic}\n\nThanks".encode()

    message = arrived(box, note).row.message

    assert message is not None
    assert message.kind == MessageKind.AUTO_REPLY
    assert not loops.may_answer(message, NOON)


def test_nobody_gets_more_automatic_letters_than_they_can_bear(box: Mailbox) -> None:
    got = [loops.claim("carl@customer.example", NOON) for _turn in range(10)]

    assert got.count(True) == loops.PER_WINDOW
    assert loops.claim("dora@customer.example", NOON)
    assert loops.claim("carl@customer.example", NOON + timedelta(hours=2))
