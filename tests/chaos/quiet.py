"""Two quiet months in which everything happens that needs no kill, and what is wrong after them.

Run as a process of its own, so that a changed copy of the source can be what it imports:

    python -m tests.chaos.quiet DATABASE_URL FOLDER

prints what must not be, as a JSON list: against the providers' books, their statements, the audit,
and what people must have been told.
"""

import asyncio
import csv
import io
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, cast

from typing_extensions import override

from ledgerline.base.http import HttpClient
from ledgerline.base.ids import PaymentId
from ledgerline.datasets.audit import audit
from ledgerline.flows.add_instrument import NewInstrument, add_instrument
from ledgerline.flows.load_routing import load_routing
from ledgerline.flows.match_settlements import match_settlements
from ledgerline.flows.pay_out_credit import CreditOrder, pay_out_credit
from ledgerline.flows.put_psp_account import read_merchants
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.health import HealthBook
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.contract import Secret
from ledgerline.payments.model import (
    Action,
    DeclineCategory,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
    SentAttempt,
)
from ledgerline.payments.rules.routing import Policy, Rule, Then, When
from tests.flow_proof import prove
from tests.flow_values import Shopper
from tests.flow_world import NEW_YEAR, World, open_world
from tests.relayed_psps import Relayed
from tests.statements import clearing, statement, take

ACCOUNTS: Final = ("aster", "boreal", "cobalt")
DAY: Final = timedelta(days=1)
SECRETS: Final = ("api_secret", "webhook_secret")
DECLINES: Final = 25
BROKEN_FROM: Final = date(2026, 1, 2)
BROKEN_UNTIL: Final = date(2026, 1, 8)
LATE_UNTIL: Final = date(2026, 2, 9)
FAILING_UNTIL: Final = date(2026, 3, 10)
BREAKS: Final = (
    "extra_line", "double_line", "amount_off", "wrong_fee", "wrong_total", "missing_line",
)  # fmt: skip
"""What is wrong with statements of ``cobalt``, one a day."""
QUARANTINED: Final = 2  # of them, each with two charges
ROUNDS_MAX: Final = 20  # of matching, until nothing is left to match
TOLD: Final = Counter(
    line_unmatched=1, duplicate_capture=1, line_mismatch=1, file_quarantined=QUARANTINED,
    line_missing=1 + 2 * QUARANTINED,
)  # fmt: skip
"""What people must be told of them."""
POLICY: Final = Policy(
    default=("aster", "boreal", "cobalt"),
    rules=(
        Rule("not_there", When(market=("SE",)), Then(exclude=("aster",))),
        Rule("first", When(market=("US",)), Then(prefer=("boreal",))),
    ),
    fees={},
)
ACCOUNT_TOLD: Final = """
    SELECT count(*), count(*) FILTER (WHERE closed_at IS NULL) FROM money_exception
     WHERE reason = 'account_refuses_us'"""
LINES_TOLD: Final = """
    SELECT reason, count(*) FROM money_exception
     WHERE starts_with(reason, 'line_') OR starts_with(reason, 'duplicate_')
        OR reason = 'file_quarantined' GROUP BY reason"""
FILES: Final = "SELECT state FROM settlement_file WHERE psp_account = 'cobalt'"
IMPORTED: Final = """
    SELECT first_on, id FROM settlement_file
     WHERE psp_account = 'cobalt' AND state = 'imported' AND first_on = last_on"""
