"""People and companies, the ground that all trades share."""

from contacts.models.company import BankAccount, Company, CompanyKind
from contacts.models.holder import Holder
from contacts.models.languages import Language
from contacts.models.lists import Industry, Source
from contacts.models.person import Employment, Person
from contacts.models.reach import Address, AddressKind, ContactPoint, PointKind

__all__ = [
    "Address",
    "AddressKind",
    "BankAccount",
    "Company",
    "CompanyKind",
    "ContactPoint",
    "Employment",
    "Holder",
    "Industry",
    "Language",
    "Person",
    "PointKind",
    "Source",
]
