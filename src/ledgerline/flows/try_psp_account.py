"""Speak once to a merchant account, to know that its address and secrets hold."""

from ledgerline.base.money import Money, currency
from ledgerline.base.run import Run
from ledgerline.payments.model import ChargeKind, Lookup, Psps
from ledgerline.payments.rules.accounts import Trial, judge


async def try_psp_account(run: Run, psps: Psps, code: str) -> Trial:
    """Ask for a charge that never was: a read, which moves no money and is written nowhere.

    Called before an account is registered, and by ``ledgerline psp test``.
    """
    nobody = str(run.new_id(run.new_bucket()))
    asked = Lookup(
        kind=ChargeKind.CHARGE,
        psp_account=code,
        reference=nobody,
        amount=Money(1, currency("EUR")),
        sent_at=run.now(),  # so that a provider with lists looks through none that is long
    )
    return judge(await psps.call(asked))
