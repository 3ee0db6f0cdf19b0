"""A mailer may die at any moment: no letter is sent twice, and none gets lost."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from crm.mail.models import Outgoing, OutgoingState, OutgoingTry, TryOutcome
from crm.mail.sending import mailer, points, settling
from tests.factories.identity import person
from tests.factories.outbox import mailbox_of, posted
from tests.mail.smtp import Post, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db(transaction=True)

SENDS = 50


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on this machine."""
    running = Server(Post())
    running.start()
    yield running
    running.stop()


def fifty_letters(server: Server) -> list[Outgoing]:
    ann = person("ann", full_name="Ann North")
    mailbox = mailbox_of(
        ann, smtp_host="127.0.0.1", smtp_port=server.port, smtp_security="none", is_test=False
    )
    letters = [
        posted(mailbox, f"customer{number}@acme.example", subject=f"Letter {number}", is_due=False)
        for number in range(SENDS)
    ]
    # All at once: what is due is sent in the very moment that another one is written.
    Outgoing.objects.update(next_at=timezone.now())
    return letters


def run_mailer(point: str) -> None:
    """Run a mailer that is killed at ``point`` for each of fifty sends."""
    database = connection.settings_dict
    # The host may be a folder of sockets.
    host, port = quote(database["HOST"], safe=""), f":{database['PORT']}" if database["PORT"] else ""
    password = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
    url = f"postgres://{database['USER']}{password}@{host}{port}/{database['NAME']}"
    env = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "crm.settings"}
    env.pop("TEST_DATABASE_NAME", None)
    command = [sys.executable, "-m", "tests.mail.child", point, str(SENDS)]
    subprocess.run(command, env=env, cwd=settings.BASE_DIR, check=True, timeout=300)


def let_claims_run_out() -> None:
    Outgoing.objects.filter(state=OutgoingState.SENDING).update(
        claimed_until=timezone.now() - timedelta(seconds=1)
    )


@pytest.mark.parametrize("point", points.ALL)
def test_a_mailer_killed_at_any_point_doubles_nothing_and_loses_nothing(server: Server, point: str) -> None:
    letters = fifty_letters(server)
    server.post.mode = "takes and drops"

    run_mailer(point)
    assert OutgoingTry.objects.count() == (0 if point == points.CHOSEN else SENDS)
    server.post.mode = "takes"
    let_claims_run_out()
    while mailer.send_waiting():
        pass
    taken = server.post.taken
    assert set(taken.values()) <= {1}
    states = dict(Outgoing.objects.values_list("rfc_id", "state"))
    assert set(states.values()) <= {OutgoingState.SENT, OutgoingState.DOUBTFUL}
    assert all(one.rfc_id in taken for one in letters if states[one.rfc_id] == OutgoingState.SENT)
    may_be_doubtful = point in (points.MARKED, points.HANDED_OVER, points.ANSWERED)
    doubtful = [one for one, state in states.items() if state == OutgoingState.DOUBTFUL]
    assert len(doubtful) == (SENDS if may_be_doubtful else 0)


def test_a_server_that_takes_and_drops_leaves_each_letter_doubtful_and_never_gets_it_twice(
    server: Server,
) -> None:
    letters = fifty_letters(server)
    server.post.mode = "takes and drops"

    while mailer.send_waiting():
        pass
    assert set(server.post.taken.values()) == {1}
    assert set(Outgoing.objects.values_list("state", flat=True)) == {OutgoingState.DOUBTFUL}
    assert OutgoingTry.objects.filter(outcome=TryOutcome.DOUBT).count() == SENDS
    server.post.mode = "takes"
    settling.has_arrived(letters[0].pk, at=timezone.now())
    settling.send_again(letters[1].pk, at=timezone.now())
    mailer.send_waiting()
    assert server.post.taken[letters[0].rfc_id] == 1
    assert server.post.taken[letters[1].rfc_id] == 2
    assert Outgoing.objects.filter(state=OutgoingState.SENT).count() == 2
