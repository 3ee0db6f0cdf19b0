"""Pages of people and companies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import path
from django.utils.translation import gettext_lazy as _

from contacts import sameness, services
from contacts.filters import CompanyFilters, PersonFilters
from contacts.forms import CompanyForm, LeaveForm, MoveForm, PersonForm
from contacts.models import Company, Person
from contacts.panels import later, part
from contacts.tables import CompanyTable, PersonTable
from contacts.twins import DuplicatesView, ReconsiderView
from contacts.views import AccountsPage, AddressesPage, DuplicatesPage, JobsPage, PointsPage
from contacts.webforms.building import FieldRow, FormsView, FormView, RetryView
from crm.ui.actions import Action
from crm.ui.layouts import Custom, Fields, Layout, Timeline
from crm.ui.viewset import RecordViews

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.urls import URLPattern, URLResolver

    from crm.ui.pages import RecordPage

app_name = "contacts"


class HolderViews(RecordViews):
    """What people and companies have in common: rows around them and the warning of duplicates."""

    parts: dict[str, type[RecordPage]] = {"points": PointsPage, "addresses": AddressesPage}

    @classmethod
    def alike(cls, record: Any, user: Any) -> Sequence[Any]:
        return sameness.alike(record, user)

    @classmethod
    def extra_urls(cls, prefix: str) -> list[URLPattern | URLResolver]:
        found: list[URLPattern | URLResolver] = [
            cls.at(f"{prefix}/duplicates/", DuplicatesPage, "duplicates")
        ]
        for what, page in cls.parts.items():
            found.append(cls.at(f"{prefix}/<int:pk>/{what}/", page, what))
            found.append(cls.at(f"{prefix}/<int:pk>/{what}/<int:row>/", page, f"{what}_row"))
        return found


class People(HolderViews):
    """Everybody we talk to: a list, and a page per person across all trades."""

    model, form, filters, table = Person, PersonForm, PersonFilters, PersonTable
    search = ("name", "email", "phone", "company__name")
    parts = {**HolderViews.parts, "jobs": JobsPage}
    layout = Layout(
        head=("company", "phone", "email"),
        facts=[
            part("points"),
            part("jobs"),
            Fields(
                "company", "job_title", "owner", "team", "source", "tags", "do_not_contact", "description"
            ),
            Fields(
                "first_name",
                "middle_name",
                "last_name",
                "salutation",
                "birthday",
                "language",
                "time_zone",
                title=_("Personal"),
            ),
            part("addresses"),
            Custom(),
        ],
        main=[Timeline()],
    )
    actions = (
        Action(
            "move",
            services.change_employment,
            label=_("Change company"),
            icon="arrow-right",
            form=MoveForm,
            bulk=True,
            done=_("Moved to the new company."),
        ),
        Action(
            "leave",
            services.leave_company,
            label=_("Mark as left"),
            icon="logout",
            form=LeaveForm,
            when=lambda person: person.company_id is not None,
            bulk=True,
            done=_("The job has ended."),
        ),
    )
    empty_title = _("Nobody here yet")
    empty_text = _("People you sell to, support and write to. Add one, or import a file.")


class Companies(HolderViews):
    """Organisations we deal with: a list, and a page per company across all trades."""

    model, form, filters, table = Company, CompanyForm, CompanyFilters, CompanyTable
    search = ("name", "legal_name", "inn", "phone", "email")
    parts = {**HolderViews.parts, "accounts": AccountsPage}
    layout = Layout(
        head=("kind", "industry", "phone", "website"),
        facts=[
            part("points"),
            Fields("kind", "industry", "owner", "team", "source", "tags", "description"),
            Fields(
                "employees",
                "annual_revenue",
                "revenue_currency",
                "founded_year",
                "website",
                "domains",
                title=_("Profile"),
            ),
            part("addresses"),
            Fields("legal_name", "inn", "kpp", "ogrn", "vat", title=_("Requisites")),
            part("accounts"),
            Custom(),
        ],
        main=[Timeline()],
        side=[later("people"), later("group")],
    )
    empty_title = _("No companies yet")
    empty_text = _("Organisations you deal with, and who works there. Add one, or import a file.")


urlpatterns = [
    path("duplicates/", DuplicatesView.as_view(), name="duplicates"),
    path("duplicates/<slug:slug>/again/", ReconsiderView.as_view(), name="duplicates_undo"),
    path("forms/", FormsView.as_view(), name="webforms"),
    path("forms/<int:pk>/", FormView.as_view(), name="webform"),
    path("forms/<int:pk>/row/", FieldRow.as_view(), name="webform_row"),
    path("forms/<int:pk>/retry/", RetryView.as_view(), name="webform_retry"),
    *People.urls("people"),
    *Companies.urls("companies"),
]
