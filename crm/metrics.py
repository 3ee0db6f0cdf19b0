"""Figures of the running installation for Prometheus and its like (/metrics).

Requests are counted by each web process and added up over a folder that all of them write.
What waits, fails or is late is asked of the database and the broker when somebody asks us.
Nothing here tells about customers: only counts, seconds and bytes.
"""

from __future__ import annotations

import hmac
import os
import time
from typing import TYPE_CHECKING

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from crm.health import HEARTBEAT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
QUEUES = ("default", "mail", "hooks")
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
NEAR = ("127.0.0.1", "::1", "")
#: name → (what it means, its label or "", the question to the database).
QUESTIONS = {
    "artel_jobs": (
        "Jobs by state; failed and done ones of the last 24 hours.",
        "state",
        "SELECT state, count(*) FROM records_job WHERE state IN ('queued', 'running') "
        "OR created_at > now() - interval '1 day' GROUP BY state",
    ),
    "artel_outbox_waiting": (
        "Events that wait to be handed to their subscribers.",
        "",
        "SELECT (SELECT count(*) FROM records_dispatch) + (SELECT count(*) FROM records_delivery)",
    ),
    "artel_outbox_age_seconds": (
        "How long the oldest of them waits.",
        "",
        "SELECT coalesce(extract(epoch FROM now() - least((SELECT min(created_at) FROM records_dispatch), "
        "(SELECT min(next_at) FROM records_delivery WHERE next_at < now()))), 0)",
    ),
    "artel_outbox_failing": (
        "Deliveries that failed at least once and are tried again.",
        "",
        "SELECT count(*) FROM records_delivery WHERE attempts > 0",
    ),
    "artel_due_late_seconds": (
        "How late the earliest due work is that nobody has done.",
        "",
        "SELECT coalesce(greatest(extract(epoch FROM now() - min(due_at)), 0), 0) "
        "FROM records_duerow WHERE done_at IS NULL",
    ),
    "artel_database_bytes": (
        "Size of the database.",
        "",
        "SELECT pg_database_size(current_database())",
    ),
    "artel_database_connections": (
        "Open connections by what they do.",
        "state",
        "SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() GROUP BY 1",
    ),
    "artel_rows": (
        "Rows of the large tables, as the planner estimates them.",
        "table",
        "SELECT relname, greatest(reltuples, 0) FROM pg_class WHERE relkind = 'r' AND relpages > 100 "
        "AND relnamespace = 'public'::regnamespace ORDER BY relpages DESC LIMIT 40",
    ),
}

_own = CollectorRegistry()
REQUESTS = Counter("artel_http_requests", "Requests answered.", ["view", "method", "status"], registry=_own)
DURATION = Histogram("artel_http_seconds", "Seconds to an answer.", ["view"], buckets=SECONDS, registry=_own)


class Metrics:
    """Middleware: counts each request by its view, and answers /metrics to those who may ask."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/metrics":
            return answer(request)
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        # Addresses that lead nowhere have one name together: strangers must not fill the memory.
        view = (match.view_name or match.route) if match else "none"
        REQUESTS.labels(view, request.method, response.status_code).inc()
        DURATION.labels(view).observe(time.perf_counter() - began)
        return response


def answer(request: HttpRequest) -> HttpResponse:
    """Return all figures to this machine, or to whoever knows METRICS_TOKEN."""
    if not _may_ask(request):
        return HttpResponse("Set METRICS_TOKEN and send it as a bearer token.\n", status=403)
    registry = CollectorRegistry()
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
    else:
        registry = _own
    content = generate_latest(registry) + generate_latest(_state)
    response = HttpResponse(content, content_type=CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def _may_ask(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    # Behind a proxy everybody comes from this machine.
    return request.META.get("REMOTE_ADDR", "") in NEAR and "X-Forwarded-For" not in request.headers


class State(Collector):
    """What the database and the broker say at this moment; silent about what does not answer."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from _of_database()
        yield from _of_broker()


def _of_database() -> Iterator[GaugeMetricFamily]:
    for name, (meaning, label, question) in QUESTIONS.items():
        try:
            with connection.cursor() as cursor:
                cursor.execute(question)
                rows = cursor.fetchall()
        except DatabaseError:
            return
        gauge = GaugeMetricFamily(name, meaning, labels=[label] if label else None)
        for row in rows:
            gauge.add_metric([str(row[0])] if label else [], float(row[-1]))
        yield gauge


def _of_broker() -> Iterator[GaugeMetricFamily]:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            waiting = [(name, client.llen(f"{settings.INSTALLATION}:{name}")) for name in QUEUES]
            ticked = cache.get(HEARTBEAT)
    except redis.RedisError:
        return
    gauge = GaugeMetricFamily("artel_queue_length", "Tasks that wait for a worker.", labels=["queue"])
    for name, length in waiting:
        gauge.add_metric([name], float(length))
    yield gauge
    if ticked is not None:
        late = max(0.0, time.time() - ticked)
        yield GaugeMetricFamily("artel_beat_age_seconds", "Since the clock last ticked.", value=late)


_state = CollectorRegistry()
_state.register(State())
