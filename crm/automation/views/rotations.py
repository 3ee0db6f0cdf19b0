"""Rotations: who takes part, who pauses, how much each can take, and who got what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.automation import rotations
from crm.automation.forms import NewSeatForm, RotationForm, SeatForm
from crm.automation.models import Assignment, Rotation, Seat
from crm.automation.rights import rotations_of
from crm.automation.views.common import for_automators, me, page, tell
from crm.automation.views.log import visible_refs

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@for_automators
def rotation_list(request: HttpRequest) -> HttpResponse:
    rows = rotations_of(request.user).annotate(people=Count("seats"))
    return page(request, "rotations/list", rows=rows)


@for_automators
def rotation_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One rotation with its people; a new one first gets a name."""
    rotation = get_object_or_404(rotations_of(request.user), pk=pk) if pk else None
    form = RotationForm(request.POST or None, user=me(request), instance=rotation)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        tell(saved, "updated" if rotation else "created", me(request))
        messages.success(request, _("Saved."))
        return redirect("automation:rotation", saved.pk)
    context: dict[str, Any] = {}
    if rotation is not None:
        context = people_of(request, rotation)
    return page(
        request, "rotations/edit", form=form, rotation=rotation, status=422 if form.errors else 200, **context
    )


def people_of(request: HttpRequest, rotation: Rotation) -> dict[str, Any]:
    """Return everybody with what they have, in the order in which they come next."""
    given_out = rotations.types_of(rotation)
    tables = [rotations.standing(rotation, one.model, timezone.now()) for one in given_out]
    places = tables[0]
    opened = [{place.seat.pk: place.open for place in table} for table in tables]
    given = list(Assignment.objects.filter(rotation=rotation).select_related("user").order_by("-pk")[:20])
    seen = visible_refs(given, request.user)
    return {
        "places": [
            {
                "place": one,
                "open": [count[one.seat.pk] for count in opened],
                "form": SeatForm(instance=one.seat, prefix=f"p{one.seat.pk}", auto_id="id_%s"),
            }
            for one in places
        ],
        "types": given_out,
        "new_form": NewSeatForm(user=me(request), rotation=rotation),
        "given": [(one, (one.type_id, one.record_id) in seen) for one in given],
    }


@for_automators
@require_POST
def seats(request: HttpRequest, pk: int) -> HttpResponse:
    """Save who pauses and how much each can take."""
    rotation = get_object_or_404(rotations_of(request.user), pk=pk)
    for seat in rotation.seats.all():
        form = SeatForm(request.POST, instance=seat, prefix=f"p{seat.pk}")
        if not form.is_valid():
            messages.error(request, f"{seat}: {' '.join(str(one[0]) for one in form.errors.values())}")
            return redirect("automation:rotation", pk)
        form.save()
    tell(rotation, "updated", me(request))
    messages.success(request, _("Saved."))
    return redirect("automation:rotation", pk)


@for_automators
@require_POST
def seat_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody take part; they come last."""
    rotation = get_object_or_404(rotations_of(request.user), pk=pk)
    form = NewSeatForm(request.POST, user=me(request), rotation=rotation)
    if form.is_valid():
        last = rotation.seats.order_by("-last_turn").values_list("last_turn", flat=True).first() or 0
        Seat.objects.create(rotation=rotation, user=form.cleaned_data["user"], last_turn=last)
        tell(rotation, "updated", me(request))
    else:
        messages.error(request, " ".join(str(one[0]) for one in form.errors.values()))
    return redirect("automation:rotation", pk)


@for_automators
@require_POST
def seat_drop(request: HttpRequest, pk: int, seat: int) -> HttpResponse:
    rotation = get_object_or_404(rotations_of(request.user), pk=pk)
    rotation.seats.filter(pk=seat).delete()
    tell(rotation, "updated", me(request))
    return redirect("automation:rotation", pk)
