"""Every component in use, with made-up records: ``/styleguide/``, while DEBUG is on.

The page is where components are built and judged; other templates copy their markup from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.generic import TemplateView

if TYPE_CHECKING:
    from django.http import HttpRequest

COMPANIES = [
    "Acme Corporation",
    "Betasoloin",
    "Bioplex",
    "Bluth Company",
    "Cancity",
    "Cheers",
    "Codehow",
    "Conecom",
    "Dalttechnology",
    "dambase",
    "Domzoom",
    "Doncon",
    "Donquadtech",
    "Fasehatice",
    "Funholding",
    "Ganjaflex",
    "Genco Pura Olive Oil Company",
    "Globex Corporation",
    "Golddex",
    "Green-Plus",
    "Groovestreet",
    "Hottechi",
    "Iselectrics",
    "Isdom",
    "J-Texon",
    "Kan-code",
    "Kinnamplus",
    "Konex",
]
PRODUCTS = ("GTX Basic", "GTX Pro", "GTX Plus Pro", "MG Special", "MG Advanced", "GTK 500")
PEOPLE = (
    "Anna Snelling",
    "Cecily Lampkin",
    "Darcel Schlecht",
    "Иван Воронцов",
    "Gladys Colclough",
    "Zane Levy",
)
STAGES = (("Prospecting", 5), ("Qualified", 1), ("Engaging", 3), ("Proposal", 4))


@dataclass(frozen=True)
class Owner:
    """Stands for a user."""

    pk: int
    name: str

    @property
    def initials(self) -> str:
        return "".join(part[0] for part in self.name.split()[:2])

    def __str__(self) -> str:
        return self.name


def deals(now: datetime, count: int) -> list[dict[str, Any]]:
    """Return made-up deals, always the same."""
    found = []
    for number in range(count):
        due = (None, now - timedelta(days=3), now + timedelta(hours=2), now + timedelta(days=1 + number % 9))[
            number % 4
        ]
        stage, hue = STAGES[number * 7 % len(STAGES)]
        found.append(
            {
                "id": 4100 + number,
                "company": COMPANIES[number * 5 % len(COMPANIES)],
                "product": PRODUCTS[number * 3 % len(PRODUCTS)],
                "owner": Owner(number % len(PEOPLE), PEOPLE[number % len(PEOPLE)]),
                "stage": stage,
                "hue": hue,
                "amount": Decimal(550 + number * 4321 % 27000),
                "age": 1 + number * 13 % 64,
                "due": due,
                "touched": now - timedelta(minutes=7 + number * number * 90),
                "expected": (now + timedelta(days=number * 4)).date(),
                "tags": (("key account",), (), ("renewal", "EMEA"), ())[number % 4],
            }
        )
    return found


class StyleGuideView(TemplateView):
    """All components on one page, or one of them alone: ``?only=board``."""

    template_name = "ui/styleguide/index.html"
    PARTS = ("list", "board", "record", "home", "form", "parts")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if part := request.GET.get("fragment"):
            context = self.get_context_data(**kwargs)
            return self.render_to_response_of(f"ui/styleguide/fragment_{part}.html", context)
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Play the server: refuse a drop into "Won", accept everything else."""
        if request.POST.get("to") == "won":
            refusal = '{"toast": {"text": "Close date is missing. The card went back.", "tone": "danger"}}'
            return HttpResponse(status=409, headers={"HX-Trigger": refusal})
        if "id" in request.POST:
            deal = next(one for one in deals(timezone.now(), 40) if str(one["id"]) == request.POST["id"])
            return self.render_to_response_of("ui/styleguide/card.html", {"deal": deal, "at": timezone.now()})
        return HttpResponse(
            status=204, headers={"HX-Trigger": '{"toast": {"text": "Saved.", "undo": "/styleguide/"}}'}
        )

    def render_to_response_of(self, template: str, context: dict[str, Any]) -> HttpResponse:
        self.template_name = template
        return self.render_to_response(context)

    def get_template_names(self) -> list[str]:
        only = self.request.GET.get("only", "")
        return [f"ui/styleguide/{only}.html" if only in self.PARTS else self.template_name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        rows = deals(now, 40)
        columns = [
            {
                "name": name,
                "hue": hue,
                "value": index,
                "deals": [one for one in rows if one["stage"] == name][:9],
            }
            for index, (name, hue) in enumerate(STAGES)
        ]
        return {
            **kwargs,
            "deals": rows,
            "columns": columns,
            "at": now,
            "parts": self.PARTS,
            "deal": rows[1],
            "now": now,
        }
