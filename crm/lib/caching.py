"""A cache that is missed, not mourned: while Redis or Valkey is away everything is asked of the database.

Nothing rests in the cache alone. Without this a broken cache would break each page.
"""

from __future__ import annotations

import functools
import logging
import time
from typing import TYPE_CHECKING, Any, ClassVar

import redis
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)
AWAY = (redis.ConnectionError, redis.TimeoutError)
#: After a failure the server is left alone for so long, lest each of a page's questions wait for it.
PAUSE_SECONDS = 1.0


class _Client(RedisCacheClient):
    """Asks the server; what it can't answer is answered as if nothing were kept."""

    away_until: ClassVar[float] = 0.0

    def _or(self, otherwise: Any, ask: Callable[[], Any]) -> Any:
        if time.monotonic() < _Client.away_until:
            return otherwise
        try:
            return ask()
        except AWAY:
            logger.warning("The cache does not answer; the database is asked instead.")
            _Client.away_until = time.monotonic() + PAUSE_SECONDS
            return otherwise

    def add(self, key: Any, value: Any, timeout: Any) -> bool:
        return bool(self._or(False, functools.partial(super().add, key, value, timeout)))

    def get(self, key: Any, default: Any) -> Any:
        return self._or(default, functools.partial(super().get, key, default))

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        self._or(None, functools.partial(super().set, key, value, timeout))

    def touch(self, key: Any, timeout: Any) -> bool:
        return bool(self._or(False, functools.partial(super().touch, key, timeout)))

    def delete(self, key: Any) -> bool:
        return bool(self._or(False, functools.partial(super().delete, key)))

    def get_many(self, keys: Any) -> dict[Any, Any]:
        found: dict[Any, Any] = self._or({}, functools.partial(super().get_many, keys))
        return found

    def has_key(self, key: Any) -> bool:
        return bool(self._or(False, functools.partial(super().has_key, key)))

    def incr(self, key: Any, delta: int) -> Any:
        return self._or(delta, functools.partial(super().incr, key, delta))

    def set_many(self, data: Any, timeout: Any) -> None:
        self._or(None, functools.partial(super().set_many, data, timeout))

    def delete_many(self, keys: Any) -> None:
        self._or(None, functools.partial(super().delete_many, keys))


class ForgivingRedisCache(RedisCache):
    """Django's cache in Redis, over a client that bears its absence."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client
