"""Placeholder until the exchange pages arrive: no import, no export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.urls import URLPattern


def import_urls(_views: Any, _prefix: str) -> list[URLPattern]:
    return []


def export_view(_views: Any) -> Callable[[HttpRequest], HttpResponse]:
    def export(_request: HttpRequest) -> HttpResponse:
        raise Http404

    return export
