"""What stands on an attempt before a byte leaves, and what becomes of it when nothing may leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from typing_extensions import override

from ledgerline.base.crypto import NONCE_BYTES, open_sealed
from ledgerline.base.errors import CannotDecrypt
from ledgerline.base.money import Currency, Money
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.put_psp_account import NewPspAccount, put_psp_account, read_merchants
from ledgerline.flows.receive_psp_event import Received, receive_psp_event
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.flows.start_purchase import start_purchase
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.contract import Secret
from ledgerline.payments.model import (
    Action,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
    Sent,
    SentAttempt,
    SentRefund,
    VerifiedEvent,
)
from ledgerline.payments.refusals import PspAccountRefused
from ledgerline.rules.quote import Order
from tests.flow_values import Bought
from tests.flow_world import World
from tests.relayed_psps import Relayed


@dataclass(slots=True)
class Listening(Relayed):
    """A gateway that remembers what it was asked to send."""

    sent: list[Action]

    @override
    async def call(self, what: Action) -> Reading:
        self.sent.append(what)
        return await self.gateway.call(what)


@dataclass(slots=True)
class Rebuilt(Relayed):
    """A gateway of a release that builds other requests than the one that sent them first."""

    @override
    async def call(self, what: Action) -> Reading:
        changed = what if isinstance(what, Lookup) else replace(what, request_digest=bytes(32))
        return await self.gateway.call(changed)


@dataclass(slots=True)
class Busy(Relayed):
    """A gateway whose provider wants to be left alone for a while."""

    seconds: int

    @override
    async def call(self, what: Action) -> Reading:
        kind = EvidenceKind.STATUS_QUERY if isinstance(what, Lookup) else EvidenceKind.RESPONSE
        return Reading(Outcome.UNKNOWN, kind, retry_after_seconds=self.seconds)


@dataclass(slots=True)
class Unloaded(Relayed):
    """A gateway of a process that started before the account was registered."""

    @override
    def prepared(self, what: Sent) -> Sent:
        return replace(what, request_digest=None)


class Died(Exception):
    """The process ended."""


@dataclass(slots=True)
class Dying(Relayed):
    """A gateway whose process ends before the first byte."""

    @override
    async def call(self, what: Action) -> Reading:
        raise Died


@dataclass(slots=True)
class Broken(Relayed):
    """A gateway with a defect that shows at one amount."""

    amount: Money

    @override
    async def call(self, what: Action) -> Reading:
        assert what.amount != self.amount, "planted"
        return await self.gateway.call(what)


@dataclass(slots=True)
class Batching(Relayed):
    """A gateway whose provider tells of several things in one delivery."""

    keys: Sequence[str]

    @override
    def read_webhook(
        self, account: str, headers: Mapping[str, str], raw: bytes, *, now: datetime
    ) -> Sequence[VerifiedEvent]:
        return [
            VerifiedEvent(event_key=key, event_type="told", kind=None, reference=None, reading=None)
            for key in self.keys
        ]


async def _states(world: World, bought: Bought) -> list[str]:
    rows = await world.rows(
        "SELECT state FROM attempt WHERE payment_id = %s ORDER BY ordinal", bought.payment_id
    )
    return [state for (state,) in rows]


async def _lost(world: World, plan: str = "individual_monthly") -> Bought:
    """Buy with a card whose charge never arrives and is never answered."""
    return await world.buy(await world.shopper(token="tok_500_before"), plan)


async def test_digest_that_is_sent_is_the_one_that_was_committed(fresh_world: World) -> None:
    world = fresh_world
    psps = Listening(world.psps, [])
    shopper = await world.shopper(token="tok_500_before")
    order = Order(shopper.customer_id, "individual_monthly", with_trial=False)
    started = await start_purchase(world.run, psps, order, payment_method_id=shopper.method_id)
    bought = await world.bought(started.purchase_id)
    # when the resolver sends it again, and the money is given back
    later = world.run.at(world.now + timedelta(minutes=1))
    assert await resolve_attempts(later, psps, buckets=ALL) == 1
    assert await _states(world, bought) == ["succeeded"]
    assert bought.payment_id is not None
    await request_refund(world.run, psps, RefundOrder(bought.payment_id, 100, "asked"))
    # then what was sent bore the digest of its row, the replay too
    attempts = [what for what in psps.sent if isinstance(what, SentAttempt)]
    refunds = [what for what in psps.sent if isinstance(what, SentRefund)]
    assert (len(attempts), len(refunds)) == (2, 1)
    assert attempts[0] == attempts[1]
    digest = await world.value("SELECT request_digest FROM attempt")
    assert [what.request_digest for what in attempts] == [digest, digest]
    assert await world.value("SELECT request_digest FROM refund") == refunds[0].request_digest


async def test_first_look_follows_the_deadline_of_the_account(fresh_world: World) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper(token="tok_pending"))
    # the demo's accounts answer within 20 seconds; a pending answer is looked at 10 later
    assert world.psps.call_deadline("aster") == timedelta(seconds=20)
    resolve_at = await world.value(
        "SELECT resolve_at - sent_at FROM attempt WHERE payment_id = %s", bought.payment_id
    )
    assert resolve_at == timedelta(seconds=10)
    # and one whose process died at its commit, two seconds after that deadline
    shopper = await world.shopper()
    order = Order(shopper.customer_id, "individual_monthly", with_trial=False)
    with pytest.raises(Died):
        await start_purchase(
            world.run, Dying(world.psps), order, payment_method_id=shopper.method_id
        )
    died = "SELECT resolve_at - sent_at FROM attempt WHERE looks = 0 AND unknown_since IS NULL"
    assert timedelta(seconds=22) in {wait for (wait,) in await world.rows(died)}


async def test_request_that_was_changed_since_is_not_replayed(fresh_world: World) -> None:
    # given a charge that never arrived
    world = fresh_world
    bought = await _lost(world)
    # when a release resolves it that would send something else under the same key
    soon = world.run.at(world.now + timedelta(minutes=1))
    assert await resolve_attempts(soon, Rebuilt(world.psps), buckets=ALL) == 1
    # then nothing was sent, and that ends nothing
    assert await world.captures(bought.payment_id) == []
    assert await _states(world, bought) == ["unknown"]
    # and the release that knows the request sends it
    later = world.run.at(world.now + timedelta(minutes=20))
    assert await resolve_attempts(later, world.psps, buckets=ALL) == 1
    assert await world.captures(bought.payment_id) == [1199]
    assert await _states(world, bought) == ["succeeded"]


async def test_attempt_that_no_process_could_send_is_proven_not_executed(
    fresh_world: World,
) -> None:
    # given a process that does not know the account
    world = fresh_world
    shopper = await world.shopper()
    order = Order(shopper.customer_id, "individual_monthly", with_trial=False)
    started = await start_purchase(
        world.run, Unloaded(world.psps), order, payment_method_id=shopper.method_id
    )
    # then nothing was charged, the purchase failed, and the payer may try again at once
    bought = await world.bought(started.purchase_id)
    assert await _states(world, bought) == ["not_executed"]
    assert await world.rows("SELECT kind, outcome, psp_code FROM attempt_evidence") == [
        ("withdrawn", "not_executed", "never_sent")
    ]
    assert await world.captures(bought.payment_id) == []
    assert await _states(world, await world.buy(shopper)) == ["succeeded"]


@pytest.mark.parametrize(("asked", "seconds"), [(9, 10), (120, 120)])
async def test_resolver_looks_again_when_the_provider_wants_to_be_asked(
    fresh_world: World, asked: int, seconds: int
) -> None:
    world = fresh_world
    bought = await _lost(world)
    later = world.run.at(world.now + timedelta(minutes=1))
    assert await resolve_attempts(later, Busy(world.psps, asked), buckets=ALL) == 1
    resolve_at = await world.value(
        "SELECT resolve_at FROM attempt WHERE payment_id = %s", bought.payment_id
    )
    assert resolve_at == later.now() + timedelta(seconds=seconds)
    # and not a second before
    early = world.run.at(resolve_at - timedelta(seconds=1))
    assert await resolve_attempts(early, world.psps, buckets=ALL) == 0
    assert await resolve_attempts(world.run.at(resolve_at), world.psps, buckets=ALL) == 1


async def test_refund_is_looked_at_again_when_the_provider_wants_to_be_asked(
    fresh_world: World,
) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    assert bought.payment_id is not None
    order = RefundOrder(bought.payment_id, None, "asked")
    await request_refund(world.run, Busy(world.psps, 86_000), order)
    due = "SELECT resolve_at FROM refund"
    assert await world.value(due) == world.now + timedelta(seconds=86_000)
    later = world.run.at(world.now + timedelta(seconds=86_000))
    assert await resolve_refunds(later, Busy(world.psps, 90_000), buckets=ALL) == 1
    assert await world.value(due) == later.now() + timedelta(seconds=90_000)


async def test_defect_in_one_conversation_keeps_no_other_attempt_from_its_end(
    fresh_world: World,
) -> None:
    # given two charges that never arrived, and a defect at the amount of one
    world = fresh_world
    dear, cheap = await _lost(world, "individual_yearly"), await _lost(world)
    amount = await world.value(
        "SELECT amount_minor FROM attempt WHERE payment_id = %s", dear.payment_id
    )
    broken = Broken(world.psps, Money(amount, Currency("EUR")))
    later = world.run.at(world.now + timedelta(minutes=1))
    with pytest.raises(AssertionError, match="planted"):
        await resolve_attempts(later, broken, buckets=ALL)
    assert await _states(world, cheap) == ["succeeded"]
    assert await _states(world, dear) == ["unknown"]


async def test_every_event_of_a_delivery_is_kept_once(fresh_world: World) -> None:
    world = fresh_world

    async def receive(*keys: str) -> Received:
        psps = Batching(world.psps, keys)
        return await receive_psp_event(world.run, psps, account="aster", headers={}, raw=b"[]")

    assert await receive("e1", "e2") == Received(events=2, new=2)
    assert await receive("e2", "e3", "e3") == Received(events=3, new=1)
    assert await receive() == Received(events=0, new=0)
    kept = await world.rows("SELECT event_key, body FROM psp_event ORDER BY event_key")
    assert kept == [("e1", b"[]"), ("e2", b"[]"), ("e3", b"[]")]


def _account(**changes: Any) -> NewPspAccount:
    given = NewPspAccount(
        code="delta",
        psp="sandbox",
        settings={"base_url": "https://delta.example"},
        secrets={"api_secret": Secret("sk_delta"), "webhook_secret": Secret("whsec_ZGVsdGE=")},
        call_deadline_ms=3_000,
    )
    return replace(given, **changes)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("base_url", {"settings": {"base_url": "ftp://delta.example"}}),
        ("base_url", {"settings": {"base_url": "https://delta.example:70000"}}),
        ("api_secret", {"secrets": {"api_secret": Secret("a\nb"), "webhook_secret": Secret("w")}}),
        ("webhook_secret", {"secrets": {"api_secret": Secret("a")}}),
        ("webhook_secret",
         {"secrets": {"api_secret": Secret("a"), "webhook_secret": Secret("whsec_%")}}),
        ("code", {"code": "del/ta"}),
        ("code", {"code": ""}),
        ("call_deadline_ms", {"call_deadline_ms": 49}),
        ("call_deadline_ms", {"call_deadline_ms": 30_001}),
        ("psp", {"code": "aster", "psp": "lantern"}),
    ],
)  # fmt: skip
async def test_account_that_is_not_usable_is_refused_by_name_and_changes_nothing(
    world: World, name: str, changes: dict[str, object]
) -> None:
    before = await world.rows("SELECT * FROM psp_account ORDER BY code")
    with pytest.raises(PspAccountRefused) as refused:
        await put_psp_account(world.run, Sandbox(), _account(**changes))
    assert refused.value.facts == {"name": name}
    assert await world.rows("SELECT * FROM psp_account ORDER BY code") == before


async def test_account_is_kept_with_its_settings_in_clear_and_its_secrets_sealed(
    fresh_world: World,
) -> None:
    world = fresh_world
    given = _account()
    await put_psp_account(world.run, Sandbox(), given)
    changed = {"base_url": "https://delta.example/v2"}
    await put_psp_account(world.run, Sandbox(), _account(settings=changed))
    [(settings, sealed)] = await world.rows(
        "SELECT settings, secrets_sealed FROM psp_account WHERE code = 'delta'"
    )
    assert settings == changed
    assert b"sk_delta" not in sealed
    [merchant] = [one for one in await read_merchants(world.run) if one.code == "delta"]
    assert merchant.secrets == given.secrets
    assert (merchant.settings, merchant.call_deadline) == (changed, timedelta(seconds=3))
    # and what was sealed for one account opens for no other
    assert len(sealed) > NONCE_BYTES
    with pytest.raises(CannotDecrypt):
        open_sealed(bytes(32), sealed, aad=b"psp_account:aster:secrets:1")
