"""Delivers mails over SMTP. Source: RFC 5321, RFC 3207 (STARTTLS), RFC 8314 (implicit TLS)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from ledgerline.mail.contract import ServerUnreachable, Session
from ledgerline.mail.model import Accepted, Envelope, Lost, Outcome, Refused
from ledgerline.mail.rules.replies import Stage, outcome_of, reason

CONNECT_SECONDS: Final = 20.0
ANSWER_SECONDS: Final = 120.0  # RFC 5321 §4.5.3.2.6 asks for 10 minutes after the end of DATA
_UTF8: Final = "SMTPUTF8"


class Tls(StrEnum):
    """How a connection is sealed; ``none`` is for a server on this machine alone."""

    STARTTLS = "starttls"
    IMPLICIT = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SmtpPost:
    """A mail server. ``sender`` is the address that mails come from, ``site`` where they lead."""

    host: str
    port: int
    sender: str
    tls: Tls
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    answer_seconds: float = ANSWER_SECONDS
    site: str | None = None

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Connect, seal, sign in; raises ``ServerUnreachable``: nothing was handed over yet."""
        client = SMTP(
            hostname=self.host, port=self.port, timeout=CONNECT_SECONDS,
            use_tls=self.tls is Tls.IMPLICIT, start_tls=self.tls is Tls.STARTTLS,
        )  # fmt: skip
        try:
            await client.connect()
            if self.user is not None and self.password is not None:
                await client.login(self.user, self.password)
        except (SMTPException, OSError, ValueError) as failure:
            client.close()
            raise ServerUnreachable(_said(failure)) from failure
        try:
            yield _Session(client, self.answer_seconds)
        finally:
            with suppress(SMTPException, OSError):
                await client.quit(timeout=1.0)
            client.close()


@dataclass(frozen=True, slots=True)
class _Session:
    """One connection."""

    client: SMTP
    answer_seconds: float

    async def send(self, envelope: Envelope) -> Outcome:
        """Hand a mail over; whatever breaks once its contents go is ``Lost``."""
        refused = await self._address(envelope)
        if refused is not None:
            return refused
        try:
            await self.client.data(envelope.message, timeout=self.answer_seconds)
        except SMTPResponseException as reply:
            return outcome_of(Stage.CONTENT, reply.code, reply.message)
        except (SMTPException, OSError) as failure:
            return Lost(_said(failure))
        return Accepted()

    async def _address(self, envelope: Envelope) -> Outcome | None:
        """Say who it is from and for; None when the server waits for the contents."""
        is_plain = envelope.recipient.isascii()
        if not is_plain and not self.client.supports_extension(_UTF8):
            return Refused("the server takes no address beyond ASCII", for_address=True)
        options = [] if is_plain else [_UTF8]
        try:
            if not self.client.is_connected:
                raise ServerUnreachable("the server closed the connection")
            await self.client.mail(envelope.sender, options=options)
            await self.client.rcpt(envelope.recipient, encoding="utf-8")
        except (SMTPSenderRefused, SMTPRecipientRefused) as reply:
            is_ours = isinstance(reply, SMTPSenderRefused)
            outcome = outcome_of(
                Stage.SENDER if is_ours else Stage.RECIPIENT, reply.code, reply.message
            )
            await self._reset()
            return outcome
        except (SMTPException, OSError, UnicodeError) as failure:
            raise ServerUnreachable(_said(failure)) from failure
        return None

    async def _reset(self) -> None:
        """Take back the sender, so that the next mail begins anew."""
        with suppress(SMTPException, OSError):
            await self.client.rset()


def _said(failure: Exception) -> str:
    if isinstance(failure, SMTPResponseException):
        return reason(failure.code, failure.message)
    return f"{type(failure).__name__}: {failure}"[:200]
