"""Send a mail once more because a person asks for it."""

from typing import Final

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import MailId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.mail import store as mail
from ledgerline.mail.model import MailNotFound, MailNotResendable, MailState
from ledgerline.mail.rows import NewMailRow

ON_ITS_WAY: Final = frozenset({MailState.WAITING, MailState.SENDING})


@repeated
async def resend_mail(run: Run, mail_id: MailId, *, actor: str) -> MailId:
    """Write a mail with the next sequence, to be gathered and sent anew; return its id.

    It says what is the case now, to the address that is known now. Raises ``MailNotFound`` and
    ``MailNotResendable``: two of one kind are never on their way at once.
    """
    bucket = bucket_of(mail_id)
    at = run.wall()
    async with run.transaction() as tx:
        row = await mail.lock_mail(tx, bucket=bucket, id=mail_id)
        if row is None:
            raise MailNotFound("there is no such mail", mail=str(mail_id))
        [person] = await customers.read_customers(tx, buckets=[bucket], ids=[row.customer_id])
        _refuse(state=row.state, is_erased=person.erased_at is not None)
        last = await mail.read_last_sequence(
            tx, bucket=bucket, subject_id=row.subject_id, kind=row.kind, occasion=row.occasion
        )
        assert last is not None, row
        new = NewMailRow(
            bucket=bucket,
            id=MailId(run.new_id(bucket)),
            kind=row.kind,
            subject_id=row.subject_id,
            occasion=row.occasion,
            sequence=last.sequence + 1,
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


def _refuse(*, state: str, is_erased: bool) -> None:
    refused: Rejected | None = None
    if state in ON_ITS_WAY:
        refused = MailNotResendable("it is still on its way", state=state)
    if is_erased:
        refused = MailNotResendable("its customer was erased")
    if refused is not None:
        raise refused
