"""Links in mails: each opens the portal once, where its reader has something to do."""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from ledgerline.access import store as access
from ledgerline.access.model import PortalPage
from ledgerline.access.rows import NewPortalRow
from ledgerline.base.crypto import hmac_sha256
from ledgerline.base.db import Tx
from ledgerline.base.ids import MailId, PortalSessionId
from ledgerline.base.run import Run
from ledgerline.flows.make_portal_link import LINK, LINK_FOR_MAX, hash_of, token_of
from ledgerline.mail.model import MailKind
from ledgerline.mail.rows import MailRow
from ledgerline.web.links import portal_path

LEADS: Final[Mapping[MailKind, PortalPage]] = MappingProxyType(
    {
        MailKind.PAYMENT_FAILED: PortalPage.PAY,
        MailKind.PAYMENT_REMINDER: PortalPage.PAY,
        MailKind.PAYMENT_LAST_WARNING: PortalPage.PAY,
        MailKind.ACTION_REQUIRED: PortalPage.PAY,
        MailKind.CARD_EXPIRING: PortalPage.UPDATE_METHOD,
        MailKind.TRIAL_ENDING: PortalPage.HOME,
        MailKind.RENEWS_SOON: PortalPage.HOME,
        MailKind.CHANGE_SCHEDULED: PortalPage.HOME,
        MailKind.CANCELED: PortalPage.HOME,
        MailKind.PAUSED: PortalPage.HOME,
    }
)
"""Where the button of a mail leads; that of every other leads to the seller's website."""
_PURPOSE: Final = b"ledgerline mail link, format 1\0"


async def add_mail_links_in(tx: Tx, run: Run, mails: Sequence[MailRow], *, at: datetime) -> int:
    """Make the links of mails that are about to be delivered; those that exist stay.

    Called by ``send_mails`` in the transaction that keeps what they say. A link is as a customer's
    own wish makes it (``make_portal_link``), and good for a week from ``at``, by the wall clock.
    """
    return await access.add_mail_links(
        tx,
        [
            NewPortalRow(
                bucket=one.bucket,
                id=PortalSessionId(one.id),
                customer_id=one.customer_id,
                leads_to=LEADS[MailKind(one.kind)],
                link_hash=hash_of(run, LINK, _secret(run, one.id)),
                created_at=at,
                link_expires_at=at + LINK_FOR_MAX,
            )
            for one in mails
            if one.kind in LEADS
        ],
    )


def mail_link(run: Run, kind: MailKind, id: MailId, *, site: str | None) -> str | None:
    """Return where the button of a mail leads; None where that is the seller's website.

    ``site`` is the origin at which customers reach the portal. The secret follows from the mail's
    id and the environment's key, so that each try to deliver a mail has the same bytes and no
    secret is kept.
    """
    if site is None or kind not in LEADS:
        return None
    return site + portal_path(token_of(PortalSessionId(id), _secret(run, id)))


def _secret(run: Run, id: MailId) -> str:
    tag = hmac_sha256(run.keyring.kek, _PURPOSE + id.bytes)
    return base64.b32encode(tag).decode().rstrip("=").lower()
