"""Subscriptions in every state, and what is done to each: previewed, then done, then waited for.

played = await play(api, world)           # everything at once, then half a year goes by
case = played["active", "change up now"]
case.preview.body, case.reply.body        # what was foretold, what was answered
case.before.credit, case.after.invoices   # what was there before and right after
case.later.invoices                       # what there was at last
"""

from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, NamedTuple

from ledgerline.base.ids import PREFIXES, bucket_of, decode
from ledgerline.catalog.model import Catalog, Coupon, ProductKind
from tests.flow_catalog import YEARLY, Intro, Offer, Place, small_catalog
from tests.flow_world import World
from tests.scenarios.api_client import Api, Buyer, Reply, new_buyer, order

BEGIN: Final = datetime(2026, 1, 1, 9, tzinfo=UTC)
USED: Final = datetime(2026, 1, 20, 9, tzinfo=UTC)
LATE: Final = datetime(2026, 2, 8, 9, tzinfo=UTC)  # a renewal has been refused by now
ACT: Final = datetime(2026, 2, 10, 9, tzinfo=UTC)
END: Final = datetime(2026, 3, 12, 9, tzinfo=UTC)
PENDING: Final = "tok_pending_1"  # the provider says one day later that it took the money
EMPTY: Final = "tok_decline_insufficient_funds_1"
EXPIRED: Final = "tok_decline_expired_card_1"

SHOP: Final[Catalog] = small_catalog(
    Offer("small", 1199, trial_days=30, add_ons=("hifi",)),
    Offer("big", 1999, fee_minor=500, add_ons=("hifi",)),
    Offer("tiny", 499),
    Offer("fresh", 1499, intro=Intro(2, 599)),
    Offer("yearly", 11990, cadence=YEARLY),
    Offer("hifi", 400, kind=ProductKind.ADD_ON),
    place=Place(rate_ppm=190_000),
    coupons=(
        Coupon("HALF", percent_ppm=500_000, amount_minor=None, currency=None, periods=3),
        Coupon("ALWAYS", percent_ppm=250_000, amount_minor=None, currency=None, periods=None),
    ),
)


