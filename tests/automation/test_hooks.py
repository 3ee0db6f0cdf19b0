"""Webhooks, against a real server on this machine: signed, tried again, refused where they must not go."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from django.utils import timezone

from crm.automation import hooks, index, sending
from crm.automation.models import HookDelivery, HookState, Webhook
from crm.identity.models import FieldRule
from crm.lib import outbound
from tests.factories.automation import made_rule, step, work
from tests.factories.identity import rights_changed
from tests.factories.sales import changed, made_deal, stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crm.identity.models import User

pytestmark = pytest.mark.django_db


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it gets, and answers as the test wishes."""

    got: ClassVar[list[tuple[dict[str, str], bytes]]] = []
    answers: ClassVar[list[int]] = []
    body: ClassVar[bytes] = b"thanks"
    headers_too: ClassVar[dict[str, str]] = {}

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        type(self).got.append((dict(self.headers), self.rfile.read(length)))
        self.send_response(self.answers.pop(0) if self.answers else 200)
        for name, value in self.headers_too.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def receiver(settings: Any) -> Iterator[str]:
    """Give the address of a server that this test may call."""
    Receiver.got, Receiver.answers, Receiver.body, Receiver.headers_too = [], [], b"thanks", {}
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.OUTBOUND_HOSTS = frozenset({"127.0.0.1"})
    yield f"http://127.0.0.1:{server.server_port}/in"
    server.shutdown()
    server.server_close()


def made_hook(author: User, url: str, *events: str) -> tuple[Webhook, str]:
    hook, secret = hooks.create(name="ERP", url=url, events=list(events), author=author)
    index.forget()
    return hook, secret


def hurry() -> None:
    """Let everything be due now."""
    HookDelivery.objects.filter(state=HookState.WAITING).update(next_at=timezone.now())


def test_an_event_is_sent_signed_with_old_and_new(root: User, ann: User, receiver: str) -> None:
    _hook, secret = made_hook(root, receiver, "deal.*")
    deal = made_deal(actor=ann, stage="Prospecting")

    changed(deal, actor=ann, stage=stage("Engaging"))
    work()
    sending.send_waiting()

    headers, body = Receiver.got[-1]
    told = json.loads(body)
    assert (told["event"], told["record"]["id"], told["actor"]) == ("deal.stage_changed", deal.pk, "ann")
    assert told["changes"]["stage"]["old_text"] == "Prospecting"
    assert told["changes"]["stage"]["new_text"] == "Engaging"
    parts = dict(part.split("=") for part in headers["Artel-Signature"].split(","))
    wanted = hmac.new(secret.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256).hexdigest()
    assert parts["v1"] == wanted


def test_only_what_it_asked_for_is_sent(root: User, ann: User, receiver: str) -> None:
    made_hook(root, receiver, "deal.won")

    deal = made_deal(actor=ann)
    changed(deal, actor=ann, stage=stage("Won"))
    work()
    sending.send_waiting()

    assert [json.loads(body)["event"] for _headers, body in Receiver.got] == ["deal.won"]


def test_hidden_fields_and_hidden_records_are_not_sent(
    boss: User, ann: User, bob: User, receiver: str
) -> None:
    made_hook(boss, receiver, "deal.*")
    FieldRule.objects.create(role=boss.roles.get(), record_type="sales.deal", field="amount", level="hidden")
    rights_changed()

    made_deal(actor=ann, amount=5)
    made_deal(actor=bob)
    work()
    sending.send_waiting()

    [(_headers, body)] = Receiver.got
    assert "amount" not in json.loads(body)["record"]


def test_a_failure_is_tried_again_with_growing_pauses(root: User, ann: User, receiver: str) -> None:
    made_hook(root, receiver, "deal.created")
    Receiver.answers = [500, 503]
    made_deal(actor=ann)
    work()

    sending.send_waiting()
    first = HookDelivery.objects.get()
    assert first.next_at > timezone.now() + timedelta(seconds=5)
    assert (first.state, first.status, first.error) == ("waiting", 500, "Answered with 500.")
    hurry()
    sending.send_waiting()
    hurry()
    sending.send_waiting()

    row = HookDelivery.objects.get()
    assert (row.state, row.attempts, row.status, row.answer) == ("sent", 3, 200, "thanks")
    assert hooks.pause(6) > 10 * hooks.pause(1)


