"""The rules: their list, the builder, switching, copying, ordering, versions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.automation import building, rehearsing, services
from crm.automation.catalogue import catalogue
from crm.automation.models import Rule, RuleRun, RuleVersion, RunState
from crm.automation.rights import rules_of
from crm.automation.sentences import parts_of_many
from crm.automation.views.common import back, for_automators, me, messages_of, page
from crm.records import registry
from crm.ui.admin.rights import may_administer
from crm.ui.feedback import go_to, toast
from crm.ui.formats import page_url

if TYPE_CHECKING:
    from django.http import HttpRequest

DAYS = 30


@for_automators
def rule_list(request: HttpRequest) -> HttpResponse:
    """Every rule in one line, with what it did of late."""
    rules = list(rules_of(request.user))
    since = timezone.now() - timedelta(days=DAYS)
    recent = RuleRun.objects.filter(rule__in=rules, created_at__gte=since).order_by()
    counts = {
        row["rule"]: row
        for row in recent.values("rule").annotate(
            done=Count("pk", filter=Q(state=RunState.DONE)),
            failed=Count("pk", filter=Q(state=RunState.FAILED)),
        )
    }
    words = parts_of_many(rules)
    rows = [
        {
            "rule": rule,
            "words": words[rule.pk],
            "counts": counts.get(rule.pk),
            "type": registry.by_id(rule.type_id),
        }
        for rule in rules
    ]
    return page(request, "rules/list", rows=rows, examples=catalogue.examples(), days=DAYS)


@for_automators
def rule_new(request: HttpRequest) -> HttpResponse:
    """A new rule, empty or after an example."""
    if request.method == "POST":
        return save(request, None)
    example = catalogue.example(request.GET.get("example", ""))
    parts: dict[str, Any] = {"type": request.GET.get("type", "")}
    if example is not None:
        parts = {"name": str(example.name), "note": str(example.note), **example.build()}
    draft = building.draft_of(parts, rule=None, user=me(request))
    return page(request, "rules/edit", draft=draft, rule=None, example=example)


@for_automators
def rule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    rule = find(request, pk)
    if request.method == "POST":
        return save(request, rule)
    parts = {**rule.snapshot(), "type": registry.by_id(rule.type_id).slug}
    draft = building.draft_of(parts, rule=rule, user=me(request))
    return page(request, "rules/edit", draft=draft, rule=rule)


def save(request: HttpRequest, rule: Rule | None) -> HttpResponse:
    """Save what the builder sent; what is wrong is shown where it stands."""
    parts = building.read(request.POST)
    if not may_administer(me(request)) and not parts["team"]:
        parts.pop("team")
    try:
        saved = services.save_rule(rule=rule, parts=parts, actor=me(request), at=timezone.now())
        if "on" in request.POST:
            services.switch_rule(rule=saved, on=True, actor=me(request), at=timezone.now())
    except ValidationError as refused:
        draft = building.draft_of(parts, rule=rule, user=me(request))
        draft.errors = messages_of(refused)
        return page(request, "rules/edit", draft=draft, rule=rule, status=422)
    messages.success(request, _("Saved and switched on.") if saved.is_on else _("Saved. It is switched off."))
    return redirect("automation:rule", saved.pk)


@for_automators
@require_POST
def draft_part(request: HttpRequest, part: str) -> HttpResponse:
    """Draw a part of the builder anew, out of what stands in the form."""
    rule = find(request, int(request.POST["rule"])) if request.POST.get("rule", "").isdecimal() else None
    draft = building.draft_of(building.read(request.POST), rule=rule, user=me(request))
    if part == "all":
        # Another type of record: conditions and dates of the old one mean nothing here.
        draft.rule.condition, draft.rule.when = {}, {}
        return page(request, "rules/builder", draft=draft, rule=rule)
    if part == "when":
        return page(request, "rules/when", draft=draft)
    if part == "words":
        return page(request, "rules/words", draft=draft)
    if part == "add":
        step = draft.new_step(request.POST.get("add-step", ""))
        if step is None:
            raise Http404
        return page(request, "rules/step", step=step, is_new=True)
    if part.startswith("step."):
        step = next((one for one in draft.steps if one.id == part[5:]), None)
        if step is None:
            raise Http404
        return page(request, "rules/step", step=step)
    if part == "fits":
        return fits(request, draft.rule)
    if part == "try":
        return try_on(request, draft.rule)
    raise Http404


def fits(request: HttpRequest, rule: Rule) -> HttpResponse:
    """Say whom the rule fits now, and how often it would have started in the last month."""
    problem = why_wrong(rule)
    if problem:
        return page(request, "rules/fits", problem=problem)
    now = timezone.now()
    found = rehearsing.fitting(rule, now)
    sample = [{"record": record, "url": page_url(record)} for record in found.sample]
    return page(request, "rules/fits", found=found, sample=sample, past=rehearsing.past(rule, now))


def try_on(request: HttpRequest, rule: Rule) -> HttpResponse:
    """Show all that the rule would do to one record."""
    problem = why_wrong(rule)
    rows = rule.model.objects.visible_to(rule.author).visible_to(request.user)
    text = request.POST.get("record", "")
    record = rows.select_related("owner", "team").filter(pk=text).first() if text.isdecimal() else None
    if record is None:
        raise Http404
    found = None if problem else rehearsing.rehearse(rule, record, timezone.now())
    return page(request, "rules/try", problem=problem, found=found, record=record)


def why_wrong(rule: Rule) -> str:
    """Return what keeps an unfinished rule from being tried; empty when nothing does."""
    rule.name = rule.name or _("New rule")
    try:
        services.check(rule)
    except ValidationError as refused:
        return " ".join(message for notes in messages_of(refused).values() for message in notes)
    return ""


@for_automators
@require_POST
def rule_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch a rule on or off."""
    rule = find(request, pk)
    on = request.POST.get("on") == "1"
    try:
        services.switch_rule(rule=rule, on=on, actor=me(request), at=timezone.now())
    except ValidationError as refused:
        text = " ".join(refused.messages)
        return toast(request, go_to(request, reverse("automation:rule", args=[pk])), text, tone="danger")
    text = _("“%(name)s” is on.") if on else _("“%(name)s” is off.")
    return toast(request, go_to(request, back(request)), text % {"name": rule})