MUST_BE_EMPTY: Final = {
    "people must still look": """
        SELECT reason, detail FROM money_exception WHERE closed_at IS NULL""",
    "money in suspense": """
        SELECT currency, sum(CASE 'suspense' WHEN debit THEN amount_minor ELSE -amount_minor END)
          FROM transfer WHERE 'suspense' IN (debit, credit) GROUP BY currency HAVING
               sum(CASE 'suspense' WHEN debit THEN amount_minor ELSE -amount_minor END) <> 0""",
    "an account was asked twice while the payer waited": """
        SELECT payment_id, psp_account, count(*) FROM attempt WHERE initiator = 'customer'
         GROUP BY payment_id, psp_account HAVING count(*) > 1""",
    "an account was charged that the rules exclude, or not the one they prefer": """
        SELECT a.id, a.psp_account, i.market_code FROM attempt AS a
          JOIN payment AS p ON p.id = a.payment_id JOIN invoice AS i ON i.id = p.invoice_id
         WHERE a.psp_account <> 'boreal' AND a.request_digest IS NOT NULL
           AND (i.market_code = 'SE' OR (i.market_code = 'US' AND a.initiator = 'customer'))""",
    "nobody knows what became of it": """
        SELECT id FROM attempt WHERE state IN ('sent', 'unknown') UNION ALL
        SELECT id FROM refund WHERE state NOT IN ('succeeded', 'failed')""",
    "what was announced is not on its way": """
        SELECT p.currency, p.minor, t.minor FROM
               (SELECT currency, sum(amount_minor) AS minor FROM payout GROUP BY currency) AS p
          FULL JOIN (SELECT currency, sum(CASE 'in_transit' WHEN debit THEN amount_minor
                                                            ELSE -amount_minor END) AS minor
                       FROM transfer WHERE 'in_transit' IN (debit, credit) GROUP BY currency) AS t
            ON t.currency = p.currency
         WHERE p.minor IS DISTINCT FROM t.minor""",
}
VOLUMES: Final = """
    SELECT f.psp_account, t.gross_currency, sum(t.turnover_minor)::bigint,
           sum(t.explained_minor)::bigint
      FROM settlement_file AS f JOIN settlement_total AS t ON t.file_id = f.id
     WHERE f.state = 'imported' GROUP BY f.psp_account, t.gross_currency
    HAVING sum(t.turnover_minor) > 0"""


@dataclass(slots=True)
class _Denying(Relayed):
    """A provider that executes what it says it refused."""

    @override
    async def call(self, what: Action) -> Reading:
        found = await self.gateway.call(what)
        if isinstance(what, Lookup):
            return found
        category = DeclineCategory.INSUFFICIENT_FUNDS
        return Reading(Outcome.DECLINED, EvidenceKind.RESPONSE, code="no", category=category)


@dataclass(slots=True)
class _Off(Relayed):
    """A provider that says it took another amount than was asked for."""

    @override
    async def call(self, what: Action) -> Reading:
        found = await self.gateway.call(what)
        if not isinstance(what, SentAttempt) or found.amount is None:
            return found
        return replace(found, amount=replace(found.amount, minor=found.amount.minor - 1))


@dataclass(slots=True)
class _Clerk:
    """Imports statements a week at a time; ``unpaid`` is what they left at a provider."""

    world: World
    unpaid: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def take(self, since: date, until: date, *accounts: str) -> None:
        """Import what settled in [since, until)."""
        for account in accounts:
            for start in range(0, (until - since).days, 7):
                days = min(7, (until - since).days - start)
                await self._week(account, since + start * DAY, days)

    async def _week(self, account: str, since: date, days: int) -> None:
        for currency in ("EUR", "USD", "SEK"):
            raw = await statement(self.world, since, provider=account, days=days, currency=currency)
            rows = list(csv.DictReader(io.StringIO(raw.decode())))
            if currency == "EUR" or any(row["kind"] in {"charge", "refund"} for row in rows):
                await take(self.world, raw, account=account)
                if not any(row["kind"] == "payout" for row in rows):
                    self.unpaid[account, currency] += int(rows[-1]["net"])


async def months(url: str, folder: Path) -> list[str]:
    """Live through two months and return everything that must not be."""
    async with open_world(url, folder) as world, HttpClient() as client:
        found: list[str] = []
        merchants = await read_merchants(world.run)
        at = {one.code: Connection(one, Sandbox()) for one in merchants}
        world.psps = Gateway(at, client, health=HealthBook())
        await load_routing(world.run, POLICY)
        clerk = _Clerk(world)
        try:
            found += await _first_day(world)
            await _breaks(world, clerk)
            found += await _late_money(world, clerk)
            found += await _own_failures(world, client)
            found += await _corrected(world, clerk)
            found += [one async for one in _proof(world, clerk)]
        except AssertionError as wrong:  # of the product, or of its database
            found.append(f"failed: {wrong!r}")
    return found


