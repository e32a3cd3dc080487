"""Keys, health, clock, ledger, webhooks, request ids and the description of the API."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import psycopg

from ledgerline.api import openapi
from ledgerline.api.app import OPERATIONS
from ledgerline.api.operations import Keyed
from ledgerline.base.crypto import Keyring
from ledgerline.base.db import connected
from ledgerline.base.run import Run
from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.create_api_key import create_api_key
from ledgerline.flows.put_psp_account import read_merchants
from pspsim.dialects.native import signature
from tests.flow_world import World
from tests.scenarios.api_client import Api, buy, new_buyer, open_api, order

HOUR = timedelta(hours=1)
DESCRIPTION = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"


async def test_only_a_good_key_opens(api: Api, world: World) -> None:
    # given keys of other environments, forged, shortened, expired and revoked ones
    live = await create_api_key(world.run, principal="live", live=True)
    revoked = await create_api_key(world.run, principal="gone", live=False)
    await world.write("UPDATE api_key SET revoked_at = now() WHERE principal = 'gone'")
    expired = await create_api_key(
        world.run, principal="over", live=False, expires_at=world.run.wall() + HOUR
    )
    await world.write(
        "UPDATE api_key SET created_at = now() - interval '2 hours',"
        " expires_at = now() - interval '1 second' WHERE principal = 'over'"
    )
    unknown = await create_api_key(world.run, principal="unknown", live=False)
    await world.write("DELETE FROM api_key WHERE principal = 'unknown'")
    mixed = "_".join([*api.bearer.split("_")[:3], unknown.split("_")[3]])
    for presented, code in (
        ("", "unauthenticated"),
        ("Bearer", "unauthenticated"),
        (f"Basic {api.bearer}", "unauthenticated"),
        (f"Bearer {api.bearer[:-1]}", "unauthenticated"),
        (f"Bearer {mixed}", "unauthenticated"),
        (f"Bearer {revoked}", "unauthenticated"),
        (f"Bearer {expired}", "unauthenticated"),
        (f"Bearer {unknown}", "unauthenticated"),
        (f"Bearer {live}", "wrong_environment"),
    ):
        # when they are used
        reply = await api.send("GET", "/v1/clock", headers={"Authorization": presented})
        # then the door stays shut
        assert reply.refusal == (401, code), presented
    assert (await api.get("/v1/clock")).status == 200


async def test_a_key_opens_until_it_expires_though_it_was_just_used(api: Api, world: World) -> None:
    # given a key that the process has read and remembers
    soon = world.run.wall() + timedelta(seconds=1.5)
    short = await create_api_key(world.run, principal="short", live=False, expires_at=soon)
    door = {"Authorization": f"Bearer {short}"}
    assert (await api.send("GET", "/v1/clock", headers=door)).status == 200
    # when its time is over
    await asyncio.sleep((soon - world.run.wall()).total_seconds() + 0.01)
    # then it opens no more
    shut = await api.send("GET", "/v1/clock", headers=door)
    assert shut.refusal == (401, "unauthenticated")


async def test_a_read_only_key_reads_and_changes_nothing(api: Api, world: World) -> None:
    # given a key that may only read, and what it could change
    buyer = await new_buyer(api)
    bearer = await create_api_key(world.run, principal="reports", live=False, read_only=True)
    reader = Api(api.url, api.session, bearer)
    # when it reads, it is answered
    assert (await reader.get(f"/v1/customers/{buyer.customer}")).status == 200
    # when it uses any other method, be it to ask what would happen
    before = await world.value("SELECT count(*) FROM customer")
    changing = [one for one in OPERATIONS if not one.is_safe and not one.is_open]
    assert {one.method for one in changing} == {"PATCH", "POST"}
    for operation in changing:
        path = operation.path.replace("{id}", buyer.customer)
        body, headers = b'{"market": "DE"}', {"Content-Type": "application/json"}
        reply = await reader.send(operation.method, path, raw=body, headers=headers)
        # then it is refused before anything is looked at
        assert reply.refusal == (403, "read_only_key"), operation.name
    assert await world.value("SELECT count(*) FROM customer") == before
    assert (
        await world.value("SELECT count(*) FROM idempotency_key WHERE principal = 'reports'") == 0
    )
    # and a full key of the same integration still writes
    bearer = await create_api_key(world.run, principal="reports", live=False)
    writer = Api(api.url, api.session, bearer)
    assert (await writer.post("/v1/customers", {"market": "DE"})).status == 201


async def test_a_sandbox_shows_its_clock_and_leaves_moving_it_to_its_driver(api: Api) -> None:
    clock = await api.get("/v1/clock")
    assert clock.body == {
        "object": "clock", "livemode": False, "now": "2026-01-01T00:00:00Z", "is_virtual": True,
    }  # fmt: skip
    moved = await api.post("/v1/clock/advance", {"by": "1 month"})
    assert moved.refusal == (409, "clock_driver_required")
    assert "ledgerline clock advance" in moved.body["detail"]


async def test_the_trial_balance_sums_to_zero(api: Api) -> None:
    # given one paid purchase in a market of its own currency
    await buy(api, await new_buyer(api, market="PL"))
    # when the trial balance is read
    reply = await api.get("/v1/ledger/trial_balance?at=2026-01-01T00:00:00Z")
    # then what was debited was credited
    assert reply.body["is_balanced"] is True
    zloty = {
        one["account"]: one["balance"]["amount"]
        for one in reply.body["data"]
        if one["balance"]["currency"] == "PLN"
    }
    assert zloty == {
        "psp_clearing": 2399, "receivable": 0, "deferred_revenue": -1950, "tax_payable": -449,
    }  # fmt: skip
    before = await api.get("/v1/ledger/trial_balance?at=2025-12-31T23:59:59Z")
    assert before.body["data"] == []
    # and its month has it all, the month before nothing
    month = await api.get("/v1/ledger/trial_balance?month=2026-01&at=2026-01-01T00:00:00Z")
    assert month.body["data"] == reply.body["data"]
    before = await api.get("/v1/ledger/trial_balance?month=2025-12")
    assert before.body["data"] == []
    for wrong in ("2026", "2026-13", "2026-1", "0000-01"):
        refused = await api.get(f"/v1/ledger/trial_balance?month={wrong}")
        assert refused.refusal == (422, "invalid_value")
    for wrong in ("yesterday", "2026-01-01", "2026-01-01T00:00:00"):
        refused = await api.get(f"/v1/ledger/trial_balance?at={wrong}")
        assert refused.refusal == (422, "invalid_value")


async def test_a_signed_event_is_kept_once_and_settles_the_purchase(api: Api, world: World) -> None:
    # given a purchase whose answer was lost, and the provider's event about it
    buyer = await new_buyer(api, token="tok_hang_after")
    lost = (await api.post("/v1/purchases", order(buyer))).body
    [(attempt,)] = await world.rows("SELECT id FROM attempt WHERE state = 'unknown'")
    charge = next(one for one in await world.simulator.truth() if one["reference"] == str(attempt))
    data = {
        "id": charge["id"], "object": "charge", "reference": charge["reference"],
        "amount": charge["amount"], "currency": charge["currency"], "status": "succeeded",
        "final": True, "created": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    event = {
        "id": "evt_1", "type": "charge.succeeded", "created": "2026-01-01T00:00:00Z", "data": data,
    }  # fmt: skip
    raw = json.dumps(event).encode()
    stamp = int(world.run.wall().timestamp())
    [aster] = [one for one in await read_merchants(world.run) if one.code == "aster"]
    secret = aster.secrets["webhook_secret"].reveal()
    headers = {
        "Authorization": "", "Content-Type": "application/json", "webhook-id": "evt_1",
        "webhook-timestamp": str(stamp),
        "webhook-signature": signature(secret, event_id="evt_1", timestamp=stamp, body=raw),
    }  # fmt: skip
    path = "/v1/psp/aster/events"
    # when it comes forged, to another account, and too large, it is refused
    forged = await api.send("POST", path, raw=raw + b" ", headers=headers)
    assert forged.refusal == (401, "signature_refused")
    for account in ("boreal", "nobody", "%00"):
        other = await api.send("POST", f"/v1/psp/{account}/events", raw=raw, headers=headers)
        assert other.refusal == (401, "signature_refused")
    large = await api.send("POST", path, raw=b" " * (256 * 1024 + 1), headers=headers)
    assert large.refusal == (413, "too_large")
    assert await world.value("SELECT count(*) FROM psp_event") == 0
    # and when the true one comes twice, it is kept once
    replies = [await api.send("POST", path, raw=raw, headers=headers) for _ in range(2)]
    assert [reply.status for reply in replies] == [200, 200]
    assert [reply.body["is_new"] for reply in replies] == [True, False]
    # then working it off completes the purchase
    await apply_psp_events(world.run, world.psps)
    assert (await api.get(f"/v1/purchases/{lost['id']}")).body["status"] == "completed"


async def test_every_answer_has_a_request_id(api: Api) -> None:
    ours = "req_01h455vb4pex5vsknk084sn02q"
    kept = await api.send("GET", "/v1/clock", headers={"X-Request-Id": ours})
    assert kept.headers["X-Request-Id"] == ours
    for path in ("/v1/clock", "/livez", "/nowhere", "/v1/customers/cus_1"):
        made = await api.send("GET", path, headers={"X-Request-Id": "<script>"})
        assert made.headers["X-Request-Id"].startswith("req_")
        assert made.headers["Cache-Control"] == "no-store"


async def test_health_asks_the_database_only_where_it_must(api: Api) -> None:
    open_door = {"Authorization": ""}
    live = await api.send("GET", "/livez", headers=open_door)
    ready = await api.send("GET", "/readyz", headers=open_door)
    assert (live.status, live.body) == (200, {"status": "live"})
    assert (ready.status, ready.body) == (200, {"status": "ready"})


async def test_a_database_that_is_gone_is_503_and_never_a_crash(
    fresh_database_url: str, world: World
) -> None:
    # given an API whose database shuts its doors
    async with connected(fresh_database_url, size=1, name="doomed") as database:
        run = Run(database, Keyring(bytes(32)))
        assert await run.begin_sandbox(world.now, seed=1)
        async with open_api(run, world.psps) as api:
            assert (await api.get("/v1/customers")).status == 200
            name = fresh_database_url.rpartition("/")[2].partition("?")[0]
            await world.write(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            await world.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", name
            )
            # when it is asked
            reply = await api.get("/v1/customers")
            live = await api.send("GET", "/livez")
            # then it says that nothing was changed, and the process lives
            assert reply.refusal == (503, "dependency_unavailable")
            assert reply.headers["Retry-After"] == "1"
            assert live.status == 200


async def test_a_database_without_a_schema_is_not_ready(
    empty_database_url: str, world: World
) -> None:
    async with connected(empty_database_url, size=1, name="empty") as database:
        run = Run(database, Keyring(bytes(32)))
        with psycopg.connect(empty_database_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE api_key (id text, principal text, secret_hash bytea,"
                               " scopes text[], expires_at timestamptz,"
                               " created_at timestamptz, revoked_at timestamptz)")  # fmt: skip
        async with open_api(run, world.psps) as api:
            assert (await api.get("/readyz")).refusal == (503, "dependency_unavailable")
            # and what nobody foresaw is told to the caller without its inside
            with psycopg.connect(empty_database_url, autocommit=True) as connection:
                connection.execute("CREATE TABLE environment (kind text, instant timestamptz,"
                                   " seed bigint)")  # fmt: skip
            crashed = await api.get("/v1/clock")
            assert crashed.refusal == (500, "internal")
            assert "environment" not in json.dumps(crashed.body)


async def test_the_description_is_the_committed_one_and_complete(api: Api) -> None:
    served = (await api.send("GET", "/openapi.json", headers={"Authorization": ""})).body
    assert served == json.loads(DESCRIPTION.read_text("utf-8")), (
        "write it anew: python -m tests.scenarios.write_openapi"
    )
    assert served["openapi"] == "3.1.0"
    operations = {
        one["operationId"]: one for path in served["paths"].values() for one in path.values()
    }
    assert {one.name for one in OPERATIONS} == set(operations)
    moving = {name for name, one in operations.items() if one["x-moves-money"]}
    assert moving == {
        "create_purchase", "create_refund", "change_subscription", "cancel_subscription",
        "undo_scheduled", "pause_subscription", "resume_subscription", "pay_invoice",
        "pay_out_credit", "adopt_exception", "refund_exception", "approve_evidence",
        "give_credit",
    }  # fmt: skip
    assert openapi.document(OPERATIONS) == served
    # a key is read with the body: without one it would mean nothing
    keyed = [one for one in OPERATIONS if one.method == "POST" and one.keyed is not Keyed.NEVER]
    assert [one.name for one in keyed if one.body is None] == []


async def test_the_type_of_a_problem_is_a_page_that_opens(api: Api) -> None:
    refused = await api.get("/v1/subscriptions/sub_nothing")
    page = await api.get(refused.body["type"])
    assert page.status == 200
    assert refused.body["code"] in page.body.decode()
    assert "<script" not in page.body.decode()
    assert (await api.get("/docs/errors/no_such_code")).refusal == (404, "not_found")
