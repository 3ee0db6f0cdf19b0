"""Mailboxes on their pages, the inbox, and who sees what of a letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from contacts.models import Company, Person
from crm.mail import makers, safehtml, visibility
from crm.mail.models import LedgerRow, Mailbox, MailVisibility, Message
from crm.mail.visibility import Level
from crm.timeline.models import Activity
from tests.factories.contacts import made_person
from tests.factories.mail import NOON, arrived, letter, personal_box, team_box
from tests.mail.imapserver import Post, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.test import Client

    from crm.identity.models import Team, User

    Clients = Callable[[User], Client]

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    settings.OUTBOUND_HOSTS = frozenset({"127.0.0.1"})
    with serving() as found:
        yield found


def message_of(box: Mailbox, raw: bytes) -> Message:
    found = arrived(box, raw).row.message
    assert found is not None
    return found


def given(port: int, **values: Any) -> dict[str, Any]:
    servers = {"imap_host": "127.0.0.1", "imap_port": port, "imap_security": "none", "imap_username": ""}
    return {
        "address": "Ann@Artel.example",
        "name": "Ann",
        "auth": "password",
        "password": "secret",
        "visibility": "all",
        "smtp_host": "127.0.0.1",
        "smtp_port": 1,
        "smtp_security": "none",
        **servers,
        **values,
    }


def test_a_mailbox_is_tried_before_it_is_kept(
    ann: User, client_for: Clients, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm.mail import connecting

    monkeypatch.setattr(connecting, "check_smtp", lambda mailbox, at: None)
    post.boxes["INBOX"].add(letter(to="ann@artel.example"))

    refused = client_for(ann).post("/settings/mailboxes/new/", given(post.port, password="wrong"))
    kept = client_for(ann).post("/settings/mailboxes/new/", given(post.port))

    assert refused.status_code == 422
    assert "Invalid credentials" in refused.content.decode()
    box = Mailbox.objects.get()
    assert kept.headers["Location"] == f"/settings/mailboxes/{box.pk}/"
    assert (box.address, box.user, box.credentials()) == ("ann@artel.example", ann, {"password": "secret"})
    assert "secret" not in box.secret


def test_servers_are_guessed_from_the_address(ann: User) -> None:
    from crm.mail.connection_form import MailboxForm

    data = {"address": "ann@yandex.ru", "auth": "password", "password": "x", "visibility": "all"}
    form = MailboxForm(data, user=ann, for_team=False, at=NOON)

    assert form.is_valid(), form.errors
    assert (form.instance.imap_host, form.instance.smtp_port) == ("imap.yandex.ru", 465)


def test_a_mailbox_is_nobody_elses_business(ann: User, bob: User, client_for: Clients) -> None:
    box = personal_box(ann)

    assert client_for(bob).get(f"/settings/mailboxes/{box.pk}/").status_code == 404
    assert client_for(bob).get(f"/settings/mailboxes/{box.pk}/edit/").status_code == 404
    assert box.address not in client_for(bob).get("/settings/mailboxes/").content.decode()


def test_administrators_see_the_ledger_and_not_the_letters(
    ann: User, root: User, client_for: Clients
) -> None:
    box = personal_box(ann)
    row = arrived(box, letter(subject="Very private")).row

    page = client_for(root).get(f"/settings/mailboxes/{box.pk}/").content.decode()

    assert "Taken in" in page
    assert "Very private" not in page
    assert client_for(root).get(reverse("mail:source", args=[row.pk])).status_code == 404


def test_a_letter_in_quarantine_is_opened_retried_and_made_a_task(ann: User, client_for: Clients) -> None:
    row = arrived(personal_box(ann), b"\x00\x01 rubbish").row
    client = client_for(ann)

    source = client.get(reverse("mail:source", args=[row.pk]))
    client.post(reverse("mail:row_act", args=[row.pk]), {"act": "retry"})
    client.post(reverse("mail:row_act", args=[row.pk]), {"act": "task"})

    assert source.headers["Content-Type"] == "application/octet-stream"
    assert source.headers["Content-Disposition"].startswith("attachment")
    assert LedgerRow.objects.get().attempts == 2
    assert Activity.objects.get().owner == ann


def test_the_inbox_shows_what_waits_for_me(ann: User, bob: User, client_for: Clients, team_a: Team) -> None:
    message_of(team_box(team_a), letter(subject="For the team"))
    message_of(personal_box(bob), letter(subject="For bob"))

    page = client_for(ann).get("/inbox/").content.decode()

    assert "For the team" in page
    assert "For bob" not in page


def test_a_letter_given_to_me_is_mine_to_read(ann: User, bob: User, client_for: Clients) -> None:
    message = message_of(personal_box(ann), letter(subject="Take this"))
    assert client_for(bob).get(message.get_absolute_url()).status_code == 404

    client_for(ann).post(reverse("mail:letter_act", args=[message.pk]), {"act": "assign", "to": bob.pk})

    assert client_for(bob).get(message.get_absolute_url()).status_code == 200
    assert "Take this" in client_for(bob).get("/inbox/?show=assigned").content.decode()


def test_a_filed_letter_leaves_the_inbox(ann: User, client_for: Clients) -> None:
    message = message_of(personal_box(ann), letter(subject="Done with"))

    client_for(ann).post(reverse("mail:letter_act", args=[message.pk]), {"act": "file"})

    assert "Done with" not in client_for(ann).get("/inbox/").content.decode()
    assert "Done with" in client_for(ann).get("/inbox/?show=all").content.decode()


def test_one_key_makes_a_person_and_earlier_letters_follow(ann: User, client_for: Clients) -> None:
    box = personal_box(ann)
    earlier = message_of(box, letter("First", message_id="<1@x>"))
    message = message_of(box, letter("Second", message_id="<2@x>"))

    client_for(ann).post(reverse("mail:letter_act", args=[message.pk]), {"act": "person"})

    person = Person.objects.get()
    assert (str(person), person.email) == ("Carl", "carl@customer.example")
    assert earlier.links.get().ref == person.ref


@pytest.mark.parametrize("key", ["company", "deal", "task"])
def test_a_letter_becomes_other_records_too(ann: User, key: str) -> None:
    message = message_of(personal_box(ann), letter(subject="Ten licences"))

    record = makers.turn(message=message, key=key, actor=ann, at=NOON)

    assert record.ref in {link.ref for link in message.links.all()}
    if key == "company":
        assert Company.objects.get().domains == ["customer.example"]


@pytest.mark.parametrize(
    ("setting", "text", "subject", "line"),
    [
        (MailVisibility.ALL, True, True, True),
        (MailVisibility.SUBJECT, False, True, True),
        (MailVisibility.METADATA, False, False, True),
        (MailVisibility.PRIVATE, False, False, False),
    ],
)
def test_colleagues_see_as_much_as_the_mailbox_allows(
    ann: User, boss: User, client_for: Clients, setting: str, text: bool, subject: bool, line: bool
) -> None:
    person = made_person(actor=ann, name="Carl Customer", email="carl@customer.example", owner=ann)
    message = message_of(personal_box(ann, visibility=setting), letter("Secret words", subject="Secret deal"))

    page = client_for(boss).get(person.get_absolute_url()).content.decode()

    assert ("Secret words" in page, "Secret deal" in page, "Letter received" in page) == (text, subject, line)
    assert client_for(boss).get(message.get_absolute_url()).status_code == (200 if text else 404)
    assert visibility.visible_to(boss, Level.ALL).exists() == text
    assert "Secret words" in client_for(ann).get(person.get_absolute_url()).content.decode()


def test_reading_a_letter_on_a_record_changes_nothing_about_it(
    ann: User, boss: User, client_for: Clients
) -> None:
    made_person(actor=ann, name="Carl Customer", email="carl@customer.example", owner=ann)
    message = message_of(personal_box(ann), letter())

    client_for(boss).get(message.get_absolute_url())
    refused = client_for(boss).post(reverse("mail:letter_act", args=[message.pk]), {"act": "file"})

    assert refused.status_code == 403
    message.refresh_from_db()
    assert message.is_unread


NASTY = """<script>alert(1)</script><p onclick="x()" style="position:fixed;color:red;background:url(http://e/x)">Hi</p>
<a href="javascript:alert(1)">a</a><a href="data:text/html,x">b</a>
<form action="/"><input></form><svg onload=x></svg>
<iframe src="http://e"></iframe><img src="http://tracker.example/p.png">
<img src="data:text/html,x"><object data=x>"""
EVIL = ("<script", "onclick", "javascript:", "data:text", "<form", "<input", "<svg", "<iframe", "<object")


def test_html_from_outside_can_do_nothing(ann: User, client_for: Clients) -> None:
    raw = f"From: e@e.example\nTo: ann@artel.example\nContent-Type: text/html\n\n{NASTY}".encode()
    message = message_of(personal_box(ann), raw)

    answer = client_for(ann).get(reverse("mail:body", args=[message.pk]))

    html = answer.content.decode().lower()
    for evil in (
        "<script",
        "onclick",
        "javascript:",
        "data:text",
        "<form",
        "<input",
        "<svg",
        "<iframe",
        "<object",
    ):
        assert evil not in html
    assert "tracker.example" not in html
    assert "position" not in html
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_pictures_of_the_web_come_through_us_and_only_on_request(ann: User, client_for: Clients) -> None:
    raw = f"From: e@e.example\nTo: ann@artel.example\nContent-Type: text/html\n\n{NASTY}".encode()
    message = message_of(personal_box(ann), raw)

    html = client_for(ann).get(reverse("mail:body", args=[message.pk]) + "?images").content.decode()

    assert "http://testserver/inbox/image/?u=" in html
    assert "tracker.example/p.png" not in html


def test_the_picture_proxy_fetches_nothing_that_we_did_not_sign_and_nothing_inside(client: Client) -> None:
    inside = safehtml.image_url("http://127.0.0.1:9/secret.png", "")

    assert client.get("/inbox/image/?u=http://127.0.0.1/x.png").status_code == 404
    assert client.get(inside).status_code == 404


ATTACHED = b"""From: e@e.example
To: ann@artel.example
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

See file
--b
Content-Type: image/svg+xml; name="x.svg"
Content-Disposition: attachment; filename="x.svg"

<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>
--b--
"""


def test_files_are_saved_and_never_shown(ann: User, bob: User, client_for: Clients) -> None:
    message = message_of(personal_box(ann), ATTACHED)
    address = reverse("mail:file", args=[message.files.get().pk])

    answer = client_for(ann).get(address)

    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="x.svg"'
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert client_for(bob).get(address).status_code == 404


@pytest.mark.parametrize("address", ["/inbox/", "/inbox/?show=all", "/settings/mailboxes/"])
def test_pages_cost_the_same_for_two_and_for_twelve(
    ann: User, client_for: Clients, address: str, django_assert_max_num_queries: Any
) -> None:
    box = personal_box(ann)
    for number in range(12):
        arrived(box, letter(f"Text {number}", message_id=f"<{number}@x>"))
    client = client_for(ann)
    client.get(address)

    with django_assert_max_num_queries(14):
        client.get(address)