def test_a_hook_that_only_fails_is_paused_and_can_be_switched_on(root: User, receiver: str) -> None:
    hook, _secret = made_hook(root, receiver)
    Receiver.answers = [500] * hooks.MAX_FAILURES
    for number in range(hooks.MAX_FAILURES):
        hooks.send(hook, key=str(number), event="x.y", body={})
    sending.send_waiting()

    hook.refresh_from_db()
    assert (hook.is_on, hook.pause_reason) == (False, "Answered with 500.")
    hooks.switch(hook, on=True)
    hurry()
    sending.send_waiting()
    assert HookDelivery.objects.filter(state="sent").count() == hooks.MAX_FAILURES


def test_gone_means_gone(root: User, receiver: str) -> None:
    hook, _secret = made_hook(root, receiver)
    Receiver.answers = [410]
    hooks.send(hook, key="1", event="x.y", body={})

    sending.send_waiting()

    hook.refresh_from_db()
    assert not hook.is_on
    assert HookDelivery.objects.get().state == "failed"


def test_after_a_change_both_secrets_sign_for_a_day(root: User, receiver: str) -> None:
    hook, old = made_hook(root, receiver)
    now = timezone.now()
    new = hooks.rotate_secret(hook, at=now)

    marks = hooks.signed(hook, b"{}", now)
    later = hooks.signed(hook, b"{}", now + timedelta(days=2))

    moment = int(now.timestamp())
    assert f"v1={hooks.sign(new, moment, b'{}')}" in marks
    assert f"v1={hooks.sign(old, moment, b'{}')}" in marks
    assert later.count("v1=") == 1


def test_secrets_rest_encrypted(root: User, receiver: str) -> None:
    hook, secret = made_hook(root, receiver)

    hook.refresh_from_db()

    assert secret not in hook.secret


def test_a_message_can_be_sent_again(root: User, receiver: str) -> None:
    hook, _secret = made_hook(root, receiver)
    hooks.send(hook, key="1", event="x.y", body={"n": 1})
    sending.send_waiting()

    hooks.send_again(HookDelivery.objects.get())
    sending.send_waiting()

    assert [headers["Artel-Delivery"] for headers, _body in Receiver.got] == [
        str(HookDelivery.objects.get().token)
    ] * 2


def test_a_rule_calls_a_hook(root: User, ann: User, receiver: str) -> None:
    hook, _secret = made_hook(root, receiver)
    rule = made_rule(root, steps=[step("webhook", webhook=hook.pk)])

    deal = made_deal(actor=ann, name="Big")
    work()
    sending.send_waiting()

    [(_headers, body)] = Receiver.got
    told = json.loads(body)
    assert (told["record"]["id"], told["rule"]["id"], told["cause"]) == (deal.pk, rule.pk, "deal.created")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://localhost/x",
        "http://0.0.0.0/",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://[::1]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::a00:1]/",
        "http://[2002:a00:1::]/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://127.1/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "http://user:secret@example.com/",
        "http://exa mple.com/",
        "http:///nothing",
        "gopher://example.com",
        "http://example.com:99999/",
    ],
)
def test_addresses_inside_are_refused_however_they_are_written(url: str) -> None:
    with pytest.raises(outbound.Refused):
        outbound.post(url, b"{}", {})


def test_a_name_that_changes_its_mind_leads_nowhere_else(
    receiver: str, settings: Any, monkeypatch: Any
) -> None:
    """The name is asked once, and that answer is both judged and called."""
    settings.OUTBOUND_HOSTS = frozenset()
    port = int(receiver.rpartition(":")[2].partition("/")[0])
    asked: list[str] = []
    called: list[Any] = []

    def lookup(host: str, *_args: Any, **_kwargs: Any) -> list[Any]:
        asked.append(host)
        address = "93.184.216.34" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(address: Any, *_args: Any, **_kwargs: Any) -> socket.socket:
        called.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(socket, "create_connection", connect)

    with pytest.raises(outbound.Unreachable):
        outbound.post(f"http://rebinding.example:{port}/in", b"{}", {})

    assert (asked, called) == (["rebinding.example"], ["93.184.216.34"])


