"""The filter panel: every filter of a list as a control, with what is chosen now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from crm.ui.formats import text_number
from crm.ui.periods import Period
from crm.ui.states import OWN

if TYPE_CHECKING:
    from crm.ui.asking import Option
    from crm.ui.states import ListState


@dataclass(frozen=True, slots=True)
class Control:
    """One filter as the panel shows it."""

    name: str
    label: str
    control: str
    options: list[Option] = field(default_factory=list)
    several: bool = False
    text: str = ""
    first: str = ""
    last: str = ""
    url: str = ""

    @property
    def is_worth_showing(self) -> bool:
        """Where there is but one thing to choose there is nothing to choose."""
        is_short = self.control == "options" and self.several and len(self.options) < 2
        return not is_short or any(option.is_chosen for option in self.options)

    @property
    def template(self) -> str:
        kind = "select" if self.control == "options" and not self.several else self.control
        return f"ui/filters/{kind}.html"


def controls_of(state: ListState) -> list[Control]:
    """Return what the panel offers, in the order in which the type declares it."""
    controls = (control_of(name, one, value) for name, one, value in state.filters.in_panel())
    return [control for control in controls if control.is_worth_showing]


def control_of(name: str, one: Any, value: Any) -> Control:
    first, last = one.ends(value) if hasattr(one, "ends") else ends_of(value)
    kind = one.control
    return Control(
        name=name,
        label=one.caption,
        control=kind,
        options=one.options(value),
        several=one.several,
        text=str(value[0]) if kind == "text" and value else "",
        first=first,
        last=last,
        url=reverse("ui:choices", args=[one.choices_key]) if kind == "remote" else "",
    )


def ends_of(value: Any) -> tuple[str, str]:
    """Return both ends of a free period or a range, as their boxes hold them."""
    if isinstance(value, Period):
        ends = (None, None) if value.label else (value.first, value.last)
        return ends[0].isoformat() if ends[0] else "", ends[1].isoformat() if ends[1] else ""
    if isinstance(value, tuple) and len(value) == 2:
        return text_number(value[0]), text_number(value[1])
    return "", ""


def panel_context(state: ListState, what: str) -> dict[str, Any]:
    """Return what the panel's template needs; ``what`` is the page that shows the answer."""
    controls = controls_of(state)
    asked = {control.name for control in controls}
    keep = [("view", str(state.view.pk))] if state.view else []
    for key, values in state.params.lists():
        if key in OWN[1:] or key not in asked:
            keep += [(key, value) for value in values if value and key not in ("after", "before", "last")]
    # An empty value says that the saved view's own filter is not wanted any more.
    keep += [(name, "") for name in sorted(asked & set(state.base))]
    return {
        "state": state,
        "controls": controls,
        "keep": keep,
        "action": state.views.url(what),
        "clear_url": state.url_with(dict.fromkeys(asked), what=what),
    }
