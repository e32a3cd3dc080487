"""What is said then happens: each act on a subscription in each state, and what follows.

What a preview says is compared with what the act did; what is read after it with what the clock
brought.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from ledgerline.base.run import Run
from tests.flow_world import open_world
from tests.scenarios.api_client import open_api
from tests.scenarios.played import ACTS, BEGIN, CASES, END, REFUSED, SHOP, Case, Seen, play

ZONE: Final = ZoneInfo("Europe/Berlin")  # of the market
Played = Mapping[tuple[str, str], Case]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("previews")
    async with (
        open_world(database_url, folder, at=BEGIN, catalog=SHOP) as world,
        open_api(Run(world.run.database, world.run.keyring), world.psps) as api,
    ):
        return await play(api, world)


def _lines(lines: list[Any], *, sign: int = 1) -> Counter[tuple[str, str, str, int, int]]:
    return Counter(
        (
            one["component"], one["period"]["start"], one["period"]["end"],
            sign * one["total"]["amount"], sign * one["tax"]["amount"],
        )
        for one in lines
    )  # fmt: skip


def _new(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Any]:
    return [one for key, one in after.items() if key not in before]


def _given(case: Case) -> Counter[tuple[str, str, str, int, int]]:
    """Add up what credit notes of an act gave the customer, line by line and with minus."""
    found: Counter[tuple[str, str, str, int, int]] = Counter()
    for note in _new(case.before.notes, case.after.notes):
        if note["settles"] == "customer_credit":
            found += _lines(note["lines"], sign=-1)
    return found


def _day(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone(ZONE).date().isoformat()


def _gave_up(case: Case) -> bool:
    """Say whether the subscription ended because nobody paid, as was said that it may."""
    assert case.later is not None
    was, now = case.after.subscription, case.later.subscription
    return (was["status"], now["status"]) == ("past_due", "canceled")


def each(*kinds: str) -> pytest.MarkDecorator:
    """Take the cases in which something is done, of some kinds of acts."""
    some = [
        (state, act)
        for state, act in CASES
        if ACTS[act][0] in kinds and act not in REFUSED.get(state, ())
    ]
    return pytest.mark.parametrize(("state", "act"), some, ids=[": ".join(one) for one in some])


@pytest.mark.parametrize(("state", "act"), CASES, ids=[": ".join(one) for one in CASES])
def test_a_preview_is_refused_as_the_act_is(played: Played, state: str, act: str) -> None:
    case = played[state, act]
    assert case.is_refused == (act in REFUSED.get(state, ())), case.reply
    if case.is_refused:
        assert case.preview.refusal == case.reply.refusal
        assert case.after == case.before
    else:
        assert case.preview.status == 200, (case.preview, case.reply)


@each("change")
def test_a_change_costs_and_gives_what_its_preview_said(
    played: Played, state: str, act: str
) -> None:
    case = played[state, act]
    preview = case.preview.body
    issued = _new(case.before.invoices, case.after.invoices)
    charged = [line for invoice in issued for line in invoice["lines"]]
    paid = _new(case.before.payments, case.after.payments)
    assert sum(one["captured"]["amount"] for one in paid) == preview["due_now"]["amount"]
    assert sum(one["from_credit"]["amount"] for one in issued) == preview["from_credit"]["amount"]
    assert case.after.credit == preview["credit_after"]["amount"]
    assert _given(case) + _lines(charged) == _lines(preview["lines"])


@each("change")
def test_a_change_takes_effect_on_its_day_at_its_price(
    played: Played, state: str, act: str
) -> None:
    case = played[state, act]
    preview, shown = case.preview.body, case.after.subscription
    if preview["effective_on"] == "2026-02-10":
        assert [shown[name] for name in ("plan", "quantity", "unit_price", "price")] == [
            preview[name] for name in ("plan", "quantity", "unit_price", "price")
        ]
    else:
        last = shown["intentions"][-1]
        assert last["effective_on"] == preview["effective_on"]
        assert shown["unit_price"] == case.before.subscription["unit_price"]


@each("change", "undo")
def test_the_next_charge_is_the_one_that_was_foretold(played: Played, state: str, act: str) -> None:
    case = played[state, act]
    assert case.later is not None
    foretold = case.preview.body["next_charge"]
    renewals = _renewals(case, case.later)
    if foretold is None:
        assert renewals == []
    elif foretold["on"] < "2026-03-12":
        first = renewals[0]
        assert _lines(first["lines"]) == _lines(foretold["lines"])
        assert (first["total"], first["tax"]) == (foretold["total"], foretold["tax"])
        base = next(one for one in first["lines"] if one["component"] == "base")
        assert base["period"]["start"] == foretold["on"]
        if state != "planned":  # there another plan follows
            assert base["unit_price"] == case.preview.body["unit_price"]
            assert base["quantity"] == case.preview.body["quantity"]
    else:
        assert renewals == []


def _renewals(case: Case, later: Seen) -> list[Any]:
    """Find the renewals that were issued after the act, the first first."""
    new = [one for one in _new(case.after.invoices, later.invoices) if one["cause"] == "renewal"]
    return sorted(new, key=lambda one: one["issued"])


@each("cancel")
def test_a_cancellation_gives_back_what_its_preview_said(
    played: Played, state: str, act: str
) -> None:
    case = played[state, act]
    preview, before, after = case.preview.body, case.before, case.after
    assert after.credit - before.credit == preview["credited"]["amount"]
    assert _given(case) == _lines(preview["lines"])
    assert after.subscription["ends_on"] == preview["ends_on"]
    assert after.subscription["next_charge_at"] is None
    assert preview["withdrawn_change"] == before.subscription["pending_change"]
    assert after.subscription["pending_change"] is None
    closed = [
        key
        for key, one in after.invoices.items()
        if one["status"] in {"uncollectible", "void"} and before.invoices[key]["status"] == "open"
    ]
    assert closed == preview["written_off"]
    assert case.later is not None
    assert case.later.subscription["status"] == "canceled"
    if _gave_up(case):  # nobody paid: it ended before
        assert case.later.subscription["ends_on"] <= preview["ends_on"]
    else:
        assert case.later.subscription["ends_on"] == preview["ends_on"]
    assert _renewals(case, case.later) == []


@each("undo")
def test_what_is_undone_is_what_the_preview_named(played: Played, state: str, act: str) -> None:
    case = played[state, act]
    gone = {
        one["intention"]
        for one in case.before.subscription["intentions"]
        if one not in case.after.subscription["intentions"]
    }
    assert gone == {case.preview.body["intention"]}
    assert case.after.invoices == case.before.invoices


@each("refund")
def test_a_refund_gives_back_what_its_preview_said(played: Played, state: str, act: str) -> None:
    case = played[state, act]
    total, payment = case.preview.body["total"], case.preview.body["payment"]
    assert (case.reply.body["status"], case.reply.body["total"]) == ("succeeded", total)
    before, after = (seen.payments[payment] for seen in (case.before, case.after))
    assert before["refundable"]["amount"] - after["refundable"]["amount"] == total["amount"]
    if act == "refund all":
        assert total == before["refundable"]
        assert after["refundable"]["amount"] == 0


# What is read, and then what happens -----------------------------------------------------------

WATCHED = each("change", "cancel", "undo", "refund", "look")


def _comes(instant: str | None) -> bool:
    """Say whether something is said to come while the cases are watched."""
    return instant is not None and datetime.fromisoformat(instant) <= END


@WATCHED
def test_the_next_charge_comes_when_it_was_said(played: Played, state: str, act: str) -> None:
    case = played[state, act]
    assert case.later is not None
    said = case.after.subscription["next_charge_at"]
    renewals = _renewals(case, case.later)
    if _comes(said) and not _gave_up(case):
        assert renewals[0]["issued"] == said
    else:
        assert renewals == []


@WATCHED
def test_service_ends_on_the_day_that_was_said(played: Played, state: str, act: str) -> None:
    case = played[state, act]
    assert case.later is not None
    said, then = case.after.subscription, case.later.subscription
    if _gave_up(case):
        untils = [one["mend_until"] for one in case.after.payments.values() if one["mend_until"]]
        assert untils in ([], [then["ended"]])
    elif said["ends_on"] is None:
        assert (then["ends_on"], then["ended"]) == (None, None)
    else:
        assert then["ends_on"] == said["ends_on"]
        assert (then["ended"] is not None) == (date.fromisoformat(said["ends_on"]) <= END.date())
    if then["ended"] is not None and then["status"] == "canceled":
        assert _day(then["ended"]) == then["ends_on"]
        assert all(one["ends_on"] <= then["ends_on"] for one in then["items"])


@WATCHED
def test_a_payment_is_tried_again_when_it_was_said(played: Played, state: str, act: str) -> None:
    case = played[state, act]
    assert case.later is not None
    for key, payment in case.after.payments.items():
        then = case.later.payments[key]
        more = then["attempts"][payment["tries"] :]
        if payment["next_try_at"] is None:
            assert more == []
        else:
            assert more[0]["sent"] == payment["next_try_at"]
        if _comes(payment["mend_until"]):
            assert then["status"] == "failed"


@pytest.mark.parametrize("state", ["trialing", "reduced", "reduced for ever", "with an intro"])
def test_the_first_renewal_is_the_one_that_the_quote_foretold(played: Played, state: str) -> None:
    case = played[state, "nothing"]
    assert case.later is not None
    foretold = case.quoted["next_charge"]
    first = _renewals(case, case.later)[0]
    assert _lines(first["lines"]) == _lines(foretold["lines"])
    assert (first["total"], first["tax"]) == (foretold["total"], foretold["tax"])
    assert _day(first["issued"]) == foretold["on"]
