"""What rules may know of people and companies: where letters go, and rules that are ready to be taken."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.models import Person
from crm.automation.catalogue import Address, Example, register_addresses, register_examples

WELCOME = Example(
    key="contacts.welcome",
    trade="contacts",
    name=gettext_lazy("Call a new person within a working day"),
    note=gettext_lazy("A person is created; their owner gets a call to make."),
    icon="phone-call",
    build=lambda: {
        "type": "people",
        "trigger": "created",
        "steps": [
            {
                "step": "plan",
                "with": {
                    "kind": "call",
                    "subject": _("Introduce yourself to {{ title }}"),
                    "days": 1,
                    "working": True,
                    "who": "owner",
                },
            }
        ],
    },
)
QUIET = Example(
    key="contacts.quiet",
    trade="contacts",
    name=gettext_lazy("A company nobody has spoken to for 60 days"),
    note=gettext_lazy("60 days after the last touch its owner gets a task, once per silence."),
    icon="bell",
    build=lambda: {
        "type": "companies",
        "trigger": "date",
        "when": {"field": "last_touch_at", "days": 60, "side": "after"},
        "steps": [
            {
                "step": "plan",
                "with": {
                    "kind": "task",
                    "subject": _("Get back in touch with {{ title }}"),
                    "days": 2,
                    "working": True,
                    "who": "owner",
                },
            }
        ],
    },
)


def email_of(record: Any) -> str:
    """Return a record's own e-mail address; none for a person who wants no mail."""
    if isinstance(record, Person) and record.do_not_contact:
        return ""
    return str(record.email or "")


def register() -> None:
    for key in ("contacts.person", "contacts.company"):
        register_addresses(key, Address("own", gettext_lazy("the record's own address"), email_of))
    register_examples((WELCOME, QUIET))
