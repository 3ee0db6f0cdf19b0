"""What must exist after every migration: built-in roles with their rights, partitions."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.db import connection
from django.utils import timezone

from crm.identity import access
from crm.identity.models import Grant, Role
from crm.identity.roles import ensure_roles
from crm.identity.scopes import Scope
from crm.records import housekeeping, registry, tagging
from crm.records.models import RelationKind
from crm.records.relation_kinds import ensure_kinds


def after_migrate(sender: AppConfig, **_kwargs: Any) -> None:
    """Run once per ``migrate``, when the last of our apps is through."""
    if sender.label != "records" or not apps.ready:
        return
    ensure_roles(registry.types())
    if RelationKind._meta.db_table in connection.introspection.table_names():
        ensure_kinds()
    # Who runs the company may always make tags.
    for role in Role.objects.filter(key="administrator"):
        Grant.objects.get_or_create(
            role=role, record_type=tagging.RIGHT, action="add", defaults={"scope": Scope.ALL}
        )
    housekeeping.keep_partitions(timezone.now().date())
    access.changed()
