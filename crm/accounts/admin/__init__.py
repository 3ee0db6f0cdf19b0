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
    "teams",
    "work",
]
