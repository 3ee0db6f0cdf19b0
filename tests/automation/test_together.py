"""Many workers at once, and workers that are killed: each thing happens once, and turns stay fair."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from crm.automation import engine, timing
from crm.automation.models import Assignment, RuleRun, RunState
from crm.records import dispatch, due
from crm.records.models import DueRow, Event
from crm.timeline.models import Activity
from sales.models import Deal
from tests.factories.automation import made_rule, rotation, step
from tests.factories.identity import person
from tests.factories.sales import made_deal

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_worker_here(settings: Any, monkeypatch: Any) -> None:
    """What is handed to workers waits until the test lets one work."""
    monkeypatch.setattr("crm.lib.queue._send", lambda *_args: None)


def in_threads(count: int, work: Callable[[], Any]) -> None:
    """Do ``work`` in several threads at once, each with a connection of its own."""

    def one() -> None:
        try:
            work()
        finally:
            connections.close_all()

    threads = [Thread(target=one) for _number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def worker() -> None:
    """Do all that there is to do, as a worker does."""
    while dispatch.fan_out():
        pass
    dispatch.deliver()
    engine.run_waiting()


def killed_worker(seconds: float) -> None:
    """Let a worker begin in a process of its own, and kill it in the middle."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            worker()
        finally:
            os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_turns_are_fair_with_four_workers_at_once() -> None:
    root = person("root", is_superuser=True)
    people = [person(f"rep{number}", role="sales_rep") for number in range(3)]
    turns = rotation(*people)
    made_rule(root, steps=[step("assign", to="rotation", rotation=turns.pk)])
    for number in range(24):
        made_deal(actor=root, name=f"Deal {number}")
    while dispatch.fan_out():
        pass
    dispatch.deliver()

    in_threads(4, engine.run_waiting)

    owners = Counter(Deal.objects.values_list("owner__username", flat=True))
    assert owners == {"rep0": 8, "rep1": 8, "rep2": 8}
    order = list(Assignment.objects.order_by("pk").values_list("user__username", flat=True))
    assert all(len(set(order[place : place + 3])) == 3 for place in range(0, 24, 3))


def test_four_workers_do_each_run_once_and_in_order() -> None:
    root = person("root", is_superuser=True)
    plan = step("plan", kind="task", subject="Do", days=1, who="owner")
    first = made_rule(root, name="First", steps=[plan])
    second = made_rule(root, name="Second", steps=[step("tag", add=["second"])])
    for number in range(10):
        made_deal(actor=root, name=f"Deal {number}")
    while dispatch.fan_out():
        pass
    dispatch.deliver()

    in_threads(4, engine.run_waiting)

    assert Activity.objects.filter(kind="task").count() == 10
    assert set(RuleRun.objects.values_list("state", flat=True)) == {RunState.DONE}
    for deal in Deal.objects.all():
        runs = RuleRun.objects.filter(record_id=deal.pk).order_by("finished_at")
        assert [run.rule_id for run in runs] == [first.pk, second.pk]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_workers_killed_at_random_do_each_step_once(seed: int) -> None:
    chance = random.Random(seed)
    root = person("root", is_superuser=True)
    plan = step("plan", kind="task", subject="Do", days=1, who="owner")
    note = step("note", body="Seen")
    made_rule(root, steps=[plan, note, step("tag", add=["one"]), step("tag", add=["two"])])
    for number in range(8):
        made_deal(actor=root, name=f"Deal {number}")

    for _turn in range(8):
        killed_worker(chance.uniform(0.02, 0.35))
    worker()

    assert RuleRun.objects.filter(state=RunState.DONE).count() == RuleRun.objects.count() == 8
    for deal in Deal.objects.all():
        about = Activity.objects.filter(about_id=deal.pk)
        assert Counter(about.values_list("kind", flat=True)) == {"task": 1, "note": 1}
        assert deal.tags == ["one", "two"]
        assert Event.objects.filter(record_id=deal.pk, name="deal.updated").count() == 2
    assert connection.is_usable()


def test_two_beats_and_four_workers_do_what_is_due_once() -> None:
    root = person("root", is_superuser=True)
    for number in range(5):
        made_deal(actor=root, name=f"Deal {number}")
    rule = made_rule(root, trigger="schedule", when={"every": "hour", "at": "00:00"})
    DueRow.objects.filter(kind=timing.SCHEDULE).update(due_at=timezone.now() - timedelta(seconds=5))

    in_threads(4, lambda: due.run_due(limit=10))
    in_threads(4, engine.run_waiting)

    assert RuleRun.objects.filter(rule=rule).count() == 5
    assert DueRow.objects.filter(kind=timing.SCHEDULE, done_at=None).count() == 1


def test_two_looks_at_once_make_one_run_per_date() -> None:
    root = person("root", is_superuser=True)
    deal = made_deal(actor=root)
    rule = made_rule(root, trigger="date", when={"field": "created_at", "days": 0})
    Deal.objects.filter(pk=deal.pk).update(created_at=timezone.now())

    in_threads(3, lambda: timing.look(timezone.now()))

    assert RuleRun.objects.filter(rule=rule).count() == 1


def test_once_per_record_holds_for_two_happenings_at_once() -> None:
    root = person("root", is_superuser=True)
    deal = made_deal(actor=root)
    plan = step("plan", kind="task", subject="Do", days=1, who="owner")
    rule = made_rule(root, trigger="event", when={"events": ["deal.won"]}, once=True, steps=[plan])
    engine.add_runs([timing.run_for(rule, deal.pk, f"test:{number}") for number in range(6)])

    in_threads(4, engine.run_waiting)

    assert Activity.objects.count() == 1
    assert Counter(RuleRun.objects.values_list("state", flat=True)) == {"done": 1, "skipped": 5}
