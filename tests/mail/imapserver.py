"""A small IMAP server for tests: it holds letters in memory and fails when it is told to."""

from __future__ import annotations

import base64
import re
import socketserver
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Box:
    """What a folder holds: number → raw letter."""

    uidvalidity: int = 1
    letters: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    since: int = 0

    def add(self, raw: bytes) -> int:
        uid = max(self.letters, default=0) + 1
        self.letters[uid] = raw
        return uid


@dataclass
class Post:
    """The server's state, for tests to change."""

    password: str = "secret"
    token: str = "token-1"
    boxes: dict[str, Box] = field(default_factory=lambda: {"INBOX": Box(), "Sent": Box()})
    #: Hang up after so many letters have been given out; -1 is never.
    hang_up_after: int = -1
    commands: list[str] = field(default_factory=list)
    port: int = 0


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    post: Post

    def say(self, text: str | bytes) -> None:
        self.wfile.write(text.encode() + b"\r\n" if isinstance(text, str) else text)

    def handle(self) -> None:
        self.box: Box | None = None
        self.say("* OK ready")
        while line := self.rfile.readline():
            tag, _space, rest = line.decode().strip().partition(" ")
            self.post.commands.append(rest)
            word = rest.split(" ", 1)[0].upper()
            if rest.upper().startswith("UID "):
                word = rest.split(" ")[1].upper()
            if word == "LOGOUT":
                self.say("* BYE")
                self.say(f"{tag} OK done")
                return
            try:
                getattr(self, f"do_{word.lower()}", self.do_unknown)(tag, rest)
            except ConnectionAbortedError:
                return

    def do_unknown(self, tag: str, rest: str) -> None:
        self.say(f"{tag} BAD unknown")

    def do_capability(self, tag: str, rest: str) -> None:
        self.say("* CAPABILITY IMAP4rev1 AUTH=XOAUTH2 AUTH=PLAIN")
        self.say(f"{tag} OK done")

    def do_noop(self, tag: str, rest: str) -> None:
        self.say(f"{tag} OK done")

    def do_login(self, tag: str, rest: str) -> None:
        good = rest.split(" ")[-1].strip('"') == self.post.password
        self.say(f"{tag} OK done" if good else f"{tag} NO [AUTHENTICATIONFAILED] Invalid credentials")

    def do_authenticate(self, tag: str, rest: str) -> None:
        self.say("+ ")
        given = base64.b64decode(self.rfile.readline()).decode()
        if f"auth=Bearer {self.post.token}\x01" in given:
            self.say(f"{tag} OK done")
            return
        self.say("+ " + base64.b64encode(b'{"status":"401"}').decode())
        self.rfile.readline()
        self.say(f"{tag} NO invalid token")

    def do_list(self, tag: str, rest: str) -> None:
        for name in self.post.boxes:
            mark = "\\Sent" if name == "Sent" else "\\HasNoChildren"
            self.say(f'* LIST ({mark}) "/" "{name}"')
        self.say(f"{tag} OK done")

    def do_examine(self, tag: str, rest: str) -> None:
        name = rest.split(" ", 1)[1].strip('"')
        self.box = self.post.boxes[name]
        self.say(f"* {len(self.box.letters)} EXISTS")
        self.say(f"* OK [UIDVALIDITY {self.box.uidvalidity}]")
        self.say(f"* OK [UIDNEXT {max(self.box.letters, default=0) + 1}]")
        self.say(f"{tag} OK [READ-ONLY]")

    def do_search(self, tag: str, rest: str) -> None:
        assert self.box is not None
        first = self.box.since if "SINCE" in rest else 0
        self.say("* SEARCH " + " ".join(str(uid) for uid in self.box.letters if uid >= first))
        self.say(f"{tag} OK done")

    def do_fetch(self, tag: str, rest: str) -> None:
        assert self.box is not None
        wanted = numbers(rest.split(" ")[2])
        for place, uid in enumerate(self.box.letters, start=1):
            if uid not in wanted:
                continue
            raw = self.box.letters[uid]
            if "BODY" not in rest:
                self.say(f"* {place} FETCH (UID {uid} RFC822.SIZE {len(raw)})")
                continue
            if self.post.hang_up_after == 0:
                self.connection.close()
                raise ConnectionAbortedError
            self.post.hang_up_after -= 1
            flags = "\\Seen" if uid in self.box.seen else ""
            date = "02-Mar-2026 11:00:00 +0000"
            self.say(f'* {place} FETCH (UID {uid} INTERNALDATE "{date}" BODY[] {{{len(raw)}}}')
            self.say(raw + f" FLAGS ({flags}))\r\n".encode())
        self.say(f"{tag} OK done")


def numbers(text: str) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, _colon, last = part.partition(":")
        found.update(range(int(first), int(last or first) + 1))
    return found


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Hung up on purpose: nobody needs to hear of it."""


@contextmanager
def serving(post: Post | None = None) -> Iterator[Post]:
    """Run a server on a free port of this machine."""
    post = post or Post()
    handler = type("Handler", (Session,), {"post": post})
    with _Server(("127.0.0.1", 0), handler) as server:
        post.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield post
        server.shutdown()
        thread.join()


def was_changed(post: Post) -> bool:
    """Whether anything was changed on the server: only reading commands may come."""
    return any(
        re.match(r"(UID )?(STORE|COPY|MOVE|EXPUNGE|APPEND|SELECT)", one.upper()) for one in post.commands
    )
