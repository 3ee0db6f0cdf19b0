"""Templates: who may take which, and what they say about a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q
from django.utils.html import linebreaks

from crm.mail.composing.cleaning import clean
from crm.mail.models import MailTemplate
from crm.records import filling

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from crm.identity.models import User


@dataclass(frozen=True, slots=True)
class Filled:
    """A template as it reads about one record; ``missing`` were empty without anything to say instead."""

    subject: str
    html: str
    missing: list[str]


def offered_to(user: User, type_id: int = 0) -> QuerySet[MailTemplate]:
    """Return the templates that ``user`` may take on records of a type, the most used first."""
    rows = visible_to(user).filter(is_active=True, type_id__in={0, type_id})
    return rows.order_by("-used", "name")


def visible_to(user: User) -> QuerySet[MailTemplate]:
    """Return everybody's templates, those of the user's teams, and their own."""
    mine = Q(owner=user) | Q(owner=None, team=None)
    return MailTemplate.objects.filter(mine | Q(team__memberships__user=user)).distinct()


def fill(template: MailTemplate, *, record: Any, user: User) -> Filled:
    """Return subject and text of a template about ``record`` (or None), as ``user`` may see it."""
    subject = filling.fill_text(template.subject, record, user)
    source = template.html or linebreaks(template.body, autoescape=True)
    html = filling.fill_html(source, record, user)
    missing = list(dict.fromkeys([*subject.missing, *html.missing]))
    return Filled(" ".join(subject.text.split())[:300], clean(html.text), missing)


def count_use(template: MailTemplate, *, at: datetime) -> None:
    """Note that somebody has taken a template."""
    MailTemplate.objects.filter(pk=template.pk).update(used=F("used") + 1, used_at=at)
