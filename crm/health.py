"""Whether the product lives (/healthz) and whether it can serve (/readyz), for supervisors and balancers.

Both answer before hosts, sessions and rights are looked at: a balancer asks by address, signed in as nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.module_loading import import_string

#: What is wrong, in words, or "" when all is well.
Check = Callable[[], str]
GetResponse = Callable[[HttpRequest], HttpResponse]
HEARTBEAT = "beat.heartbeat"
#: Beat ticks every few seconds; a machine under load may be late.
HEARTBEAT_SECONDS = 90
#: Fewer months of prepared event tables than this, and somebody must look why.
MONTHS_AHEAD = 2
#: Subscribers hear of an event within seconds; one that waits longer than this has no worker.
OUTBOX_MINUTES = 10
_migrated = False


class Health:
    """Middleware for the two addresses, put first of all."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return _answer(HttpResponse("ok\n", content_type="text/plain"))
        if request.path == "/readyz":
            return _answer(ready())
        return self.get_response(request)


def _answer(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    # A balancer asks every few seconds, and the answer says all: Django need not log a 503 as an error.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def ready() -> JsonResponse:
    """Run every check of settings.READY_CHECKS: 200 when all are "ok", else 503 with the reasons."""
    found = {path.rpartition(".")[2]: import_string(path)() or "ok" for path in settings.READY_CHECKS}
    healthy = all(word == "ok" for word in found.values())
    return JsonResponse(found, status=200 if healthy else 503)


def database() -> str:
    """PostgreSQL answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "no answer"
    return ""


def broker() -> str:
    """Redis or Valkey answers."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            client.ping()
    except redis.RedisError:
        return "no answer"
    return ""


def migrations() -> str:
    """Every migration of this version has been applied."""
    global _migrated
    if _migrated:
        return ""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "no answer"
    if missing:
        return f"{len(missing)} to apply"
    _migrated = True
    return ""


def partitions() -> str:
    """The event table has room for the coming months."""
    months_ready = import_string("crm.records.housekeeping.months_ready")
    try:
        months = months_ready(timezone.now().date())
    except DatabaseError:
        return "no answer"
    return "" if months >= MONTHS_AHEAD else f"only {months} months ahead"


def beat() -> str:
    """The clock of due work has ticked of late."""
    try:
        ticked = cache.get(HEARTBEAT)
    except redis.RedisError:
        return "no answer"
    if ticked is None:
        return "never ticked"
    late = int(time.time() - ticked)
    return "" if late <= HEARTBEAT_SECONDS else f"last ticked {late} seconds ago"


def outbox() -> str:
    """What happened reaches its subscribers: workers are there and keep up."""
    waiting = import_string("crm.records.dispatch.oldest_waiting")
    try:
        since = waiting()
    except DatabaseError:
        return "no answer"
    minutes = int((timezone.now() - since).total_seconds() // 60) if since else 0
    return "" if minutes < OUTBOX_MINUTES else f"events wait for {minutes} minutes"


def tick() -> None:
    """Note that beat is alive."""
    cache.set(HEARTBEAT, time.time(), timeout=24 * 3600)
