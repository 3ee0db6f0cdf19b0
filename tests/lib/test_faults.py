"""What a log shows of a failure: one line when a server does not answer, all of it when it is ours."""

from __future__ import annotations

import logging
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.utils import timezone

from crm.logs import Lines
from crm.records import due

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("failure", [SMTPServerDisconnected("gone"), ConnectionRefusedError("no")])
def test_a_mail_server_that_is_away_costs_one_line_a_try(
    failure: Exception, monkeypatch: Any, caplog: Any
) -> None:
    assert "\n" not in printed(failure, monkeypatch, caplog)


def test_a_fault_of_ours_is_told_with_its_place(monkeypatch: Any, caplog: Any) -> None:
    assert "Traceback" in printed(KeyError("stage"), monkeypatch, caplog)


def printed(failure: Exception, monkeypatch: Any, caplog: Any) -> str:
    """Run one due row that fails; return what the console shows."""

    def fail(row: object) -> None:
        raise failure

    monkeypatch.setitem(due._handlers, "tests.fails", fail)
    due.schedule("tests.fails", "1", timezone.now())
    with caplog.at_level(logging.ERROR):
        due.run_due(limit=1)
    return Lines().format(caplog.records[-1])
