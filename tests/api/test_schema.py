"""Whatever a program sends within or beyond the schema, REST answers by the schema and never breaks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from crm.accounts.tokens import issue_token
from crm.records import registry
from tests.contract.samples import make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crm.identity.models import User

EXAMPLES = int(os.environ.get("ARTEL_EXAMPLES", "6"))
HEADERS: dict[str, str] = {"Accept-Encoding": "identity"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def rest(root: User) -> Iterator[Any]:
    """The documented REST as root's token opens it, with a record of each type."""
    _token, key = issue_token(user=root, name="test", scopes=("read", "write"), at=timezone.now(), actor=root)
    # A request would close the connection that holds the test's transaction.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    HEADERS["Authorization"] = f"Bearer {key}"
    yield schemathesis.openapi.from_wsgi("/api/v1/schema/", get_wsgi_application(), headers=HEADERS)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def ask_many(operation: Any, sample: int | None) -> None:
    """Send made-up requests to one address; half of those about a record are about one that is there."""

    @given(case=operation.as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        if sample and "id" in (case.path_parameters or {}) and len(str(case.query)) % 2:
            case.path_parameters["id"] = sample
        with transaction.atomic():
            case.call_and_validate(headers=HEADERS, excluded_checks=[positive_data_acceptance])
            transaction.set_rollback(True)

    ask()


def test_every_answer_is_by_the_schema(rest: Any, root: User) -> None:
    problems: dict[str, str] = {}
    samples = {one.slug: make(one, owner=root).pk for one in registry.types()}
    for found in rest.get_all_operations():
        operation = found.ok()
        try:
            ask_many(operation, samples.get(operation.path.split("/")[3]))
        except BaseExceptionGroup as problem:
            problems[operation.label] = "\n".join(f"{one}"[:1500] for one in problem.exceptions)

    assert not problems, "\n\n".join(f"{label}: {text}" for label, text in problems.items())
