"""A real SMTP server on a real socket, which answers as a test asks it to."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller

from ledgerline.mail.adapters.smtp import SmtpPost, Tls

SENDER = "billing@tunes.example"
TAKEN = "250 2.0.0 taken"


@dataclass
class PostOffice:
    """What it was given, and what it answers."""

    port: int = 0
    taken: list[bytes] = field(default_factory=list)
    seen: list[bytes] = field(default_factory=list)
    """Contents that were handed over, whatever was answered."""
    sender_reply: str | None = None
    recipient_reply: str | None = None
    content_reply: str = TAKEN
    cuts: bool = False
    waits_seconds: float = 0.0
    kills: int = 0
    """A process that dies once it has handed over a mail, before it hears the answer."""

    def post(
        self, *, tls: Tls = Tls.NONE, answer_seconds: float = 20.0, site: str | None = None
    ) -> SmtpPost:
        """Give the way to it."""
        return SmtpPost(
            host="127.0.0.1", port=self.port, sender=SENDER, tls=tls,
            answer_seconds=answer_seconds, site=site,
        )  # fmt: skip

    def messages(self) -> list[Message]:
        """Read what it took."""
        return [message_from_bytes(one) for one in self.taken]

    # what the server calls, each under its own name --------------------------------------------

    async def handle_MAIL(self, *asked: Any) -> str:  # noqa: N802 - the name is the server's
        _, _, envelope, address, _ = asked
        if self.sender_reply is not None:
            return self.sender_reply
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, *asked: Any) -> str:  # noqa: N802 - the name is the server's
        _, _, envelope, address, _ = asked
        if self.recipient_reply is not None:
            return self.recipient_reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, *asked: Any) -> str:  # noqa: N802 - the name is the server's
        server, _, envelope = asked
        self.seen.append(envelope.content)
        if self.kills:
            os.kill(self.kills, signal.SIGKILL)
        await asyncio.sleep(self.waits_seconds)
        if self.cuts:
            server.transport.abort()
        elif self.content_reply == TAKEN:
            self.taken.append(envelope.content)
        return self.content_reply


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """Open one in a thread of its own."""
    office = PostOffice()
    with socket.create_server(("127.0.0.1", 0)) as free:
        office.port = free.getsockname()[1]
    controller = Controller(office, hostname="127.0.0.1", port=office.port)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()
