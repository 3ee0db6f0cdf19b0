"""The tabs above a list: which views a person sees there, in which order, and which opens first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from crm.records.models import SavedView

if TYPE_CHECKING:
    from collections.abc import Sequence


class Tabs:
    """One person's tabs of one list; their own choices lie in their preferences."""

    def __init__(self, user: Any, type_id: int) -> None:
        self.user = user
        self.type_id = type_id
        self.key = str(type_id)
        self.chosen: dict[str, Any] = dict(user.preferences.get("views", {}).get(self.key, {}))
        self._role_ids: set[int] | None = None

    def views(self) -> list[SavedView]:
        """Return the views that the person may pick: own ones, shared ones, those of their roles."""
        visible = Q(owner=self.user) | Q(is_shared=True) | Q(role__users=self.user)
        found = SavedView.objects.filter(visible, type_id=self.type_id).select_related("owner", "role")
        rows = list({one.pk: one for one in found.order_by("position", "pk")}.values())
        order = {pk: place for place, pk in enumerate(self.chosen.get("order", ()))}
        return sorted(rows, key=lambda one: (order.get(one.pk, len(order)), one.position, one.pk))

    def is_pinned(self, view: SavedView) -> bool:
        """Whether a view stands as a tab of its own."""
        own: bool | None = self.chosen.get("pinned", {}).get(str(view.pk))
        return view.is_pinned if own is None else own

    def first(self, views: Sequence[SavedView]) -> SavedView | None:
        """Return the view that opens first: the person's choice, else that of a role, else of the house."""
        wanted = self.chosen.get("first")
        if wanted == "all":
            return None
        found = next((one for one in views if one.pk == wanted), None)
        own = (one for one in views if one.is_default and one.owner_id == self.user.pk and not one.role_id)
        role = (one for one in views if one.is_default and one.role_id and one.role_id in self.role_ids)
        house = (one for one in views if one.is_default and one.owner_id is None)
        return found or next(own, None) or next(role, None) or next(house, None)

    @property
    def role_ids(self) -> set[int]:
        if self._role_ids is None:
            self._role_ids = set(self.user.roles.values_list("pk", flat=True))
        return self._role_ids

    def pin(self, pk: int, *, is_on: bool) -> None:
        self._keep("pinned", {**self.chosen.get("pinned", {}), str(pk): is_on})

    def move(self, pk: int, *, up: bool) -> None:
        """Put a view one place earlier or later."""
        order = [one.pk for one in self.views()]
        if pk not in order:
            return
        at = order.index(pk)
        to = max(at - 1, 0) if up else min(at + 1, len(order) - 1)
        order.insert(to, order.pop(at))
        self._keep("order", order)

    def open_first(self, pk: int | str | None, *, instead_of: int | None = None) -> None:
        """Choose what opens first; None takes the choice back, if it was ``instead_of``."""
        if pk is None and self.chosen.get("first") != instead_of:
            return
        SavedView.objects.filter(owner=self.user, type_id=self.type_id, role=None).update(is_default=False)
        self._keep("first", pk)

    def _keep(self, name: str, value: Any) -> None:
        self.chosen[name] = value
        self.user.preferences.setdefault("views", {})[self.key] = self.chosen
        self.user.save(update_fields=["preferences"])