class Seen(NamedTuple):
    """What a customer's lists show at one moment."""

    subscription: Any
    credit: int
    invoices: Mapping[str, Any]
    notes: Mapping[str, Any]
    payments: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One subscription in a state, what was asked of it, and what came of it."""

    customer: str
    path: str
    quoted: Any
    before: Seen
    preview: Reply
    reply: Reply
    after: Seen
    later: Seen | None = None

    @property
    def is_refused(self) -> bool:
        """Whether nothing was to happen."""
        return self.reply.status >= 400


class Made(NamedTuple):
    """A subscription in a state, its buyer, what its purchase was to cost, and its purchase."""

    buyer: Buyer
    quoted: Any
    purchase: Any

    @property
    def path(self) -> str:
        """Where it is read."""
        return f"/v1/subscriptions/{self.purchase['subscription']}"


async def see(
    api: Api, customer: str, path: str, *, known: Seen | None = None, tries: bool = False
) -> Seen:
    """Read what there is of a customer; documents that are not ``known`` are read whole.

    Without ``known`` none is; payments are only to see their ``tries``.
    """
    invoices = await _listed(api, "invoices", customer)
    notes = await _listed(api, "credit-notes", customer)
    payments = await _listed(api, "payments", customer)
    if known is not None:
        await _read_whole(api, "invoices", invoices, invoices.keys() - known.invoices.keys())
        await _read_whole(api, "credit-notes", notes, notes.keys() - known.notes.keys())
    if tries:
        await _read_whole(api, "payments", payments, set(payments))
    owner = (await api.get(f"/v1/customers/{customer}")).body
    return Seen(
        subscription=(await api.get(path)).body,
        credit=sum(one["balance"]["amount"] for one in owner["credit"]),
        invoices=invoices,
        notes=notes,
        payments=payments,
    )


async def _listed(api: Api, kind: str, customer: str) -> dict[str, Any]:
    page = (await api.get(f"/v1/{kind}?customer={customer}&limit=200")).body["data"]
    return {one["id"]: one for one in page}


async def _read_whole(api: Api, kind: str, found: dict[str, Any], keys: AbstractSet[str]) -> None:
    for key in keys:
        found[key] = (await api.get(f"/v1/{kind}/{key}")).body


async def make(api: Api, plan: str = "small", token: str = "tok_ok", **more: object) -> Made:
    """Buy a plan, for two unless it is said otherwise."""
    buyer = await new_buyer(api, market="XX", token=token)
    asked = order(buyer, plan=plan, **{"quantity": 2, **more})
    quoted = (await api.post("/v1/purchases", {**asked, "validate_only": True}, key=None)).body
    reply = await api.post("/v1/purchases", asked)
    found = reply.body
    if "purchase" in found:  # it was refused
        found = (await api.get(f"/v1/purchases/{found['purchase']}")).body
    return Made(buyer, quoted, found)


async def done(api: Api, made: Made, act: str, body: Mapping[str, object]) -> Made:
    """Do something to a subscription before it is its turn."""
    reply = await api.post(f"{made.path}/{act}", dict(body))
    assert reply.status in {200, 202}, (act, body, reply)
    return made


Make = Callable[[Api], Awaitable[Made]]
CHANGES: Final[Mapping[str, Mapping[str, object]]] = {
    "change up now": {"plan": "big", "when": "now"},
    "change down now": {"plan": "tiny", "when": "now"},
    "change to yearly now": {"plan": "yearly", "when": "now"},
    "change with intro now": {"plan": "fresh", "when": "now"},
    "change up at the end": {"plan": "big", "when": "period_end"},
    "change to yearly at the end": {"plan": "yearly", "when": "period_end"},
    "more now": {"quantity": 5, "when": "now"},
    "fewer now": {"quantity": 1, "when": "now"},
    "fewer at the end": {"quantity": 1, "when": "period_end"},
    "both now": {"plan": "big", "quantity": 3, "when": "now"},
    "what it is": {"plan": "small", "quantity": 2, "when": "now"},
}
CANCELS: Final[Mapping[str, Mapping[str, object]]] = {
    "cancel now": {"when": "now"},
    "cancel at the end": {"when": "period_end"},
}
REFUNDS: Final[Mapping[str, Mapping[str, object]]] = {
    "refund all": {"reason": "goodwill"},
    "refund a part": {"reason": "goodwill", "amount": 100},
    "refund too much": {"reason": "goodwill", "amount": 10**6},
}
ACTS: Final[Mapping[str, tuple[str, Mapping[str, object]]]] = {
    **{name: ("change", body) for name, body in CHANGES.items()},
    **{name: ("cancel", body) for name, body in CANCELS.items()},
    "undo": ("undo", {}),
    **{name: ("refund", body) for name, body in REFUNDS.items()},
    "nothing": ("look", {}),
}
DEAD: Final = ("change up now", "cancel now", "cancel at the end", "undo")
STATES: Final[Mapping[str, tuple[str, ...]]] = {
    "trialing": (
        "change up now", "change to yearly now", "change to yearly at the end", "fewer now",
        "cancel now", "cancel at the end", "nothing",
    ),
    "active": (*CHANGES, *CANCELS, *REFUNDS, "nothing"),
    "with credit": ("change up now", "more now", "nothing"),
    "reduced": (
        "change up now", "change down now", "change to yearly now", "change to yearly at the end",
        "more now", "fewer at the end", "nothing",
    ),
    "reduced for ever": ("change to yearly at the end", "nothing"),
    "with an intro": ("change up at the end", "more now", "cancel now", "nothing"),
    "planned": (
        "what it is", "change down now", "more now", "cancel at the end", "undo", "nothing",
    ),
    "canceling": ("change up now", "undo", *CANCELS, "nothing"),
    "past due": ("change up now", "refund all", *CANCELS, "nothing"),
    "awaiting the payer": ("change up now", *CANCELS, "nothing"),
    "waiting": (*DEAD, "refund all", "nothing"),
    "lapsed": ("change up now", "cancel now", "nothing"),
    "canceled now": (*DEAD, "refund all", "nothing"),
    "ended": (*DEAD, "nothing"),
    "failed": (*DEAD, "refund all", "nothing"),
}  # fmt: skip
"""Each state, and what is done to subscriptions in it."""
REFUSED: Final[Mapping[str, tuple[str, ...]]] = {
    "active": ("what it is", "refund too much"),
    "canceling": ("change up now", "cancel at the end"),
    "past due": ("change up now",), "awaiting the payer": ("change up now",),
    "waiting": ("change up now", "undo", "refund all"),
    "canceled now": DEAD, "ended": DEAD, "failed": (*DEAD, "refund all"),
}  # fmt: skip
"""What is done in vain."""
CASES: Final = [(state, act) for state, acts in STATES.items() for act in acts]


async def play(api: Api, world: World) -> dict[tuple[str, str], Case]:
    """Bring a subscription for each case into its state, act on it, and let weeks go by."""
    made = await _made(api, EARLY)
    await _cards(world, made, "past due", EMPTY)
    await _cards(world, made, "awaiting the payer", EXPIRED)
    await world.advance(USED)
    made |= await _made(api, MIDDLE)
    await world.advance(LATE)
    await _cards(world, made, "lapsed", PENDING)
    await _reach(api, made, "lapsed")
    await world.advance(ACT)
    await _cards(world, made, "lapsed", "tok_ok_")
    await _cards(world, made, "waiting", PENDING)
    for state in ("canceling", "canceled now", "planned", "waiting"):
        await _reach(api, made, state)
    cases = {key: await _act(api, made[key], *ACTS[key[1]]) for key in CASES}
    await world.advance(END)
    for key, case in cases.items():
        if not case.is_refused:
            later = await see(api, case.customer, case.path, known=case.after, tries=True)
            cases[key] = replace(case, later=later)
    return cases


async def _made(api: Api, states: Mapping[str, Make]) -> dict[tuple[str, str], Made]:
    return {(state, act): await new(api) for state, new in states.items() for act in STATES[state]}


async def _cards(
    world: World, made: Mapping[tuple[str, str], Made], state: str, token: str
) -> None:
    """Let the cards of those in a state be others from now on, behind everybody's back."""
    for (of, _), one in made.items():
        method = decode(PREFIXES["payment_method"], one.buyer.payment_method)
        if of == state:
            await world.write(
                "UPDATE instrument SET psp_token = %s WHERE bucket = %s AND payment_method_id = %s",
                f"{token}{method.int % 10**9}", bucket_of(method), method,
            )  # fmt: skip