def test_one_private_address_among_several_is_enough_to_refuse(monkeypatch: Any) -> None:
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 80)) for one in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: rows)

    with pytest.raises(outbound.Refused):
        outbound.resolve("mixed.example", 80)


def test_a_redirect_is_not_followed(receiver: str) -> None:
    Receiver.answers = [302]
    Receiver.headers_too = {"Location": "http://169.254.169.254/"}

    answer = outbound.post(receiver, b"{}", {})

    assert (answer.status, len(Receiver.got)) == (302, 1)


def test_a_long_answer_is_cut(receiver: str) -> None:
    Receiver.body = b"x" * 500_000

    answer = outbound.post(receiver, b"{}", {}, largest=1000)

    assert len(answer.body) == 1000


def test_a_server_that_says_nothing_runs_out_of_time(settings: Any) -> None:
    settings.OUTBOUND_HOSTS = frozenset({"127.0.0.1"})
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()

        with pytest.raises(outbound.Unreachable, match="No answer in time"):
            outbound.post(f"http://127.0.0.1:{silent.getsockname()[1]}/", b"{}", {}, timeout=0.3)


def test_nothing_is_locked_while_an_address_is_called(
    root: User, receiver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook, _secret = made_hook(root, receiver)
    hooks.send(hook, key="one", event="test", body={})
    answering, seen = outbound.post, []

    def call(*args: Any) -> outbound.Answer:
        row = HookDelivery.objects.get()
        seen.append((row.attempts, row.state, row.next_at > timezone.now(), sending.send_waiting()))
        return answering(*args)

    monkeypatch.setattr(hooks.outbound, "post", call)
    sending.send_waiting()

    # The claim is written before the call, and another worker finds nothing to do.
    assert seen == [(1, HookState.WAITING, True, 0)]
    assert HookDelivery.objects.get().state == HookState.SENT
    assert len(Receiver.got) == 1


def test_a_message_whose_worker_died_is_sent_after_its_claim(
    root: User, receiver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook, _secret = made_hook(root, receiver)
    hooks.send(hook, key="one", event="test", body={})
    with monkeypatch.context() as patched:
        patched.setattr(hooks.outbound, "post", die)
        with pytest.raises(SystemExit):
            sending.send_waiting()

    hurry()
    sending.send_waiting()

    row = HookDelivery.objects.get()
    assert (row.state, row.attempts, len(Receiver.got)) == (HookState.SENT, 2, 1)


def test_a_failing_address_comes_after_those_that_answer(root: User, receiver: str) -> None:
    bad, _secret = made_hook(root, receiver)
    good, _secret = made_hook(root, receiver)
    Webhook.objects.filter(pk=bad.pk).update(failures=2)
    hooks.send(bad, key="one", event="bad.one", body={})
    hooks.send(good, key="two", event="good.one", body={})

    sending.send_waiting()

    assert [headers["Artel-Event"] for headers, _body in Receiver.got] == ["good.one", "bad.one"]


def die(*_args: Any) -> None:
    raise SystemExit


@pytest.mark.django_db(transaction=True)
def test_a_slow_address_holds_up_no_other(receiver: str, root: User, settings: Any) -> None:
    settings.HOOKS_AT_ONCE = 4
    gate = socket.create_server(("127.0.0.1", 0))
    slow, _secret = hooks.create(
        name="Slow", url=f"http://127.0.0.1:{gate.getsockname()[1]}/", events=[], author=root
    )
    quick, _secret = hooks.create(name="Quick", url=receiver, events=[], author=root)
    HookDelivery.objects.bulk_create(
        HookDelivery(webhook=hook, key=str(number), event="ping", body={})
        for hook in (slow, quick)
        for number in range(6)
    )

    turn = threading.Thread(target=sending.send_waiting)
    turn.start()
    # The slow one takes the connections and says nothing.
    held = [gate.accept()[0] for _number in range(2)]
    for _wait in range(200):
        if len(Receiver.got) == 6:
            break
        time.sleep(0.05)
    quick_ones, slow_ones = len(Receiver.got), list(HookDelivery.objects.filter(webhook=slow))
    gate.close()
    for one in held:
        one.close()
    turn.join()

    assert quick_ones == 6
    assert [one.attempts for one in slow_ones].count(1) == 2
