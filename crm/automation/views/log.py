"""What rules did, and did not, and why; failed runs can be tried again."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.automation import engine
from crm.automation.catalogue import catalogue
from crm.automation.models import RuleRun, RunState
from crm.automation.rights import rules_of
from crm.automation.views.common import back, for_automators, page
from crm.records import registry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

PER_PAGE = 50
TONES = {
    RunState.DONE: "success",
    RunState.FAILED: "danger",
    RunState.STOPPED: "warning",
    RunState.SKIPPED: "neutral",
    RunState.WAITING: "info",
}


class Pages(Paginator):  # type: ignore[type-arg]
    """Counts no further than the pages that anybody turns."""

    @property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[: PER_PAGE * 100].count())


@for_automators
def log(request: HttpRequest) -> HttpResponse:
    """The latest runs, of one rule or of all, of one result or of all."""
    rules = list(rules_of(request.user))
    runs = RuleRun.objects.filter(rule__in=rules).select_related("rule", "actor").order_by("-pk")
    chosen = next((rule for rule in rules if str(rule.pk) == request.GET.get("rule")), None)
    state = request.GET.get("state", "")
    if chosen is not None:
        runs = runs.filter(rule=chosen)
    if state in RunState.values:
        runs = runs.filter(state=state)
    found = Pages(runs, PER_PAGE).get_page(request.GET.get("page"))
    seen = visible_refs(found, request.user)
    lines = [line_of(run, is_seen=(run.type_id, run.record_id) in seen) for run in found]
    return page(
        request,
        "log",
        lines=lines,
        page=found,
        rules=rules,
        chosen=chosen,
        state=state,
        states=RunState.choices,
    )


def visible_refs(rows: Iterable[Any], user: Any) -> set[tuple[int, int]]:
    """Return which of the records that rows name this viewer sees, with one query per type."""
    by_type: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        by_type[row.type_id].add(row.record_id)
    known = {one.id: one for one in registry.types()}
    found: set[tuple[int, int]] = set()
    for type_id, ids in by_type.items():
        if type_id in known:
            model: Any = known[type_id].model
            seen = model.all_objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True)
            found |= {(type_id, pk) for pk in seen}
    return found


def line_of(run: RuleRun, *, is_seen: bool) -> dict[str, Any]:
    """Return a run as the log shows it; of a record that the viewer does not see it says only the result."""
    if not is_seen:
        return {"run": run, "tone": TONES[RunState(run.state)], "is_hidden": True}
    steps = [
        {**line, "label": kind.label if (kind := catalogue.step(line["step"])) else line["step"]}
        for line in run.steps
    ]
    return {
        "run": run,
        "tone": TONES[RunState(run.state)],
        "steps": steps,
        "url": url_of(run),
        "may_retry": run.state == RunState.FAILED,
    }


def url_of(run: RuleRun) -> str:
    try:
        model: Any = registry.by_id(run.type_id).model
    except KeyError:
        return ""
    return str(model(pk=run.record_id).get_absolute_url())


@for_automators
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a failed run go on with the step that failed."""
    run = get_object_or_404(RuleRun, pk=pk, rule__in=rules_of(request.user))
    engine.retry(run)
    messages.success(request, _("It is tried again."))
    return redirect(back(request, "automation:log"))
