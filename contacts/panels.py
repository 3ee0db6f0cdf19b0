"""Parts of a person's and a company's page: how to reach them, jobs, addresses, the group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from contacts.models import Address, Company, ContactPoint, Employment, Holder, Person, PointKind
from crm.identity.access import access_for
from crm.ui.formats import text_day, text_number
from crm.ui.layouts import Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

#: So many people of a company are named on its page.
PEOPLE_SHOWN = 10
#: Up to so many they are counted.
PEOPLE_COUNTED = 1000
JOB_SHOWN = (
    "title",
    "department",
    "started_on",
    "ended_on",
    "company_id",
    "person__name",
    "person__phone",
    "person__email",
)
ICONS = {
    PointKind.EMAIL: "mail",
    PointKind.PHONE: "phone",
    PointKind.MESSENGER: "message",
    PointKind.URL: "link",
}

#: Which field a right has to name to hide contact points of a kind.
TOLD_BY = {
    "email": PointKind.EMAIL,
    "phone": PointKind.PHONE,
    "messengers": PointKind.MESSENGER,
    "links": PointKind.URL,
}


def rows_url(holder: Holder, what: str, row: int | None = None) -> str:
    """Return the address of a part's rows, or of one of them."""
    name = f"contacts:{holder._meta.model_name}_{what}"
    return reverse(f"{name}_row", args=[holder.pk, row]) if row else reverse(name, args=[holder.pk])


def base_context(holder: Holder, request: HttpRequest, what: str) -> dict[str, Any]:
    """Return what every part needs: whose it is, its address, whether the viewer may change it."""
    return {
        "holder": holder,
        "what": what,
        "url": rows_url(holder, what),
        "may_edit": access_for(request.user).can(type(holder), "change", holder),
    }


def contact_points(holder: Holder, request: HttpRequest) -> dict[str, Any]:
    """Return contact points, grouped by kind, the main one first."""
    order = list(PointKind)
    found = ContactPoint.objects.filter(**{holder._meta.model_name or "": holder})
    rows = sorted(found, key=lambda one: (order.index(PointKind(one.kind)), not one.is_primary, one.pk))
    closed = access_for(request.user).hidden(type(holder))
    hidden = {kind for name, kind in TOLD_BY.items() if name in closed}
    rows = [row for row in rows if row.kind not in hidden]
    for row in rows:
        row.icon = ICONS[PointKind(row.kind)]  # type: ignore[attr-defined]
    several = {row.kind for row in rows if not row.is_primary}
    return {
        **base_context(holder, request, "points"),
        "rows": rows,
        "several": several,
        "hides": bool(hidden),
    }


def employments(person: Person, request: HttpRequest) -> dict[str, Any]:
    """Return the jobs of a person: the main one, others, then those that ended."""
    found = Employment.objects.filter(person=person).select_related("company")
    rows = sorted(found, key=lambda job: (job.ended_on is not None, not job.is_primary, -job.pk))
    access = access_for(request.user)
    hidden = access.hidden(Person)
    rows = [] if "company" in hidden else rows
    for job in rows:
        company = job.company
        job.is_hidden = company.is_deleted or not access.can(Company, "view", company)  # type: ignore[attr-defined]
        job.facts = period(job) if "job_title" in hidden else facts_of(job)  # type: ignore[attr-defined]
    return {**base_context(person, request, "jobs"), "rows": rows}


def facts_of(job: Employment) -> str:
    """Return what is known of a job beside its company: title, department, from when to when."""
    return " · ".join(
        part for part in (", ".join(filter(None, (job.title, job.department))), period(job)) if part
    )


def period(job: Employment) -> str:
    """Return from when to when a job lasts, as far as it is known."""
    first, last = text_day(job.started_on), text_day(job.ended_on)
    if first and last:
        return f"{first} – {last}"
    if last:
        return _("until %(day)s") % {"day": last}
    return _("since %(day)s") % {"day": first} if first else ""


def addresses(holder: Holder, request: HttpRequest) -> dict[str, Any]:
    """Return postal addresses, the main one first."""
    rows = Address.objects.filter(**{holder._meta.model_name or "": holder}).order_by("-is_primary", "pk")
    if "addresses" in access_for(request.user).hidden(type(holder)):
        rows = rows.none()
    return {**base_context(holder, request, "addresses"), "rows": rows}


def bank_accounts(company: Company, request: HttpRequest) -> dict[str, Any]:
    """Return the bank accounts of a company."""
    rows = company.bank_accounts.order_by("-is_primary", "pk")
    return {**base_context(company, request, "accounts"), "rows": rows}


