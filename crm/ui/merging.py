"""Pages on which several records become one, and one several again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from crm.records import merging
from crm.records.merging import MOST, MergeRefused
from crm.records.models import Job, JobState
from crm.ui.feedback import go_to, toast
from crm.ui.formats import page_url
from crm.ui.pages import RecordPage

if TYPE_CHECKING:
    from collections.abc import Sequence

#: How the choice of a field is called in the form.
CHOICE = "value-"
SEEN = "seen-"


class MergePage(RecordPage):
    """``merge/?ids=1&ids=2``: records side by side; with one record, with which it shall be merged."""

    permission = "change"

    def get(self, request: HttpRequest) -> HttpResponse:
        records = self.records(request.GET.getlist("ids"))
        if len(records) < 2:
            return self.partners(records[0] if records else None)
        return self.compare(records, survivor_id=number_in(request.GET.get("survivor", "")))

    def post(self, request: HttpRequest) -> HttpResponse:
        records = self.records(request.POST.getlist("ids"))
        survivor = next((one for one in records if str(one.pk) == request.POST.get("survivor")), None)
        if survivor is None or len(records) < 2:
            if not records:
                return self.partners(None)
            return self.compare(records, problem=_("Say which record stays."))
        try:
            job = merging.start(
                survivor=survivor,
                absorbed=[one for one in records if one.pk != survivor.pk],
                actor=self.actor,
                values=self.choices,
                seen=self.seen,
            )
        except MergeRefused as refused:
            return self.compare(
                self.records(request.POST.getlist("ids")),
                survivor_id=survivor.pk,
                given=self.choices,
                problem=str(refused),
            )
        return self.done(job, survivor)

    def done(self, job: Job, survivor: Any) -> HttpResponse:
        if job.state != JobState.DONE:
            return go_to(self.request, reverse("ui:job", args=[job.pk]))
        response = go_to(self.request, page_url(survivor))
        undo = reverse("ui:job_undo", args=[job.pk])
        return toast(self.request, response, _("Merged into %(record)s.") % {"record": survivor}, undo=undo)

    def records(self, ids: Sequence[str]) -> list[Any]:
        """Return the records asked for, in that order; merged ones give way to those they live on in."""
        wanted = [number for one in ids if (number := number_in(one))][: MOST + 1]
        record_type = self.views.record_type()
        moved = merging.survivors_of(record_type.ref(pk) for pk in wanted)
        wanted = list(dict.fromkeys(moved.get(record_type.ref(pk), record_type.ref(pk)).id for pk in wanted))
        rows = self.model.objects.visible_to(self.request.user).select_related(*self.joined())
        found = rows.in_bulk(wanted)
        if len(found) < len(wanted):
            raise Http404
        return [found[pk] for pk in wanted]

    def joined(self) -> list[str]:
        return [one.name for one in self.model._meta.concrete_fields if one.is_relation]

    @cached_property
    def choices(self) -> dict[str, str]:
        """Return whose value was chosen, by field."""
        return {name: value for name, value in self.given(CHOICE).items() if value}

    @property
    def seen(self) -> dict[int, int]:
        """Return which version of each record the person looked at."""
        pairs = ((number_in(name), number_in(value)) for name, value in self.given(SEEN).items())
        return {pk: version for pk, version in pairs if pk and version}

    def given(self, prefix: str) -> dict[str, str]:
        """Return the fields of the form whose names begin with ``prefix``, by the rest of the name."""
        return {
            name.removeprefix(prefix): self.request.POST[name]
            for name in self.request.POST
            if name.startswith(prefix)
        }

    def partners(self, record: Any) -> HttpResponse:
        """Ask with which record to merge; look-alikes are offered."""
        if record is None:
            return go_to(self.request, self.views.url("list"))
        context = {
            "record": record,
            "alike": self.views.alike(record, self.request.user),
            "choices_url": self.views.url("choices"),
            "merge_url": self.views.url("merge"),
            "list_url": self.views.url("list"),
        }
        return self.show("ui/merge/partner.html", context)

    def compare(
        self,
        records: Sequence[Any],
        *,
        survivor_id: int | None = None,
        given: dict[str, str] | None = None,
        problem: str = "",
    ) -> HttpResponse:
        if len(records) > MOST:
            problem = problem or _("At most %(count)d records can be merged at once.") % {"count": MOST}
            records = records[:MOST]
        found = merging.compare(records, self.access, survivor_id=survivor_id, given=given)
        moving = merging.preview(records, self.request.user)
        refused = merging.refusals(self.model, records, found.survivor.pk, self.access)
        context = {
            "comparison": found,
            "records": records,
            "moving": moving,
            "has_hidden": any(one.has_hidden for one in moving),
            "problem": problem,
            "refused": refused,
            "url": self.views.url("merge"),
            "list_url": self.views.url("list"),
            "back_url": page_url(found.survivor),
        }
        return self.show("ui/merge/compare.html", context, status=422 if problem else 200)


class SplitPage(RecordPage):
    """``<id>/split/<job>/``: asks, then takes a merge back."""

    permission = "change"

    def get(self, request: HttpRequest, pk: int, job: int) -> HttpResponse:
        record, merge = self.wanted(pk, job)
        return self.ask(record, merge)

    def post(self, request: HttpRequest, pk: int, job: int) -> HttpResponse:
        record, merge = self.wanted(pk, job)
        try:
            done = merging.split(merge, actor=self.actor)
        except MergeRefused as refused:
            return self.ask(record, merge, problem=str(refused))
        if done.state == JobState.DONE and not done.result.get("kept_count"):
            return toast(request, go_to(request, page_url(record)), _("Split again."))
        return go_to(request, reverse("ui:job", args=[done.pk]))

    def wanted(self, pk: int, job: int) -> tuple[Any, Job]:
        record = self.get_record(pk, action="change")
        merge = get_object_or_404(Job, pk=job, kind="merge")
        if merge.params.get("type") != self.views.record_type().key or merge.params.get("survivor") != pk:
            raise Http404
        if not merging.may_split(merge, self.request.user):
            raise PermissionDenied
        return record, merge

    def ask(self, record: Any, merge: Job, problem: str = "") -> HttpResponse:
        reason = merging.why_not_split(merge)
        context = {
            "record": record,
            "merge": merge,
            "absorbed": merge.result.get("absorbed", []),
            "reason": problem or reason,
            "kept": [] if reason else merging.later_edits(merge, self.at),
            "url": self.views.url("split", record.pk, merge.pk),
            "back_url": page_url(record),
        }
        return self.show("ui/merge/split.html", context, status=422 if problem else 200)


def number_in(text: str) -> int | None:
    """Return the id in a text from an address; None for anything else."""
    return int(text) if text.isdecimal() and len(text) < 19 else None
