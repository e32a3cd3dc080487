"""Make a link into the customer portal: it opens one session, once, and its secret is not kept."""

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from ledgerline.access import store as access
from ledgerline.access.model import PortalPage
from ledgerline.access.rows import NewPortalRow
from ledgerline.base.crypto import hmac_sha256
from ledgerline.base.db import Tx
from ledgerline.base.ids import (
    PREFIXES,
    CustomerId,
    PortalSessionId,
    WrongIdKind,
    bucket_of,
    decode,
    encode,
)
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.model import CustomerNotFound
from ledgerline.customers.rules.erasure import refuse_erased

SECRET_BYTES: Final = 32
LINK_FOR: Final = timedelta(minutes=15)
LINK_FOR_MAX: Final = timedelta(days=7)
LINK, COOKIE = "portal link", "portal session"


@dataclass(frozen=True, slots=True)
class NewPortalLink:
    """Whose portal a link opens, where in it, and for how long it waits to be used."""

    customer_id: CustomerId
    leads_to: PortalPage = PortalPage.HOME
    stands_for: timedelta = LINK_FOR


class PortalLink(NamedTuple):
    """A link into the portal; ``token`` is what opens it and cannot be shown again."""

    id: PortalSessionId
    token: str
    created_at: datetime
    expires_at: datetime


class Named(NamedTuple):
    """What a token names, and the secret that proves it."""

    id: PortalSessionId
    secret: str


@repeated
async def make_portal_link(run: Run, new: NewPortalLink) -> PortalLink:
    """Make a link for a customer; whoever has it may use it, once.

    Called by the API and the command line. Its time is operational: a clock of a sandbox does not
    end it. Raises ``CustomerNotFound`` and ``CustomerErased``.
    """
    async with run.transaction() as tx:
        return await add_link_in(tx, run, new, new_link_id(run, new))


def new_link_id(run: Run, new: NewPortalLink) -> PortalSessionId:
    """Draw the id of a link."""
    return PortalSessionId(run.new_id(bucket_of(new.customer_id)))


async def add_link_in(tx: Tx, run: Run, new: NewPortalLink, link_id: PortalSessionId) -> PortalLink:
    """Add a link in the transaction of whoever asks for it; raises what ``make_portal_link`` does.

    Called by ``make_portal_link`` and by ``make_asked_link``, which a person asks for.
    """
    assert timedelta(0) < new.stands_for <= LINK_FOR_MAX, new
    bucket, now = bucket_of(new.customer_id), run.wall()
    found = await customers.read_customers(tx, buckets=[bucket], ids=[new.customer_id])
    if not found:
        raise CustomerNotFound("there is no such customer", customer=str(new.customer_id))
    refuse_erased(found[0])
    secret = new_secret(run)
    row = NewPortalRow(
        bucket=bucket,
        id=link_id,
        customer_id=new.customer_id,
        leads_to=new.leads_to,
        link_hash=hash_of(run, LINK, secret),
        created_at=now,
        link_expires_at=now + new.stands_for,
    )
    await access.add_portal_link(tx, row)
    return PortalLink(link_id, token_of(link_id, secret), now, row.link_expires_at)


def new_secret(run: Run) -> str:
    """Draw a secret."""
    return base64.b32encode(run.random(SECRET_BYTES)).decode().rstrip("=").lower()


def token_of(id: PortalSessionId, secret: str) -> str:
    """Write an id and its secret as one."""
    return f"{encode(PREFIXES['portal_link'], id)}-{secret}"


def read_token(token: str) -> Named | None:
    """Read it again; None for anything that was not made here."""
    head, _, secret = token.partition("-")
    try:
        found = decode(PREFIXES["portal_link"], head)
        bucket_of(found)
    except WrongIdKind:
        return None
    return Named(PortalSessionId(found), secret)


def hash_of(run: Run, purpose: str, secret: str) -> bytes:
    """Hash a secret under the environment's key; random secrets need no slow hash."""
    return hmac_sha256(run.keyring.kek, f"{purpose}\0{secret}".encode())


def proves(run: Run, purpose: str, secret: str, known: bytes | None) -> bool:
    """Say whether a secret is the one of which ``known`` is kept."""
    return known is not None and hmac.compare_digest(hash_of(run, purpose, secret), known)
