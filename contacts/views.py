"""Rows around a person or a company, changed in place; and the warning of duplicates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from contacts import duplicates, panels, services
from contacts.forms import AccountForm, AddressForm, JobForm, NewJobForm, PointForm, RowForm
from contacts.models import Address, BankAccount, ContactPoint, Employment
from crm.records.drafts import RecordErrors
from crm.ui.feedback import toast, trigger, undo_url
from crm.ui.forms import as_notes
from crm.ui.pages import RecordPage

if TYPE_CHECKING:
    from collections.abc import Callable

    from contacts.models import Holder


class RowsPage(RecordPage):
    """One part of a page: shows its rows, a form for a new one or for one of them, and saves.

    GET shows the rows, ``?new=`` with an empty form, ``…/<row>/`` with the row's form.
    POST saves the form, or does what ``do`` says.
    """

    what = ""
    form_class: ClassVar[type[RowForm]]
    row_model: ClassVar[Any]

    def get(self, request: HttpRequest, pk: int, row: int | None = None) -> HttpResponse:
        holder = self.get_record(pk)
        if row is None and "new" not in request.GET:
            return self.answer(holder)
        if not self.access.can(self.model, "change", holder):
            raise PermissionDenied
        found = self.row_of(holder, row)
        return self.answer(holder, form=self.form(found), row=found)

    def post(self, request: HttpRequest, pk: int, row: int | None = None) -> HttpResponse:
        holder = self.get_record(pk, action="change")
        found = self.row_of(holder, row)
        act = self.act(request.POST.get("do", ""), found)
        if act is not None:
            return self.done(holder, act, None, found)
        form = self.form(found, request.POST)
        if not form.is_valid():
            return self.answer(holder, form=form, row=found, status=422)
        return self.done(holder, lambda: self.save(holder, found, form), form, found)

    def row_of(self, holder: Holder, row: int | None) -> Any:
        """Return the row of this number, if it belongs to the record."""
        if row is None:
            return None
        found = self.row_model.objects.filter(**{holder._meta.model_name or "": holder, "pk": row}).first()
        shown = panels.PARTS[self.what][1](holder, self.request)["rows"]
        if found is None or found.pk not in {one.pk for one in shown}:
            raise Http404
        return found

    def form(self, row: Any, data: Any = None) -> RowForm:
        initial = {name: getattr(row, name, None) for name in self.form_class.base_fields} if row else {}
        return self.form_class(data, user=self.request.user, initial=initial or self.first_values())

    def first_values(self) -> dict[str, Any]:
        return {}

    @property
    def who(self) -> dict[str, Any]:
        """Who acts, and when: the last keywords of every verb."""
        return {"actor": self.request.user, "at": self.at}

    def act(self, name: str, row: Any) -> Callable[[], Any] | None:
        """Return what a button asks for; None when a form is being saved."""
        return None

    def save(self, holder: Holder, row: Any, form: RowForm) -> Any:
        raise NotImplementedError

    def done(self, holder: Holder, act: Callable[[], Any], form: RowForm | None, row: Any) -> HttpResponse:
        """Do it, show the rows as they are now, and tell what was refused."""
        try:
            act()
        except RecordErrors as refused:
            return self.refused(holder, form, row, refused)
        response = self.answer(self.get_record(holder.pk))
        trigger(response, "recordChanged", {"type": self.views.record_type().key, "id": holder.pk})
        return toast(self.request, response, _("Saved."), undo=undo_url(holder, self.request.user))

    def refused(self, holder: Holder, form: RowForm | None, row: Any, refused: RecordErrors) -> HttpResponse:
        if form is None:
            return toast(self.request, self.answer(holder), str(refused), tone="danger")
        for name, messages in as_notes(refused).items():
            known = {"account": "number"}.get(name, name)
            for message in messages:
                form.add_error(known if known in form.fields else None, message)
        return self.answer(holder, form=form, row=row, status=422)

    def answer(
        self, holder: Holder, *, form: RowForm | None = None, row: Any = None, status: int = 200
    ) -> HttpResponse:
        template, context = panels.PARTS[self.what]
        values = {**context(holder, self.request), "form": form, "edited": row, "is_fragment": True}
        return self.show(template, values, status=status)


class PointsPage(RowsPage):
    """``…/points/``: e-mails, phones, messengers, links."""

    what, form_class, row_model = "points", PointForm, ContactPoint

    def first_values(self) -> dict[str, Any]:
        return {"kind": self.request.GET.get("new") or "email"}

    def form(self, row: Any, data: Any = None) -> RowForm:
        form = super().form(row, data)
        if row is not None:
            del form.fields["kind"]
        return form

    def save(self, holder: Holder, row: Any, form: RowForm) -> Any:
        values = form.cleaned_data
        common = self.who
        if row is None:
            return services.add_contact_point(records=[holder], **values, **common)
        return services.edit_contact_point(point=row, **values, **common)

    def act(self, name: str, row: Any) -> Callable[[], Any] | None:
        common = {"point": row, **self.who}
        known: dict[str, Callable[[], Any]] = {
            "remove": lambda: services.remove_contact_point(**common),
            "primary": lambda: services.set_primary(**common),
            "invalid": lambda: services.mark_invalid(**common, is_invalid=not row.is_invalid),
            "optout": lambda: services.opt_out(**common, opted_out=not row.opted_out),
        }
        return known.get(name) if row is not None else None


class JobsPage(RowsPage):
    """``…/jobs/``: where a person works and worked."""

    what, form_class, row_model = "jobs", JobForm, Employment

    def form(self, row: Any, data: Any = None) -> RowForm:
        return super().form(row, data) if row is not None else NewJobForm(data, user=self.request.user)

    def save(self, holder: Any, row: Any, form: RowForm) -> Any:
        common = self.who
        if row is None:
            return services.add_employment(records=[holder], **form.cleaned_data, **common)
        return services.edit_employment(employment=row, **form.cleaned_data, **common)

    def act(self, name: str, row: Any) -> Callable[[], Any] | None:
        common = self.who
        known: dict[str, Callable[[], Any]] = {
            "remove": lambda: services.remove_employment(employment=row, **common),
            "primary": lambda: services.edit_employment(employment=row, is_primary=True, **common),
            "leave": lambda: services.leave_company(records=[row.person], employment=row, **common),
        }
        return known.get(name) if row is not None else None


class AddressesPage(RowsPage):
    """``…/addresses/``: postal addresses."""

    what, form_class, row_model = "addresses", AddressForm, Address

    def save(self, holder: Holder, row: Any, form: RowForm) -> Any:
        return services.save_address(record=holder, address=row, **form.cleaned_data, **self.who)

    def act(self, name: str, row: Any) -> Callable[[], Any] | None:
        common = self.who
        known: dict[str, Callable[[], Any]] = {
            "remove": lambda: services.remove_address(address=row, **common),
            "primary": lambda: services.save_address(
                record=row.person or row.company, address=row, is_primary=True, **common
            ),
        }
        return known.get(name) if row is not None else None


class AccountsPage(RowsPage):
    """``…/accounts/``: bank accounts of a company."""

    what, form_class, row_model = "accounts", AccountForm, BankAccount

    def form(self, row: Any, data: Any = None) -> RowForm:
        form = super().form(row, data)
        if row is not None:
            form.initial["number"] = row.account
        return form

    def save(self, holder: Any, row: Any, form: RowForm) -> Any:
        return services.save_bank_account(record=holder, account=row, **form.cleaned_data, **self.who)

    def act(self, name: str, row: Any) -> Callable[[], Any] | None:
        common = self.who
        known: dict[str, Callable[[], Any]] = {
            "remove": lambda: services.remove_bank_account(account=row, **common),
            "primary": lambda: services.save_bank_account(
                record=row.company, account=row, is_primary=True, **common
            ),
        }
        return known.get(name) if row is not None else None


class DuplicatesPage(RecordPage):
    """``duplicates/``: who may be the same as what is being typed; nothing when nobody is."""

    permission = "add"

    def get(self, request: HttpRequest) -> HttpResponse:
        known = self.views.form.Meta.fields
        values: dict[str, Any] = {
            name: text for name, text in request.GET.items() if name in (*known, "name")
        }
        if "domains" in values:
            values["domains"] = [part.strip() for part in values["domains"].split(",")]
        exclude = request.GET.get("record", "")
        found = duplicates.likely(
            values, request.user, model=self.model, exclude=int(exclude) if exclude.isdecimal() else None
        )
        return self.show("contacts/duplicates.html", {"found": found})
