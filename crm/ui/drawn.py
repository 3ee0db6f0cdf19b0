"""How forms are drawn: by django-crispy-forms, with a template pack of our own (``templates/artel``).

    class InviteForm(Drawn, forms.Form): ...

``{% crispy form %}`` then writes its fields as ``helper`` has them. The page writes the form's
tag, its buttons and where it is sent: dialogs, side panels and pages differ in these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, LayoutObject
from django.template.loader import render_to_string

if TYPE_CHECKING:
    from django.utils.functional import Promise
    from django.utils.safestring import SafeString


class Section(LayoutObject):  # type: ignore[misc]
    """Fields under a heading.

    Unlike crispy's ``Fieldset`` it takes the heading as text, not as a template: administrators
    name sections too.
    """

    def __init__(self, title: str | Promise, *fields: Any) -> None:
        self.title = title
        self.fields = list(fields)

    def render(self, form: Any, context: Any, template_pack: str = "artel", **kwargs: Any) -> SafeString:
        fields = self.get_rendered_fields(form, context, template_pack, **kwargs)
        return render_to_string(
            f"{template_pack}/layout/section.html", {"legend": str(self.title), "fields": fields}
        )


class Drawn:
    """A form that ``{% crispy form %}`` draws."""

    #: Whether what is wrong is listed above the fields; off where the page lists it elsewhere.
    lists_errors: ClassVar[bool] = False

    fields: dict[str, Any]

    @property
    def helper(self) -> FormHelper:
        """Return how the form is drawn."""
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        helper.include_media = False
        helper.form_show_errors = self.lists_errors
        helper.layout = self.layout()
        return helper

    def layout(self) -> Layout:
        """Return the fields in their places; by default one below the other."""
        return Layout(*self.fields)
