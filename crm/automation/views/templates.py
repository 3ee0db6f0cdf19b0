"""Mail templates, with a preview filled in from a real record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.automation import letters
from crm.automation.catalogue import catalogue
from crm.automation.forms import TemplateForm
from crm.automation.views.common import for_administrators, for_automators, me, page, tell
from crm.mail.models import MailTemplate
from crm.records import filling, registry

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@for_automators
def template_list(request: HttpRequest) -> HttpResponse:
    return page(request, "templates/list", rows=MailTemplate.objects.filter(owner=None).order_by("name"))


@for_administrators
def template_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    template = get_object_or_404(MailTemplate, pk=pk, owner=None) if pk else None
    form = TemplateForm(request.POST or None, instance=template)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        tell(saved, "updated" if template else "created", me(request))
        messages.success(request, _("Saved."))
        return redirect("automation:template", saved.pk)
    fields = [
        {"type": one.label_plural, "fields": filling.offered(one.model, me(request))}
        for one in registry.types()
        if catalogue.addresses(one.model) and (template is None or one.id == template.type_id)
    ]
    return page(
        request,
        "templates/edit",
        form=form,
        template=template,
        fields=fields,
        status=422 if form.errors else 200,
    )


@for_administrators
@require_POST
def template_preview(request: HttpRequest) -> HttpResponse:
    """Show the letter as it would go out about the latest record that one sees."""
    form = TemplateForm(request.POST)
    form.is_valid()
    type_id = request.POST.get("type_id", "")
    if not type_id.isdecimal() or int(type_id) not in {one.id for one in registry.types()}:
        raise Http404
    model: Any = registry.by_id(int(type_id)).model
    record = model.objects.visible_to(request.user).order_by("-pk").first()
    draft = MailTemplate(subject=request.POST.get("subject", ""), body=request.POST.get("body", ""))
    subject, body = letters.filled(draft, record, me(request)) if record is not None else ("", "")
    problems = [*form.errors.get("subject", []), *form.errors.get("body", [])]
    return page(request, "templates/preview", record=record, subject=subject, body=body, problems=problems)
