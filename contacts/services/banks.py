"""Bank accounts of companies, checked against the key of their bank."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from contacts.models import BankAccount, Company
from contacts.services import rows as rowing
from contacts.services.rows import Command, Rows
from crm.lib import taxids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm.records.drafts import Draft

EDITABLE = ("bank_name", "bik", "account", "correspondent_account", "swift", "currency")
NUMBERS = ("bik", "account", "correspondent_account", "swift", "currency")


@dataclass(frozen=True)
class SaveBankAccount(Command):
    """Add a bank account, or change the one of this id."""

    account_id: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RemoveBankAccount(Command):
    """Forget one bank account."""

    account_id: int


def plan(drafts: Sequence[Draft[Company]]) -> None:
    """Work out the bank accounts of the set."""
    touched = [draft for draft in drafts if rowing.commands(draft, (SaveBankAccount, RemoveBankAccount))]
    known = rowing.load(BankAccount, touched)
    for draft in touched:
        rows = known.get(draft.record.pk) or Rows[BankAccount]()
        before = _described(rows)
        for command in rowing.commands(draft, (SaveBankAccount, RemoveBankAccount)):
            _obey(draft, rows, command)
        if rows.rows and not any(row.is_primary for row in rows):
            rows.rows[0].is_primary = True
        if not draft.is_new and _described(rows) != before:
            draft.notes["bank_accounts"] = (before, _described(rows))
        rowing.plan(draft, rows, BankAccount)


def _obey(draft: Draft[Company], rows: Rows[BankAccount], command: Command) -> None:
    pk = command.account_id if isinstance(command, SaveBankAccount | RemoveBankAccount) else None
    row = rows.get(pk)
    if pk and row is None:
        draft.error("__all__", _("This bank account is gone."), code="not_found")
    elif isinstance(command, RemoveBankAccount) and row is not None:
        rows.remove(row)
    elif isinstance(command, SaveBankAccount):
        _save(draft, rows, row or rows.add(BankAccount()), command.values)


def _save(
    draft: Draft[Company], rows: Rows[BankAccount], row: BankAccount, values: Mapping[str, Any]
) -> None:
    for name in EDITABLE:
        if name in values:
            text = str(values[name] or "")
            setattr(row, name, taxids.clean(text) if name in NUMBERS else text)
    if values.get("is_primary"):
        for other in rows:
            other.is_primary = other is row
    _judge(draft, row)
    if any(other is not row and (other.account, other.bik) == (row.account, row.bik) for other in rows):
        draft.error("account", _("This account is on record already."), code="unique")
    try:
        row.clean_fields(exclude=("company",))
    except ValidationError as refused:
        draft.take(refused)


def _judge(draft: Draft[Company], row: BankAccount) -> None:
    if row.bik and not taxids.is_bik(row.bik):
        draft.error("bik", _("A BIK has 9 digits."))
    elif row.bik and not taxids.is_account(row.account, row.bik):
        draft.error("account", _("The account does not fit the bank: a digit is wrong."))
    other = row.correspondent_account
    if row.bik and other and not taxids.is_correspondent_account(other, row.bik):
        draft.error("correspondent_account", _("The account does not fit the bank: a digit is wrong."))
    if row.account[:2].isalpha() and not taxids.is_iban(row.account):
        draft.error("account", _("The check digits of this IBAN are wrong."))
    if row.swift and not taxids.is_swift(row.swift):
        draft.error("swift", _("A SWIFT code has 8 or 11 letters and digits."))


def _described(rows: Rows[BankAccount]) -> str:
    return "; ".join(str(row) for row in rows)
