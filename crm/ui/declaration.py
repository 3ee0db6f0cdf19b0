"""What a trade declares of a record type, and where such declarations are found.

``RecordViews`` (viewset.py) adds the pages. The pages know only this module, so that no
circle arises between them and the viewset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.urls import get_resolver, reverse

from crm.records import registry
from crm.records.customfields.known import made_of
from crm.ui.actions import bulk_actions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.http import HttpRequest
    from django.utils.functional import Promise

    from crm.identity.access import Access
    from crm.records.registry import RecordType
    from crm.records.services import RecordService
    from crm.ui.actions import Action
    from crm.ui.boards import Board
    from crm.ui.filters import RecordFilters
    from crm.ui.forms import RecordForm
    from crm.ui.layouts import Layout
    from crm.ui.tables import Table

_declared: dict[str, type[Declaration]] = {}


class Declaration:
    """One record type as people meet it."""

    model: ClassVar[Any]
    form: ClassVar[type[RecordForm]]
    filters: ClassVar[type[RecordFilters]]
    table: ClassVar[type[Table]]
    search: ClassVar[Sequence[str]] = ()
    board: ClassVar[Board | None] = None
    layout: ClassVar[Layout | None] = None
    actions: ClassVar[Sequence[Action]] = ()
    #: What an empty list says to somebody who sees it for the first time.
    empty_title: ClassVar[str | Promise] = ""
    empty_text: ClassVar[str | Promise] = ""
    #: Shown under the title of the record's page.
    head_template: ClassVar[str] = ""
    #: Further records of the same page that a card or a head needs joined.
    needs: ClassVar[Sequence[str]] = ()
    #: May return what is shown instead of ``str(record)``.
    title: ClassVar[Callable[[Any], str]] = staticmethod(str)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "model" in vars(cls):
            _declared[cls.model._meta.label_lower] = cls
            cls.table.model = cls.model

    @classmethod
    def record_type(cls) -> RecordType:
        return registry.type_of(cls.model)

    @classmethod
    def service(cls) -> RecordService[Any]:
        return registry.service_for(cls.model)

    @classmethod
    def url_name(cls, what: str) -> str:
        """Return the name of one of the type's addresses: "sales:deal_list"."""
        return f"{cls.model._meta.app_label}:{cls.model._meta.model_name}_{what}"

    @classmethod
    def url(cls, what: str, *args: Any) -> str:
        return reverse(cls.url_name(what), args=args)

    @classmethod
    def may_open(cls, access: Access) -> bool:
        """Tell whether a person sees anything of this type at all."""
        return access.can(cls.model, "view") or bool(access.shared(cls.model, "view"))

    @classmethod
    def bulk_actions(cls) -> list[Action]:
        return [one for one in (*cls.actions, *bulk_actions(cls.model)) if one.bulk]

    @classmethod
    def action(cls, name: str) -> Action | None:
        return next((one for one in (*cls.actions, *bulk_actions(cls.model)) if one.name == name), None)

    @classmethod
    def alike(cls, record: Any, user: Any) -> Sequence[Any]:
        """Return look-alikes of ``record`` that ``user`` sees, each with ``record`` and ``reasons``."""
        return ()

    @classmethod
    def creates_at(cls, request: HttpRequest) -> dict[str, Any]:
        """Return first values for a new record, taken from the address (``?company=5``)."""
        known = (*cls.form.Meta.fields, *made_of(cls.model))
        given = {name: value for name, value in request.GET.items() if name in known}
        if "name" in request.GET and "name" not in known:
            # A combobox found nothing of this name; the form's first field takes it.
            given.setdefault(cls.form.quick_names()[0], request.GET["name"])
        return given


def declared() -> list[type[Declaration]]:
    """Return what has been declared so far, by type id, without loading the address map."""
    return sorted(_declared.values(), key=lambda one: one.record_type().id)


def views_of(model: Any) -> type[Declaration]:
    """Return the declaration of a model or record.

    Raises:
        LookupError: when the type has no pages.
    """
    all_views()
    try:
        return _declared[model._meta.label_lower]
    except KeyError:
        raise LookupError(f"{model._meta.label} has no pages.") from None


def has_views(model: Any) -> bool:
    all_views()
    return model._meta.label_lower in _declared


def all_views() -> list[type[Declaration]]:
    """Return every declaration, by type id. Loads the address map, which brings them all."""
    _ = get_resolver().url_patterns
    return sorted(_declared.values(), key=lambda one: one.record_type().id)
