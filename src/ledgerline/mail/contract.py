"""What delivers mails: a server at the other end of a connection."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from ledgerline.mail.model import Envelope, Outcome


class ServerUnreachable(Exception):
    """The server was not reached, or does not take our mails at all: nothing was handed over."""


class Session(Protocol):
    """A connection to the server, over which mails go one after the other."""

    async def send(self, envelope: Envelope) -> Outcome:
        """Hand a mail over; raises ``ServerUnreachable`` when the server went away before it."""
        ...


class Post(Protocol):
    """A mail server and the address that mails come from."""

    @property
    def sender(self) -> str:
        """The address that mails come from."""
        ...

    @property
    def site(self) -> str | None:
        """The origin at which customers reach the portal; None where mails lead to the seller."""
        ...

    def session(self) -> AbstractAsyncContextManager[Session]:
        """Connect; raises ``ServerUnreachable``."""
        ...
