"""A few words of IMAP: sign in, list folders, search, fetch raw letters.

Built on the standard library's client, with three things of our own: the connection goes only
to addresses that may be called (``crm.lib.outbound``), nothing is ever marked or changed on the
server, and every failure is one of ours.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from crm.lib import outbound
from crm.mail.folders import decode_name
from crm.mail.models import Security
from crm.mail.syncing.errors import Broken, CannotConnect, CannotSignIn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TIMEOUT = 30.0
#: A line of an answer: the numbers of all letters of a large folder come in one.
imaplib._MAXLINE = max(imaplib._MAXLINE, 20_000_000)  # type: ignore[attr-defined]
LIST_LINE = re.compile(rb'\((?P<flags>[^)]*)\)\s+(?:"(?:[^"\\]|\\.)*"|NIL)\s+(?P<name>.+)$', re.DOTALL)
UID_ITEM = re.compile(rb"\bUID (\d+)")
SIZE_ITEM = re.compile(rb"RFC822\.SIZE (\d+)")
DATE_ITEM = re.compile(rb'INTERNALDATE "([^"]+)"')
FLAGS_ITEM = re.compile(rb"FLAGS \(([^)]*)\)")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ROLES = {rb"\sent": "sent", rb"\drafts": "drafts", rb"\trash": "trash", rb"\junk": "junk", rb"\all": "all"}
#: Names of the folder of sent letters on servers that don't mark it.
SENT_NAMES = frozenset(
    {"sent", "sent items", "sent messages", "inbox.sent", "отправленные", "gesendet", "envoyés", "sent mail"}
)


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """A folder as the server lists it."""

    name: str
    role: str = ""

    @property
    def label(self) -> str:
        return decode_name(self.name)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a server says of the folder that was opened."""

    uidvalidity: int
    uidnext: int
    exists: int

    @property
    def mark(self) -> str:
        """Stays the same as long as nothing arrives and nothing goes."""
        return f"{self.uidvalidity}/{self.uidnext}/{self.exists}" if self.uidnext else ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One raw letter."""

    uid: int
    raw: bytes
    received_at: datetime | None
    is_seen: bool


@contextmanager
def _clear_errors() -> Iterator[None]:
    try:
        yield
    except (imaplib.IMAP4.abort, ssl.SSLError, OSError) as wrong:
        raise Broken(_("The server broke off: %(error)s") % {"error": _said(wrong)}) from wrong
    except imaplib.IMAP4.error as wrong:
        raise Broken(_("The server refused: %(error)s") % {"error": _said(wrong)}) from wrong


class _Client(imaplib.IMAP4):
    """Connects to the one address that was checked, in plain words or under TLS."""

    def __init__(self, host: str, port: int, *, secure: bool, address: str) -> None:
        self.secure, self.address = secure, address
        super().__init__(host, port, timeout=TIMEOUT)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        link = socket.create_connection((self.address, self.port), timeout)
        if not self.secure:
            return link
        try:
            return ssl.create_default_context().wrap_socket(link, server_hostname=self.host)
        except BaseException:
            link.close()
            raise


class Server:
    """A signed-in connection; use it with ``with``."""

    def __init__(self, client: imaplib.IMAP4) -> None:
        self.client = client

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_args: object) -> None:
        with suppress(imaplib.IMAP4.error, OSError):
            self.client.logout()
        _hang_up(self.client)

    def folders(self) -> list[RemoteFolder]:
        """List the folders that can be read."""
        with _clear_errors():
            _status, lines = self.client.list()
        found = []
        for line in lines:
            raw = b" ".join(line) if isinstance(line, tuple) else line
            match = LIST_LINE.match(raw or b"")
            if match is None or rb"\noselect" in match["flags"].lower():
                continue
            name = _unquoted(match["name"])
            found.append(RemoteFolder(name, _role(name, match["flags"].lower())))
        return found

    def open(self, name: str) -> Opened:
        """Open a folder for reading only."""
        with _clear_errors():
            status, data = self.client.select(_quoted(name), readonly=True)
            if status != "OK":
                raise imaplib.IMAP4.error(_said(data[0] if data else b""))
            exists = int((data[0] or b"0").split()[0])
            return Opened(self._number("UIDVALIDITY"), self._number("UIDNEXT"), exists)

    def _number(self, name: str) -> int:
        _kind, data = self.client.response(name)
        found = re.search(rb"\d+", data[-1] or b"") if data and isinstance(data[-1], bytes) else None
        return int(found[0]) if found else 0

    def search(self, since: date | None = None) -> list[int]:
        """Return the numbers of all letters, or of those that arrived since a day, in their order."""
        wanted = f"SINCE {since.day}-{MONTHS[since.month - 1]}-{since.year}" if since else "ALL"
        with _clear_errors():
            status, data = self.client.uid("SEARCH", wanted)
            if status != "OK":
                raise imaplib.IMAP4.error(_said(data[0] if data else b""))
        words = b" ".join(one for one in data if isinstance(one, bytes)).split()
        return sorted({int(word) for word in words if word.isdigit()})

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Return how large letters are."""
        found = {}
        for meta, _literal in self._fetch(uids, "(UID RFC822.SIZE)"):
            uid, size = UID_ITEM.search(meta), SIZE_ITEM.search(meta)
            if uid and size:
                found[int(uid[1])] = int(size[1])
        return found

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        """Give raw letters, unmarked as they were."""
        for meta, literal in self._fetch(uids, "(UID FLAGS INTERNALDATE BODY.PEEK[])"):
            uid = UID_ITEM.search(meta)
            if uid is None or literal is None:
                continue
            given, flags = DATE_ITEM.search(meta), FLAGS_ITEM.search(meta)
            is_seen = rb"\seen" in flags[1].lower() if flags else False
            yield Fetched(int(uid[1]), literal, _moment(given[1]) if given else None, is_seen)

    def _fetch(self, uids: Sequence[int], what: str) -> Iterator[tuple[bytes, bytes | None]]:
        if not uids:
            return
        with _clear_errors():
            status, data = self.client.uid("FETCH", _ranges(uids), what)
            if status != "OK":
                raise imaplib.IMAP4.error(_said(data[0] if data else b""))
        place = 0
        while place < len(data):
            item = data[place]
            if isinstance(item, tuple):
                # Flags and the like may follow the letter itself.
                after = data[place + 1] if place + 1 < len(data) else b""
                tail = after if isinstance(after, bytes) else b""
                yield bytes(item[0]) + b" " + tail, bytes(item[1])
                place += 1 + bool(tail)
            else:
                if item:
                    yield bytes(item), None
                place += 1


