"""Domains of companies: how they are written, and which say nothing about whose they are."""

from __future__ import annotations

import re

FREE_MAIL_NAMES = """
gmail.com googlemail.com yahoo.com yahoo.co.uk outlook.com hotmail.com live.com msn.com icloud.com me.com
aol.com gmx.de gmx.net gmx.com web.de t-online.de proton.me protonmail.com pm.me zoho.com fastmail.com
mail.com mail.ru bk.ru inbox.ru list.ru internet.ru yandex.ru ya.ru yandex.com yandex.by yandex.kz
rambler.ru lenta.ru ro.ru ukr.net i.ua tut.by qq.com 163.com 126.com orange.fr free.fr laposte.net
libero.it naver.com
"""
#: Anybody can have an address there.
FREE_MAIL = frozenset(FREE_MAIL_NAMES.split())
SHAPE = re.compile(r"(?=.{4,253}$)([\w](?:[\w-]{0,61}[\w])?\.)+[^\W\d_][\w-]{0,61}[\w]")


def clean_domain(text: str) -> str:
    """Return the bare domain of an address or e-mail: "https://www.Acme.com/x" → "acme.com"; "" if none."""
    bare = text.strip().lower().rpartition("@")[2]
    bare = bare.split("://", 1)[-1].split("/", 1)[0].split("?", 1)[0].split(":", 1)[0]
    bare = bare.removeprefix("www.").rstrip(".")
    return bare if SHAPE.fullmatch(bare) else ""


def is_telling(domain: str) -> bool:
    """Tell whether a domain belongs to one organisation rather than to a mail provider."""
    return bool(domain) and domain not in FREE_MAIL