async def _first_day(world: World) -> list[str]:
    """Buy, be refused, lose answers, give back, pay credit out."""
    found = []
    for token, other in (
        ("tok_ok", None), ("tok_decline_do_not_honor_x", "tok_ok"), ("tok_500_after", "tok_ok"),
        ("tok_hang_before", "tok_ok"), ("tok_pending", None),
        ("tok_decline_stolen_card_x", "tok_ok"),
        ("tok_decline_processing_error_x", "tok_decline_processing_error_x"),
    ):  # fmt: skip
        await world.buy(await _shopper(world, "DE", token, other))
    for market in ("SE", "US"):
        await world.buy(await _shopper(world, market, "tok_ok", "tok_ok"))
    off = await replace(world, psps=cast("Gateway", _Off(world.psps))).buy(await world.shopper())
    if await world.state(off.subscription_id) != "incomplete":
        found.append("another amount than was asked for is taken for success")
    await _give_back(world)
    for _ in range(DECLINES):
        poor = await world.shopper(token="tok_decline_insufficient_funds_x", psp="boreal")
        await world.buy(poor)
    lights = world.psps.lights(now=world.now, to_charge=False)
    if "boreal" in lights:
        found.append(f"an account is left alone because it declines: {lights}")
    return found


async def _shopper(world: World, market: str, token: str, other: str | None) -> Shopper:
    shopper = await world.shopper(market, token)
    if other is not None:
        unique = f"{other}_b{shopper.method_id.int % 10**9}"
        new = NewInstrument(psp_account="boreal", psp_token=unique, last4="4242")
        await add_instrument(world.run, shopper.method_id, new)
    return shopper


async def _give_back(world: World) -> None:
    """Refund a part and the rest, and pay credit out: once so that it fails and comes back."""
    bought = await world.buy(await world.shopper())
    payment = cast("PaymentId", bought.payment_id)
    await request_refund(world.run, world.psps, RefundOrder(payment, 400, "a part"))
    await request_refund(world.run, world.psps, RefundOrder(payment, None, "the rest"))
    shopper = await world.shopper(token="tok_visa_quiet")  # refunds of fixed test tokens never fail
    await world.give_credit(shopper, "individual_yearly")
    order = CreditOrder(customer_id=shopper.customer_id, reason="asked", amount_minor=5000)
    await _fail_refunds(world, ppm=10**6)
    await pay_out_credit(world.run, replace(order, amount_minor=1000))
    await world.advance(world.now + timedelta(minutes=1))
    await _fail_refunds(world, ppm=0)
    came_back = await world.value("SELECT count(*) FROM refund WHERE state = 'failed'")
    assert came_back == 1, came_back
    await pay_out_credit(world.run, order)


async def _fail_refunds(world: World, *, ppm: int) -> None:
    await world.simulator.control("faults", {"provider": "*", "rates": {"refund_failed": ppm}})


async def _breaks(world: World, clerk: _Clerk) -> None:
    """Import a week of statements; each of ``cobalt`` has something wrong with it."""
    await world.advance(BROKEN_FROM)
    for number, broken in enumerate(BREAKS):
        day = BROKEN_FROM + number * DAY
        for _ in range(2):
            await world.buy(await world.shopper(psp="cobalt"))
        await world.advance(day + DAY)
        raw = await statement(world, day, provider="cobalt", broken=broken)
        await take(world, raw, account="cobalt")
    for account in ("aster", "boreal"):
        await clerk.take(NEW_YEAR.date(), BROKEN_UNTIL, account)


async def _late_money(world: World, clerk: _Clerk) -> list[str]:
    """Have a month of charges executed that were said to be refused; the statements say so."""
    subscribers = [await world.buy(await world.shopper(), trial=True) for _ in range(2)]
    denying = replace(world, psps=cast("Gateway", _Denying(world.psps)))
    await denying.buy(await world.shopper())  # nobody waits for it: its money goes back
    await denying.advance(datetime(2026, 2, 8, 12, tzinfo=UTC))
    world.run = denying.run
    states = [await world.state(one.subscription_id) for one in subscribers]
    await world.advance(LATE_UNTIL)
    await clerk.take(BROKEN_UNTIL, LATE_UNTIL, *ACCOUNTS)
    await world.advance(LATE_UNTIL + DAY)
    after = [await world.state(one.subscription_id) for one in subscribers]
    if (states, after) == (["past_due"] * 2, ["active"] * 2):
        return []
    return [f"late money: subscribers were {states} and are {after}"]


