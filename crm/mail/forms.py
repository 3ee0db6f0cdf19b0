"""Forms of templates and signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.mail.composing.cleaning import clean
from crm.mail.models import MailTemplate, Signature
from crm.mail.sending.plain import plain_of
from crm.records import filling, registry
from crm.ui.admin import may_administer

if TYPE_CHECKING:
    from crm.identity.models import User

MINE, ALL = "mine", "all"


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    """A template: whom it is for, and what it says."""

    type_id = forms.TypedChoiceField(label=gettext_lazy("For letters about"), coerce=int)
    scope = forms.ChoiceField(label=gettext_lazy("Who may take it"), required=False)

    class Meta:
        model = MailTemplate
        fields = ("name", "type_id", "subject", "html", "is_active")
        widgets = {"html": forms.HiddenInput}

    def __init__(self, data: Any = None, *, user: User, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.user = user
        types = [(0, _("any record"))]
        types += [(one.id, one.label_plural) for one in registry.types() if one.trade and one.new]
        self.fields["type_id"].choices = types  # type: ignore[attr-defined]
        scopes = [(MINE, _("Only me"))]
        if may_administer(user):
            scopes.insert(0, (ALL, _("Everybody")))
        self.fields["scope"].choices = scopes  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["scope"] = MINE if self.instance.owner_id else ALL
            if not self.instance.html:
                self.initial["html"] = self.instance.body.replace("\n", "<br>")

    def clean_html(self) -> str:
        return clean(self.cleaned_data["html"])

    def clean(self) -> dict[str, Any] | None:
        given = super().clean()
        type_id = self.cleaned_data.get("type_id")
        for name in ("subject", "html"):
            text = self.cleaned_data.get(name) or ""
            known = registry.by_id(type_id).model if type_id else None
            wrong = filling.unknown(text, known) if known else filling.unknown_somewhere(text)
            if wrong:
                self.add_error(name, unknown_text(wrong))
        return given

    def save(self, commit: bool = True) -> MailTemplate:
        template: MailTemplate = super().save(commit=False)
        template.body = plain_of(template.html)
        is_everybodys = self.cleaned_data.get("scope") == ALL and may_administer(self.user)
        template.owner = None if is_everybodys else (template.owner or self.user)
        template.save()
        return template


def unknown_text(paths: list[str]) -> str:
    """Say which fields nobody knows."""
    if "{{" in paths:
        return _("A field or a condition is not closed.")
    return _("Nobody knows the field %(names)s.") % {"names": ", ".join(paths)}


class SignatureForm(forms.ModelForm):  # type: ignore[type-arg]
    """What stands below letters."""

    class Meta:
        model = Signature
        fields = ("html",)
        widgets = {"html": forms.HiddenInput}
