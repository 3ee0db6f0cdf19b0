"""Letters as mail systems write them, taken apart without ever giving up."""

from crm.mail.parsing.headers import Address
from crm.mail.parsing.letter import Letter, LetterFile, parse

__all__ = ["Address", "Letter", "LetterFile", "parse"]