async def _own_failures(world: World, client: HttpClient) -> list[str]:
    """Let nothing be executed for ten days, with secrets that are wrong."""
    standing = "SELECT state, count(*) FROM subscription GROUP BY state ORDER BY state"
    before, healthy = await world.rows(standing), world.psps
    wrong = {name: Secret("c2VjcmV0cyB0aGF0IGFyZSB3cm9uZw==") for name in SECRETS}
    merchants = await read_merchants(world.run)
    at = {one.code: Connection(replace(one, secrets=wrong), Sandbox()) for one in merchants}
    world.psps = Gateway(at, client, health=HealthBook())
    await world.advance(FAILING_UNTIL)
    told = await world.rows(ACCOUNT_TOLD)
    during = await world.rows(standing)
    world.psps = healthy
    await world.advance(FAILING_UNTIL + 3 * DAY)
    found = []
    if during != before:
        found.append(f"own failures: subscriptions were {before} and are {during}")
    if told != [(len(ACCOUNTS), len(ACCOUNTS))]:
        found.append(f"own failures: people were told {told}")
    if await world.rows(ACCOUNT_TOLD) != [(len(ACCOUNTS), 0)]:
        found.append(f"own failures: after them people are told {await world.rows(ACCOUNT_TOLD)}")
    return found


async def _corrected(world: World, clerk: _Clerk) -> list[str]:
    """Import what is right in the place of what was not, and the rest."""
    opened = Counter(dict(await world.rows(LINES_TOLD)))
    found = []
    if opened != TOLD:
        found.append(f"broken statements: people were told {dict(opened)}")
    states = Counter(state for (state,) in await world.rows(FILES))
    if states["quarantined"] != QUARANTINED:
        found.append(f"broken statements: the files are {dict(states)}")
    held = dict(await world.rows(IMPORTED))
    for number in range(len(BREAKS)):
        day = BROKEN_FROM + number * DAY
        raw = await statement(world, day, provider="cobalt")
        await take(world, raw, account="cobalt", corrects=held.get(day))
    today = world.now.date()
    await clerk.take(LATE_UNTIL, today, *ACCOUNTS)
    await world.advance(today + DAY)  # what the statements brought to light goes back
    await world.advance(today + 2 * DAY)
    await clerk.take(today, today + 2 * DAY, *ACCOUNTS)
    for _ in range(ROUNDS_MAX):
        if not await match_settlements(world.run):
            return found
    return [*found, "broken statements: there is something to match for ever"]


async def _proof(world: World, clerk: _Clerk) -> AsyncIterator[str]:
    """Find what must not be."""
    for what, query in MUST_BE_EMPTY.items():
        if rows := await world.rows(query):
            yield f"{what}: {rows[:3]}"
    for account in ACCOUNTS:
        left = await clearing(world, account)
        expected = {code: minor for (at, code), minor in clerk.unpaid.items() if at == account}
        if left != {code: minor for code, minor in expected.items() if minor}:
            yield f"left in clearing at {account}: {left}, not {expected}"
    for one in await _unexplained(world):
        yield one
    try:
        await prove(world.connection, world.simulator)
    except AssertionError as wrong:
        yield f"books: {wrong}"
    for broken in await audit(world.run):
        yield f"audit {broken.invariant.id}: {broken.invariant.text} {broken.rows[:2]}"


async def _unexplained(world: World) -> list[str]:
    """Compare what moved by the providers' books with what statements explain."""
    moved: Counter[tuple[str, str]] = Counter()
    for line in await world.simulator.truth():
        if line["status"] == "succeeded":
            moved[line["provider"], line["currency"]] += line["amount"]
    found = {(account, currency): row for account, currency, *row in await world.rows(VOLUMES)}
    return [
        f"explained at {key}: {found.get(key)}, they moved {moved[key]}"
        for key in sorted(moved.keys() | found.keys())
        if found.get(key) != [moved[key], moved[key]]
    ]


def main() -> None:
    """Print what was found."""
    url, folder = sys.argv[1:]
    try:
        found = asyncio.run(months(url, Path(folder)))
    except Exception as failure:  # noqa: BLE001 - whatever it is, it is evidence
        found = [f"failed: {failure!r}"]
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
