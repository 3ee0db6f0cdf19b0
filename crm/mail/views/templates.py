"""Pages of templates and of one's signature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from crm.mail.composing import templating
from crm.mail.composing.cleaning import clean
from crm.mail.forms import SignatureForm, TemplateForm
from crm.mail.models import MailTemplate, Signature
from crm.mail.views.composing import WritingPage
from crm.records import filling, registry
from crm.ui.admin import may_administer
from crm.ui.feedback import go_to, toast

if TYPE_CHECKING:
    from crm.identity.models import User


def may_edit(template: MailTemplate, user: User) -> bool:
    """Tell whether ``user`` may change a template: their own, or as an administrator."""
    return template.owner_id == user.pk or (template.owner_id is None and may_administer(user))


class TemplateList(WritingPage):
    """``mail/templates/``: everybody's, the teams', one's own."""

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = list(templating.visible_to(self.user).select_related("owner", "team").order_by("name"))
        return render(request, "letters/templates.html", {"rows": rows})


class TemplateEdit(WritingPage):
    """``mail/templates/5/``: one template, with the fields that it may name and a preview."""

    def get(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        return self.page(TemplateForm(instance=self.template(pk), user=self.user))

    def post(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        template = self.template(pk)
        if template is not None and not may_edit(template, self.user):
            raise PermissionDenied
        form = TemplateForm(request.POST, instance=template, user=self.user)
        if not form.is_valid():
            return self.page(form, status=422)
        saved = form.save()
        response = redirect("mail:template", saved.pk)
        return toast(request, response, _("Saved."))

    def template(self, pk: int | None) -> MailTemplate | None:
        if pk is None:
            return None
        found = templating.visible_to(self.user).filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def page(self, form: TemplateForm, *, status: int = 200) -> HttpResponse:
        template = form.instance if form.instance.pk else None
        chosen = str(form["type_id"].value() or "0")
        context = {
            "form": form,
            "template": template,
            "may_edit": template is None or may_edit(template, self.user),
            "fields": self.fields(int(chosen) if chosen.isdecimal() else 0),
        }
        return render(self.request, "letters/template.html", context, status=status)

    def fields(self, type_id: int) -> list[tuple[str, str]]:
        if not type_id:
            return filling.offered_always(self.user)
        return [
            *filling.offered(registry.by_id(type_id).model, self.user),
            *filling.offered_always(self.user),
        ]


class TemplatePreview(WritingPage):
    """``mail/templates/preview/``: the letter about the latest record that one sees."""

    def post(self, request: HttpRequest) -> HttpResponse:
        type_id = request.POST.get("type_id", "")
        record_type = next(
            (one for one in registry.types() if str(one.id) == type_id), registry.by_slug("people")
        )
        model: Any = record_type.model
        record = model.objects.visible_to(self.user).order_by("-pk").first()
        draft = MailTemplate(subject=request.POST.get("subject", ""), html=request.POST.get("html", ""))
        filled = templating.fill(draft, record=record, user=self.user)
        context = {"record": record, "filled": filled}
        return render(request, "letters/template_preview.html", context)


class TemplateDelete(WritingPage):
    """``mail/templates/5/delete/``: throws a template away."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        template = templating.visible_to(self.user).filter(pk=pk).first()
        if template is None:
            raise Http404
        if not may_edit(template, self.user):
            raise PermissionDenied
        template.delete()
        return toast(request, go_to(request, "/mail/templates/"), _("Template deleted."))


class SignaturePage(WritingPage):
    """``mail/signature/``: what stands below one's letters."""

    def get(self, request: HttpRequest) -> HttpResponse:
        own = Signature.objects.filter(user=self.user, is_default=True).first()
        return render(request, "letters/signature.html", {"form": SignatureForm(instance=own)})

    def post(self, request: HttpRequest) -> HttpResponse:
        own = Signature.objects.filter(user=self.user, is_default=True).first()
        own = own or Signature(user=self.user, is_default=True, name=str(self.user)[:80])
        own.html = clean(request.POST.get("html", ""))
        own.save()
        return toast(request, redirect("mail:signature"), _("Saved."))
