"""The people and companies of the demo: both scripts, a few giant accounts, a long tail."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from contacts.demo_fields import channel_of, tier_of
from contacts.demo_names import (
    CITIES,
    FIRST_EN,
    FIRST_RU,
    INDUSTRIES,
    LAST_EN,
    LAST_RU,
    PATRONYMICS,
    SOURCES,
    TITLES_EN,
    TITLES_RU,
    TRADES_EN,
    TRADES_RU,
    feminine,
)
from contacts.demo_shares import share_out
from contacts.models import Company, ContactPoint, Employment, Industry, Person, Source
from contacts.models.company import CompanyKind
from crm.lib import names, phones
from crm.records.copying import give_ids, quick

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.records.demo import Demo

#: So many people share one company, on average.
PEOPLE_PER_COMPANY = 5
FORMS_EN = ("Ltd", "Inc", "GmbH", "Group", "Partners", "AG")


def make_contacts(demo: Demo) -> None:
    """Make companies, the people who work there, and how to reach them."""
    demo.made["industries"] = [_listed(Industry, name) for name in INDUSTRIES]
    demo.made["sources"] = [_listed(Source, name) for name in SOURCES]
    companies = max(demo.people // PEOPLE_PER_COMPANY, 1)
    demo.made["companies"] = demo.batches(_companies, range(companies))
    demo.made["people"] = demo.batches(_people, range(demo.people))
    share_out(demo)


def _listed(model: Any, name: str) -> Any:
    """Return the entry of this name; an import may have brought it in other letters."""
    return model.objects.filter(name__iexact=name).first() or model.objects.create(name=name)


def _companies(demo: Demo, numbers: Sequence[int]) -> list[Any]:
    rows = [_company(demo, number) for number in numbers]
    give_ids(rows)
    points = []
    for row in rows:
        found = _company_points(demo, row)
        _remember(row, contact_points=found)
        points += found
    demo.records(rows)
    demo.copy(points)
    return [(row.pk, row.name, row.owner_id, row.team_id, row.is_russian) for row in rows]


def _company(demo: Demo, number: int) -> Any:
    chance = demo.chance
    is_russian = chance.random() < 0.5
    owner_id, team_id = _owner(demo)
    made = demo.moment(720, least_days=1)
    city, country = chance.choice(CITIES["ru" if is_russian else "en"])
    name = _company_name(demo, number, is_russian)
    domain = f"{names.to_latin(name).replace(' ', '-').strip('-«»')}.example"
    industry = chance.choice(demo.made["industries"])
    row = quick(
        Company,
        name=name,
        sort_name=names.sort_key(name),
        kind=CompanyKind.CUSTOMER if chance.random() < 0.3 else CompanyKind.PROSPECT,
        industry=industry,
        domains=[domain],
        website=f"https://{domain}",
        employees=int(10 ** chance.uniform(0.5, 4)),
        founded_year=chance.randint(1950, 2024),
        email=f"info@{domain}",
        city=city,
        country=country,
        source=chance.choice(demo.made["sources"]),
        **_common(owner_id, team_id, made),
    )
    row.custom = tier_of(demo, number, is_customer=row.kind == CompanyKind.CUSTOMER)
    row.is_russian = is_russian  # type: ignore[attr-defined]
    return row


def _company_name(demo: Demo, number: int, is_russian: bool) -> str:
    chance = demo.chance
    if is_russian:
        return f"{chance.choice(LAST_RU)}-{chance.choice(TRADES_RU)} {number + 1}"
    return f"{chance.choice(LAST_EN)} {chance.choice(TRADES_EN)} {chance.choice(FORMS_EN)} {number + 1}"


def _company_points(demo: Demo, row: Company) -> list[ContactPoint]:
    return [_point(row.created_at, company_id=row.pk, kind="email", value=row.email, label="")]


def _people(demo: Demo, numbers: Sequence[int]) -> list[Any]:
    rows = [_person(demo, number) for number in numbers]
    give_ids(rows)
    points, jobs = [], []
    for row in rows:
        found = _person_points(row)
        job = _job(row)
        _remember(row, contact_points=found, employments=[job])
        points += found
        jobs.append(job)
    demo.records(rows)
    demo.copy(points)
    demo.copy(jobs)
    return [(row.pk, row.company_id, row.name) for row in rows]


def _person(demo: Demo, number: int) -> Any:
    chance = demo.chance
    # The first companies of the list are giants: thousands work there at a million people.
    company_id, company_name, owner_id, team_id, is_russian = demo.skewed(demo.made["companies"])
    first, middle, last = _name(demo, is_russian)
    made = demo.moment(700, least_days=1)
    latin = f"{names.to_latin(first)}.{names.to_latin(last)}{number + 1}".replace("'", "")
    row = quick(
        Person,
        first_name=first,
        middle_name=middle,
        last_name=last,
        name=names.full_name(first, middle, last),
        sort_name=names.sort_key(last, first, middle),
        language="ru" if is_russian else "en",
        email=f"{latin}@mail.example",
        phone=_phone(demo, number, is_russian),
        company_id=company_id,
        company_sort=names.sort_key(company_name),
        job_title=chance.choice(TITLES_RU if is_russian else TITLES_EN),
        source=chance.choice(demo.made["sources"]),
        **_common(owner_id, team_id, made),
    )
    row.company = quick(Company, id=company_id, name=company_name)
    row.custom = channel_of(demo, number)
    return row


def _name(demo: Demo, is_russian: bool) -> tuple[str, str, str]:
    chance = demo.chance
    if not is_russian:
        return chance.choice(FIRST_EN), "", chance.choice(LAST_EN)
    is_woman = chance.random() < 0.5
    first = chance.choice(FIRST_RU[is_woman])
    patronymic = chance.choice(PATRONYMICS)
    last = chance.choice(LAST_RU)
    if is_woman:
        return first, f"{patronymic}на", feminine(last)
    return first, f"{patronymic}ич", last


def _phone(demo: Demo, number: int, is_russian: bool) -> str:
    # Numbers that no one has: 900 000 … in Russia, 555 in America.
    if is_russian:
        return phones.pretty(f"+7900{number % 10_000_000:07d}")
    return phones.pretty(f"+1{200 + number % 700}555{number // 700 % 10_000:04d}")


def _person_points(row: Person) -> list[ContactPoint]:
    return [
        _point(row.created_at, person_id=row.pk, kind="email", value=row.email, label="work"),
        _point(row.created_at, person_id=row.pk, kind="phone", value=row.phone, label="mobile"),
    ]


def _point(at: Any, *, kind: str, value: str, label: str, **holder: int) -> ContactPoint:
    return quick(
        ContactPoint,
        kind=kind,
        value=value,
        normalised=(phones.normalise(value) if kind == "phone" else None) or value.lower(),
        label=label,
        is_primary=True,
        created_at=at,
        **holder,
    )


def _job(row: Any) -> Employment:
    started = (row.created_at - timedelta(days=400)).date()
    return quick(
        Employment,
        person_id=row.pk,
        company_id=row.company_id,
        title=row.job_title,
        is_primary=True,
        started_on=started,
        created_at=row.created_at,
    )


def _owner(demo: Demo) -> tuple[int | None, int | None]:
    """Most companies have an owner; some people own much, some little."""
    if demo.chance.random() < 0.05:
        return None, None
    found: tuple[int, int] = demo.skewed(demo.made["owners"])
    return found


def _common(owner_id: int | None, team_id: int | None, made: Any) -> dict[str, Any]:
    return {
        "owner_id": owner_id,
        "team_id": team_id,
        "created_by_id": owner_id,
        "created_at": made,
        "updated_at": made,
        "last_touch_at": made,
    }


def _remember(row: Any, **children: Any) -> None:
    """Let the service read children that are not in the database yet."""
    row._prefetched_objects_cache = children