@for_automators
@require_POST
def rule_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Duplicate, delete or take over a rule, or bring back one of its versions."""
    rule = find(request, pk)
    now = timezone.now()
    if act == "duplicate":
        copy = services.duplicate_rule(rule=rule, actor=me(request), at=now)
        messages.success(request, _("This is the copy. It is switched off."))
        return redirect("automation:rule", copy.pk)
    if act == "delete":
        services.delete_rule(rule=rule, actor=me(request), at=now)
        messages.success(request, _("“%(name)s” is gone, with its log.") % {"name": rule.name})
        return redirect("automation:rules")
    if act == "take-over":
        services.take_over(rule=rule, actor=me(request), at=now)
        messages.success(request, _("The rule acts with your rights from now on."))
        return redirect("automation:rule", pk)
    if act == "restore":
        version = get_object_or_404(RuleVersion, rule=rule, number=request.POST.get("version"))
        try:
            services.restore_version(rule=rule, version=version, actor=me(request), at=now)
        except ValidationError as refused:
            messages.error(request, " ".join(refused.messages))
        else:
            messages.success(request, _("Version %(number)d is back.") % {"number": version.number})
        return redirect("automation:rule", pk)
    raise Http404


@for_automators
@require_POST
def rule_order(request: HttpRequest) -> HttpResponse:
    """Put the rules into another order."""
    ids = [int(one) for one in request.POST.getlist("key") if one.isdecimal()]
    services.order_rules(ids=ids, actor=me(request), at=timezone.now())
    return toast(request, HttpResponse(status=204), _("Order saved."))


@for_automators
def rule_versions(request: HttpRequest, pk: int) -> HttpResponse:
    """Every version, with what it said."""
    rule = find(request, pk)
    lines = []
    for version in rule.versions.select_related("actor").order_by("-number")[:50]:
        parts = {**version.data, "type": registry.by_id(version.data["type_id"]).slug}
        draft = building.draft_of(parts, rule=rule, user=me(request))
        lines.append({"version": version, "words": draft.words, "name": version.data["name"]})
    return page(request, "rules/versions", rule=rule, lines=lines)


def find(request: HttpRequest, pk: int) -> Rule:
    """Return a rule that the person may have; another is not there."""
    return get_object_or_404(rules_of(request.user), pk=pk)
