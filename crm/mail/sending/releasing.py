"""The moment a held letter leaves: its bytes are made, and it becomes a letter of its conversation."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from crm.mail.composing import letters
from crm.mail.composing.replying import FORWARD
from crm.mail.models import Draft, OutgoingState
from crm.mail.sending import afterwards, keeping
from crm.mail.sending.building import CannotSend

if TYPE_CHECKING:
    from datetime import datetime

    from crm.mail.models import Outgoing

logger = logging.getLogger(__name__)


def release(outgoing: Outgoing, now: datetime) -> bool:
    """Make the bytes of a letter, unless there are some; tell whether it may go."""
    if outgoing.raw_path:
        return True
    draft = Draft.objects.filter(outgoing=outgoing).select_related("answers", "mailbox", "author").first()
    try:
        with transaction.atomic():
            if draft is None:
                raise CannotSend(_("The draft is gone."))
            is_answer = draft.answers is not None and draft.how != FORWARD
            thread = draft.answers.thread if draft.answers is not None and is_answer else None
            keeping.keep(letters.letter_of(draft, tracked=outgoing), outgoing, at=now, thread=thread)
    except (CannotSend, OSError) as wrong:
        logger.warning("Letter %s can't be made", outgoing.pk, exc_info=True)
        outgoing.state, outgoing.error = OutgoingState.FAILED, str(wrong)
        outgoing.raw_path, outgoing.rfc_id, outgoing.message = "", None, None
        outgoing.save()
        afterwards.failed(outgoing, now)
        return False
    return True
