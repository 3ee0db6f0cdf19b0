"""``/contacts/forms/``: web forms built without code, tried, published, embedded, and their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from contacts.models import EntryState, FormEntry, WebForm
from contacts.webforms import entries, spec
from contacts.webforms.rights import may_build
from contacts.webforms.takers import Taker, taker_of, takers
from crm.lib.names import to_latin
from crm.records import events
from crm.records.registry import Ref, by_id
from crm.ui.drawn import Drawn
from crm.ui.feedback import go_to, toast

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, QueryDict

SHOWN = 50
WORDS = (
    "name",
    "slug",
    "title",
    "intro",
    "button",
    "thanks",
    "redirect_url",
    "consent",
    "confirms",
    "language",
    "hosts",
)


class WordsForm(Drawn, forms.ModelForm):  # type: ignore[type-arg]
    """All of a form but its fields: address, texts, consent, where it may stand."""

    redirect_url = forms.URLField(
        label=gettext_lazy("Lead on to"),
        required=False,
        assume_scheme="https",
        help_text=gettext_lazy("A page that opens after the answer, instead of the text."),
    )

    class Meta:
        model = WebForm
        fields = WORDS
        widgets = {
            "intro": forms.Textarea(attrs={"rows": 2}),
            "thanks": forms.Textarea(attrs={"rows": 2}),
            "consent": forms.Textarea(attrs={"rows": 2}),
        }

    def clean_hosts(self) -> list[str]:
        """Keep bare names of hosts."""
        found = []
        for text in self.cleaned_data["hosts"]:
            host = text.strip().lower().removeprefix("https://").removeprefix("http://").split("/")[0]
            if any(letter in host for letter in " ;'\""):
                raise forms.ValidationError(_("“%(host)s” is no site.") % {"host": host})
            if host:
                found.append(host)
        return found


class FieldForm(Drawn, forms.Form):
    """One field of the form."""

    key = forms.CharField(required=False, widget=forms.HiddenInput)
    label = forms.CharField(label=gettext_lazy("Question"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=lambda: list(spec.KINDS.items()))
    target = forms.ChoiceField(label=gettext_lazy("Goes to"), required=False)
    required = forms.BooleanField(label=gettext_lazy("Required"), required=False)
    help = forms.CharField(label=gettext_lazy("Help"), max_length=300, required=False)
    choices = forms.CharField(
        label=gettext_lazy("Choices"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One a line."),
    )
    when_field = forms.ChoiceField(label=gettext_lazy("Only when"), required=False)
    when_value = forms.CharField(
        label=gettext_lazy("is"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("The answer; for a tick: yes or no."),
    )

    def __init__(self, *args: Any, taker: Taker, others: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        target: Any = self.fields["target"]
        target.choices = [("", _("the message")), *taker.targets]
        when: Any = self.fields["when_field"]
        own = self.initial.get("key") or (self.data.get(self.add_prefix("key")) if self.is_bound else "")
        when.choices = [("", _("always")), *((key, label) for key, label in others if key != own)]

    def clean(self) -> dict[str, Any]:
        """Ask for the choices of a list."""
        given = super().clean() or {}
        lines = [line.strip() for line in str(given.get("choices", "")).splitlines() if line.strip()]
        if given.get("kind") == "choice" and not lines:
            self.add_error("choices", _("Write what one may choose from."))
        given["choices"] = lines if given.get("kind") == "choice" else []
        return given

    def field(self) -> dict[str, Any]:
        """Return the field as the form keeps it."""
        given = self.cleaned_data
        when = {"field": given["when_field"], "value": given["when_value"]} if given["when_field"] else None
        kept = ("key", "label", "kind", "target", "required", "help", "choices")
        return {**{name: given[name] for name in kept}, "when": when}


def initial_of(one: dict[str, Any]) -> dict[str, Any]:
    """Return a kept field as its row of the builder shows it."""
    when = one.get("when") or {}
    return {
        **one,
        "choices": "\n".join(one.get("choices", ())),
        "when_field": when.get("field", ""),
        "when_value": when.get("value", ""),
    }


def rows_of(data: QueryDict, taker: Taker) -> list[FieldForm]:
    """Return the rows as they were sent, in the order in which they stand on the page."""
    places = [one for one in data.getlist("row") if one.isdecimal()][: spec.MOST_FIELDS]
    keys = [data.get(f"row{place}-key", "") for place in places]
    labels = [
        (key, data.get(f"row{place}-label", "")) for key, place in zip(keys, places, strict=True) if key
    ]
    return [FieldForm(data, prefix=f"row{place}", taker=taker, others=labels) for place in places]


def kept_rows(form: WebForm, taker: Taker) -> list[FieldForm]:
    """Return the rows as the form keeps them."""
    labels = [(one["key"], one["label"]) for one in form.fields]
    return [
        FieldForm(initial=initial_of(one), prefix=f"row{place}", taker=taker, others=labels)
        for place, one in enumerate(form.fields)
    ]


def free_slug(name: str) -> str:
    """Return an address that no other form has."""
    stem = slugify(to_latin(name))[:50] or "form"
    slug, number = stem, 1
    while WebForm.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{stem}-{number}"
    return slug


class BuilderPage(LoginRequiredMixin, View):
    """What every page of the builder begins with."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated and not may_build(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def wanted(self, pk: int) -> WebForm:
        return get_object_or_404(WebForm, pk=pk)


