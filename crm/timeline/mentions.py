"""Mentions: “@Ann North” in a text names a colleague, who is kept by id beside the name as written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from crm.identity.access import access_for
from crm.identity.models import User

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: An @ that begins a word: not one inside an e-mail address.
AT = re.compile(r"(?<![\w@.])@(?=\w)")
#: More than these in one text are no mentions but a list.
MOST = 30
SUGGESTED = 8
#: Among so many colleagues those who see the record are looked for.
LOOKED = 40


class Mention(TypedDict):
    """One colleague named in a text: who, and how it is written there."""

    user: int
    text: str


def found_in(text: str) -> list[Mention]:
    """Return the colleagues whom a text names; one query, and none where no @ begins a word."""
    places = [match.end() for match in AT.finditer(text)]
    if not places:
        return []
    names = known_names()
    longest = max(map(len, names), default=0)
    found: dict[int, Mention] = {}
    for place in places[:MOST]:
        written = longest_name(text[place : place + longest + 1], names)
        if written:
            user = names[written.casefold()]
            found.setdefault(user, Mention(user=user, text=written))
    return list(found.values())


def known_names() -> dict[str, int]:
    """Return who is meant by which name; full names that two people share mean nobody."""
    names: dict[str, int] = {}
    shared: set[str] = set()
    rows = User.objects.filter(is_active=True).values_list("pk", "username", "full_name")
    people = list(rows)
    for pk, _username, full_name in people:
        name = full_name.strip().casefold()
        if name:
            shared |= {name} if name in names else set()
            names[name] = pk
    for name in shared:
        del names[name]
    return names | {username.casefold(): pk for pk, username, _full_name in people}


def longest_name(text: str, names: dict[str, int]) -> str:
    """Return the longest known name with which ``text`` begins, as it is written there."""
    for end in range(len(text), 0, -1):
        is_whole = end == len(text) or not (text[end].isalnum() or text[end] == "_")
        if is_whole and text[:end].casefold() in names:
            return text[:end]
    return ""


def ids_of(mentions: Iterable[Mention]) -> list[int]:
    return [one["user"] for one in mentions]


def marked(text: str, mentions: Sequence[Mention]) -> SafeString:
    """Write a text with its mentions as links; everything else is escaped."""
    if not mentions:
        return escape(text)
    by_text = {f"@{one['text']}": one["user"] for one in mentions}
    pattern = re.compile("|".join(re.escape(one) for one in sorted(by_text, key=len, reverse=True)))
    parts: list[str] = []
    place = 0
    for match in pattern.finditer(text):
        parts.append(escape(text[place : match.start()]))
        url = f"{people_url()}#user-{by_text[match.group()]}"
        parts.append(f'<a class="mention" href="{url}">{escape(match.group())}</a>')
        place = match.end()
    parts.append(escape(text[place:]))
    return mark_safe("".join(parts))


def people_url() -> str:
    """Return the page of all colleagues; it belongs to an app above."""
    try:
        return reverse("accounts:team")
    except NoReverseMatch:
        return ""


def suggestions(record: Any, text: str, *, viewer: Any) -> list[dict[str, Any]]:
    """Return colleagues whose name or user name has a word that begins with ``text``.

    Those who see ``record`` come first; the others are told apart, since nothing would reach them.
    """
    rows = User.objects.filter(is_active=True).exclude(pk=viewer.pk)
    wanted = text.strip()
    if wanted:
        rows = rows.filter(
            Q(full_name__istartswith=wanted)
            | Q(full_name__icontains=f" {wanted}")
            | Q(username__istartswith=wanted)
        )
    people = list(rows.order_by("full_name", "username")[:LOOKED])
    names = known_names()
    found: list[dict[str, Any]] = []
    for one in people:
        sees = access_for(one).can(type(record), "view", record)
        name = one.full_name.strip()
        insert = name if names.get(name.casefold()) == one.pk else one.username
        hint = one.job_title or one.username
        found.append({"id": one.pk, "text": str(one), "insert": insert, "hint": hint, "sees": sees})
        if sum(item["sees"] for item in found) == SUGGESTED:
            break
    return sorted(found, key=lambda item: not item["sees"])[:SUGGESTED]


def blind(record: Any, ids: Iterable[int]) -> list[User]:
    """Return those among the mentioned who may not see the record: nothing reaches them."""
    people = User.objects.filter(pk__in=list(ids), is_active=True).order_by("pk")
    return [one for one in people if not access_for(one).can(type(record), "view", record)]
