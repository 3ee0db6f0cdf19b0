"""What lists, cards and exports show of people and companies."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from contacts.models import Company, CompanyKind, Person
from crm.records.fields import Kind
from crm.ui.tables import Column, Table

KIND_TONES = {
    CompanyKind.PROSPECT: "blue",
    CompanyKind.CUSTOMER: "green",
    CompanyKind.PARTNER: "purple",
    CompanyKind.SUPPLIER: "yellow",
    CompanyKind.COMPETITOR: "red",
}
POINTS = ("contact_points",)


class PersonTable(Table):
    """People."""

    model = Person
    columns = (
        Column("name", label=pgettext_lazy("person", "Name"), sort="sort_name", link=True),
        Column("job_title"),
        Column("company", sort="company_sort"),
        Column("email"),
        Column("phone"),
        Column("owner"),
        Column("last_touch_at"),
        Column("next_due_at"),
        Column("city"),
        Column("country"),
        Column("source"),
        Column("team"),
        Column("tags"),
        Column("first_name"),
        Column("middle_name"),
        Column("last_name"),
        Column("salutation"),
        Column("birthday"),
        Column("language"),
        Column("time_zone"),
        Column("do_not_contact"),
        Column("emails", prefetch=POINTS),
        Column("phones", prefetch=POINTS),
        Column("messengers", prefetch=POINTS),
        Column("links", prefetch=POINTS),
        Column("description"),
        Column("created_at"),
        Column("updated_at"),
    )
    default = ("name", "job_title", "company", "email", "phone", "owner", "last_touch_at")
    default_sort = "name"


class CompanyTable(Table):
    """Companies."""

    model = Company
    columns = (
        Column("name", sort="sort_name", link=True),
        Column("kind", tones=KIND_TONES),
        Column("industry"),
        Column("country"),
        Column("city"),
        Column("phone"),
        Column("email"),
        Column("website"),
        Column("employees"),
        Column("annual_revenue", currency="revenue_currency"),
        Column("owner"),
        Column("last_touch_at"),
        Column("next_due_at"),
        Column("parent"),
        Column("founded_year", kind=Kind.TEXT),
        Column("source"),
        Column("team"),
        Column("tags"),
        Column("legal_name"),
        Column("inn"),
        Column("kpp"),
        Column("ogrn"),
        Column("vat"),
        Column("domains"),
        Column("revenue_currency"),
        Column("emails", prefetch=POINTS),
        Column("phones", prefetch=POINTS),
        Column("messengers", prefetch=POINTS),
        Column("links", prefetch=POINTS),
        Column("description"),
        Column("created_at"),
        Column("updated_at"),
    )
    default = ("name", "kind", "industry", "country", "phone", "employees", "owner", "last_touch_at")
    default_sort = "name"
    summed = ("employees",)
