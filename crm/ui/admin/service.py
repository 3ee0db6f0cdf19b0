"""Saving by a service: what it refuses is shown beside the fields, with all that was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm.records.drafts import RecordErrors, StaleRecord
from crm.ui.admin.base import ArtelAdmin
from crm.ui.admin.forms import STALE, Refusable

if TYPE_CHECKING:
    from django.forms import ModelForm
    from django.http import HttpRequest


class ServiceAdmin(ArtelAdmin):
    """The ground of pages whose ``save_model`` calls a service that may refuse."""

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        """Return the form, told what the service said to the same data a moment ago."""
        form = super().get_form(request, obj, change=change, **kwargs)
        assert issubclass(form, Refusable)
        form.refusals = getattr(request, "refusals", {})
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Save; when the service refuses, nothing is written and the form comes back with its reasons."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except RecordErrors as refused:
            request.refusals = {  # type: ignore[attr-defined]
                name: [note.message for note in notes] for name, notes in refused.errors.items()
            }
        except StaleRecord:
            request.refusals = {"__all__": [STALE]}  # type: ignore[attr-defined]
        return super().changeform_view(request, object_id, form_url, extra_context)