class FormsView(BuilderPage):
    """All forms, with how many answers came; POST makes a new one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = WebForm.objects.annotate(count=Count("entries")).order_by("name", "pk")
        return render(request, "contacts/webforms/list.html", {"forms": rows})

    def post(self, request: HttpRequest) -> HttpResponse:
        name = request.POST.get("name", "").strip()[:120] or _("Contact us")
        actor: Any = request.user
        form = WebForm.objects.create(
            name=name,
            title=name,
            slug=free_slug(name),
            fields=spec.first_fields(),
            taker=takers()[0].key,
            created_by=actor,
        )
        tell(form, "created", actor)
        return go_to(request, form.get_absolute_url())


class FormView(BuilderPage):
    """The builder of one form."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = self.wanted(pk)
        taker = self.taker(form)
        takes = taker.settings(user=request.user, initial=form.takes)
        return self.show(form, WordsForm(instance=form), kept_rows(form, taker), takes)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = self.wanted(pk)
        taker = self.taker(form)
        words = WordsForm(request.POST, instance=form)
        rows = rows_of(request.POST, taker)
        takes = taker.settings(request.POST, user=request.user)
        valid = [words.is_valid(), takes.is_valid(), *(row.is_valid() for row in rows)]
        if not rows:
            words.add_error(None, _("A form asks at least one thing."))
        if not all(valid) or words.errors:
            return self.show(form, words, rows, takes, status=422)
        found = [row.field() for row in rows]
        taken = [one["key"] for one in found if one["key"]]
        for one in found:
            if not one["key"]:
                one["key"] = spec.free_key(taken)
                taken.append(one["key"])
        form.fields, form.takes, form.updated_at = found, taker.keep(takes.cleaned_data), timezone.now()
        if request.POST.get("do") in ("publish", "withdraw"):
            form.is_published = request.POST["do"] == "publish"
        words.save()
        tell(form, "updated", request.user)
        return toast(request, go_to(request, form.get_absolute_url()), _("Form saved."))

    def taker(self, form: WebForm) -> Taker:
        return taker_of(form.taker) or takers()[0]

    def show(
        self, form: WebForm, words: WordsForm, rows: list[FieldForm], takes: Any, *, status: int = 200
    ) -> HttpResponse:
        address = self.request.build_absolute_uri(f"/f/{form.slug}/")
        context = {
            "form": form,
            "words": words,
            "rows": rows,
            "next_row": len(rows),
            "takes": takes,
            "address": address,
            "snippet": f'<script src="{address}embed.js" async></script>',
            "entries": recent(form, self.request.user),
            "failed": form.entries.filter(state=EntryState.FAILED).count(),
        }
        return render(self.request, "contacts/webforms/builder.html", context, status=status)


class FieldRow(BuilderPage):
    """One more row of the builder."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = self.wanted(pk)
        place = request.GET.get("row", "")
        if not (place.isdecimal() and len(place) < 4):
            place = "0"
        others = [(one["key"], one["label"]) for one in form.fields]
        taker = taker_of(form.taker) or takers()[0]
        row = FieldForm(initial={"kind": "text"}, prefix=f"row{place}", taker=taker, others=others)
        return render(
            request,
            "contacts/webforms/row.html",
            {"form": form, "row": row, "place": place, "next_row": int(place) + 1, "is_new": True},
        )


class RetryView(BuilderPage):
    """POST: answers that failed are taken again."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = self.wanted(pk)
        entries.try_again(form, timezone.now())
        return toast(request, go_to(request, form.get_absolute_url()), _("Tried again."))


def recent(form: WebForm, user: Any) -> list[dict[str, Any]]:
    """Return the newest answers, each with the record made of it if the viewer sees that."""
    found = []
    for entry in form.entries.order_by("-pk")[:SHOWN]:
        made = made_of(entry, user) if entry.type_id and entry.record_id else None
        found.append({"entry": entry, "told": spec.told(form.fields, entry.answers), "made": made})
    return found


def made_of(entry: FormEntry, user: Any) -> Any:
    model: Any = by_id(entry.type_id or 0).model
    return model.objects.visible_to(user).filter(pk=entry.record_id).first()


def tell(form: WebForm, what: str, actor: Any) -> None:
    """Write who changed a form into the log of settings."""
    at = timezone.now()
    events.emit(f"webform.{what}", ref=Ref(0, form.pk), title=form.name, actor=actor, at=at)