async def _left(api: Api) -> Made:
    return await done(api, await make(api), "cancel", {"when": "period_end"})


async def _credited(api: Api) -> Made:
    made = await done(api, await make(api), "cancel", {"when": "now"})
    again = await api.post("/v1/purchases", order(made.buyer, plan="tiny"))
    assert again.status == 201, again
    return Made(made.buyer, made.quoted, again.body)


async def _reach(api: Api, made: Mapping[tuple[str, str], Made], state: str) -> None:
    """Bring the subscriptions of a state into it."""
    act, body = {
        "canceling": ("cancel", {"when": "period_end"}),
        "canceled now": ("cancel", {"when": "now"}),
        "planned": ("change", {"plan": "big", "when": "period_end"}),
    }.get(state, ("change", {"plan": "big", "when": "now"}))
    for (of, _), one in made.items():
        if of == state:
            await done(api, one, act, body)


EARLY: Final[Mapping[str, Make]] = {
    "past due": make,
    "awaiting the payer": make,
    "ended": _left,
}
MIDDLE: Final[Mapping[str, Make]] = {
    "active": make,
    "reduced": partial(make, coupon="HALF", add_ons=[{"plan": "hifi"}]),
    "reduced for ever": partial(make, coupon="ALWAYS"),
    "with an intro": partial(make, plan="fresh"),
    "trialing": partial(make, trial=True, coupon="HALF", add_ons=[{"plan": "hifi"}]),
    "canceling": make,
    "canceled now": make,
    "planned": make,
    "waiting": make,
    "lapsed": make,
    "with credit": _credited,
    "failed": partial(make, token="tok_decline_insufficient_funds"),
}


async def _act(api: Api, made: Made, act: str, body: Mapping[str, object]) -> Case:
    path, sent = f"{made.path}/{act}", dict(body)
    if act == "refund":
        path, sent = "/v1/refunds", {**sent, "payment": made.purchase["payment"] or "pay_"}
    before = await see(api, made.buyer.customer, made.path)
    if act == "look":
        preview = reply = await api.get(made.path)
    else:
        preview = await api.post(path, {**sent, "validate_only": True}, key=None)
        reply = await api.post(path, sent)
    return Case(
        customer=made.buyer.customer,
        path=made.path,
        quoted=made.quoted,
        before=before,
        preview=preview,
        reply=reply,
        after=await see(api, made.buyer.customer, made.path, known=before),
    )
