"""Payouts over the API: listed page by page, and read with what happened to each."""

from datetime import timedelta
from typing import Any, Final

from ledgerline.flows.fail_payout import PayoutFailure, fail_payout
from ledgerline.flows.move_payout import Named
from ledgerline.flows.record_payout import BankLine, record_payout
from ledgerline.flows.return_payout import return_payout
from tests.flow_world import World
from tests.scenarios.api_client import Api
from tests.statements import take

HEAD: Final = "kind,reference,id,gross,gross_currency,fee,net,currency,date\n"


async def _announced(world: World, number: int) -> str:
    """Have a payout of 7.00 EUR announced, a day later than the one before."""
    day = f"EUR,{world.now.date() + timedelta(days=number)}\n"
    name = f"po_api_{number}"
    owed = f"fee,,{name}_fee,0,EUR,-700,700,{day}payout,,{name},-700,EUR,0,-700,{day}"
    await take(world, f"{HEAD}{owed}total,{name},2,,,,700,{day}".encode())
    return name


async def test_payouts_are_listed_and_shown_with_their_steps(api: Api, world: World) -> None:
    names = [await _announced(world, number) for number in range(3)]
    today = world.now.date()
    # when one was paid, sent back and then failed
    line = BankLine(reference=names[0], amount_minor=700, paid_on=today, note="statement 1")
    await record_payout(world.run, line)
    await return_payout(world.run, line)
    failure = PayoutFailure(named=Named(names[0]), failed_on=today, note="their mail")
    await fail_payout(world.run, failure)
    # then the list has them all, those announced last first, page by page
    path = "/v1/payouts?psp_account=aster&limit=2"
    first = (await api.get(path)).body
    second = (await api.get(f"{path}&after={first['next']}")).body
    found: list[Any] = [*first["data"], *second["data"]]
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert [one["provider_reference"] for one in found] == names[::-1]
    assert [one["status"] for one in found] == ["announced", "announced", "failed"]
    assert {one["steps"] for one in found} == {None}
    failed = (await api.get("/v1/payouts?status=failed,returned")).body["data"]
    assert [one["id"] for one in failed] == [found[2]["id"]]
    wrong = await api.get("/v1/payouts?status=lost")
    assert (wrong.status, wrong.body["code"]) == (422, "invalid_value")
    # and one says what became of it
    shown = (await api.get(f"/v1/payouts/{found[2]['id']}")).body
    assert (shown["total"]["amount"], shown["bank"]["amount"], shown["reversed"]["amount"]) == (
        700, 0, 700,
    )  # fmt: skip
    assert (shown["failed_by"], shown["failed_note"]) == ("person", "their mail")
    assert [(one["event"], one["amount"]["amount"]) for one in shown["steps"]] == [
        ("arrived", 700), ("sent_back", -700), ("failed", 700),
    ]  # fmt: skip
    none = await api.get(f"/v1/payouts/{found[2]['id'][:-1]}z")
    assert none.refusal == (404, "payout_not_found")
