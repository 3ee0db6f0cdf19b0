"""One notification as a line: who, what, about which record, and where it leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from crm.notifications.kinds import ASSIGNED, Kind, kind_of
from crm.records import registry
from crm.ui.declaration import has_views, views_of
from crm.ui.formats import page_url

if TYPE_CHECKING:
    from crm.notifications.models import Notification


class Line:
    """A notification as the bell, the page and letters show it."""

    def __init__(self, notification: Notification) -> None:
        self.notification = notification

    @property
    def kind(self) -> Kind:
        return kind_of(self.notification.kind)

    @property
    def words(self) -> str:
        return self.kind.words(self.notification)

    @property
    def who(self) -> str:
        return str(self.notification.actor) if self.notification.actor else _("Artel")

    @property
    def is_many(self) -> bool:
        """Whether it tells of several records, given in one act."""
        return self.notification.kind == ASSIGNED and self.notification.count > 1

    @property
    def title(self) -> str:
        one = self.notification
        if self.is_many and one.type_id:
            return registry.by_id(one.type_id).label_plural
        return one.title

    @property
    def text(self) -> str:
        return str(self.notification.data.get("text", ""))

    @property
    def url(self) -> str:
        """Where it leads: the record, or the list of all records of one act."""
        one = self.notification
        if one.url or not one.ref:
            return one.url
        model = registry.by_id(one.type_id).model
        if self.is_many and has_views(model) and "job" in one.data:
            return f"{views_of(model).url('list')}?job={one.data['job']}&owner=me"
        return page_url(model(pk=one.record_id))
