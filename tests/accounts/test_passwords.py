"""Passwords: forgotten, changed, weak."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from crm.records import due
from crm.records.models import DueRow, Event

GOOD = "correct horse battery"


def send_letters():
    due.run_due(timezone.now())


def link_in(letter):
    return re.search(r"https?://\S+?(/accounts/\S+)", letter.body).group(1)


def ask(client, email):
    return client.post("/accounts/password/reset/", {"email": email})


def test_a_forgotten_password_is_replaced_by_a_link_in_a_letter(ann, client):
    ask(client, "ANN@example.com")
    send_letters()
    [letter] = mail.outbox
    page = client.get(link_in(letter), follow=True)
    answer = client.post(page.redirect_chain[-1][0], {"password1": GOOD, "password2": GOOD})

    assert letter.to == ["ann@example.com"]
    assert answer.url == "/accounts/password/reset/key/done/"
    ann.refresh_from_db()
    assert ann.check_password(GOOD)
    assert Event.objects.get(name="user.password_changed").record_id == ann.pk


def test_a_link_to_a_new_password_works_once(ann, client):
    ask(client, ann.email)
    send_letters()
    link = link_in(mail.outbox[0])
    page = client.get(link, follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": GOOD, "password2": GOOD})

    again = Client().get(link, follow=True)

    assert "This link is void" in again.content.decode()


def test_no_table_holds_the_link(ann, client):
    ask(client, ann.email)
    row = DueRow.objects.get(kind="letter.password_reset")

    assert set(row.payload) == {"base"}
    assert row.key == str(ann.pk)


def test_the_answer_does_not_tell_whether_an_address_is_known(ann, client):
    known, unknown = ask(client, ann.email), ask(client, "nobody@example.com")
    send_letters()

    assert known.url == unknown.url == "/accounts/password/reset/done/"
    assert len(mail.outbox) == 1


def test_a_switched_off_account_gets_no_letter(ann, client):
    ann.is_active = False
    ann.save()

    ask(client, ann.email)
    send_letters()

    assert mail.outbox == []


def test_the_letter_speaks_the_readers_language(ann, client):
    ann.language = "ru"
    ann.save()

    ask(client, ann.email)
    send_letters()

    assert 'lang="ru"' in mail.outbox[0].alternatives[0].content


@pytest.mark.parametrize("weak", ["password12", "1234567890", "short", "annnorth2026"])
def test_weak_passwords_are_refused(ann, client_for, weak):
    ann.username = "annnorth"
    ann.save()

    answer = client_for(ann).post(
        "/accounts/password/change/", {"oldpassword": "ann", "password1": weak, "password2": weak}
    )

    ann.refresh_from_db()
    assert answer.status_code == 200
    assert ann.check_password("ann")


def test_changing_the_password_signs_out_elsewhere_but_not_here(ann, client_for):
    here, elsewhere = client_for(ann), client_for(ann)

    here.post("/accounts/password/change/", {"oldpassword": "ann", "password1": GOOD, "password2": GOOD})

    assert here.get("/settings/").status_code == 200
    assert elsewhere.get("/settings/").status_code == 302


def test_a_mail_server_that_is_away_is_tried_again(ann, client, settings):
    ask(client, ann.email)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    send_letters()

    row = DueRow.objects.get(kind="letter.password_reset")
    assert row.done_at is None
    assert row.attempts == 1
