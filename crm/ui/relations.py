"""Relations on a record's page: the panel, the dialog that adds one, and taking one away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.identity.access import access_for
from crm.records import registry, relations, search
from crm.records.drafts import RecordErrors
from crm.records.models import Record, RecordRelation
from crm.ui.declaration import has_views, views_of
from crm.ui.feedback import toast, trigger, undo_url
from crm.ui.forms import as_notes
from crm.ui.pages import RecordPage
from crm.ui.panels import RelatedPanel, panels

if TYPE_CHECKING:
    from crm.records.registry import RecordType

#: What people do is related to records already.
WITHOUT = frozenset({"work"})


def register() -> None:
    """Put the panel on the page of every record."""
    panel = RelatedPanel(
        key="relations",
        title=gettext_lazy("Relations"),
        template="ui/relations/panel.html",
        context=panel_context,
        order=90,
    )
    panels.register(on="*", panel=panel)


def panel_context(record: Any, request: HttpRequest) -> dict[str, Any]:
    """Return what the panel shows: nothing on types that have no relations."""
    if record.record_type.trade in WITHOUT:
        return {"is_shown": False}
    access, views = access_for(request.user), views_of(record)
    may_change = access.can(type(record), "change", record)
    return {
        "is_shown": True,
        "related": relations.related_to(record, request.user),
        "add_url": views.url("relations", record.pk) if may_change else "",
    }


def types_to_choose(user: Any) -> list[RecordType]:
    """Return the types of records that a relation can lead to and that a person sees at all."""
    access = access_for(user)
    return [
        one
        for one in registry.types()
        if issubclass(one.model, Record)
        and one.trade not in WITHOUT
        and has_views(one.model)
        and views_of(one.model).may_open(access)
    ]


class RelationForm(forms.Form):
    """How, with whom, and why."""

    kind = forms.ChoiceField(label=gettext_lazy("This record is"))
    other = forms.CharField(label=gettext_lazy("Other record"))
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=200)

    def __init__(self, data: Any = None, *, model: Any) -> None:
        super().__init__(data)
        self.offers = {one.key: one for one in relations.offers(model)}
        kind: Any = self.fields["kind"]
        kind.choices = [("", "—"), *((key, one.name) for key, one in self.offers.items())]


class RelationsPage(RecordPage):
    """``<id>/relations/``: asks for a new relation and makes it."""

    permission = "change"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(pk, action="change")
        return self.dialog(record, RelationForm(model=self.model))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(pk, action="change")
        form = RelationForm(request.POST, model=self.model)
        other = self.other(request.POST.get("other", ""))
        if form.is_valid() and other is None:
            form.add_error("other", _("There is no such record, or you may not see it."))
        if not form.is_valid():
            return self.dialog(record, form, other, status=422)
        offer = form.offers[form.cleaned_data["kind"]]
        try:
            relations.relate(
                record=record,
                other=other,
                kind=offer.kind,
                forward=offer.forward,
                note=form.cleaned_data["note"],
                actor=self.actor,
                at=self.at,
            )
        except RecordErrors as refused:
            for name, messages in as_notes(refused).items():
                for message in messages:
                    form.add_error(name if name in form.fields else None, message)
            return self.dialog(record, form, other, status=422)
        return changed(request, record, _("Related."))

    def other(self, text: str) -> Any:
        """Return the record that "2:17" names, if the viewer sees it."""
        type_id, _colon, pk = text.partition(":")
        if not (type_id.isdecimal() and pk.isdecimal() and len(pk) < 19):
            return None
        chosen = next((one for one in types_to_choose(self.request.user) if str(one.id) == type_id), None)
        model: Any = chosen.model if chosen else None
        return model.objects.visible_to(self.request.user).filter(pk=int(pk)).first() if model else None

    def dialog(
        self, record: Any, form: RelationForm, other: Any = None, *, status: int = 200
    ) -> HttpResponse:
        context = {
            "record": record,
            "form": form,
            "other": other,
            "url": self.views.url("relations", record.pk),
            "choices_url": self.views.url("relation_choices", record.pk),
        }
        return self.show("ui/relations/dialog.html", context, status=status)


class RelationChoicesPage(RecordPage):
    """``<id>/relations/choices/?q=``: records of every type, for the combobox."""

    def get(self, request: HttpRequest, pk: int) -> JsonResponse:
        types = types_to_choose(request.user)
        hits = search.find(request.user, request.GET.get("q", "")[:200], types=types, limit=20)
        found = [
            {
                "value": f"{hit.ref.type_id}:{hit.ref.id}",
                "text": hit.title,
                "hint": " · ".join(part for part in (hit.type.label, hit.subtitle) if part),
            }
            for hit in hits
            if hit.ref != (self.views.record_type().id, pk)
        ]
        return JsonResponse({"results": found})


class RelationPage(RecordPage):
    """``<id>/relations/<relation>/``: POST takes it away."""

    permission = "change"

    def post(self, request: HttpRequest, pk: int, relation: int) -> HttpResponse:
        record = self.get_record(pk, action="change")
        found = get_object_or_404(RecordRelation.objects.select_related("kind"), pk=relation)
        if record.ref not in (found.left, found.right):
            raise Http404
        relations.unrelate(relation=found, record=record, actor=self.actor, at=self.at)
        return changed(request, record, _("No longer related."))


def changed(request: HttpRequest, record: Any, text: str) -> HttpResponse:
    response = HttpResponse(status=204)
    trigger(response, "closeBox", {})
    trigger(response, "recordsChanged", {})
    return toast(request, response, text, undo=undo_url(record, request.user))