def connect(host: str, port: int, security: str) -> imaplib.IMAP4:
    """Connect to a server, not signed in yet.

    Raises:
        CannotConnect: with what to change.
    """
    where = {"host": host, "port": port}
    try:
        address = outbound.resolve(host, port)
        client: imaplib.IMAP4 = _Client(host, port, secure=security == Security.TLS, address=address)
        if security == Security.STARTTLS:
            _start_tls(client)
    except outbound.Refused as no:
        text = _("%(host)s lies inside a private network; an administrator can allow it by OUTBOUND_HOSTS.")
        raise CannotConnect(text % where) from no
    except outbound.Unreachable as no:
        raise CannotConnect(_("There is no server named %(host)s.") % where) from no
    except ssl.SSLCertVerificationError as wrong:
        text = _("The certificate of %(host)s is not valid: %(error)s")
        raise CannotConnect(text % {**where, "error": wrong.verify_message}) from wrong
    except ssl.SSLError as wrong:
        text = _("%(host)s does not speak TLS on port %(port)s. Choose STARTTLS, or another port.")
        raise CannotConnect(text % where) from wrong
    except TimeoutError as wrong:
        text = _("%(host)s does not answer on port %(port)s.")
        raise CannotConnect(text % where) from wrong
    except (OSError, imaplib.IMAP4.error) as wrong:
        text = _("%(host)s can't be reached on port %(port)s: %(error)s")
        raise CannotConnect(text % {**where, "error": _said(wrong)}) from wrong
    return client


def sign_in(client: imaplib.IMAP4, username: str, *, password: str = "", access_token: str = "") -> Server:
    """Sign in by password, or by a token of OAuth (XOAUTH2).

    Raises:
        CannotSignIn: when the server refuses.
    """
    try:
        if access_token:
            words = f"user={username}\x01auth=Bearer {access_token}\x01\x01".encode()
            client.authenticate("XOAUTH2", lambda challenge: words if not challenge else b"")
        elif username.isascii() and password.isascii():
            client.login(username, password)
        else:
            plain = f"\x00{username}\x00{password}".encode()
            client.authenticate("PLAIN", lambda _challenge: plain)
    except (imaplib.IMAP4.abort, OSError) as wrong:
        _hang_up(client)
        raise Broken(_("The server broke off: %(error)s") % {"error": _said(wrong)}) from wrong
    except imaplib.IMAP4.error as wrong:
        _hang_up(client)
        text = _("The server refuses %(user)s: %(error)s")
        raise CannotSignIn(text % {"user": username, "error": _said(wrong)}) from wrong
    return Server(client)


def _start_tls(client: imaplib.IMAP4) -> None:
    try:
        client.starttls(ssl.create_default_context())
    except BaseException:
        _hang_up(client)
        raise


def _hang_up(client: imaplib.IMAP4) -> None:
    with suppress(imaplib.IMAP4.error, OSError):
        client.shutdown()


def _role(name: str, flags: bytes) -> str:
    if name.upper() == "INBOX":
        return "inbox"
    found = next((role for mark, role in ROLES.items() if mark in flags.split()), "")
    last = re.split(r"[/.]", decode_name(name).lower())[-1]
    return found or ("sent" if last in SENT_NAMES or decode_name(name).lower() in SENT_NAMES else "")


def _ranges(uids: Sequence[int]) -> str:
    """Write numbers as IMAP does: "1:4,7"."""
    parts: list[list[int]] = []
    for uid in sorted(uids):
        if parts and uid == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], uid]
        else:
            parts.append([uid])
    return ",".join(":".join(map(str, part)) for part in parts)


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unquoted(raw: bytes) -> str:
    text = raw.strip().decode("utf-8", "replace")
    if text.startswith('"') and text.endswith('"'):
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    # A name sent as a literal follows its length.
    return re.sub(r"^\{\d+\}\s*", "", text)


def _moment(raw: bytes) -> datetime | None:
    try:
        return datetime.strptime(raw.decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except ValueError:
        return None


def _said(wrong: Any) -> str:
    """Return what a server said, in one short line."""
    text = wrong.args[0] if isinstance(wrong, Exception) and wrong.args else wrong
    if isinstance(wrong, OSError) and wrong.strerror:
        text = wrong.strerror
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return " ".join(str(text).split())[:200] or type(wrong).__name__
