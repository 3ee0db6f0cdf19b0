"""Servers of well-known providers, guessed from an address, so that hardly anybody has to type them."""

from __future__ import annotations

from dataclasses import dataclass

from crm.mail.models import Auth, Security


@dataclass(frozen=True, slots=True)
class Provider:
    """Where the mail of some domains lies."""

    imap_host: str
    smtp_host: str
    imap_port: int = 993
    imap_security: str = Security.TLS
    smtp_port: int = 587
    smtp_security: str = Security.STARTTLS
    auth: str = Auth.PASSWORD
    #: Whether it takes passwords made for one program only.
    wants_app_password: bool = False


GOOGLE = Provider("imap.gmail.com", "smtp.gmail.com", auth=Auth.GOOGLE, wants_app_password=True)
MICROSOFT = Provider("outlook.office365.com", "smtp.office365.com", auth=Auth.MICROSOFT)
YANDEX = Provider(
    "imap.yandex.ru", "smtp.yandex.ru", smtp_port=465, smtp_security=Security.TLS, wants_app_password=True
)
MAIL_RU = Provider(
    "imap.mail.ru", "smtp.mail.ru", smtp_port=465, smtp_security=Security.TLS, wants_app_password=True
)
BY_DOMAIN = {
    **dict.fromkeys(("gmail.com", "googlemail.com"), GOOGLE),
    **dict.fromkeys(("outlook.com", "hotmail.com", "live.com", "msn.com"), MICROSOFT),
    **dict.fromkeys(("yandex.ru", "ya.ru", "yandex.com", "yandex.by", "yandex.kz"), YANDEX),
    **dict.fromkeys(("mail.ru", "bk.ru", "inbox.ru", "list.ru", "internet.ru"), MAIL_RU),
    "icloud.com": Provider("imap.mail.me.com", "smtp.mail.me.com", wants_app_password=True),
    "yahoo.com": Provider("imap.mail.yahoo.com", "smtp.mail.yahoo.com", wants_app_password=True),
    "gmx.de": Provider("imap.gmx.net", "mail.gmx.net"),
    "web.de": Provider("imap.web.de", "smtp.web.de"),
}


def guess(address: str) -> Provider:
    """Return the servers of an address: known ones, else those that its domain probably has."""
    domain = address.strip().lower().rpartition("@")[2]
    return BY_DOMAIN.get(domain) or Provider(f"imap.{domain}", f"smtp.{domain}")
