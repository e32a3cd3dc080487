"""A charge that came to nothing is tried at the next account while its payer waits, or not."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, cast

import pytest
from typing_extensions import override

from ledgerline.base.http import HttpClient
from ledgerline.base.ids import InvoiceId
from ledgerline.datasets.audit import audit
from ledgerline.flows.pay_invoice import pay_invoice
from ledgerline.flows.put_psp_account import NewPspAccount, put_psp_account, read_merchants
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.health import HealthBook
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.capabilities import Light
from ledgerline.payments.contract import Secret
from ledgerline.payments.model import (
    Action,
    EvidenceKind,
    Outcome,
    Reading,
    SentAttempt,
)
from ledgerline.payments.refusals import AccountsUnavailable
from tests.flow_values import Bought, Shopper
from tests.flow_world import CALL_DEADLINE_MS, World
from tests.relayed_psps import Relayed
from tests.scenarios.flows.routed import also_at, both, decisions

HONOR: Final = "tok_decline_do_not_honor_x"
UNREACHABLE: Final = Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT, code="not_connected")


async def attempts(world: World, payment_id: Any) -> list[tuple[str, str, str | None]]:
    rows = await world.rows(
        "SELECT psp_account, state, category FROM attempt WHERE payment_id = %s ORDER BY ordinal",
        payment_id,
    )
    return [(account, state, category) for account, state, category in rows]


async def test_where_one_account_cannot_be_reached_the_next_captures_once(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given an account at whose address nobody listens, and the card also at aster
    secrets = {name: Secret("c2VjcmV0") for name in ("api_secret", "webhook_secret")}
    await put_psp_account(
        world.run, Sandbox(),
        NewPspAccount(
            code="dead", psp="sandbox", settings={"base_url": "http://127.0.0.1:1/dead"},
            secrets=secrets, call_deadline_ms=2000,
        ),
    )  # fmt: skip
    shopper = await world.shopper(psp="dead")
    await also_at(world, shopper.method_id, "aster", "tok_ok")
    merchants = await read_merchants(world.run)
    async with HttpClient() as client:
        world.psps = Gateway({one.code: Connection(one, Sandbox()) for one in merchants}, client)
        # when it buys
        bought = await world.buy(shopper)
        # then both accounts were tried, each by a decision of its own, and one captured
        assert await attempts(world, bought.payment_id) == [
            ("dead", "not_executed", None), ("aster", "succeeded", None),
        ]  # fmt: skip
        [first, second] = await decisions(world, bought.payment_id)
        assert (first[4], second[4]) == ("dead", "aster")
        assert second[3][0] == {"account": "dead", "ppm": 0, "reason": "already_tried"}
        assert await world.captures(bought.payment_id) == [1199]
        assert await world.state(bought.subscription_id) == "active"
        assert await world.receipts(shopper.customer_id) == [("payment", 1199)]
        events = await world.events(shopper.customer_id)
        assert (events["payment.try_failed"], events["payment.succeeded"]) == (1, 1)
        assert await audit(world.run) == []


@pytest.mark.parametrize("token", ["tok_500_after", "tok_500_before", "tok_hang_after"])
async def test_where_nobody_knows_what_happened_no_other_account_is_asked(
    world: World, token: str
) -> None:
    shopper = await both(world, aster=token)
    bought = await world.buy(shopper)
    assert await attempts(world, bought.payment_id) == [("aster", "unknown", None)]


@pytest.mark.parametrize(
    ("first", "second", "states"),
    [
        (HONOR, "tok_ok", ["declined", "succeeded"]),
        ("tok_decline_processing_error_x", "tok_ok", ["declined", "succeeded"]),
        ("tok_decline_issuer_unavailable_x", "tok_ok", ["declined", "succeeded"]),
        ("tok_decline_processing_error_x", "tok_500_after", ["declined", "unknown"]),
        (HONOR, HONOR, ["declined", "declined"]),
        ("tok_decline_insufficient_funds_x", "tok_ok", ["declined"]),
        ("tok_decline_stolen_card_x", "tok_ok", ["declined"]),
        ("tok_decline_authentication_required_x", "tok_ok", ["declined"]),
    ],
)
async def test_only_a_refusal_that_another_provider_may_not_meet_leads_to_the_next(
    world: World, first: str, second: str, states: list[str]
) -> None:
    shopper = await both(world, aster=first, boreal=second)
    bought = await world.buy(shopper)
    assert [state for _, state, _ in await attempts(world, bought.payment_id)] == states
    ended = {"succeeded": "active", "declined": "expired", "unknown": "incomplete"}
    assert await world.state(bought.subscription_id) == ended[states[-1]]


async def test_a_plain_refusal_leads_on_once_and_two_further_attempts_are_the_most(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given a card at three accounts: after a second plain refusal nobody else is asked
    shopper = await both(world, aster=HONOR, boreal=HONOR)
    await also_at(world, shopper.method_id, "cobalt", "tok_ok")
    bought = await world.buy(shopper)
    assert len(await attempts(world, bought.payment_id)) == 2
    # while errors of providers lead through all three, and no further
    shopper = await both(
        world, aster="tok_decline_processing_error_y", boreal="tok_decline_processing_error_y"
    )
    await also_at(world, shopper.method_id, "cobalt", "tok_decline_processing_error_y")
    bought = await world.buy(shopper)
    assert [state for _, state, _ in await attempts(world, bought.payment_id)] == ["declined"] * 3
    assert await world.state(bought.subscription_id) == "expired"
    assert await audit(world.run) == []


async def test_who_pays_now_is_charged_at_the_next_account_and_the_calendar_stays(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given a renewal that was refused at its first account
    shopper = await both(world)
    bought = await world.buy(shopper)
    for account in ("aster", "boreal"):
        await world.write(
            "UPDATE instrument SET psp_token = %s WHERE psp_account = %s",
            f"tok_decline_do_not_honor_{account}", account,
        )  # fmt: skip
    await world.advance(world.now + timedelta(days=32))
    sql = "SELECT id, invoice_id, tries, payer_tries, next_try_at FROM payment"
    [(payment_id, invoice_id, tries, _, planned)] = await world.rows(
        f"{sql} WHERE state = 'processing'"
    )
    assert tries == 1
    # when the payer pays now and both accounts refuse
    await pay_invoice(world.run, world.psps, InvoiceId(invoice_id))
    # then that was two tries of the payer, and the plan goes on as it stood
    [held] = await world.rows(f"{sql} WHERE id = %s", payment_id)
    assert held[2:] == (3, 2, planned)
    # and when the second account takes it, it is paid once
    await world.write("UPDATE instrument SET psp_token = 'tok_ok_b' WHERE psp_account = 'boreal'")
    await pay_invoice(world.run, world.psps, InvoiceId(invoice_id))
    assert await world.captures(payment_id) == [1199]
    assert await world.state(bought.subscription_id) == "active"


async def test_a_change_is_paid_at_the_next_account(fresh_world: World) -> None:
    world = fresh_world
    shopper = await both(world)
    bought = await world.buy(shopper)
    await world.write(
        "UPDATE instrument SET psp_token = 'tok_decline_processing_error_z'"
        " WHERE psp_account = 'aster'"
    )
    await world.change(bought, "family_monthly")
    assert {plan for _, plan, _, _, _ in await world.items(bought)} >= {"family_monthly"}


async def test_an_account_that_refuses_us_is_left_alone_until_a_probe_is_answered(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given a gateway that watches, and an account whose credentials are wrong
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    async with HttpClient() as client:
        merchants = await read_merchants(world.run)
        wrong = {name: Secret("wrong") for name in ("api_secret", "webhook_secret")}
        book = HealthBook()

        def gateway(*, works: bool) -> Gateway:
            found = {}
            for one in merchants:
                bad = one.code == "aster" and not works
                known = one if not bad else _with(one, wrong)
                found[one.code] = Connection(known, Sandbox())
            return Gateway(found, client, health=book)

        world.psps = gateway(works=False)
        # when two cards are charged there, then the second is not even sent
        refused = await world.buy(await world.shopper())
        assert await attempts(world, refused.payment_id) == [
            ("aster", "not_executed", "merchant_config")
        ]
        with pytest.raises(AccountsUnavailable):
            await world.buy(await world.shopper())
        assert book.lights(now=world.now, to_charge=False) == {"aster": Light.OPEN}
        # while a card that is also elsewhere goes there, and the decision says why
        other = await world.buy(await both(world))
        [decision] = await decisions(world, other.payment_id)
        assert decision[3][0] == {"account": "aster", "ppm": 0, "reason": "breaker_open"}
        # and a renewal waits without a slot, and is charged once by the first probes
        world.psps = gateway(works=True)
        await world.advance(world.now + timedelta(days=32))
        rows = await world.rows(
            "SELECT p.tries - p.own_failures FROM payment AS p WHERE p.subscription_id = %s"
            " AND p.state = 'succeeded'", bought.subscription_id,
        )  # fmt: skip
        assert rows == [(1,), (1,)]
        assert await audit(world.run) == []


def _with(merchant: Any, secrets: dict[str, Secret]) -> Any:
    return type(merchant)(
        code=merchant.code, psp=merchant.psp, settings=merchant.settings, secrets=secrets,
        call_deadline=timedelta(milliseconds=CALL_DEADLINE_MS),
    )  # fmt: skip


class Killed(Exception):
    """This process ended here."""


@dataclass(slots=True)
class Dying(Relayed):
    """Ends its process at the nth charge, before it is sent or before its answer is recorded."""

    at: int
    sends: bool
    down: Sequence[str] = ()
    seen: list[str] = field(default_factory=list)

    @override
    async def call(self, what: Action) -> Reading:
        if not isinstance(what, SentAttempt):
            return await self.gateway.call(what)
        self.seen.append(what.psp_account)
        dies = len(self.seen) == self.at
        if dies and not self.sends:
            raise Killed
        reading = UNREACHABLE
        if what.psp_account not in self.down:
            reading = await self.gateway.call(what)
        if dies:
            raise Killed
        return reading


@pytest.mark.parametrize("sends", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize(
    ("tokens", "down"),
    [
        ((HONOR, "tok_ok", "tok_ok"), ()),
        (("tok_ok", "tok_decline_processing_error_k", "tok_ok"), ("aster",)),
        (("tok_ok", "tok_500_after", "tok_ok"), ("aster",)),
        (("tok_ok", "tok_ok", "tok_ok"), ("aster", "boreal", "cobalt")),
    ],
)
async def test_whoever_dies_between_two_attempts_nobody_is_charged_twice(
    world: World, tokens: tuple[str, str, str], down: tuple[str, ...], at: int, *, sends: bool
) -> None:
    # given a card at three accounts, and a process that ends in the middle
    shopper = await both(world, aster=tokens[0], boreal=tokens[1])
    await also_at(world, shopper.method_id, "cobalt", tokens[2])
    healthy = world.psps
    dying = Dying(healthy, at=at, sends=sends, down=down)
    world.psps = cast("Gateway", dying)
    with suppress(Killed):
        await world.buy(shopper)
    world.psps = healthy
    # when the resolver has looked at what is left
    await world.advance(world.now + timedelta(days=1))
    # then all of it has ended, money came once or not at all, and the books know it
    bought = await _purchase(world, shopper)
    tried = await attempts(world, bought.payment_id)
    assert {state for _, state, _ in tried} <= {"succeeded", "declined", "not_executed"}
    assert len({account for account, _, _ in tried}) == len(tried) <= 3
    captured = await world.captures(bought.payment_id)
    won = [state for _, state, _ in tried].count("succeeded")
    assert len(captured) == won <= 1
    assert await world.state(bought.subscription_id) == ("active" if won else "expired")
    assert await world.receipts(shopper.customer_id) == [("payment", 1199)] * won
    assert await audit(world.run) == []


async def _purchase(world: World, shopper: Shopper) -> Bought:
    purchase_id = await world.value(
        "SELECT id FROM purchase WHERE customer_id = %s", shopper.customer_id
    )
    return await world.bought(purchase_id)
