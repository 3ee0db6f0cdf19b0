"""A condition in a form: rules, segments and reports ask for one like for any other value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from crm.records.registry import type_of
from crm.ui.conditions.builder import Builder
from crm.ui.conditions.filter import compact
from crm.ui.conditions.parsing import ConditionError, read
from crm.ui.conditions.tree import Asking, Tree

if TYPE_CHECKING:
    from datetime import datetime

    from django.db import models


def builder_html(
    model: type[models.Model],
    tree: Tree | None,
    *,
    user: Any,
    name: str = "where",
    at: datetime | None = None,
) -> SafeString:
    """Draw the builder of a condition over ``model``; its form sends it as ``name``."""
    slug = type_of(model).slug
    context = {
        "row": Builder(Asking(user, at or timezone.now())).of(model, tree),
        "name": name,
        "value": compact(tree) if tree else "",
        "row_url": reverse("ui:condition_row", args=[slug]),
        "says_url": reverse("ui:condition_says", args=[slug]),
        "sentence": tree.sentence() if tree else "",
    }
    return mark_safe(render_to_string("ui/conditions/builder.html", context))


class ConditionWidget(forms.Widget):
    """The builder as a form's control."""

    model: Any = None
    user: Any = None

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        tree = value if isinstance(value, Tree) else None
        if isinstance(value, str) and value:
            try:
                tree = read(self.model, value, user=self.user)
            except ConditionError:
                tree = None
        return builder_html(self.model, tree, user=self.user, name=name)


class ConditionField(forms.Field):
    """Asks for a condition over records of ``model``; the clean value is a Tree, or None."""

    widget = ConditionWidget

    def __init__(self, *, model: type[models.Model], user: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model, self.user = model, user
        self.widget.model, self.widget.user = model, user

    def to_python(self, value: Any) -> Tree | None:
        if not value:
            return None
        try:
            tree = read(self.model, str(value), user=self.user)
        except ConditionError as refused:
            raise forms.ValidationError(refused.message) from None
        return tree if tree.steps else None
