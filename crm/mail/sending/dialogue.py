"""Talking to an SMTP server so that at any moment we know whether it can have taken the letter.

The last line of a letter is what makes it the server's. Before it goes out, ``mark`` writes that
down; whatever breaks off before is tried again, whatever breaks off after is doubtful.
"""

from __future__ import annotations

import base64
import re
import smtplib
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crm.mail.sending import points

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: So long one answer of a server is waited for.
PATIENCE = 60
CHUNK = 64 * 1024
_DOT = re.compile(rb"(?m)^\.")
_BARE = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Server:
    """Where letters are handed in, and how one signs in there."""

    host: str
    port: int
    security: str = "starttls"
    username: str = ""
    password: str = ""
    #: Of OAuth2, instead of a password.
    token: str = ""


@dataclass(slots=True)
class Result:
    """What came of one try, for each recipient."""

    taken: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    put_off: dict[str, str] = field(default_factory=dict)
    said: str = ""
    #: The connection broke after the last line: it may have been taken or not.
    is_doubtful: bool = False


class PutOff(Exception):
    """Nothing was taken; another try may do."""


class Refused(Exception):
    """The server will not take this letter, however often it is asked."""


class LostClaim(Exception):
    """Somebody else has taken the letter over meanwhile."""


def deliver(
    server: Server,
    *,
    sender: str,
    recipients: Sequence[str],
    raw: bytes,
    mark: Callable[[], None],
    alive: Callable[[], None],
) -> Result:
    """Hand ``raw`` to a server for ``recipients``; ``mark`` is called right before the last line.

    ``alive`` is called now and then while a long letter goes out. Both may raise LostClaim.

    Raises:
        PutOff, Refused: when nothing was taken.
    """
    result = Result()
    marked = False
    connection: smtplib.SMTP | None = None
    try:
        connection = connect(server)
        points.reached(points.CONNECTED)
        accepted = address(connection, sender, recipients, result)
        points.reached(points.ADDRESSED)
        if accepted:
            send_body(connection, raw, alive)
            mark()
            marked = True
            points.reached(points.MARKED)
            finish(connection, accepted, result)
            points.reached(points.ANSWERED)
        with suppress(OSError, smtplib.SMTPException):
            connection.quit()
        return result
    except smtplib.SMTPResponseException as answer:
        said = words_of(answer.smtp_code, answer.smtp_error)
        if 500 <= answer.smtp_code < 600 and not isinstance(answer, smtplib.SMTPAuthenticationError):
            raise Refused(said) from answer
        raise PutOff(said) from answer
    except UnicodeError as odd:
        raise Refused(str(odd)) from odd
    except (OSError, smtplib.SMTPException) as broken:
        said = f"{type(broken).__name__}: {broken}"
        if marked:
            result.is_doubtful, result.said = True, said
            return result
        raise PutOff(said) from broken
    finally:
        if connection is not None:
            leave(connection)


def connect(server: Server) -> smtplib.SMTP:
    """Connect, encrypt and sign in as the mailbox wants it."""
    context = ssl.create_default_context()
    connection: smtplib.SMTP
    if server.security == "tls":
        connection = smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
    try:
        connection.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            connection.starttls(context=context)
            connection.ehlo()
        sign_in(connection, server)
    except Exception:
        leave(connection)
        raise
    return connection


def sign_in(connection: smtplib.SMTP, server: Server) -> None:
    if server.token:
        said = f"user={server.username}\x01auth=Bearer {server.token}\x01\x01"
        code, answer = connection.docmd("AUTH", "XOAUTH2 " + base64.b64encode(said.encode()).decode("ascii"))
        if code == 334:  # the server tells why in base64 and waits for an empty line
            code, answer = connection.docmd("")
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, answer)
    elif server.username:
        connection.login(server.username, server.password)


def address(connection: smtplib.SMTP, sender: str, recipients: Sequence[str], result: Result) -> list[str]:
    """Name sender and recipients; return those whom the server takes, note what it says of the others."""
    code, answer = connection.mail(sender)
    if code != 250:
        raise smtplib.SMTPResponseException(code, answer)
    accepted = []
    for one in recipients:
        code, answer = connection.rcpt(one)
        if code in (250, 251):
            accepted.append(one)
        elif code == 421:
            raise smtplib.SMTPServerDisconnected(words_of(code, answer))
        elif 500 <= code < 600:
            result.refused[one] = words_of(code, answer)
        else:
            result.put_off[one] = words_of(code, answer)
    return accepted


def send_body(connection: smtplib.SMTP, raw: bytes, alive: Callable[[], None]) -> None:
    """Send all of a letter but its last line."""
    connection.putcmd("data")
    code, answer = connection.getreply()
    if code != 354:
        raise smtplib.SMTPResponseException(code, answer)
    body = stuffed(raw)
    half, told = len(body) // 2, time.monotonic()
    for start, end in ((0, half), (half, len(body))):
        for place in range(start, end, CHUNK):
            connection.send(body[place : min(place + CHUNK, end)])
            if time.monotonic() - told > 10:
                alive()
                told = time.monotonic()
        if start == 0:
            points.reached(points.HALFWAY)


def finish(connection: smtplib.SMTP, accepted: list[str], result: Result) -> None:
    """Send the last line and read whether the letter is the server's now."""
    connection.send(b".\r\n")
    points.reached(points.HANDED_OVER)
    code, answer = connection.getreply()
    result.said = words_of(code, answer)
    if code == 421 or code < 0:
        raise smtplib.SMTPServerDisconnected(result.said)
    if code != 250:
        raise smtplib.SMTPResponseException(code, answer)
    result.taken = accepted


def stuffed(raw: bytes) -> bytes:
    """Return a letter as it goes over the wire: CRLF at each end, a dot at a line's begin doubled."""
    body = _DOT.sub(b"..", _BARE.sub(b"\r\n", raw))
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def leave(connection: smtplib.SMTP) -> None:
    """Hang up; a letter whose last line did not go out is dropped by the server."""
    connection.close()


def words_of(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {text}".strip()[:500]
