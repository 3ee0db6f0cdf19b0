"""One declaration per record type; its pages come from here.

    class Deals(RecordViews):
        model, form, filters, table = Deal, DealForm, DealFilters, DealTable
        board = Board(by="stage", columns=stages_of, sum="base_minor")

    urlpatterns = [*Deals.urls("deals")]

A trade swaps one of the pages where it needs its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.urls import URLPattern, URLResolver, path

from crm.ui.boardviews import BoardPage, ChangesPage, ColumnPage, MovePage
from crm.ui.bulk import BulkPage
from crm.ui.choices import RecordChoices
from crm.ui.declaration import Declaration, all_views, has_views, views_of
from crm.ui.details import ActionPage, DeletePage, DetailPage, HistoryPage, LaterPart
from crm.ui.edits import CellPage, EditPage, NewPage
from crm.ui.exchange import export_view, import_urls
from crm.ui.lists import ColumnsPage, CountPage, ListPage, PreviewPage
from crm.ui.merging import MergePage, SplitPage
from crm.ui.relations import RelationChoicesPage, RelationPage, RelationsPage

if TYPE_CHECKING:
    from crm.ui.pages import RecordPage
from crm.ui.sharing import SharePage, WhyPage

__all__ = ["RecordViews", "all_views", "has_views", "views_of"]


class QuickPage(NewPage):
    """The short form, in a side panel or a dialog."""

    is_quick = True


class RecordViews(Declaration):
    """A record type with its pages. See ``Declaration`` for what is declared."""

    list_view: ClassVar[type[RecordPage]] = ListPage
    detail_view: ClassVar[type[RecordPage]] = DetailPage
    new_view: ClassVar[type[RecordPage]] = NewPage
    quick_view: ClassVar[type[RecordPage]] = QuickPage
    edit_view: ClassVar[type[RecordPage]] = EditPage
    board_view: ClassVar[type[RecordPage]] = BoardPage
    move_view: ClassVar[type[RecordPage]] = MovePage
    bulk_view: ClassVar[type[RecordPage]] = BulkPage
    preview_view: ClassVar[type[RecordPage]] = PreviewPage
    cell_view: ClassVar[type[RecordPage]] = CellPage
    action_view: ClassVar[type[RecordPage]] = ActionPage

    @classmethod
    def urls(cls, prefix: str) -> list[URLPattern | URLResolver]:
        """Return every address of the type below ``prefix``."""
        found: list[URLPattern | URLResolver] = [
            *cls._list_urls(prefix),
            *(cls._board_urls(prefix) if cls.board else []),
            *import_urls(cls, prefix),
            *(cls._merge_urls(prefix) if cls.service().mergeable else []),
            *cls.extra_urls(prefix),
            *cls._record_urls(prefix),
        ]
        return found

    @classmethod
    def extra_urls(cls, prefix: str) -> list[URLPattern | URLResolver]:
        """Addresses that a trade adds; tried before those of one record."""
        return []

    @classmethod
    def at(cls, route: str, page: type[Any], what: str) -> URLPattern:
        """Return one address with the name of the type's page ``what``."""
        view: Any = page.as_view(views=cls)
        found: URLPattern = path(route, view, name=f"{cls.model._meta.model_name}_{what}")
        return found

    @classmethod
    def _list_urls(cls, prefix: str) -> list[URLPattern]:
        return [
            cls.at(f"{prefix}/", cls.list_view, "list"),
            cls.at(f"{prefix}/count/", CountPage, "count"),
            cls.at(f"{prefix}/columns/", ColumnsPage, "columns"),
            cls.at(f"{prefix}/new/", cls.new_view, "new"),
            cls.at(f"{prefix}/quick/", cls.quick_view, "quick"),
            cls.at(f"{prefix}/bulk/", cls.bulk_view, "bulk"),
            cls.at(f"{prefix}/choices/", RecordChoices, "choices"),
            path(f"{prefix}/export/", export_view(cls), name=f"{cls.model._meta.model_name}_export"),
        ]

    @classmethod
    def _board_urls(cls, prefix: str) -> list[URLPattern]:
        return [
            cls.at(f"{prefix}/board/", cls.board_view, "board"),
            cls.at(f"{prefix}/board/column/", ColumnPage, "column"),
            cls.at(f"{prefix}/board/move/", cls.move_view, "move"),
            cls.at(f"{prefix}/board/changes/", ChangesPage, "changes"),
        ]

    @classmethod
    def _merge_urls(cls, prefix: str) -> list[URLPattern]:
        return [
            cls.at(f"{prefix}/merge/", MergePage, "merge"),
            cls.at(f"{prefix}/<int:pk>/split/<int:job>/", SplitPage, "split"),
        ]

    @classmethod
    def _record_urls(cls, prefix: str) -> list[URLPattern]:
        one = f"{prefix}/<int:pk>"
        return [
            cls.at(f"{one}/", cls.detail_view, "detail"),
            cls.at(f"{one}/edit/", cls.edit_view, "edit"),
            cls.at(f"{one}/delete/", DeletePage, "delete"),
            cls.at(f"{one}/preview/", cls.preview_view, "preview"),
            cls.at(f"{one}/history/", HistoryPage, "history"),
            cls.at(f"{one}/relations/", RelationsPage, "relations"),
            cls.at(f"{one}/relations/choices/", RelationChoicesPage, "relation_choices"),
            cls.at(f"{one}/relations/<int:relation>/", RelationPage, "relation"),
            cls.at(f"{one}/part/<slug:name>/", LaterPart, "part"),
            cls.at(f"{one}/share/", SharePage, "share"),
            cls.at(f"{one}/why/", WhyPage, "why"),
            cls.at(f"{one}/cell/<slug:name>/", cls.cell_view, "cell"),
            cls.at(f"{one}/action/<slug:name>/", cls.action_view, "action"),
        ]
