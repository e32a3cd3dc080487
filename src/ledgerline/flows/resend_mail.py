"""Send a mail once more because a person asks for it."""

import json
from typing import NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import MailId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.gather_mails import gather_mails_in
from ledgerline.flows.send_mails import destination_of
from ledgerline.mail import store as mail
from ledgerline.mail.model import MailKind, MailNotFound, MailNotResendable, SkipReason
from ledgerline.mail.rows import HeldMailRow, MailRow, NewMailRow
from ledgerline.mail.rules.resending import HAS_COME, ON_ITS_WAY, REFUSED, UNDER_WAY, is_over


class Resendable(NamedTuple):
    """What would be sent again: which mail by number, to which address, in which language."""

    sequence: int
    address: str
    locale: str


class _Held(NamedTuple):
    """A mail under lock, and what would be sent again of it."""

    row: HeldMailRow
    again: Resendable


@repeated
async def resend_mail(
    run: Run, mail_id: MailId, *, actor: str, command: Command | None = None
) -> MailId:
    """Write a mail with the next sequence, to be gathered and sent anew; return its id.

    It says what is the case now, to the address that is known now. Raises ``MailNotFound`` and
    ``MailNotResendable``: two of one kind are never on their way at once, and what would be skipped
    is refused with its reason. With the same ``command`` a repeat changes nothing.
    """
    bucket = bucket_of(mail_id)
    new_id = MailId(run.new_id(bucket))
    at = run.wall()
    async with run.transaction() as tx:
        if command is not None:
            made = await claim_key_in(tx, bucket=bucket, command=command, subject_id=new_id)
            if made is not None:
                assert made.subject_id is not None, made.key
                return MailId(made.subject_id)
        row, again = await _lock_in(tx, run, mail_id)
        new = NewMailRow(
            bucket=bucket,
            id=new_id,
            kind=row.kind,
            subject_id=row.subject_id,
            occasion=row.occasion,
            sequence=again.sequence,
            customer_id=row.customer_id,
            occurred_at=row.occurred_at,
            written_at=at,
            actor=actor,
            told=row.told,
            due_at=at,
        )
        if not await mail.write_mails(tx, [new]):
            raise MailNotResendable("somebody else sends it again")
    return new.id


async def preview_resend(run: Run, mail_id: MailId) -> Resendable:
    """Say what ``resend_mail`` would send now; raises what it raises, and changes nothing."""
    async with run.transaction() as tx:
        return (await _lock_in(tx, run, mail_id)).again


async def _lock_in(tx: Tx, run: Run, mail_id: MailId) -> _Held:
    row = await mail.lock_mail(tx, bucket=bucket_of(mail_id), id=mail_id)
    if row is None:
        raise MailNotFound("there is no such mail", mail=str(mail_id))
    last = await mail.read_last_sequence(
        tx, bucket=row.bucket, subject_id=row.subject_id, kind=row.kind, occasion=row.occasion
    )
    assert last is not None, row
    [person] = await customers.read_customers(tx, buckets=[row.bucket], ids=[row.customer_id])
    if person.erased_at is not None:
        raise MailNotResendable(REFUSED[SkipReason.ERASED])
    if last.state in ON_ITS_WAY:
        raise MailNotResendable(UNDER_WAY, state=last.state)
    return _Held(row, await _again_in(tx, run, row, sequence=last.sequence + 1))


async def _again_in(tx: Tx, run: Run, row: HeldMailRow, *, sequence: int) -> Resendable:
    """Gather it as it would be sent, and refuse what would be skipped."""
    wanted = MailRow(
        bucket=row.bucket,
        id=row.id,
        kind=row.kind,
        subject_id=row.subject_id,
        occasion=row.occasion,
        sequence=sequence,
        customer_id=row.customer_id,
        told=row.told,
        occurred_at=row.occurred_at,
        written_at=run.wall(),
        tries=0,
    )
    [case] = await gather_mails_in(tx, [wanted])
    goes = destination_of(run, case)
    if goes.why_not is not None:
        raise MailNotResendable(REFUSED[goes.why_not])
    told = {} if row.told is None else json.loads(row.told)
    if is_over(MailKind(row.kind), told, today=case.day(run.now())):
        raise MailNotResendable(HAS_COME)
    assert goes.address is not None, row
    return Resendable(sequence=sequence, address=goes.address, locale=case.recipient.locale)
