"""When the database or the broker is away for a moment: what was typed is kept, and sent again by a button.

A write is one transaction, so an answer other than 2xx or a redirect means that nothing was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import redis
from django.db import InterfaceError, OperationalError
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

AWAY = (PoolTimeout, PoolClosed, TooManyRequests, InterfaceError, redis.ConnectionError, redis.TimeoutError)
#: Classes and codes of PostgreSQL that speak of the server and not of what was asked.
SERVER_CODES = ("08", "57P", "53300", "53400", "58")
RETRY_AFTER = 5
#: Never written into a page, though they were typed.
SECRET_WORDS = ("password", "secret")


def is_outage(error: BaseException | None) -> bool:
    """Whether the error comes from a server that is away, so that trying again will help."""
    return any(_is_away(one) for one in _chain(error))


def _is_away(error: BaseException) -> bool:
    if isinstance(error, OperationalError):
        code = getattr(error.__cause__, "sqlstate", None)
        return code is None or code.startswith(SERVER_CODES)
    return isinstance(error, AWAY)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what a form sent, to be sent once more; files and secrets must be given again."""
    if request.method != "POST" or request.content_type == "application/json":
        return []
    return [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if not any(word in name.lower() for word in SECRET_WORDS)
    ]
