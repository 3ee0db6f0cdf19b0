"""Who sees what of a letter: the one rule that pages, timelines, search, REST and exports ask.

Whoever works with a mailbox sees its letters whole, and so do those who wrote a letter or were
given it. Everybody else sees of letters on records that they may see as much as the mailbox
allows: all, subject and people, only that there was a letter, or nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q

from crm.identity.models import Membership
from crm.mail.models import Mailbox, MailVisibility, Message, MessageLink
from crm.records import registry

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet


class Level(IntEnum):
    """How much of a letter somebody sees."""

    NOTHING = 0
    METADATA = 1
    SUBJECT = 2
    ALL = 3


BY_SETTING = {
    MailVisibility.ALL: Level.ALL,
    MailVisibility.SUBJECT: Level.SUBJECT,
    MailVisibility.METADATA: Level.METADATA,
    MailVisibility.PRIVATE: Level.NOTHING,
}


@dataclass(frozen=True, slots=True)
class Eyes:
    """Somebody who looks at letters; ask once per request."""

    user_id: int
    teams: frozenset[int]

    @classmethod
    def of(cls, user: Any) -> Eyes:
        teams = Membership.objects.filter(user=user, team__is_active=True).values_list("team_id", flat=True)
        return cls(user.pk, frozenset(teams))

    def works_with(self, mailbox: Mailbox) -> bool:
        return mailbox.user_id == self.user_id or (
            mailbox.team_id is not None and mailbox.team_id in self.teams
        )

    def level(self, message: Message) -> Level:
        """Return how much they see of a letter on a record that they see."""
        if self.user_id in (message.author_id, message.assigned_to_id) or self.works_with(message.mailbox):
            return Level.ALL
        return BY_SETTING[MailVisibility(message.mailbox.visibility)]


@dataclass(frozen=True, slots=True)
class Seen:
    """A letter as one person may see it; what they may not is empty."""

    message: Message
    level: Level

    @property
    def subject(self) -> str:
        return self.message.subject if self.level >= Level.SUBJECT else ""

    @property
    def sender(self) -> str:
        return (self.message.from_name or self.message.from_address) if self.level >= Level.SUBJECT else ""

    @property
    def reply_text(self) -> str:
        return self.message.reply_text if self.level >= Level.ALL else ""

    @property
    def quoted_text(self) -> str:
        return self.message.quoted_text if self.level >= Level.ALL else ""

    @property
    def may_open(self) -> bool:
        return self.level >= Level.ALL


def mailboxes_of(user: Any) -> QuerySet[Mailbox]:
    """Return the mailboxes that somebody works with."""
    eyes = Eyes.of(user)
    return Mailbox.objects.filter(Q(user=user) | Q(team__in=eyes.teams))


def own(user: Any) -> Q:
    """Return the condition that leaves letters which somebody sees whole, whatever records they are on."""
    eyes = Eyes.of(user)
    return Q(mailbox__user=user) | Q(mailbox__team__in=eyes.teams) | Q(assigned_to=user) | Q(author=user)


def visible_to(user: Any, at_least: Level = Level.METADATA) -> QuerySet[Message]:
    """Return the letters of which somebody sees this much, wherever they are."""
    settings = [name for name, level in BY_SETTING.items() if level >= max(at_least, Level.METADATA)]
    on_records = Q(mailbox__visibility__in=settings) & _on_visible_records(user)
    return Message.objects.filter(own(user) | on_records)


def _on_visible_records(user: Any) -> Q:
    condition = Q(pk__in=[])
    for one in registry.types():
        manager: Any = one.model._default_manager
        if not hasattr(manager.all(), "visible_to"):
            continue
        records = manager.visible_to(user).filter(pk=OuterRef("record_id"))
        links = MessageLink.objects.filter(message=OuterRef("pk"), type_id=one.id)
        condition |= Q(Exists(links.filter(Exists(records))))
    return condition


def seen_of(messages: Collection[Message], user: Any) -> dict[int, Seen]:
    """Return letters on a record that ``user`` sees, as they see them; those they don't are left out.

    The mailboxes must have been read with them.
    """
    eyes = Eyes.of(user)
    found = ((one, eyes.level(one)) for one in messages)
    return {one.pk: Seen(one, level) for one, level in found if level > Level.NOTHING}


def may_open(message: Message, user: Any) -> bool:
    """Tell whether somebody may read a letter whole."""
    return visible_to(user, Level.ALL).filter(pk=message.pk).exists()
