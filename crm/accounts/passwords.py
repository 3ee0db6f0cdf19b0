"""What a password may not be: a common word in disguise, or a name that everybody here knows.

Lists of stolen passwords hold few as long as ours must be; people make one long by adding a
number, a sign, or the same word again. So the word inside is looked up, too.
"""

from __future__ import annotations

import re
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.identity.models import Organisation

#: Signs that people put in place of letters.
DISGUISES = str.maketrans("@4831!05$7", "aabeliosst")
#: Words of the product itself; the company's name and its parts join them.
KNOWN_HERE = frozenset({"artel", "crm", "sales", "support", "marketing", "administrator"})
#: What remains of a password beside a known word must have so many letters of its own.
ENOUGH = 5


class NoWordInDisguise:
    """Refuses "Password12345!", "qwertyqwerty1" and "Artel-2026-Artel"."""

    def __init__(self) -> None:
        self.common = CommonPasswordValidator()

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError when there is nothing in ``password`` but a word that others try first."""
        plain = password.lower()
        if any(self._is_common(one) for one in (plain, plain.translate(DISGUISES))):
            raise ValidationError(_("This is a common password in disguise."), code="password_disguised")
        rest = re.sub(
            "|".join(re.escape(word) for word in sorted(self.known(), key=len, reverse=True)), "", plain
        )
        if rest != plain and len(set(re.sub(r"[\W\d_]", "", rest))) < ENOUGH:
            raise ValidationError(
                _("Names that everybody here knows are no password."), code="password_known_here"
            )

    def get_help_text(self) -> str:
        return _("Your password can’t be a common word with numbers around it.")

    def known(self) -> frozenset[str]:
        """Return the words that somebody who wants in would try."""
        company = re.findall(r"\w{4,}", Organisation.load().name.lower())
        return KNOWN_HERE | frozenset(company)

    def _is_common(self, plain: str) -> bool:
        """Look up the word inside: without what stands around it, and once where it is repeated."""
        core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
        letters = re.sub(r"[\W_]", "", plain)
        found = {core, letters, _once(core), _once(letters)}
        return any(len(word) < 4 or word in self.common.passwords for word in found)


def _once(text: str) -> str:
    """Return the part of which ``text`` is made by repeating it."""
    found = re.fullmatch(r"(.+?)\1*", text)
    return found.group(1) if found else text
