"""A mailbox is brought up to date with its server: nothing lost, nothing doubled."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import time
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from django.db import transaction

from crm.mail.models import Folder, LedgerRow, Mailbox, MailboxState, Message
from crm.mail.syncing import imap, oauth, planning, sync
from crm.mail.syncing.errors import CannotConnect, CannotSignIn, MailServerError
from crm.records.models import DueRow
from tests.factories.mail import NOON, letter, personal_box
from tests.mail.imapserver import Box, Post, serving, was_changed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crm.identity.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_machine(settings: Any, tmp_path: Path) -> None:
    settings.OUTBOUND_HOSTS = frozenset({"127.0.0.1", "localhost"})
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def post() -> Iterator[Post]:
    with serving() as found:
        yield found


def connected(user: User, port: int, **values: Any) -> Mailbox:
    box = personal_box(
        user, is_test=False, imap_host="127.0.0.1", imap_port=port, imap_security="none", **values
    )
    box.keep_credentials({"password": "secret"})
    box.save()
    return box


def fill(box: Box, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        box.add(letter(f"Text {number}", message_id=f"<{number}@x>", to="ann@artel.example"))


def test_the_first_reading_takes_everything_and_the_next_only_what_is_new(ann: User, post: Post) -> None:
    box = connected(ann, post.port)
    fill(post.boxes["INBOX"], 120)
    post.boxes["INBOX"].seen = set(range(1, 100))

    first = sync.sync(box, NOON)
    fill(post.boxes["INBOX"], 2, start=120)
    second = sync.sync(box, NOON)
    third = sync.sync(box, NOON)

    assert (first.fetched, second.fetched, third.fetched) == (120, 2, 0)
    folder = Folder.objects.get(name="INBOX")
    assert (folder.server_count, folder.accounted) == (122, 122)
    assert Message.objects.filter(is_unread=True).count() == 23
    assert not was_changed(post)


def test_letters_written_elsewhere_are_taken_in_as_sent(ann: User, post: Post) -> None:
    box = connected(ann, post.port)
    post.boxes["Sent"].add(letter(sender="ann@artel.example", to="carl@customer.example"))

    sync.sync(box, NOON)

    message = Message.objects.get()
    assert (message.direction, message.author, message.is_unread) == ("out", ann, False)


def test_only_the_chosen_window_is_read(ann: User, post: Post) -> None:
    box = connected(ann, post.port, sync_since=date(2026, 1, 1))
    fill(post.boxes["INBOX"], 10)
    post.boxes["INBOX"].since = 8

    sync.sync(box, NOON)

    assert Folder.objects.get(name="INBOX").server_count == 3
    assert Message.objects.count() == 3


@pytest.mark.parametrize("after", [0, 1, 49, 50, 51, 110])
def test_a_connection_cut_anywhere_loses_nothing_and_doubles_nothing(
    ann: User, post: Post, after: int
) -> None:
    box = connected(ann, post.port)
    fill(post.boxes["INBOX"], 120)
    post.hang_up_after = after

    with pytest.raises(MailServerError):
        sync.sync(box, NOON)
    box.refresh_from_db()
    assert box.state == MailboxState.FAILING
    post.hang_up_after = -1
    sync.sync(box, NOON)

    box.refresh_from_db()
    assert (box.state, box.last_error) == (MailboxState.OK, "")
    assert Message.objects.count() == LedgerRow.objects.count() == 120


def test_a_worker_killed_within_a_chunk_leaves_it_to_the_next(
    ann: User, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = connected(ann, post.port)
    fill(post.boxes["INBOX"], 60)
    receive, calls = sync._receive, []

    def die(*args: Any) -> None:
        calls.append(1)
        if len(calls) == 55:
            raise KeyboardInterrupt
        receive(*args)

    monkeypatch.setattr(sync, "_receive", die)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        sync.sync(box, NOON)
    monkeypatch.setattr(sync, "_receive", receive)
    Folder.objects.update(busy_until=None)
    sync.sync(box, NOON)

    assert Message.objects.count() == LedgerRow.objects.count() == 60


def test_one_bad_letter_never_blocks_the_others(ann: User, post: Post) -> None:
    box = connected(ann, post.port)
    post.boxes["INBOX"].add(b"\x00\xff rubbish")
    fill(post.boxes["INBOX"], 3)

    sync.sync(box, NOON)

    assert LedgerRow.objects.counts() == {"quarantined": 1, "imported": 3}
    assert Folder.objects.get(name="INBOX").accounted == 4


def test_a_server_that_numbers_anew_gives_duplicates_not_doubles(ann: User, post: Post) -> None:
    box = connected(ann, post.port)
    fill(post.boxes["INBOX"], 3)
    sync.sync(box, NOON)
    old = post.boxes["INBOX"]
    post.boxes["INBOX"] = Box(uidvalidity=2, letters={uid + 100: raw for uid, raw in old.letters.items()})

    sync.sync(box, NOON)

    assert Message.objects.count() == 3
    assert LedgerRow.objects.counts() == {"imported": 3, "duplicate": 3}


def test_two_workers_never_read_one_folder_at_once(ann: User, post: Post) -> None:
    box = connected(ann, post.port)
    fill(post.boxes["INBOX"], 3)
    Folder.objects.create(mailbox=box, name="INBOX", busy_until=NOON + timedelta(minutes=1))

    found = sync.sync(box, NOON)

    assert (found.fetched, found.is_busy) == (0, True)
    assert sync.sync(box, NOON + timedelta(minutes=2)).fetched == 3


def test_a_wrong_password_is_told_in_words(ann: User, post: Post) -> None:
    box = connected(ann, post.port)
    post.password = "another"

    with pytest.raises(CannotSignIn, match="Invalid credentials"):
        sync.sync(box, NOON)

    box.refresh_from_db()
    assert "refuses ann@artel.example" in box.last_error


def test_a_host_inside_the_network_is_refused(ann: User, post: Post, settings: Any) -> None:
    settings.OUTBOUND_HOSTS = frozenset()

    with pytest.raises(CannotConnect, match="private network"):
        sync.sync(connected(ann, post.port), NOON)


def test_a_port_without_tls_is_told_so(post: Post) -> None:
    with pytest.raises(CannotConnect, match="does not speak TLS"):
        imap.connect("127.0.0.1", post.port, "tls")


def test_nobody_listening_is_told_so() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(CannotConnect, match="can't be reached"):
        imap.connect("127.0.0.1", port, "none")


def test_names_of_folders_are_read(post: Post) -> None:
    assert imap.decode_name("&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-") == "Отправленные"


def test_mailboxes_are_read_every_few_minutes_and_seldom_while_they_fail(ann: User, post: Post) -> None:
    box = connected(ann, post.port)
    fill(post.boxes["INBOX"], 1)

    planning.plan(box, NOON)
    planning.on_due(DueRow.objects.get(kind=planning.KIND, done_at=None), NOON)

    assert (
        DueRow.objects.filter(kind=planning.KIND, done_at=None).latest("due_at").due_at
        == NOON + planning.EVERY
    )
    box.state, box.failing_since = MailboxState.FAILING, NOON - timedelta(hours=5)
    assert planning.pause(box, NOON) == planning.SLOWEST


# A local identity server


class Identity(BaseHTTPRequestHandler):
    """Gives tokens as Google and Microsoft do."""

    asked: list[dict[str, str]] = []
    refuses = False

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        type(self).asked.append({name: values[0] for name, values in parse_qs(body).items()})
        if self.refuses:
            answer, status = {"error": "invalid_grant", "error_description": "Token has been revoked."}, 400
        else:
            number = len(self.asked)
            answer = {
                "access_token": f"token-{number}",
                "refresh_token": f"refresh-{number}",
                "expires_in": 3600,
            }
            status = 200
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        """Be quiet."""


@pytest.fixture
def identity(settings: Any) -> Iterator[type[Identity]]:
    Identity.asked, Identity.refuses = [], False
    server = HTTPServer(("127.0.0.1", 0), Identity)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    known = {
        **settings.MAIL_OAUTH["google"],
        "client_id": "artel",
        "client_secret": "hush",
        "token": f"http://127.0.0.1:{server.server_port}/token",
    }
    settings.MAIL_OAUTH = {**settings.MAIL_OAUTH, "google": known}
    yield Identity
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_mailbox_signs_in_by_permission_and_tokens_are_renewed(
    ann: User, post: Post, identity: type[Identity]
) -> None:
    box = connected(ann, post.port, auth="google")
    fill(post.boxes["INBOX"], 1)
    url = oauth.permission_url("google", mailbox=box, user_id=ann.pk, redirect="http://artel.example/back")
    state = parse_qs(url.partition("?")[2])["state"][0]
    assert oauth.read_state(state)["mailbox"] == box.pk

    oauth.exchange(
        mailbox=box, provider="google", code="c", state=state, redirect="http://artel.example/back", at=NOON
    )
    sync.sync(box, NOON)
    assert "token-1" not in box.secret
    post.token = "token-2"
    sync.sync(Mailbox.objects.get(), NOON + timedelta(hours=1))

    assert [one["grant_type"] for one in identity.asked] == ["authorization_code", "refresh_token"]
    assert identity.asked[1]["refresh_token"] == "refresh-1"
    assert Mailbox.objects.get().state == MailboxState.OK


def test_a_withdrawn_permission_asks_for_a_person(ann: User, post: Post, identity: type[Identity]) -> None:
    box = connected(ann, post.port, auth="google")
    box.keep_credentials({"refresh_token": "old"})
    box.save()
    identity.refuses = True

    with pytest.raises(CannotSignIn, match="revoked"):
        sync.sync(box, NOON)


# A real server

DOVECOT = """
base_dir = {here}/run
log_path = {here}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
mail_location = maildir:{here}/mail/%u
first_valid_uid = 0
first_valid_gid = 0
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={here}/mail/%u
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
"""


@pytest.fixture
def dovecot() -> Iterator[int]:
    """Run Dovecot on a free port, with its mail in a folder of its own."""
    program = shutil.which("dovecot")
    if program is None or os.geteuid() != 0:
        pytest.skip("Dovecot is not installed here, or may not be started")
    from pathlib import Path
    from tempfile import TemporaryDirectory

    user = pwd.getpwnam("dovecot").pw_name
    with TemporaryDirectory(prefix="dc") as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        here = Path(folder)
        here.chmod(0o755)
        (here / "mail").mkdir()
        shutil.chown(here / "mail", user, user)
        (here / "dovecot.conf").write_text(DOVECOT.format(here=here, user=user, group=user, port=port))
        child = subprocess.Popen([program, "-F", "-c", str(here / "dovecot.conf")])
        try:
            for _turn in range(50):
                time.sleep(0.1)
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
            yield port
        finally:
            child.terminate()
            child.wait(timeout=10)


def test_a_real_server_is_read(ann: User, dovecot: int) -> None:
    box = connected(ann, dovecot)
    with sync.open_server(box, NOON) as server:
        for number in range(5):
            raw = letter(f"Text {number}", message_id=f"<{number}@x>", to="ann@artel.example")
            server.client.append("INBOX", "\\Seen" if number else "", None, raw)
        server.client.append("Sent", "\\Seen", None, letter(sender="ann@artel.example", message_id="<s@x>"))

    sync.sync(box, NOON)
    again = sync.sync(box, NOON)

    assert again.fetched == 0
    assert (Message.objects.count(), Message.objects.filter(is_unread=True).count()) == (6, 1)
    box.refresh_from_db()
    assert box.server_count == sum(one.accounted for one in Folder.objects.all()) == 6
