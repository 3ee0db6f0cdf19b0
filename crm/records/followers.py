"""Who hears of every written set of records: apps that hang something of their own on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crm.records.drafts import Draft

if TYPE_CHECKING:
    from crm.records.services import RecordService

#: Called with the service, the drafts, and the rows as saved.
Follower = Callable[["RecordService[Any]", Sequence[Draft[Any]], Mapping[int, Any]], None]
_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """Have ``follower`` keep in line what other apps hang on records; from ``AppConfig.ready``."""
    if follower not in _followers:
        _followers.append(follower)


def tell(service: RecordService[Any], drafts: Sequence[Draft[Any]], fresh: Mapping[int, Any]) -> None:
    """Let them see what was written."""
    for follower in _followers:
        follower(service, drafts, fresh)
