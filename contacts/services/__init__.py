"""Every write of people and companies."""

from contacts.services.companies import CompanyService
from contacts.services.following import link_past_events, reindex_people
from contacts.services.people import PersonService
from contacts.services.verbs import (
    add_contact_point,
    add_employment,
    change_employment,
    edit_contact_point,
    edit_employment,
    leave_company,
    mark_invalid,
    opt_out,
    remove_address,
    remove_bank_account,
    remove_contact_point,
    remove_employment,
    save_address,
    save_bank_account,
    set_primary,
)

__all__ = [
    "CompanyService",
    "PersonService",
    "add_contact_point",
    "add_employment",
    "change_employment",
    "edit_contact_point",
    "edit_employment",
    "leave_company",
    "link_past_events",
    "mark_invalid",
    "opt_out",
    "reindex_people",
    "remove_address",
    "remove_bank_account",
    "remove_contact_point",
    "remove_employment",
    "save_address",
    "save_bank_account",
    "set_primary",
]
