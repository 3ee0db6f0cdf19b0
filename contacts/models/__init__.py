"""People and companies, the ground that all trades share."""

from contacts.models.company import BankAccount, Company, CompanyKind
from contacts.models.duplicate import DuplicateKey, DuplicatePair, DuplicateStale
from contacts.models.holder import Holder
from contacts.models.languages import Language
from contacts.models.lists import Industry, Source
from contacts.models.person import Employment, Person
from contacts.models.reach import Address, AddressKind, ContactPoint, PointKind
from contacts.models.webform import EntryState, FormEntry, WebForm

__all__ = [
    "Address",
    "AddressKind",
    "BankAccount",
    "Company",
    "CompanyKind",
    "ContactPoint",
    "DuplicateKey",
    "DuplicatePair",
    "DuplicateStale",
    "Employment",
    "EntryState",
    "FormEntry",
    "Holder",
    "Industry",
    "Language",
    "Person",
    "PointKind",
    "Source",
    "WebForm",
]
