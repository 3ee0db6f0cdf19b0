"""Changing many records at once: a field, the owner, tags, a verb, the bin.

A small selection is changed while one waits, a large one as a job; both write the journal,
so that one Undo takes all of it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext as _

from crm.records import jobs, registry
from crm.records.events import has_rules
from crm.records.fields import Field, Kind, fields_of
from crm.records.merging import MOST
from crm.records.models import Job, JobState
from crm.records.phrases import counted as counted_phrase
from crm.records.phrases import label_of, phrase, types_of
from crm.ui.feedback import go_to, toast
from crm.ui.fields import TagsField, form_field
from crm.ui.formats import counted
from crm.ui.pages import RecordPage
from crm.ui.selection import INLINE, Selection
from crm.ui.trying import trial

if TYPE_CHECKING:
    from crm.identity.access import Access
    from crm.records.phrases import Kept

#: The right that each act needs besides "bulk".
RIGHTS = {
    "edit": "change",
    "assign": "assign",
    "tag": "change",
    "untag": "change",
    "delete": "delete",
    "run": "change",
    "merge": "change",
}
#: What the button of each act says.
WORDS = {
    "edit": gettext_noop("Change"),
    "assign": gettext_noop("Assign"),
    "tag": gettext_noop("Add tags"),
    "untag": gettext_noop("Remove tags"),
    "delete": gettext_noop("Delete"),
}


def rights_of(access: Access, model: Any) -> dict[str, bool]:
    """Return which acts on many the person may do at all."""
    return {
        "edit": access.can(model, "change"),
        "assign": access.can(model, "assign") and "owner" in fields_of(model),
        "delete": access.can(model, "delete"),
        "merge": registry.service_for(model).mergeable
        and access.can(model, "change")
        and access.can(model, "delete"),
    }


class BulkPage(RecordPage):
    """``bulk/``: POST asks what to do (``step`` empty) and then does it (``step=do``)."""

    permission = "bulk"

    def get(self, request: HttpRequest) -> HttpResponse:
        return go_to(request, self.views.url("list"))

    def post(self, request: HttpRequest) -> HttpResponse:
        if self.act not in RIGHTS:
            raise Http404
        if self.act == "merge":
            return self.merge()
        if "try" in request.POST:
            return self.preview(self.form(request.POST))
        form = self.form(request.POST if "do" in request.POST else None)
        if "do" not in request.POST or not form.is_valid():
            return self.dialog(form, status=422 if form.is_bound else 200)
        return self.start(form)

    def merge(self) -> HttpResponse:
        """Lead to the page on which the ticked records are put side by side."""
        if not rights_of(self.access, self.model)["merge"]:
            raise PermissionDenied
        ids = list(self.selection.rows("view").order_by("pk").values_list("pk", flat=True)[: MOST + 1])
        if 2 <= len(ids) <= MOST:
            query = "&".join(f"ids={pk}" for pk in ids)
            return go_to(self.request, f"{self.views.url('merge')}?{query}")
        text = _("Tick from 2 to %(most)d records to merge them.") % {"most": MOST}
        return toast(self.request, HttpResponse(status=204), text, tone="danger")

    def preview(self, form: forms.Form) -> HttpResponse:
        """Say how many would change, how many not, and why; nothing is kept of it."""
        if not form.is_valid():
            return HttpResponse("")
        params = {**self.selection.as_params(), "act": self.act, **self.values(form)}
        found = trial(self.views, self.actor, self.at, params, self.right)
        return self.show("ui/bulk_preview.html", found)

    @property
    def act(self) -> str:
        # The bar's buttons of a trade's own verbs name the verb alone.
        return self.request.POST.get("act") or ("run" if self.request.POST.get("action") else "")

    @cached_property
    def selection(self) -> Selection:
        return Selection.read(self.views, self.request.user, self.at, self.request.POST)

    @property
    def action(self) -> Any:
        found = self.views.action(self.request.POST.get("action", ""))
        if found is None or not found.bulk:
            raise Http404
        return found

    @property
    def right(self) -> str:
        return self.action.permission if self.act == "run" else RIGHTS[self.act]

    def editable(self) -> dict[str, Field]:
        """Return the fields that may be set for many at once."""
        level = self.access.field_level
        found = {
            name: one
            for name, one in fields_of(self.model).items()
            if one.bulk and one.writable and not level(self.model, name)
        }
        if not self.access.can(self.model, "assign"):
            found = {name: one for name, one in found.items() if name not in ("owner", "team")}
        return found

    def form(self, data: Any) -> forms.Form:
        """Return the questions of the act."""
        if self.act == "run":
            made = self.action.form
            return made(data, user=self.request.user, records=[]) if made else forms.Form(data)
        form = forms.Form(data)
        if self.act in ("tag", "untag"):
            form.fields["tags"] = TagsField(label=_("Tags"), required=True, user=self.request.user)
        elif self.act == "assign":
            known = fields_of(self.model)
            form.fields["owner"] = form_field(known["owner"], self.request.user, required=True)
        elif self.act == "edit":
            self._ask_field(form)
        return form

    def _ask_field(self, form: forms.Form) -> None:
        """Ask which field, and its new value once it is known."""
        known = self.editable()
        choices = sorted(
            ((name, capital(one.label)) for name, one in known.items()), key=lambda pair: pair[1]
        )
        form.fields["field"] = forms.ChoiceField(label=_("Field"), choices=[("", "—"), *choices])
        chosen = self.request.POST.get("field", "")
        form.initial["field"] = chosen
        if chosen in known:
            one = known[chosen]
            # Emptying a field for many is a choice one makes on purpose.
            form.fields["value"] = form_field(one, self.request.user, required=False)
            form.fields["value"].label = _("New value")
            if not one.required and one.kind is not Kind.YES_NO:
                form.fields["empty"] = forms.BooleanField(label=_("Empty the field"), required=False)

    def dialog(self, form: forms.Form, *, status: int = 200) -> HttpResponse:
        count, allowed = self.selection.count("view"), self.selection.count(self.right)
        context = {
            "form": form,
            "act": self.act,
            "action": self.action if self.act == "run" else None,
            "count": count,
            "allowed": allowed,
            "kept": count - allowed,
            "sample": list(self.selection.rows(self.right)[:5]),
            "selection": self.selection,
            "url": self.views.url("bulk"),
            "heading": f"{self.word}: {counted(allowed)}",
            "verb": self.word,
            "chosen_field": self.request.POST.get("field", ""),
            "may_start": self.act != "edit" or "value" in form.fields,
            "runs_later": allowed > INLINE,
            "trial": self.trial_of(form) if allowed else None,
            "asks_rules": self.act != "delete" and has_rules(self.views.record_type().id),
            "run_rules": "run_rules" in self.request.POST,
        }
        return self.show("ui/bulk.html", context, status=status)

    def trial_of(self, form: forms.Form) -> dict[str, Any] | None:
        """Try at once what asks nothing."""
        if form.fields:
            return None
        params = {**self.selection.as_params(), "act": self.act, **self.values(form)}
        return trial(self.views, self.actor, self.at, params, self.right)

    def start(self, form: forms.Form) -> HttpResponse:
        allowed = self.selection.count(self.right)
        if not allowed:
            raise PermissionDenied
        job = jobs.start(
            "bulk",
            actor=self.actor,
            title=self.title(allowed),
            params={
                **self.selection.as_params(),
                "type": self.views.record_type().key,
                "act": self.act,
                "run_rules": "run_rules" in self.request.POST,
                **self.values(form),
            },
            now=allowed <= INLINE,
        )
        return self.answer(job)

    @property
    def word(self) -> str:
        """What the button says."""
        if self.act == "run":
            return str(self.action.label)
        return gettext(WORDS[self.act])

    def title(self, count: int) -> Kept:
        return phrase(
            "%(types)s · %(word)s: %(count)s",
            types=types_of(self.views.record_type()),
            word=label_of(self.action.label) if self.act == "run" else phrase(WORDS[self.act]),
            count=counted_phrase("%(count)s record", "%(count)s records", count),
        )

    def values(self, form: forms.Form) -> dict[str, Any]:
        """Return what was asked for, as a job keeps it."""
        given = getattr(form, "cleaned_data", {})
        if self.act == "edit":
            one = self.editable()[given["field"]]
            value = one.empty if given.get("empty") else given["value"]
            return {"changes": {one.name: one.json(value)}}
        if self.act == "assign":
            return {"changes": {"owner": given["owner"].pk}}
        if self.act == "run":
            return {
                "action": self.action.name,
                "raw": dict(self.request.POST.lists()),
            }
        return {"tags": given.get("tags", [])}

    def answer(self, job: Job) -> HttpResponse:
        request = self.request
        if job.state != JobState.DONE:
            return go_to(request, reverse("ui:job", args=[job.pk]))
        changed, failed = job.result.get("changed", 0), job.result.get("failed", 0)
        if failed:
            return go_to(request, reverse("ui:job", args=[job.pk]))
        text = ngettext("%(count)d record changed.", "%(count)d records changed.", changed) % {
            "count": changed
        }
        query = self.selection.state
        url = f"{self.views.url('list')}?{query}" if query else self.views.url("list")
        return toast(request, go_to(request, url), text, undo=reverse("ui:job_undo", args=[job.pk]))


def capital(label: Any) -> str:
    text = str(label)
    return text[:1].upper() + text[1:]