def people(company: Company, request: HttpRequest) -> dict[str, Any]:
    """Return who works at a company, the last spoken to first, and who used to."""
    visible: Any = Person.objects.visible_to(request.user)
    jobs = Employment.objects.filter(company=company, person__in=visible)
    shown: Any = jobs.select_related("person").only(*JOB_SHOWN)
    rows = list(shown.filter(ended_on=None).order_by("-person__last_touch_at", "-pk")[: PEOPLE_SHOWN + 1])
    former = list(shown.exclude(ended_on=None).order_by("-ended_on", "-pk")[: PEOPLE_SHOWN + 1])
    tells_title = "job_title" not in access_for(request.user).hidden(Person)
    for job in (*rows, *former):
        told = facts_of(job) if job.ended_on else job.title
        job.facts = told if tells_title else ""
    may_add = access_for(request.user).can(Person, "add")
    return {
        "rows": rows[:PEOPLE_SHOWN],
        "former": former[:PEOPLE_SHOWN],
        "former_count": len(former),
        "former_text": at_most(len(former), PEOPLE_SHOWN),
        "count": len(rows) if len(rows) <= PEOPLE_SHOWN else counted(jobs.filter(ended_on=None)),
        "list_url": f"{reverse('contacts:person_list')}?company={company.pk}",
        "new_url": f"{reverse('contacts:person_quick')}?company={company.pk}" if may_add else "",
    }


def counted(rows: Any) -> str:
    """Return how many there are; of a giant account "1,000+", which a list tells exactly."""
    return at_most(rows.order_by()[: PEOPLE_COUNTED + 1].count(), PEOPLE_COUNTED)


def at_most(count: int, most: int) -> str:
    return f"{text_number(most)}+" if count > most else text_number(count)


def group(company: Company, request: HttpRequest) -> dict[str, Any]:
    """Return the companies above and below in the group."""
    visible: Any = Company.objects.visible_to(request.user)
    below = list(visible.filter(parent=company).order_by("sort_name", "pk")[: PEOPLE_SHOWN + 1])
    may_add = access_for(request.user).can(Company, "add")
    return {
        "above": companies_above(company, visible) if company.parent_id else [],
        "below": below[:PEOPLE_SHOWN],
        "list_url": f"{reverse('contacts:company_list')}?parent={company.pk}"
        if len(below) > PEOPLE_SHOWN
        else "",
        "new_url": f"{reverse('contacts:company_quick')}?parent={company.pk}" if may_add else "",
    }


def companies_above(company: Company, visible: Any) -> list[Any]:
    """Return parent, parent's parent and so on, the highest first; it ends below one that is not seen."""
    above: list[Any] = []
    parent_id, seen = company.parent_id, {company.pk}
    while parent_id and parent_id not in seen and len(above) < PEOPLE_SHOWN:
        seen.add(parent_id)
        parent = visible.filter(pk=parent_id).first()
        if parent is None:
            break
        above.insert(0, parent)
        parent_id = parent.parent_id
    return above


#: part → (template, what feeds it, its heading)
PARTS: dict[str, tuple[str, Callable[[Any, HttpRequest], dict[str, Any]]]] = {
    "points": ("contacts/points.html", contact_points),
    "jobs": ("contacts/jobs.html", employments),
    "addresses": ("contacts/addresses.html", addresses),
    "accounts": ("contacts/accounts.html", bank_accounts),
    "people": ("contacts/people.html", people),
    "group": ("contacts/group.html", group),
}


def part(name: str) -> Part:
    """Return one part of a page."""
    template, context = PARTS[name]
    return Part(template, context)


def later(name: str) -> Part:
    """Return a panel that comes after the page: people right away, the group when one scrolls to it."""
    template, context = PARTS[name]
    title, icon, lazy = LATER[name]
    return Part(template, context, key=name, title=title, icon=icon, lazy=lazy)


#: panel → (its heading, its icon, when it comes)
LATER = {
    "people": (gettext_lazy("People"), "users", "soon"),
    "group": (gettext_lazy("Group of companies"), "hierarchy", "seen"),
}


def headings() -> dict[str, str]:
    """Return what each part is called."""
    return {
        "points": _("How to reach"),
        "jobs": pgettext("employment", "Jobs"),
        "addresses": _("Addresses"),
        "accounts": _("Bank accounts"),
    }
