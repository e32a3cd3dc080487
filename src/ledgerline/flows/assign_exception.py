"""Say who works on an exception."""

from ledgerline.base import cards
from ledgerline.base.ids import ExceptionId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.payments import exceptions
from ledgerline.payments.refusals import ExceptionNotFound
from ledgerline.payments.rows.exceptions import AssignedRow


@repeated
async def assign_exception(
    run: Run, exception_id: ExceptionId, *, to: str | None, command: Command | None = None
) -> None:
    """Say who works on an open exception, None for nobody; the last word stands.

    Raises ``ExceptionNotFound`` where none is open by this id, and ``CardNumberRefused``.
    """
    cards.refuse_cards([to or ""])
    bucket = bucket_of(exception_id)
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=exception_id)
            if held is not None:
                return
        row = AssignedRow(bucket=bucket, id=exception_id, assigned_to=to)
        if not await exceptions.assign_exception(tx, row):
            raise ExceptionNotFound("no exception is open by this id")
