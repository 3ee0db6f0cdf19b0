"""What people do with people and companies, by name: move to another company, add a phone.

Each verb goes through the record's service, so rights, version, history and search follow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contacts.services.addresses import RemoveAddress, SaveAddress
from contacts.services.banks import RemoveBankAccount, SaveBankAccount
from contacts.services.employments import EditJob, Leave, Move, RemoveJob
from contacts.services.points import AddPoint, EditPoint, RemovePoint
from crm.records.registry import service_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from contacts.models import Address, BankAccount, Company, ContactPoint, Employment, Holder, Person
    from contacts.services.rows import Command
    from crm.identity.models import User
    from crm.records.drafts import Draft
    from crm.records.models import Job


def _do(
    records: Sequence[Any],
    command: Command,
    actor: User | None,
    at: datetime,
    via: str = "page",
    job: Job | None = None,
) -> list[Draft[Any]]:
    if not records:
        return []
    via = "bulk" if job is not None else via
    return service_for(records[0]).update(records, {"rows": [command]}, actor=actor, at=at, via=via, job=job)


def change_employment(
    *,
    records: Sequence[Person],
    company: Company,
    actor: User | None,
    at: datetime,
    title: str = "",
    department: str = "",
    started_on: date | None = None,
    via: str = "page",
    job: Job | None = None,
) -> list[Draft[Person]]:
    """Record that people moved to ``company``; their main job before ends that day."""
    return _do(records, Move(company, title, department, started_on), actor, at, via, job)


def add_employment(
    *,
    records: Sequence[Person],
    company: Company,
    actor: User | None,
    at: datetime,
    title: str = "",
    department: str = "",
    started_on: date | None = None,
    via: str = "page",
    job: Job | None = None,
) -> list[Draft[Person]]:
    """Record that people work at ``company`` too, beside their main job."""
    command = Move(company, title, department, started_on, keeps_old=True)
    return _do(records, command, actor, at, via, job)


def leave_company(
    *,
    records: Sequence[Person],
    actor: User | None,
    at: datetime,
    employment: Employment | None = None,
    on: date | None = None,
    via: str = "page",
    job: Job | None = None,
) -> list[Draft[Person]]:
    """Record that people left: the given job, else the main one."""
    return _do(records, Leave(employment.pk if employment else None, on), actor, at, via, job)


def edit_employment(
    *, employment: Employment, actor: User | None, at: datetime, via: str = "page", **values: Any
) -> list[Draft[Person]]:
    """Correct a job: title, department, days, whether it is the main one."""
    return _do([employment.person], EditJob(employment.pk, values), actor, at, via)


def remove_employment(
    *, employment: Employment, actor: User | None, at: datetime, via: str = "page"
) -> list[Draft[Person]]:
    """Take out a job that never was."""
    return _do([employment.person], RemoveJob(employment.pk), actor, at, via)


def add_contact_point(
    *,
    records: Sequence[Holder],
    kind: str,
    value: str,
    actor: User | None,
    at: datetime,
    label: str = "",
    is_primary: bool = False,
    via: str = "page",
    job: Job | None = None,
) -> list[Draft[Any]]:
    """Add an e-mail, phone, messenger or link."""
    return _do(records, AddPoint(kind, value, label, is_primary), actor, at, via, job)


def edit_contact_point(
    *, point: ContactPoint, actor: User | None, at: datetime, via: str = "page", **values: Any
) -> list[Draft[Any]]:
    """Change a contact point: value, label, is_primary, is_invalid, opted_out."""
    return _do([_holder(point)], EditPoint(point.pk, values), actor, at, via)


def remove_contact_point(
    *, point: ContactPoint, actor: User | None, at: datetime, via: str = "page"
) -> list[Draft[Any]]:
    """Forget a contact point; another of its kind becomes the main one."""
    return _do([_holder(point)], RemovePoint(point.pk), actor, at, via)


def set_primary(
    *, point: ContactPoint, actor: User | None, at: datetime, via: str = "page"
) -> list[Draft[Any]]:
    """Make a contact point the main one of its kind."""
    return edit_contact_point(point=point, actor=actor, at=at, via=via, is_primary=True)


def mark_invalid(
    *, point: ContactPoint, actor: User | None, at: datetime, is_invalid: bool = True, via: str = "page"
) -> list[Draft[Any]]:
    """Record that a contact point does not work, or does again."""
    return edit_contact_point(point=point, actor=actor, at=at, via=via, is_invalid=is_invalid)


def opt_out(
    *, point: ContactPoint, actor: User | None, at: datetime, opted_out: bool = True, via: str = "page"
) -> list[Draft[Any]]:
    """Record that somebody asked not to be written to at this point, or allows it again."""
    return edit_contact_point(point=point, actor=actor, at=at, via=via, opted_out=opted_out)


def save_address(
    *,
    record: Holder,
    actor: User | None,
    at: datetime,
    address: Address | None = None,
    via: str = "page",
    **values: Any,
) -> list[Draft[Any]]:
    """Add an address, or change the given one."""
    return _do([record], SaveAddress(address.pk if address else None, values), actor, at, via)


def remove_address(
    *, address: Address, actor: User | None, at: datetime, via: str = "page"
) -> list[Draft[Any]]:
    """Forget an address."""
    return _do([_holder(address)], RemoveAddress(address.pk), actor, at, via)


def save_bank_account(
    *,
    record: Company,
    actor: User | None,
    at: datetime,
    account: BankAccount | None = None,
    via: str = "page",
    **values: Any,
) -> list[Draft[Any]]:
    """Add a bank account, or change the given one.

    The account's number is the value ``number``.
    """
    if "number" in values:
        values["account"] = values.pop("number")
    return _do([record], SaveBankAccount(account.pk if account else None, values), actor, at, via)


def remove_bank_account(
    *, account: BankAccount, actor: User | None, at: datetime, via: str = "page"
) -> list[Draft[Any]]:
    """Forget a bank account."""
    return _do([account.company], RemoveBankAccount(account.pk), actor, at, via)


def _holder(row: ContactPoint | Address) -> Holder:
    holder: Holder | None = row.person or row.company
    assert holder is not None
    return holder
