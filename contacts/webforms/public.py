"""``/f/<slug>/``: a form as strangers see it, on its own page or inside somebody else's."""

from __future__ import annotations

import json
import time
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from allauth.core.internal import ratelimit
from django import forms
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, TimestampSigner
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt

from contacts.models import WebForm
from contacts.webforms import entries, spec
from crm.security import HEADER, policy
from crm.ui.drawn import Drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
#: People take longer than this to fill in a form, in seconds.
FASTEST = 2.0
#: A page may stay open for a day.
OLDEST = 86_400
#: So many answers from one address.
RATE = "20/m/ip,200/d/ip"
signer = TimestampSigner(salt="contacts.webform.page")


class PublicForm(Drawn, forms.Form):
    """The fields that somebody built, and a trap for robots."""

    lists_errors: ClassVar[bool] = False

    def __init__(self, form: WebForm, data: Any = None) -> None:
        super().__init__(data)
        self.form = form
        for one in form.fields:
            self.fields[one["key"]] = spec.form_field(one)
        if form.consent:
            self.fields["consent"] = forms.BooleanField(label=form.consent)

    def clean(self) -> dict[str, Any]:
        """Ask for what is required and asked; forget what was not asked."""
        given = super().clean() or {}
        for one in self.form.fields:
            key = one["key"]
            if not spec.is_asked(one, given):
                given[key] = None
                self.errors.pop(key, None)
            elif one.get("required") and not given.get(key) and key not in self.errors:
                self.add_error(key, ValidationError(_("This field is required."), code="required"))
        return given

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return the fields for the template, each with its condition."""
        return [
            {
                "field": self[one["key"]],
                "required": one.get("required"),
                "kind": one["kind"],
                "when": json.dumps(when) if (when := spec.shown_when(one)) else "",
            }
            for one in self.form.fields
        ]

    def answers(self) -> dict[str, Any]:
        """Return the answers as JSON keeps them."""
        keys = {one["key"] for one in self.form.fields}
        return {key: plain(value) for key, value in self.cleaned_data.items() if key in keys}


def plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


@method_decorator([csrf_exempt, xframe_options_exempt], name="dispatch")
class FormPage(View):
    """Shows a published form, and takes answers."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        return self.show(request, self.wanted(slug))

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Keep an answer. No cookie is needed: a visitor's browser gives none to a frame."""
        form = self.wanted(slug)
        refused = self.refusal(request)
        if refused is not None:
            return self.show(request, form, problem=refused, status=429)
        filled = PublicForm(form, request.POST)
        with self.speaking(form):
            if not filled.is_valid():
                return self.show(request, form, filled=filled, status=422)
        if not self.is_robot(request):
            entries.keep(form, **self.facts(request, form, filled))
        return self.thank(request, form)

    def wanted(self, slug: str) -> WebForm:
        """Return the form; colleagues see an unpublished one too, to try it."""
        form = get_object_or_404(WebForm, slug=slug)
        if not form.is_published and not self.request.user.is_authenticated:
            raise Http404
        return form

    def refusal(self, request: HttpRequest) -> str | None:
        """Return why an answer is not taken now, if so."""
        usage = ratelimit.consume(
            request, app="contacts", action="webform", config={"webform": RATE}, key=None, user=None
        )
        return None if usage else _("Too many answers came from your address. Please try again later.")

    def is_robot(self, request: HttpRequest) -> bool:
        """Tell whether the trap was filled in, or the page was answered faster than anybody reads."""
        if request.POST.get("homepage"):
            return True
        try:
            shown_at = float(signer.unsign(request.POST.get("shown", ""), max_age=OLDEST).split(":")[0])
        except (BadSignature, ValueError):
            return True
        return time.time() - shown_at < FASTEST

    def facts(self, request: HttpRequest, form: WebForm, filled: PublicForm) -> dict[str, Any]:
        """Return all that is kept of an answer."""
        return {
            "key": key_in(request.POST.get("key", "")),
            "at": timezone.now(),
            "answers": filled.answers(),
            "origin": origin_of(request.POST),
            "address": ratelimit.get_ip(request) or None,
            "browser": request.headers.get("User-Agent", "")[:300],
            "language": translation.get_language()[:5] if not form.language else form.language,
            "consent": form.consent,
        }

    def thank(self, request: HttpRequest, form: WebForm) -> HttpResponse:
        if form.redirect_url and "embed" not in request.GET:
            return HttpResponseRedirect(form.redirect_url)
        return self.show(request, form, done=True)

    def show(self, request: HttpRequest, form: WebForm, *, status: int = 200, **more: Any) -> HttpResponse:
        with self.speaking(form):
            context = {
                "form": form,
                "filled": more.pop("filled", None) or PublicForm(form),
                "is_embedded": "embed" in request.GET,
                "shown": signer.sign(f"{time.time():.1f}:{form.pk}"),
                "key": uuid.uuid4(),
                "origin": origin_of(request.POST if request.method == "POST" else request.GET)
                | ({} if request.method == "POST" else came_from(request)),
                **more,
            }
            response = render(request, "contacts/webforms/public.html", context, status=status)
        response.headers[HEADER] = policy(frame_ancestors=ancestors(form.hosts))
        return response

    def speaking(self, form: WebForm) -> Any:
        return translation.override(form.language or translation.get_language())


def ancestors(hosts: Sequence[str]) -> str:
    """Return who may show the form in a frame, as the content security policy says it."""
    return " ".join(["'self'", *(f"https://{host} http://{host}" for host in hosts)]) if hosts else "*"


def key_in(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()


def origin_of(data: Any) -> dict[str, str]:
    """Return the tags of campaigns, and the pages somebody came from and landed on."""
    found = {name: str(data.get(name, ""))[:200] for name in UTM}
    found |= {name: str(data.get(name, ""))[:1000] for name in ("referrer", "landing_page")}
    landed = parse_qs(urlsplit(found["landing_page"]).query)
    return {name: value or landed.get(name, [""])[0][:200] for name, value in found.items()}


def came_from(request: HttpRequest) -> dict[str, str]:
    """Return what the browser itself says, where the page around the form said nothing."""
    if "embed" in request.GET:
        return {}
    return {
        "referrer": request.headers.get("Referer", "")[:1000],
        "landing_page": request.build_absolute_uri(),
    }


@method_decorator(xframe_options_exempt, name="dispatch")
class EmbedScript(View):
    """``/f/<slug>/embed.js``: one line on somebody's page shows the form there."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        form = get_object_or_404(WebForm, slug=slug, is_published=True)
        address = request.build_absolute_uri(f"/f/{form.slug}/")
        response = render(
            request,
            "contacts/webforms/embed.js",
            {"address": json.dumps(address), "name": json.dumps(form.slug), "title": json.dumps(form.title)},
            content_type="text/javascript; charset=utf-8",
        )
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["Cache-Control"] = "public, max-age=300"
        return response


class ConfirmPage(View):
    """``/f/confirm/<token>/``: a click in the letter shows a button, and the button confirms.

    Programs that look at links before people do open them, but press no button.
    """

    asked: ClassVar[Any] = gettext_lazy("Is this your message?")

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self.show(request, entries.entry_of(token))

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        entry = entries.entry_of(token)
        if entry is not None:
            entries.confirm(entry, timezone.now())
        return self.show(request, entry, done=True)

    def show(self, request: HttpRequest, entry: Any, *, done: bool = False) -> HttpResponse:
        context = {"entry": entry, "form": entry.form if entry else None, "done": done}
        with translation.override((entry.language if entry else "") or translation.get_language()):
            return render(request, "contacts/webforms/confirm.html", context, status=200 if entry else 404)
