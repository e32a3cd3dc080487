"""Deliver mails that are due: to a server each at most once, or into the sink of a sandbox."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from ledgerline.base.crypto import hmac_sha256
from ledgerline.base.db import Tx
from ledgerline.base.log import logger
from ledgerline.base.run import Run
from ledgerline.customers.rows import RecipientRow
from ledgerline.flows.add_mail_links import add_mail_links_in
from ledgerline.flows.bill_due import Buckets
from ledgerline.flows.deliver_mails import Ready, deliver_mails
from ledgerline.flows.gather_mails import gather_mails_in
from ledgerline.flows.read_buyer import Sealing
from ledgerline.invoicing.rules.kind import was_served
from ledgerline.letters.cases import Case
from ledgerline.letters.facts import write_facts
from ledgerline.letters.telling import facts_of
from ledgerline.mail import store as mail
from ledgerline.mail.contract import Post
from ledgerline.mail.model import MailKind, MailState, SkipReason, WaitReason
from ledgerline.mail.rows import EndRow, GatheredRow, LaterRow
from ledgerline.mail.rules.deciding import (
    FORETOLD,
    called_off,
    overtaken,
    unneeded,
    unreachable,
)
from ledgerline.mail.rules.sending import is_stale, numbered_at

SEND_BATCH_MAX: Final = 50
SHOW_BATCH_MAX: Final = 500
HELD_FOR: Final = timedelta(minutes=15)
STOPPED: Final = "the process that sent it stopped before it knew"
STALE: Final = "too old to be sent"
NOT_SAID: Final = "a defect: nothing can be said of it"
_log: Final = logger(__name__)


@dataclass(slots=True)
class _Plan:
    """What becomes of the mails of a batch."""

    ended: list[EndRow] = field(default_factory=list)
    later: list[LaterRow] = field(default_factory=list)
    ready: list[Ready] = field(default_factory=list)


class Destination(NamedTuple):
    """Where a mail goes, or why it goes nowhere."""

    address: str | None
    address_hash: bytes
    why_not: SkipReason | None


async def send_mails(run: Run, post: Post | None, *, buckets: Buckets) -> int:
    """Deliver one batch of a bucket range; return how many mails were due.

    Called by its job. In a sandbox nothing is sent: mails are ``shown`` by the sink. Without a
    server (``post``) a live installation's mails wait. What each says is gathered and committed
    before anything is handed over; each is marked as being sent before its connection sees it, so
    that what a dead process leaves behind is either waiting, and never left the machine, or
    ``unknown``, and is not sent again by a machine.
    """
    is_sandbox = (await run.environment()).kind == "sandbox"
    at = run.wall()
    async with run.transaction() as tx:
        lost = await mail.lapse_sending(
            tx, bucket_from=buckets[0], bucket_to=buckets[1], at=at, reason=STOPPED
        )
        if post is None and not is_sandbox:
            return lost
        rows = await mail.claim_due(
            tx, bucket_from=buckets[0], bucket_to=buckets[1], at=at,
            limit=SHOW_BATCH_MAX if is_sandbox else SEND_BATCH_MAX,
        )  # fmt: skip
        if not rows:
            return lost
        plan = _Plan()
        for case in await gather_mails_in(tx, rows):
            _plan_or_fail(run, plan, case, at=at, is_live=not is_sandbox)
        held_until = at + HELD_FOR
        await _keep(tx, plan, at=at, until=held_until)
        if is_sandbox or (post is not None and post.site is not None):
            await add_mail_links_in(tx, run, [one.row for one in plan.ready], at=at)
        if is_sandbox:
            shown = [
                EndRow(one.row.bucket, one.row.id, MailState.SHOWN, None) for one in plan.ready
            ]
            await mail.end_waiting(tx, shown, at=at)
    if post is not None and not is_sandbox:
        await deliver_mails(run, post, plan.ready, held=held_until)
    return len(rows) + lost


async def _keep(tx: Tx, plan: _Plan, *, at: datetime, until: datetime) -> None:
    await mail.end_waiting(tx, plan.ended, at=at)
    await mail.postpone(tx, plan.later)
    kept = [
        GatheredRow(
            bucket=one.row.bucket,
            id=one.row.id,
            language=one.locale,
            facts=write_facts(one.facts),
            address_sealed=one.address_sealed,
        )
        for one in plan.ready
    ]
    await mail.keep_facts(tx, kept, until=until)


def _plan_or_fail(run: Run, plan: _Plan, case: Case, *, at: datetime, is_live: bool) -> None:
    """Decide about one mail; one of which nothing can be said holds up no other."""
    try:
        _plan(run, plan, case, at=at, is_live=is_live)
    except Exception as defect:  # noqa: BLE001 - the batch goes on without it
        row = case.row
        _log.error("mail not gathered", id=str(row.id), kind=row.kind, failure=repr(defect))
        why = f"{NOT_SAID}: {type(defect).__name__}"
        plan.ended.append(EndRow(row.bucket, row.id, MailState.FAILED, why))


def _plan(run: Run, plan: _Plan, case: Case, *, at: datetime, is_live: bool) -> None:
    """Decide about one mail: it ends here, waits for a number, or is ready to go."""
    row, recipient, goes = case.row, case.recipient, destination_of(run, case)
    documents = case.documents
    if goes.why_not is not None:
        plan.ended.append(EndRow(row.bucket, row.id, MailState.SKIPPED, goes.why_not))
    elif is_live and is_stale(row.written_at, at=at):
        plan.ended.append(EndRow(row.bucket, row.id, MailState.FAILED, STALE))
    elif documents and documents[0] not in case.of.numbers:
        due_at = numbered_at(written_at=row.written_at, at=at)
        plan.later.append(LaterRow(row.bucket, row.id, due_at, WaitReason.NUMBER))
    else:
        assert goes.address is not None, row
        assert recipient.email_sealed is not None, row
        plan.ready.append(
            Ready(
                row=row,
                locale=recipient.locale,
                facts=facts_of(case),
                address=goes.address,
                address_sealed=recipient.email_sealed,
                address_hash=goes.address_hash,
            )
        )


def destination_of(run: Run, case: Case) -> Destination:
    """Say where a mail goes now; called also by whoever sends one again, before it is written."""
    recipient = case.recipient
    address = _address(run, recipient)
    hashed = b"" if address is None else address_hash(run, recipient, address)
    block = case.of.blocks.get(recipient.id)
    why_not = unreachable(
        is_erased=recipient.erased_at is not None, email=address,
        is_blocked=block is not None and block.address_hash == hashed,
    ) or _needless(case)  # fmt: skip
    return Destination(address=address, address_hash=hashed, why_not=why_not)


def _address(run: Run, recipient: RecipientRow) -> str | None:
    """Open where a customer is written to; None where that is nowhere."""
    if recipient.wrapped is None:
        return None
    key = run.keyring.unwrap(recipient.wrapped)
    return Sealing(run, key, recipient.id).open_email(recipient.email_sealed)


def _needless(case: Case) -> SkipReason | None:
    """Say why a mail is not needed any more, or never was."""
    paid, invoice = case.payment, case.invoice
    if case.kind is MailKind.INVOICE:
        assert invoice is not None, case.row
        return unneeded(
            is_served=was_served(invoice.cause, ""), total_minor=invoice.total_minor,
            is_numbered=invoice.number is not None,
        )  # fmt: skip
    if case.kind in FORETOLD:
        row, renews_on = case.subscription, date.fromisoformat(case.told["renews_on"])
        return called_off(state=row.state, ends_on=row.ends_on, renews_on=renews_on)
    if paid is None:
        return None
    assert invoice is not None, case.row
    return overtaken(case.kind, state=paid.state, cause=invoice.cause)


def address_hash(run: Run, recipient: RecipientRow, address: str) -> bytes:
    """Hash an address under its customer's key: nobody without it can try guesses."""
    assert recipient.wrapped is not None, recipient.id
    key = run.keyring.unwrap(recipient.wrapped)
    return hmac_sha256(key, b"ledgerline mail address, format 1\0" + address.lower().encode())
