"""Set up a payment method without a charge: verified at its provider, kept once it succeeded."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base import cards, crypto
from ledgerline.base.db import Tx
from ledgerline.base.ids import CustomerId, DecisionId, SetupId, bucket_of
from ledgerline.base.money import Currency
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.rows import MarketRow
from ledgerline.customers import store as customers
from ledgerline.customers.model import CustomerNotFound
from ledgerline.customers.rows import CustomerRow
from ledgerline.customers.rules.erasure import refuse_erased
from ledgerline.flows.add_instrument import require_account_in
from ledgerline.flows.choose_accounts import record_challenge_in, route_row
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.read_routing import policy_of
from ledgerline.flows.settle_setup import data_place, settle_setup
from ledgerline.payments import routes, setting_up
from ledgerline.payments.capabilities import Capabilities, Light, SetUp, SetUpSource
from ledgerline.payments.model import Initiator, Psps
from ledgerline.payments.refusals import (
    AccountsUnavailable,
    PspAccountNotLoaded,
    SetupIncomplete,
    SetupNotOffered,
)
from ledgerline.payments.rows.setups import NewSetupRow
from ledgerline.payments.rules.authentication import ask
from ledgerline.payments.rules.ladder import first_look
from ledgerline.payments.rules.routing import Candidate, Charge, Filtered, route
from ledgerline.payments.setups import SentSetup, SetupState

DATA_CHARACTERS_MAX: Final = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSetup:
    """What a payer wants to pay with: a token of a provider's fields, data of them, or nothing yet.

    Without a ``psp_account`` one is chosen at which the payer gives a card on its own page; a
    mandate is asked for by naming its account.
    ``brand`` and ``last4`` are what people know it by, until the provider says. ``makes_default``
    lets it be the customer's default once it succeeded: what is open is then tried by it.
    """

    customer_id: CustomerId
    psp_account: str | None = None
    psp_token: str | None = None
    payment_data: str | None = None
    brand: str | None = None
    last4: str | None = None
    return_url: str | None = None
    makes_default: bool = False

    @property
    def source(self) -> SetUpSource:
        """Say from what it is set up."""
        if self.psp_token is not None:
            return SetUpSource.TOKEN
        return SetUpSource.PAGE if self.payment_data is None else SetUpSource.DATA


class SetupStarted(NamedTuple):
    """Which set-up this is; its state is read from the database."""

    setup_id: SetupId
    retry_after_seconds: int | None = None


async def set_up_method(
    run: Run, psps: Psps, new: NewSetup, *, command: Command | None = None
) -> SetupStarted:
    """Verify a means to pay with its payer present, and keep it once the provider says yes.

    Called by the API and the command line. The set-up is committed as sent before any byte leaves,
    so a crash anywhere leaves a row that the resolver finishes; nothing is ever charged by it. With
    the same ``command`` a repeat finds the first one. Raises ``CustomerNotFound``,
    ``CustomerErased``, ``PspAccountNotFound``, ``PspAccountNotLoaded``, ``SetupNotOffered``,
    ``SetupIncomplete``, ``AccountsUnavailable``, ``CardNumberRefused`` and those of
    ``claim_key_in``.
    """
    _refuse_unusable(new)
    bucket = bucket_of(new.customer_id)
    setup_id = SetupId(run.new_id(bucket))
    begun = await _begin(run, psps, new, setup_id, command=command)
    if isinstance(begun, SetupStarted):
        return begun
    reading = await psps.set_up(begun)
    await settle_setup(run, bucket=bucket, setup_id=setup_id, reading=reading)
    return SetupStarted(setup_id, reading.retry_after_seconds)


def _refuse_unusable(new: NewSetup) -> None:
    told = [new.psp_token, new.payment_data, new.brand, new.last4]
    cards.refuse_cards([one for one in told if one is not None])
    if new.psp_token is not None and new.payment_data is not None:
        raise SetupIncomplete("give a token or payment data, not both", field="token")
    if new.psp_account is None and new.source is not SetUpSource.PAGE:
        raise SetupIncomplete("a token is of one merchant account: name it", field="psp_account")
    if new.source is SetUpSource.PAGE and new.return_url is None:
        raise SetupIncomplete("the payer has to come back from somewhere", field="return_url")
    if new.source is SetUpSource.TOKEN and (new.brand is None or new.last4 is None):
        raise SetupIncomplete(
            "say how people know it", field="brand" if new.brand is None else "last4"
        )


@repeated
async def _begin(
    run: Run, psps: Psps, new: NewSetup, setup_id: SetupId, *, command: Command | None
) -> SentSetup | SetupStarted:
    """Commit the set-up to send, or find the one that a key made before."""
    bucket, now = bucket_of(new.customer_id), run.now()
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=setup_id)
            if held is not None:
                assert held.subject_id is not None, held.key
                return SetupStarted(SetupId(held.subject_id))
        owner = await _owner(tx, new)
        market = await catalog.read_market(tx, code=owner.market_code)
        assert market is not None, owner
        account = await _account(tx, run, psps, new, setup_id=setup_id, market=market)
        if not psps.is_loaded(account):
            raise PspAccountNotLoaded("restart this process, so that it knows it", account=account)
        how = psps.capabilities(account).set_up
        if how is None or new.source not in how.sources:
            raise SetupNotOffered(
                "this account sets nothing up from what was given", account=account,
                sources=[] if how is None else sorted(how.sources),
            )  # fmt: skip
        challenge = False
        if new.return_url is not None and psps.capabilities(account).three_ds:
            decision = ask(issuer_country=None, market=owner.market_code, paid_before=False)
            challenge = await record_challenge_in(tx, run, setup_id, decision, now=now)
        sent = psps.prepared(
            SentSetup(
                bucket=bucket,
                setup_id=setup_id,
                psp_account=account,
                currency=Currency(market.currency),
                psp_token=new.psp_token,
                payment_data=new.payment_data,
                return_url=new.return_url,
                challenge=challenge,
            )
        )
        await setting_up.add_setup(tx, _row(run, psps, new, sent, how=how, now=now))
        return sent


async def _owner(tx: Tx, new: NewSetup) -> CustomerRow:
    bucket = bucket_of(new.customer_id)
    owners = await customers.lock_customers(tx, buckets=[bucket], ids=[new.customer_id])
    if not owners:
        raise CustomerNotFound("there is no such customer", customer=str(new.customer_id))
    refuse_erased(owners[0])
    return owners[0]


async def _account(
    tx: Tx, run: Run, psps: Psps, new: NewSetup, *, setup_id: SetupId, market: MarketRow
) -> str:
    """Take the account that is named, or choose one whose page the payer is sent to."""
    if new.psp_account is not None:
        await require_account_in(tx, new.psp_account)
        return new.psp_account
    lights = psps.lights(now=run.now(), to_charge=False)
    candidates = [
        Candidate(
            one.code,
            Filtered.BREAKER_OPEN if lights.get(one.code) is Light.OPEN else None,
        )
        for one in await routes.read_places(tx)
        if one.seller_code in {None, market.seller_code}
        and _offers_page(psps.capabilities(one.code))
    ]
    if not candidates:
        raise SetupNotOffered("no account has a page for cards: give a token", sources=[])
    charge = Charge(
        key=str(setup_id),
        market=market.code,
        currency=market.currency,
        amount_minor=0,
        initiator=Initiator.CUSTOMER,
    )
    decision = route(charge, candidates, policy_of(await routes.read_policy(tx)))
    row = route_row(setup_id, DecisionId(run.new_id(bucket_of(setup_id))), decision, now=run.now())
    await routes.add_decisions(tx, [row])
    if decision.chosen is None:
        raise AccountsUnavailable("no merchant account answers just now: try again later")
    return decision.chosen


def _offers_page(can: Capabilities) -> bool:
    """Say whether a payer is sent there unasked: a mandate is another wish than a card."""
    return can.set_up is not None and SetUpSource.PAGE in can.set_up.sources and can.debits is None


def _row(
    run: Run, psps: Psps, new: NewSetup, sent: SentSetup, *, how: SetUp, now: datetime
) -> NewSetupRow:
    data = None
    if sent.payment_data is not None:
        data = crypto.seal(
            run.keyring.kek,
            sent.payment_data.encode(),
            aad=data_place(sent.setup_id),
            nonce=run.random(crypto.NONCE_BYTES),
        )
    return NewSetupRow(
        bucket=sent.bucket,
        id=sent.setup_id,
        customer_id=new.customer_id,
        psp_account=sent.psp_account,
        psp_token=sent.psp_token,
        data_sealed=data,
        brand=new.brand,
        last4=new.last4,
        currency=sent.currency,
        makes_default=new.makes_default,
        state=SetupState.SENT,
        state_before="-",
        state_event="created",
        sent_at=now,
        expires_at=now + how.open_for,
        resolve_at=first_look(now, psps.call_deadline(sent.psp_account)),
        looks=0,
        request_digest=sent.request_digest,
        return_url=sent.return_url,
        challenge=sent.challenge,
    )
