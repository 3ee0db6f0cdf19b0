"""Letters of records that are merged: they go along, and a letter that both had stays once."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from crm.records.merging import Held, hold


def register() -> None:
    """Hand in the links of letters, and whose their addresses were."""
    hold(
        Held("mail.messagelink", "record_id", type_column="type_id", same=("message_id",), is_searched=False),
        Held("mail.messageaddress", "record_id", type_column="type_id", is_shown=False, is_searched=False),
        Held("mail.draft", "record_id", type_column="type_id", is_shown=False, is_searched=False),
        Held("mail.outgoing", "record_id", type_column="type_id", is_shown=False, is_searched=False),
        Held(
            "mail.enrolment",
            "record_id",
            type_column="type_id",
            same=("sequence_id",),
            label=_("sequences"),
            is_searched=False,
        ),
    )
