"""What says who somebody is, elsewhere: an identity provider."""

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from ledgerline.access.model import Admission


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """A browser on its way: where it comes back to, and what binds the answer to this one way."""

    redirect: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


class Claims(NamedTuple):
    """What a provider says of somebody; ``email`` is None unless it says that it verified it."""

    subject: str
    email: str | None
    name: str
    groups: frozenset[str]


class Provider(Protocol):
    """An identity provider."""

    @property
    def name(self) -> str:
        """What the button calls it."""
        ...

    @property
    def issuer(self) -> str:
        """Who it says it is, in what it signs."""
        ...

    @property
    def admission(self) -> Admission:
        """Whom it lets in, and as what."""
        ...

    async def address(self, going: Going) -> str:
        """Return where a browser is sent; raises ``Unavailable``."""
        ...

    async def claims(self, code: str, going: Going) -> Claims:
        """Exchange a code for what is said; raises ``ProviderRefused`` and ``Unavailable``."""
        ...
