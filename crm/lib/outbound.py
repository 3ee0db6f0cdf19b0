"""Calling addresses that people typed in, without being led into our own network.

The name is looked up once, every address it has must be a public one, and the connection goes
to that very address: a name that changes its mind in between leads nowhere else. Redirects
are answers, not directions. Hosts named in OUTBOUND_HOSTS may lie inside.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Timer
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT = 10.0
LARGEST_ANSWER = 64 * 1024
PORTS = {"http": 80, "https": 443}
#: Blocks in which an IPv4 address travels inside an IPv6 one, by how many bits precede it.
CARRIERS = (
    (ipaddress.ip_network("64:ff9b::/96"), 96),
    (ipaddress.ip_network("64:ff9b:1::/48"), 96),
    (ipaddress.ip_network("2002::/16"), 16),
    (ipaddress.ip_network("::/96"), 96),
)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(Exception):
    """The address may not be called; the text says why."""


class Unreachable(Exception):
    """Nobody answered, or not in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; the body is cut where it grows too long."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


def check(url: str) -> tuple[str, str, int, str]:
    """Return scheme, host, port and path of an address that may be typed in.

    Raises:
        Refused: when it is no plain web address. Whether its host is public is seen when it is called.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("This is no web address.") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise Refused("This is no web address.")
    if parts.username or parts.password:
        raise Refused("Leave names and passwords out of the address.")
    if any(ord(char) < 33 for char in url):
        raise Refused("This is no web address.")
    path = parts.path or "/"
    return (
        parts.scheme,
        parts.hostname,
        port or PORTS[parts.scheme],
        f"{path}?{parts.query}" if parts.query else path,
    )


def is_public(address: Address) -> bool:
    """Tell whether an address belongs to the open internet, however it is written."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or _carried(address)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.teredo is not None:
        return address.teredo[1]
    for network, bits in CARRIERS:
        if address in network:
            return ipaddress.IPv4Address((int(address) >> (128 - bits - 32)) & 0xFFFFFFFF)
    return None


def resolve(host: str, port: int) -> str:
    """Look a name up once and return the address to connect to.

    Raises:
        Refused: when any of its addresses is not public, unless the host is named in the settings.
        Unreachable: when there is no such name.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as wrong:
        raise Unreachable(f"The name {host} can't be found.") from wrong
    # A scope such as %eth0 is no part of the address.
    addresses = [str(one[4][0]).partition("%")[0] for one in found]
    if host.lower() not in settings.OUTBOUND_HOSTS:
        for text in addresses:
            if not is_public(ipaddress.ip_address(text)):
                raise Refused(f"{host} lies inside a private network.")
    return addresses[0]


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever the name says by now."""

    def __init__(self, host: str, port: int, *, address: str, secure: bool, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self.address, self.secure = address, secure
        self.is_late = False

    def abort(self) -> None:
        """End a call that has taken too long; whoever waits for it gets an error."""
        self.is_late = True
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout)
        if self.secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout: float = TIMEOUT,
    largest: int = LARGEST_ANSWER,
) -> Answer:
    """Send ``body`` and return what came back, in ``timeout`` seconds altogether.

    Raises:
        Refused: when the address may not be called.
        Unreachable: when nobody answered in time, or not in HTTP.
    """
    scheme, host, port, path = check(url)
    started = monotonic()
    address = resolve(host, port)
    link = _Pinned(host, port, address=address, secure=scheme == "https", timeout=timeout)
    shown = host if port == PORTS[scheme] else f"{host}:{port}"
    if ":" in host:
        shown = f"[{host}]" if port == PORTS[scheme] else f"[{host}]:{port}"
    # However slowly a server drips its answer, it is cut off in the end.
    timer = Timer(timeout, link.abort)
    timer.start()
    try:
        link.request("POST", path, body=body, headers={"Host": shown, **headers})
        answer = link.getresponse()
        text = _read(link, answer, deadline=started + timeout, largest=largest)
        return Answer(answer.status, text, dict(answer.getheaders()), monotonic() - started)
    except (OSError, http.client.HTTPException) as wrong:
        is_late = isinstance(wrong, TimeoutError) or link.is_late
        reason = "No answer in time." if is_late else f"{type(wrong).__name__}: {wrong}"
        raise Unreachable(reason[:300]) from wrong
    finally:
        timer.cancel()
        link.close()


def _read(link: _Pinned, answer: http.client.HTTPResponse, *, deadline: float, largest: int) -> str:
    """Read up to ``largest`` bytes; a server that drips them one by one runs out of time."""
    parts: list[bytes] = []
    size = 0
    while size < largest:
        left = deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        if link.sock is not None:
            link.sock.settimeout(left)
        part = answer.read1(min(8192, largest - size))
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts).decode("utf-8", "replace").replace("\x00", "")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address holds."""

    status: int
    data: bytes
    media_type: str


def fetch(url: str, *, timeout: float = TIMEOUT, largest: int = 5 * 1024 * 1024, hops: int = 3) -> Fetched:
    """Get what lies at a public address; each redirect is checked like the first address.

    Raises:
        Refused: when an address may not be called, or holds too much.
        Unreachable: when nobody answered in time, or not in HTTP.
    """
    scheme, host, port, path = check(url)
    address = resolve(host, port)
    link = _Pinned(host, port, address=address, secure=scheme == "https", timeout=timeout)
    timer = Timer(timeout, link.abort)
    timer.start()
    try:
        link.request(
            "GET", path, headers={"Host": host, "User-Agent": "Artel", "Accept": "image/*,*/*;q=0.5"}
        )
        answer = link.getresponse()
        target = answer.getheader("Location", "")
        if answer.status in (301, 302, 303, 307, 308) and target and hops:
            return fetch(urljoin(url, target), timeout=timeout, largest=largest, hops=hops - 1)
        data = answer.read(largest + 1)
        if len(data) > largest:
            raise Refused("It is too large.")
        return Fetched(answer.status, data, answer.getheader("Content-Type", "").partition(";")[0].strip())
    except (OSError, http.client.HTTPException) as wrong:
        raise Unreachable(f"{type(wrong).__name__}: {wrong}"[:300]) from wrong
    finally:
        timer.cancel()
        link.close()
