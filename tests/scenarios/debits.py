"""A seller who collects by mandates: at ``aster`` GoCardless tells payers of debits, else we do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from psycopg import AsyncConnection

from ledgerline.base.crypto import Keyring
from ledgerline.base.db import connected
from ledgerline.base.http import HttpClient
from ledgerline.base.ids import CustomerId, PaymentMethodId
from ledgerline.base.run import Run
from ledgerline.datasets.audit import audit
from ledgerline.flows.add_instrument import NewMandate
from ledgerline.flows.add_payment_method import NewPaymentMethod, add_payment_method
from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.do_due_work import do_due_work
from ledgerline.flows.load_catalog import load_catalog
from ledgerline.flows.put_psp_account import NewPspAccount, put_psp_account, read_merchants
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.gocardless.connector import GoCardless
from ledgerline.payments.contract import Secret
from tests.flow_proof import prove
from tests.flow_values import Bought, Shopper
from tests.flow_world import CALL_DEADLINE_MS, NEW_YEAR, World
from tests.pspsim.gocardless.face import TOKEN, WEBHOOK_SECRET
from tests.pspsim.simulator import Simulator, simulator, write_world
from tests.scenarios.api_client import open_api
from tests.shipped import shipped_catalog

BY_PROVIDER: Final = "aster"
BY_US: Final = "boreal"
REVOKED: Final = "mandate_cancelled_by_bank"
DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)


@asynccontextmanager
async def open_debit_world(database_url: str, folder: Path) -> AsyncIterator[World]:
    """Open a world of two accounts, whose webhooks come in over the served API; prove it after."""
    providers = {
        account: {
            "dialect": "gocardless", "api_secret": _token(account),
            "webhook_secret": WEBHOOK_SECRET,
        }
        for account in (BY_PROVIDER, BY_US)
    }  # fmt: skip
    world = write_world(
        folder,
        providers=providers,
        segments={"*": {"approval_ppm": dict.fromkeys(providers, 1_000_000)}},
    )
    async with (
        simulator(world, folder / "psp") as outside,
        connected(database_url, size=8, name="scenario") as database,
        HttpClient() as client,
        await AsyncConnection.connect(database_url, autocommit=True) as connection,
    ):
        run = Run(database, Keyring(bytes(32)))
        assert await run.knows_key()
        assert await run.begin_sandbox(NEW_YEAR, seed=7)
        run = await run.at_clock()
        await load_catalog(run, shipped_catalog())
        psps = await _connect(run, outside, client)
        async with open_api(Run(database, Keyring(bytes(32))), psps) as api:
            for account in providers:
                url = f"{api.url}/v1/psp/{account}/events"
                await outside.control("webhooks", {"provider": account, "url": url})
            opened = World(
                run=run, psps=psps, simulator=outside, connection=connection, url=database_url
            )
            yield opened
        await prove(connection, outside)
        broken = [(one.invariant.id, one) for one in await audit(opened.run)]
        assert not broken, broken


def _token(account: str) -> str:
    return f"{TOKEN}_{account}"


async def _connect(run: Run, outside: Simulator, client: HttpClient) -> Gateway:
    for account, notices in ((BY_PROVIDER, "gocardless"), (BY_US, "ledgerline")):
        new = NewPspAccount(
            code=account,
            psp="gocardless",
            settings={
                "base_url": f"http://127.0.0.1:{outside.port}/{account}",
                "debit_notices": notices,
            },
            secrets={
                "access_token": Secret(_token(account)),
                "webhook_secret": Secret(WEBHOOK_SECRET),
            },
            call_deadline_ms=CALL_DEADLINE_MS,
        )
        await put_psp_account(run, GoCardless(), new)
    merchants = await read_merchants(run)
    return Gateway({one.code: Connection(one, GoCardless()) for one in merchants}, client)


async def payer(
    world: World, account: str, token: str = "MDtok_ok", *, agreed_days: int | None = None
) -> Shopper:
    """Make a customer with a mandate that is looked at, that may agree to a shorter notice."""
    customer_id = await world.customer("DE")
    method_id = await _method(world, customer_id, account, token, agreed_days=agreed_days)
    return Shopper(customer_id, method_id)


async def payer_of(
    world: World, shopper: Shopper, token: str = "MDtok_ok", *, account: str = BY_PROVIDER
) -> PaymentMethodId:
    """Give a customer one more mandate."""
    return await _method(world, shopper.customer_id, account, token, agreed_days=None)


async def _method(
    world: World, customer_id: CustomerId, account: str, token: str, *, agreed_days: int | None
) -> PaymentMethodId:
    taken = await world.value("SELECT count(*) FROM mandate")
    new = NewPaymentMethod(
        customer_id=customer_id,
        psp_account=account,
        psp_token=f"{token}_{account}_{taken}",
        brand="sepa_core",
        last4="4242",
        mandate=NewMandate(text_version="2026-1", accepted_at=world.now, notice_days=agreed_days),
    )
    method_id = await add_payment_method(world.run, new)
    await do_due_work(world.run, world.psps)
    return method_id


async def mandate(world: World, shopper: Shopper) -> tuple[Any, ...]:
    """Return (id, state, token, account) of the newest mandate of a payer."""
    rows = await world.rows(
        "SELECT id, state, psp_token, psp_account FROM mandate WHERE payment_method_id = %s"
        " ORDER BY id DESC",
        shopper.method_id,
    )
    return rows[0]


async def simulate(world: World, account: str, resource: str, scenario: str) -> None:
    """Let something happen at the provider, and take in what it tells of it."""
    about: Any = {"data": {"links": {"resource": resource}}}
    await _post(world, account, f"scenario_simulators/{scenario}/actions/run", about)


async def act_there(world: World, account: str, token: str, action: str) -> None:
    """Do something to a mandate at the provider, as its merchant, and take in what it tells."""
    await _post(world, account, f"mandates/{token}/actions/{action}", {})


async def _post(world: World, account: str, path: str, body: Any) -> None:
    await there(world, account, path, body=body)
    await take_in(world)


async def there(world: World, account: str, path: str, *, body: Any = None) -> Any:
    """Ask the provider as its merchant; with a ``body`` to do something."""
    async with world.simulator.session.request(
        "GET" if body is None else "POST",
        f"http://127.0.0.1:{world.simulator.port}/{account}/{path}",
        json=body,
        headers={"Authorization": f"Bearer {_token(account)}", "GoCardless-Version": "2015-07-06"},
    ) as response:
        assert response.status in {200, 201}, await response.text()
        return await response.json()


async def take_in(world: World) -> None:
    """Deliver what providers have to tell, and apply it."""
    drained = await world.simulator.control("drain")
    assert drained["failed"] == 0, "a delivery was not acknowledged"
    await apply_psp_events(world.run, world.psps)


async def ended(world: World, shopper: Shopper, scenario: str = REVOKED) -> None:
    """Let the payer revoke their mandate in their bank, and take that in."""
    _, _, token, account = await mandate(world, shopper)
    await simulate(world, account, token, scenario)


async def renewal(world: World, bought: Bought) -> dict[str, Any]:
    """Return the newest payment of a subscription, by column."""
    columns = ("id", "invoice_id", "state", "tries", "next_try_at", "awaits_payer", "withheld_for")
    rows = await world.rows(
        f"SELECT {', '.join(columns)} FROM payment WHERE subscription_id = %s"
        " ORDER BY id DESC LIMIT 1",
        bought.subscription_id,
    )
    return dict(zip(columns, rows[0], strict=True))


async def attempts(world: World, payment_id: Any) -> list[tuple[Any, ...]]:
    """Return (state, category, code, day) of each attempt of a payment, in order."""
    return await world.rows(
        "SELECT state, category, psp_code, due_on FROM attempt WHERE payment_id = %s"
        " ORDER BY ordinal",
        payment_id,
    )


async def notices(world: World, payment_id: Any) -> list[tuple[int, int, date]]:
    """Return (number, amount, day) of each notice of a payment, in order."""
    return await world.rows(
        "SELECT no, amount_minor, due_on FROM debit_notice WHERE payment_id = %s ORDER BY no",
        payment_id,
    )


async def told(world: World, aggregate_id: Any) -> list[str]:
    """Return the kinds of events of an object, in order."""
    rows = await world.rows(
        "SELECT kind FROM event WHERE aggregate_id = %s ORDER BY seq", aggregate_id
    )
    return [kind for (kind,) in rows]
