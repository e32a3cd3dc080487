"""Hand mails to a server, one after the other, and write down what it answered to each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ledgerline.base.errors import Rejected
from ledgerline.base.log import logger
from ledgerline.base.run import Run
from ledgerline.flows.add_mail_links import mail_link
from ledgerline.flows.draw_attachments import draw_attachments
from ledgerline.letters.facts import Facts
from ledgerline.letters.message import Head, compose, is_address, message_id
from ledgerline.letters.render import render
from ledgerline.mail import store as mail
from ledgerline.mail.contract import Post, ServerUnreachable, Session
from ledgerline.mail.model import Deferred, Envelope, MailKind, MailState, Outcome, Refused
from ledgerline.mail.rows import BlockRow, EndRow, LaterRow, MailRow, SentRow
from ledgerline.mail.rules.sending import again_at, end_of

SENDING_FOR: Final = timedelta(minutes=10)
"""So long a mail may be handed over; whoever needs longer is gone."""
BAD_ADDRESS: Final = "no mail can be addressed to it"
_log: Final = logger(__name__)


@dataclass(frozen=True, slots=True)
class Ready:
    """A mail with everything that it is made of; ``address_hash`` names the address if it fails."""

    row: MailRow
    locale: str
    facts: Facts
    address: str
    address_sealed: bytes
    address_hash: bytes


async def deliver_mails(run: Run, post: Post, ready: Sequence[Ready], *, held: datetime) -> None:
    """Send mails over one connection; ``held`` is until when they are the caller's.

    Called by ``send_mails`` once it has committed that they are. What a server that cannot be
    reached, or goes away, was not given waits.
    """
    waiting = list(ready)
    try:
        async with post.session() as session:
            while waiting:
                await _deliver(run, post, session, waiting.pop(0), held=held)
    except ServerUnreachable as failure:
        _log.warning("mail server not reached", why=str(failure), waiting=len(waiting))
        await _postpone(run, waiting, why=str(failure))


async def _deliver(run: Run, post: Post, session: Session, one: Ready, *, held: datetime) -> None:
    row = one.row
    try:
        message = await _composed(run, post, one)
    except Rejected as refused:
        _log.error("mail not composed", mail=str(row.id), code=refused.code)
        await _postpone(run, [one], why=refused.code)
        return
    async with run.transaction() as tx:
        is_ours = await mail.begin_sending(
            tx, bucket=row.bucket, id=row.id, held=held, until=run.wall() + SENDING_FOR
        )
    if not is_ours:
        return  # its customer was erased, or another worker has it
    outcome: Outcome
    if message is None:
        outcome = Refused(BAD_ADDRESS, for_address=True)
    else:
        try:
            outcome = await session.send(Envelope(post.sender, one.address, message))
        except ServerUnreachable as failure:
            await _end(run, one, Deferred(str(failure)))
            raise
    await _end(run, one, outcome)


async def _end(run: Run, one: Ready, outcome: Outcome) -> None:
    """Write down an answer; an address that was refused for good is written to no more."""
    row, at = one.row, run.wall()
    end = end_of(outcome, tries=row.tries + 1, written_at=row.written_at, at=at)
    async with run.transaction() as tx:
        await mail.end_sending(
            tx,
            SentRow(
                bucket=row.bucket,
                id=row.id,
                state=end.state,
                reason=end.reason,
                due_at=end.due_at,
            ),
            at=at,
        )
        if end.blocks:
            await mail.block(
                tx,
                BlockRow(
                    bucket=row.bucket,
                    customer_id=row.customer_id,
                    address_hash=one.address_hash,
                    reason=end.reason or "",
                    blocked_at=at,
                ),
            )
    if end.state not in {MailState.SENT, MailState.WAITING}:
        _log.warning("mail not sent", id=str(row.id), state=end.state, why=end.reason)


async def _postpone(run: Run, waiting: Sequence[Ready], *, why: str) -> None:
    """Let mails that were not handed over wait; those that waited for days are given up."""
    at = run.wall()
    later, ended = [], []
    for one in waiting:
        row = one.row
        again = again_at(row.tries, written_at=row.written_at, at=at)
        if again is None:
            ended.append(EndRow(row.bucket, row.id, MailState.FAILED, why))
        else:
            later.append(LaterRow(row.bucket, row.id, again, why))
    async with run.transaction() as tx:
        await mail.postpone(tx, later)
        await mail.end_waiting(tx, ended, at=at)


async def _composed(run: Run, post: Post, one: Ready) -> bytes | None:
    """Write a mail with its files; None where no mail can be addressed to such a text."""
    if not is_address(one.address):
        return None
    row = one.row
    files = await draw_attachments(run, one.facts)
    link = mail_link(run, MailKind(row.kind), row.id, site=post.site)
    letter = render(MailKind(row.kind), one.facts, locale=one.locale, link=link)
    head = Head(
        message_id=message_id(
            subject_id=row.subject_id, kind=row.kind, occasion=row.occasion,
            sequence=row.sequence, sender=post.sender,
        ),
        sender=post.sender,
        sender_name=one.facts.sender.name,
        reply_to=one.facts.sender.email,
        recipient=one.address,
        at=row.written_at,
    )  # fmt: skip
    return compose(head, letter, files)
