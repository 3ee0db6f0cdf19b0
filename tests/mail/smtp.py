"""A real SMTP server for tests, as friendly or as awkward as one asks for."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections import Counter
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


class Post:
    """What the server does with letters; ``mode`` is one of the words below."""

    def __init__(self) -> None:
        self.mode = "takes"
        self.letters: list[tuple[str, list[str], bytes]] = []
        #: What is said to recipients, by address.
        self.answers: dict[str, str] = {}
        self.signed_in: list[tuple[str, bytes]] = []
        self.delay = 0.0

    @property
    def taken(self) -> Counter[str]:
        """How often each letter was taken, by Message-ID."""
        return Counter(
            str(message_from_bytes(raw)["Message-ID"]).strip("<>") for _sender, _to, raw in self.letters
        )

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if answer := self.answers.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.mode == "refuses":
            return "554 5.7.1 Looks like spam"
        if self.mode == "busy":
            return "451 4.3.2 Try again later"
        await asyncio.sleep(self.delay)
        self.letters.append(
            (envelope.mail_from or "", list(envelope.rcpt_tos), bytes(envelope.content or b""))
        )
        if self.mode == "takes and drops":
            assert server.transport is not None
            server.transport.abort()
        return "250 OK queued"

    def sign_in(
        self, _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        self.signed_in.append((mechanism, data.password if hasattr(data, "password") else data))
        return AuthResult(success=True)


class Server(Controller):
    """The server in a thread of its own, on a free port."""

    def __init__(self, post: Post, **kwargs: Any) -> None:
        self.post = post
        self.kwargs = kwargs
        super().__init__(post, hostname="127.0.0.1", port=free_port())

    def factory(self) -> SMTP:
        return SMTP(self.handler, enable_SMTPUTF8=True, **self.kwargs)


class Cutter:
    """A server that takes one call and hangs up in the middle of the letter."""

    def __init__(self, after: int) -> None:
        self.after, self.calls = after, 0
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listening.getsockname()[1])
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self) -> Cutter:
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.thread.join(10)
        self.listening.close()

    def serve(self) -> None:
        caller, _address = self.listening.accept()
        with caller, caller.makefile("rb") as lines:
            self.calls += 1
            caller.sendall(b"220 cutter\r\n")
            while line := lines.readline():
                if line.upper().startswith(b"DATA"):
                    caller.sendall(b"354 go on\r\n")
                    lines.read(self.after)
                    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                caller.sendall(b"250 OK\r\n")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
