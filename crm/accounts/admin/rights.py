"""Roles side by side, what somebody may do by all their roles together, and who has a right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.shortcuts import render
from django.utils.translation import gettext as _

from crm.identity.access import build
from crm.identity.models import Grant, Role, User
from crm.identity.roles import ACTIONS
from crm.identity.scopes import ActionName, Scope
from crm.records import registry
from crm.records.fields import fields_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def rights_view(request: HttpRequest) -> HttpResponse:
    """Show what was asked for: two roles, a person, or a right."""
    asked = request.GET
    people = User.objects.order_by("full_name", "username")
    roles = list(Role.objects.order_by("-is_builtin", "pk"))
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Rights at a glance"),
        "roles": roles,
        "people": people,
        "types": registry.types(),
        "actions": [(action, ActionName(action).label) for action in ACTIONS],
        "asked": asked,
    }
    first, second = (one_of(roles, asked.get(name, "")) for name in ("a", "b"))
    if first and second:
        context["columns"], context["rows"] = [first, second], beside(first, second)
    user = people.filter(pk=asked["user"]).first() if asked.get("user", "").isdecimal() else None
    if user is not None:
        context |= {"person": user, "rows": of_person(user), "limits": limits_of(user)}
    if asked.get("type") and asked.get("action") in ACTIONS:
        context["holders"] = holders(asked["type"], asked["action"])
    return render(request, "admin/rights.html", context)


def one_of(roles: list[Role], number: str) -> Role | None:
    return next((role for role in roles if str(role.pk) == number), None)


def scopes_of(role: Role) -> dict[tuple[str, str], str]:
    rows = Grant.objects.filter(role=role).values_list("record_type", "action", "scope")
    return {(record_type, action): scope for record_type, action, scope in rows}


def beside(first: Role, second: Role) -> list[dict[str, Any]]:
    """Return a row per type: in each action's cell one scope where two roles agree, else both."""
    one, other = scopes_of(first), scopes_of(second)
    rows = []
    for record_type in registry.types():
        keys = [(record_type.key, action) for action in ACTIONS]
        pairs = [(Scope(one.get(key, "none")), Scope(other.get(key, "none"))) for key in keys]
        cells = [
            {
                "scopes": [mine.label] if mine is theirs else [mine.label, theirs.label],
                "strong": mine is not theirs,
            }
            for mine, theirs in pairs
        ]
        rows.append({"type": record_type.label_plural, "cells": cells})
    return rows


def of_person(user: User) -> list[dict[str, Any]]:
    """Return a row per type: what all roles of somebody give together, and which of them gives it."""
    access = build(user)
    by_role = [(role, scopes_of(role)) for role in user.roles.order_by("pk")]
    rows = []
    for record_type in registry.types():
        cells = []
        for action in ACTIONS:
            scope = access.scope(record_type.key, action)
            key = (record_type.key, action)
            givers = [str(role) for role, found in by_role if found.get(key) == scope]
            by = _("superuser") if user.is_superuser else ", ".join(givers)
            has = scope is not Scope.NONE
            cells.append({"scopes": [scope.label], "by": by if has else "", "strong": has})
        rows.append({"type": record_type.label_plural, "cells": cells})
    return rows


def limits_of(user: User) -> list[str]:
    """Return the fields that somebody does not see, or may not change."""
    access = build(user)
    found = []
    for record_type in registry.types():
        known = fields_of(record_type.model)
        for name, level in access.fields.get(record_type.key, {}).items():
            label = known[name].label if name in known else name
            told = _("hidden") if level == "hidden" else _("read only")
            found.append(f"{record_type.label_plural}: {label} ({told})")
    return found


def holders(record_type: str, action: str) -> list[dict[str, Any]]:
    """Return who has a right, the widest reach first."""
    found = []
    for user in User.objects.filter(is_active=True).order_by("full_name", "username"):
        scope = build(user).scope(record_type, action)
        if scope is not Scope.NONE:
            found.append({"person": user, "scope": scope, "label": scope.label})
    return sorted(found, key=lambda row: -row["scope"].width)
