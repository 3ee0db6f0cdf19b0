"""What supervisors and browsers are told by every answer."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from crm import celery, health, logs, security
from crm.embedded import clock
from crm.records.models import Dispatch

HOST = "an-address-of-the-balancer"


def test_the_living_answer_whatever_their_host():
    answer = Client(SERVER_NAME=HOST).get("/healthz")

    assert answer.status_code == 200
    assert answer.content == b"ok\n"


@override_settings(READY_CHECKS=["crm.health.database", "crm.health.migrations", "crm.health.partitions"])
def test_ready_when_all_checks_are_well(db):
    answer = Client(SERVER_NAME=HOST).get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "migrations": "ok", "partitions": "ok"}


@override_settings(READY_CHECKS=["crm.health.database", "crm.health.beat"])
def test_not_ready_before_the_clock_ticks(db):
    before = Client().get("/readyz")
    health.tick()
    after = Client().get("/readyz")

    assert before.status_code == 503
    assert before.json() == {"database": "ok", "beat": "never ticked"}
    assert after.status_code == 200


@override_settings(REDIS_URL="unix:///nowhere/valkey.sock", READY_CHECKS=["crm.health.broker"])
def test_a_broker_that_is_away_is_said():
    answer = Client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"broker": "no answer"}


def test_the_clock_asks_for_what_is_due(monkeypatch):
    sent = []
    monkeypatch.setattr(clock.app, "send_task", lambda name, **_options: sent.append(name))
    next_at = {"often": 0.0, "rarely": 500.0}

    clock.ask(next_at, {"often": 10, "rarely": 600}, now=100.0)

    assert sent == ["often"]
    assert next_at == {"often": 110.0, "rarely": 500.0}


def test_every_answer_forbids_foreign_scripts(db, client):
    answer = client.get("/accounts/login/")

    assert "script-src 'self';" in answer.headers[security.HEADER]
    assert "unsafe" not in answer.headers[security.HEADER]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_a_page_may_widen_the_policy_for_itself():
    assert "frame-ancestors *" in security.policy(frame_ancestors="*")


@pytest.mark.parametrize(("given", "kept"), [("abcdef-123456", True), ("x", False), ("a b\n" * 20, False)])
def test_a_request_has_a_number(db, client, given, kept):
    answer = client.get("/healthz", headers={"X-Request-Id": given})

    assert (answer.headers["X-Request-Id"] == given) is kept
    assert len(answer.headers["X-Request-Id"]) >= 8


def test_log_lines_carry_the_number():
    record = logging.LogRecord("crm.mail", logging.WARNING, __file__, 1, "No answer from %s", ("imap",), None)
    token = logs.current_id.set("ab12cd34")
    logs.WithId().filter(record)
    logs.current_id.reset(token)

    assert logs.Lines().format(record) == "warning  crm.mail: No answer from imap  [ab12cd34]"
    assert json.loads(logs.Json().format(record))["request"] == "ab12cd34"


@override_settings(READY_CHECKS=["crm.health.outbox"])
def test_events_that_nobody_hands_on_are_said(db):
    Dispatch.objects.create(
        event_id=1, event_created_at=timezone.now(), created_at=timezone.now() - timedelta(minutes=25)
    )

    answer = Client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"outbox": "events wait for 25 minutes"}


def test_a_task_is_logged_under_the_number_of_its_request():
    message: dict[str, str] = {}
    token = logs.current_id.set("abc123def456")

    celery.pass_number_on(headers=message)
    logs.current_id.reset(token)
    celery.name_log_lines(task=SimpleNamespace(request=SimpleNamespace(**message)), task_id="0" * 36)

    assert logs.current_id.get() == "abc123def456"
    celery.forget_name()
