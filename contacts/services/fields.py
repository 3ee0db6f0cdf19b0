"""Fields of people and companies that are more than a column, and the names files give to all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.models import Holder, PointKind
from crm.lib import countries
from crm.records.fields import Field, FieldError, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class CountryField(Field):
    """A country, recognised in several languages and with a slip of the finger."""

    def parse(self, text: str, *, hints: Mapping[str, Any] | None = None) -> Any:
        if not text.strip():
            return ""
        found = countries.recognise(text)
        if not found:
            raise FieldError(_("“%(text)s” is no country that we know.") % {"text": text.strip()[:40]})
        return found


@dataclass(frozen=True, slots=True)
class PointsField(Field):
    """All e-mails, phones and so on of a record, in one cell."""

    def parse(self, text: str, *, hints: Mapping[str, Any] | None = None) -> Any:
        return list(dict.fromkeys(part for one in re.split(r"[;,\n]", text) if (part := one.strip())))


def read_points(kind: PointKind) -> Callable[[Holder], list[str]]:
    """Return the reader of all values of one kind; lists prefetch ``contact_points``."""
    return lambda holder: [point.value for point in holder.points_of(kind)]


def read_points_in_words(holder: Holder) -> str:
    return ", ".join(point.value for point in holder.contact_points.all())


POINTS = (
    PointsField(
        "emails",
        gettext_lazy("all e-mails"),
        Kind.TAGS,
        virtual=True,
        max_length=300,
        prefetch=("contact_points",),
        read=read_points(PointKind.EMAIL),
        synonyms=("e-mails", "email addresses", "все e-mail", "адреса почты"),
    ),
    PointsField(
        "phones",
        gettext_lazy("all phones"),
        Kind.TAGS,
        virtual=True,
        max_length=300,
        prefetch=("contact_points",),
        read=read_points(PointKind.PHONE),
        synonyms=("phone numbers", "telephones", "телефоны", "все телефоны"),
    ),
    PointsField(
        "messengers",
        gettext_lazy("messengers"),
        Kind.TAGS,
        virtual=True,
        max_length=300,
        prefetch=("contact_points",),
        read=read_points(PointKind.MESSENGER),
        synonyms=(
            "telegram",
            "whatsapp",
            "viber",
            "skype",
            "messenger",
            "телеграм",
            "мессенджер",
            "мессенджеры",
        ),
    ),
    PointsField(
        "links",
        gettext_lazy("links"),
        Kind.TAGS,
        virtual=True,
        max_length=300,
        prefetch=("contact_points",),
        read=read_points(PointKind.URL),
        synonyms=("linkedin", "facebook", "vk", "profile url", "social", "ссылки", "соцсети"),
    ),
)

PHONE = Field(
    "phone",
    gettext_lazy("phone"),
    Kind.PHONE,
    max_length=60,
    synonyms=(
        "telephone",
        "tel",
        "mobile",
        "mobile phone",
        "cell",
        "cell phone",
        "work phone",
        "phone number",
        "телефон",
        "тел",
        "мобильный",
        "мобильный телефон",
        "рабочий телефон",
        "номер телефона",
    ),
)
COUNTRY_SYNONYMS = (
    "office_location",
    "location",
    "office location",
    "headquarters",
    "country name",
    "страна",
    "местонахождение",
)


def country_field() -> CountryField:
    return CountryField(
        "country",
        gettext_lazy("country"),
        Kind.CHOICE,
        bulk=True,
        choices=countries.choices(),
        synonyms=COUNTRY_SYNONYMS,
    )


def shown_only(name: str, label: Any, read: Callable[[Any], str], *prefetch: str) -> Field:
    """Return a field that history and exports show but no door writes."""
    return Field(name, label, Kind.TEXT, writable=False, virtual=True, read=read, prefetch=prefetch)


HOLDER_SYNONYMS: dict[str, tuple[str, ...]] = {
    "email": (
        "e-mail",
        "mail",
        "email address",
        "e-mail address",
        "work email",
        "почта",
        "эл. почта",
        "электронная почта",
        "адрес электронной почты",
        "имейл",
    ),
    "city": ("town", "город", "населённый пункт"),
    "source": ("lead source", "origin", "источник", "откуда узнали"),
}

PERSON_SYNONYMS: dict[str, tuple[str, ...]] = {
    **HOLDER_SYNONYMS,
    "first_name": ("given name", "forename", "имя"),
    "middle_name": ("patronymic", "second name", "отчество"),
    "last_name": ("surname", "family name", "фамилия"),
    "salutation": ("greeting", "form of address", "обращение"),
    "birthday": ("birth date", "date of birth", "birthdate", "dob", "день рождения", "дата рождения"),
    "language": ("preferred language", "язык"),
    "time_zone": ("timezone", "часовой пояс"),
    "do_not_contact": ("do not call", "dnc", "opt out", "unsubscribed", "не беспокоить", "не звонить"),
    "company": (
        "account",
        "account name",
        "company name",
        "organization",
        "organisation",
        "employer",
        "компания",
        "организация",
        "контрагент",
        "место работы",
    ),
    "job_title": ("title", "position", "job", "role", "occupation", "должность"),
}
NAME_SYNONYMS = (
    "full name",
    "contact name",
    "contact person",
    "person",
    "фио",
    "полное имя",
    "контактное лицо",
)

COMPANY_SYNONYMS: dict[str, tuple[str, ...]] = {
    **HOLDER_SYNONYMS,
    "name": (
        "account",
        "account name",
        "company",
        "company name",
        "organization",
        "organisation",
        "organization name",
        "client",
        "customer",
        "компания",
        "организация",
        "название",
        "наименование",
        "контрагент",
        "клиент",
    ),
    "legal_name": ("legal entity", "registered name", "юридическое лицо", "юрлицо", "полное наименование"),
    "kind": ("type", "account type", "company type", "relationship", "тип", "тип компании"),
    "industry": ("sector", "branch", "vertical", "отрасль", "сфера деятельности", "вид деятельности"),
    "parent": (
        "subsidiary_of",
        "subsidiary of",
        "parent company",
        "parent account",
        "holding",
        "group",
        "головная компания",
        "материнская компания",
        "холдинг",
    ),
    "website": ("site", "web", "web site", "url", "homepage", "home page", "сайт", "веб-сайт"),
    "domains": ("domain", "domain name", "email domain", "домен", "домены"),
    "employees": (
        "size",
        "headcount",
        "staff",
        "number of employees",
        "employee count",
        "company size",
        "сотрудники",
        "сотрудников",
        "численность",
        "число сотрудников",
        "штат",
    ),
    "annual_revenue": ("revenue", "turnover", "sales", "выручка", "оборот", "годовая выручка"),
    "revenue_currency": ("currency", "валюта"),
    "founded_year": ("year_established", "year established", "founded", "established", "год основания"),
    "inn": ("tin", "tax id", "инн"),
    "kpp": ("кпп",),
    "ogrn": ("ogrnip", "registration number", "огрн", "огрнип"),
    "vat": ("vat id", "vat no", "tax number", "номер ндс"),
}
