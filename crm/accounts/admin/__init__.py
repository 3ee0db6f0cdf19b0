"""The administration of people, rights, the company, and of what the house does by itself."""

from crm.accounts.admin import (
    access,
    audit,
    company,
    customfields,
    people,
    relations,
    roles,
    signin,
    tags,
    teams,
    work,
)

__all__ = [
    "access",
    "audit",
    "company",
    "customfields",
    "people",
    "relations",
    "roles",
    "signin",
    "tags",
    "teams",
    "work",
]
