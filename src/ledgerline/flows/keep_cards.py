"""Keep what providers tell of the cards they charge."""

from collections.abc import Sequence
from typing import NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import PaymentMethodId
from ledgerline.base.run import Run
from ledgerline.payments import store as payments
from ledgerline.payments.model import Initiator, Reading
from ledgerline.payments.rows.attempts import AttemptRow
from ledgerline.payments.rows.instruments import ChargedRow
from ledgerline.payments.rules.cards import expires_on, fingerprint_hash


class Charge(NamedTuple):
    """An attempt that ended, with what the provider said; ``won`` when it succeeded."""

    attempt: AttemptRow
    payment_method_id: PaymentMethodId
    reading: Reading
    won: bool


async def keep_cards_in(tx: Tx, run: Run, charges: Sequence[Charge]) -> None:
    """Keep card facts and network ids with their instruments: they are told with a charge or never.

    Called where attempts end, in the same transaction. A card that was charged twice in the batch
    is kept twice, in the order it was charged in, so its first network id stays the first.
    """
    rounds: list[dict[tuple[PaymentMethodId, str, str], ChargedRow]] = []
    for charge in sorted(charges, key=lambda one: one.attempt.sent_at):
        row = _charged(run, charge)
        if not any((row.fingerprint_hash, row.bin, row.funding, row.nti, row.cit_attempt)):
            continue
        key = (row.payment_method_id, row.psp_account, row.psp_token)
        free = next((one for one in rounds if key not in one), None)
        if free is None:
            rounds.append(free := {})
        free[key] = row
    for told in rounds:
        await payments.keep_charged(tx, [told[key] for key in sorted(told)])


def _charged(run: Run, charge: Charge) -> ChargedRow:
    attempt, card = charge.attempt, charge.reading.card
    by_payer = charge.won and attempt.initiator == Initiator.CUSTOMER
    return ChargedRow(
        bucket=attempt.bucket,
        payment_method_id=charge.payment_method_id,
        psp_account=attempt.psp_account,
        psp_token=attempt.psp_token,
        fingerprint_hash=fingerprint_hash(
            card, psp_account=attempt.psp_account, key=run.keyring.kek
        ),
        bin=card.bin,
        funding=card.funding,
        issuer_country=card.issuer_country,
        expires_on=expires_on(card.expires),
        nti=charge.reading.network_id if charge.won else None,
        cit_attempt=attempt.id if by_payer else None,
    )
