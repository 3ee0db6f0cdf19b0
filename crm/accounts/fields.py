"""What can be written of a user, as files and forms name it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from crm.identity.models import Language, Role, User
from crm.records.fields import Field, Kind

#: Columns of the user's own table that the service writes.
OWN = (
    "username",
    "full_name",
    "email",
    "phone",
    "job_title",
    "language",
    "time_zone",
    "is_active",
    "is_superuser",
)
#: Kept in other tables. ``roles`` takes Role objects, ``role`` adds one by name.
VIRTUAL = ("roles", "role", "team", "manager")
#: Values that no event shows.
SECRET = frozenset({"password", "last_login", "is_staff", "preferences"})


def user_fields() -> dict[str, Field]:
    """Return the fields that files and REST may name."""
    roles = tuple((role.key, str(role)) for role in Role.objects.order_by("pk"))
    found = (
        Field(
            "full_name",
            _("Full name"),
            required=True,
            max_length=200,
            synonyms=("name", "agent", "sales_agent", "employee", "user", "имя", "фио", "сотрудник"),
        ),
        Field(
            "username",
            _("User name"),
            max_length=150,
            synonyms=("login", "логин"),
            help_text=_("Made from the name when it is left out."),
        ),
        Field("email", _("E-mail"), Kind.EMAIL, max_length=254, synonyms=("e-mail", "mail", "почта")),
        Field("phone", _("Phone"), Kind.PHONE, max_length=40, synonyms=("mobile", "телефон")),
        Field("job_title", _("Job title"), max_length=120, synonyms=("position", "title", "должность")),
        Field(
            "team",
            _("Team"),
            virtual=True,
            max_length=120,
            synonyms=("office", "regional_office", "department", "команда", "отдел", "офис"),
            help_text=_("Found by name, or made."),
        ),
        Field(
            "manager",
            _("Manager"),
            virtual=True,
            max_length=200,
            synonyms=("supervisor", "lead", "boss", "руководитель", "начальник"),
            help_text=_("People with the same manager become a team led by that manager."),
        ),
        Field(
            "role",
            _("Role"),
            Kind.CHOICE,
            virtual=True,
            choices=roles,
            synonyms=("роль",),
            help_text=_("Sales rep, when the file gives none but a team or a manager."),
        ),
        Field("language", _("Language"), Kind.CHOICE, choices=tuple(Language.choices), synonyms=("язык",)),
        Field("time_zone", _("Time zone"), max_length=64, synonyms=("timezone", "часовой пояс")),
        Field(
            "is_active",
            _("Active"),
            Kind.YES_NO,
            synonyms=("active", "активен"),
            help_text=_("Without this column people are active when they have an e-mail address."),
        ),
    )
    return {one.name: one for one in found}


def is_writable(name: str) -> bool:
    return name in VIRTUAL or (name in OWN and User._meta.get_field(name).editable)
