"""What can go wrong with a mail server, in words for the person who connected the mailbox."""

from __future__ import annotations


class MailServerError(Exception):
    """Something is wrong with a server; the text is shown to people."""

    #: Trying again soon would change nothing, and might lock the account.
    needs_person = False


class CannotConnect(MailServerError):
    """Nobody answers at this address, or not in the way that was expected."""


class CannotSignIn(MailServerError):
    """The server refuses name and password, or our permission was withdrawn."""

    needs_person = True


class Broken(MailServerError):
    """The server said something that makes no sense, or broke off."""
