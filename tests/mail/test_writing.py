"""Writing letters: kept, labelled, called back, answered rightly, sent once."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.utils import timezone

from crm.mail import raw
from crm.mail.composing import drafts, labels, replying, templating
from crm.mail.composing.drafts import Given, Newer
from crm.mail.models import Direction, Draft, MailTemplate, Message, Outgoing, OutgoingState, Tracked
from crm.mail.sending import mailer
from crm.mail.sending.building import CannotSend
from crm.records.models import Event
from tests.factories.contacts import made_person
from tests.factories.mail import arrived, letter
from tests.factories.outbox import mailbox_of

if TYPE_CHECKING:
    from crm.identity.models import User
    from crm.mail.models import Mailbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(ann: User) -> Mailbox:
    return mailbox_of(ann)


def given(box: Mailbox, *to: str, **values: object) -> Given:
    people = [{"address": one, "name": ""} for one in to or ("anna@acme.example",)]
    known = {"subject": "Offer", "html": "<div>Dear Anna</div>", **values}
    return Given(mailbox=box, recipients={"to": people, "cc": [], "bcc": []}, **known)  # type: ignore[arg-type]


def leave() -> None:
    """Let what is held leave now."""
    Outgoing.objects.filter(state=OutgoingState.HELD).update(next_at=timezone.now() - timedelta(seconds=1))
    mailer.send_waiting()


def bytes_of(outgoing: Outgoing) -> bytes:
    outgoing.refresh_from_db()
    return raw.read(outgoing.raw_path)


def test_the_same_form_sent_three_times_is_one_letter(ann: User, box: Mailbox) -> None:
    token = uuid4()

    sent = {
        drafts.send(author=ann, token=token, given=given(box), at=timezone.now()).pk for _turn in range(3)
    }
    leave()

    assert len(sent) == 1
    assert Outgoing.objects.get().state == OutgoingState.SENT
    assert Message.objects.count() == 1


def test_a_letter_that_was_called_back_never_leaves_and_is_a_draft_again(ann: User, box: Mailbox) -> None:
    outgoing = drafts.send(author=ann, token=uuid4(), given=given(box), at=timezone.now())

    draft = drafts.call_back(author=ann, outgoing_id=outgoing.pk, at=timezone.now())
    leave()

    assert draft is not None
    assert draft.subject == "Offer"
    outgoing.refresh_from_db()
    assert (outgoing.state, outgoing.tries) == (OutgoingState.WITHDRAWN, 0)
    assert not Message.objects.exists()


def test_a_letter_that_has_left_cant_be_called_back(ann: User, box: Mailbox) -> None:
    outgoing = drafts.send(author=ann, token=uuid4(), given=given(box), at=timezone.now())
    leave()

    assert drafts.call_back(author=ann, outgoing_id=outgoing.pk, at=timezone.now()) is None


def test_fields_are_filled_in_and_what_is_empty_says_its_fallback(ann: User, box: Mailbox) -> None:
    person = made_person(ann, first_name="Anna", last_name="Acme")
    name = "{{ person.first_name | colleague }}"
    text = f"<div>Dear {name}{{{{#if person.phone}}}}, by call{{{{else}}}}, by mail{{{{/if}}}}</div>"

    outgoing = drafts.send(
        author=ann, token=uuid4(), given=given(box, html=text, ref=person.ref), at=timezone.now()
    )
    leave()

    assert b"Dear Anna, by mail" in bytes_of(outgoing)


def test_a_field_that_nobody_knows_is_refused_before_anything_leaves(ann: User, box: Mailbox) -> None:
    with pytest.raises(CannotSend, match="frist_name"):
        drafts.send(
            author=ann,
            token=uuid4(),
            given=given(box, html="<div>{{ person.frist_name }}</div>"),
            at=timezone.now(),
        )
    assert not Outgoing.objects.exists()


def test_a_sent_letter_stands_on_the_record_it_was_written_on_and_on_the_recipients(
    ann: User, box: Mailbox
) -> None:
    person = made_person(ann, last_name="Acme", email="anna@acme.example")

    drafts.send(author=ann, token=uuid4(), given=given(box, ref=person.ref), at=timezone.now())
    leave()

    message = Message.objects.get()
    assert message.sent_at is not None
    assert (message.links.get().type_id, message.links.get().record_id) == tuple(person.ref)
    assert Event.objects.filter(name="mail.sent", record_id=person.pk).count() == 1
    assert not Draft.objects.exists()


def test_an_answer_says_what_it_answers(ann: User, box: Mailbox) -> None:
    received = arrived(box, letter(to=box.address, message_id="<one@customer.example>")).row.message
    assert received is not None

    outgoing = drafts.send(
        author=ann,
        token=uuid4(),
        given=given(box, "carl@customer.example", answers=received, how="reply", seen_message_id=received.pk),
        at=timezone.now(),
    )
    leave()

    head = message_from_bytes(bytes_of(outgoing))
    assert head["In-Reply-To"] == "<one@customer.example>"
    assert head["References"].split()[-1] == "<one@customer.example>"
    outgoing.refresh_from_db()
    assert outgoing.message is not None
    assert outgoing.message.thread_id == received.thread_id


def test_who_writes_meanwhile_is_read_before_the_answer_leaves(ann: User, box: Mailbox) -> None:
    first = arrived(box, letter(to=box.address, message_id="<one@customer.example>")).row.message
    assert first is not None
    form = given(box, "carl@customer.example", answers=first, how="reply", seen_message_id=first.pk)
    arrived(
        box,
        letter(
            "Wait", to=box.address, message_id="<two@customer.example>", in_reply_to="<one@customer.example>"
        ),
    )

    token = uuid4()
    with pytest.raises(Newer):
        drafts.send(author=ann, token=token, given=form, at=timezone.now())
    drafts.send(author=ann, token=token, given=form, at=timezone.now(), anyway=True)

    assert Outgoing.objects.count() == 1


def test_a_planned_letter_stays_here_when_they_write_first(ann: User, box: Mailbox) -> None:
    first = arrived(box, letter(to=box.address, message_id="<one@customer.example>")).row.message
    assert first is not None
    tomorrow = timezone.now() + timedelta(days=1)
    form = given(
        box, "carl@customer.example", answers=first, how="reply", seen_message_id=first.pk, leaves=tomorrow
    )
    outgoing = drafts.send(author=ann, token=uuid4(), given=form, at=timezone.now())

    arrived(
        box,
        letter(
            "I have it",
            to=box.address,
            message_id="<two@customer.example>",
            in_reply_to="<one@customer.example>",
        ),
        at=timezone.now(),
    )

    outgoing.refresh_from_db()
    assert outgoing.state == OutgoingState.WITHDRAWN
    assert Draft.objects.get().outgoing is None


def test_an_answer_goes_to_everybody_of_the_letter_but_us_and_adds_nobody(ann: User, box: Mailbox) -> None:
    received = arrived(
        box,
        letter(
            to=f"{box.address}, dora@customer.example", cc="ed@customer.example", message_id="<one@c.example>"
        ),
    ).row.message
    assert received is not None

    found = replying.recipients_of(received, replying.REPLY_ALL)

    assert [one["address"] for one in found["to"]] == ["carl@customer.example", "dora@customer.example"]
    assert [one["address"] for one in found["cc"]] == ["ed@customer.example"]


def test_each_recipient_is_labelled_before_a_letter_leaves(ann: User, bob: User, box: Mailbox) -> None:
    mine = made_person(ann, last_name="Mine", email="mine@acme.example")
    made_person(ann, email="other@rival.example", first_name="Rita", last_name="Rival")
    received = arrived(
        box, letter(to=box.address, cc="ed@customer.example", message_id="<one@c.example>")
    ).row.message
    people = [
        {"address": one}
        for one in (
            "mine@acme.example",
            "other@rival.example",
            bob.email,
            "new@far.example",
            "carl@customer.example",
        )
    ]

    found = labels.labels_of(people, record=mine, answered=received, user=ann)

    kinds = {address: [kind for kind, _text in several] for address, several in found.by_address.items()}
    assert kinds["mine@acme.example"] == ["added"]
    assert kinds["other@rival.example"] == ["other", "added"]
    assert kinds[bob.email] == ["colleague", "added"]
    assert kinds["new@far.example"] == ["new", "added"]
    assert kinds["carl@customer.example"] == ["kept"]
    assert [one["address"] for one in found.dropped] == ["ed@customer.example"]


def test_openings_and_clicks_are_noticed_only_where_that_was_wished(
    ann: User, box: Mailbox, client: object
) -> None:
    html = '<div>See <a href="https://artel.example/offer">the offer</a></div>'
    plain = drafts.send(author=ann, token=uuid4(), given=given(box, html=html), at=timezone.now())
    noticed = drafts.send(
        author=ann,
        token=uuid4(),
        given=given(box, html=html, tracks_opens=True, tracks_clicks=True),
        at=timezone.now(),
    )
    leave()

    assert b"/c/" not in bytes_of(plain)
    assert b"/o/" in bytes_of(noticed)
    one = Tracked.objects.get(kind="click")
    answer = client.get(f"/c/{one.token}")  # type: ignore[attr-defined]
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://artel.example/offer")
    one.refresh_from_db()
    assert one.count == 1


def test_a_letter_between_test_mailboxes_arrives_without_any_server(
    ann: User, bob: User, box: Mailbox
) -> None:
    other = mailbox_of(bob)

    drafts.send(author=ann, token=uuid4(), given=given(box, other.address), at=timezone.now())
    leave()

    assert Message.objects.get(mailbox=other).direction == Direction.IN


def test_a_template_is_filled_in_and_names_what_is_empty(ann: User) -> None:
    template = MailTemplate(
        subject="For {{ person.first_name }}", html="<p>{{ person.phone }} {{ me.name }}</p>"
    )
    person = made_person(ann, first_name="<Anna>", last_name="Acme")

    filled = templating.fill(template, record=person, user=ann)

    assert filled.subject == "For <Anna>"
    assert filled.missing == ["person.phone"]
    assert "Ann North" in filled.html
