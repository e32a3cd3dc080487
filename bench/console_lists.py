"""The pages of the console with a million subscribers behind them: time of the server, and render.

Each page is asked for through the console's own application by somebody who is signed in, so that
session, reading, template and packing are in its time; what a network takes is not.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

import psycopg
from jinja2 import Template
from typing_extensions import override

from bench.history import DAY, make_history, vary, write_mails_and_logs
from bench.report import Figure
from bench.stage import Stage
from ledgerline.access.model import Role
from ledgerline.base.http import HttpClient
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.base.run import Run
from ledgerline.console.pages import make_console
from ledgerline.console.speech import PACKAGE
from ledgerline.flows.add_person import NewPerson, add_person
from ledgerline.flows.make_sign_in_link import make_sign_in_link
from ledgerline.flows.sign_in import sign_in
from ledgerline.invoicing.model import InvoiceState
from ledgerline.payments.adapters.gateway import Gateway
from ledgerline.payments.model import PaymentState
from ledgerline.subscriptions.model import SubscriptionState
from ledgerline.web.language import SOURCE
from ledgerline.web.pages import templates
from ledgerline.web.wire import Asgi

PEOPLE: Final = 1_000_000
MONTHS: Final = 1  # paid by each: lists read a page however many there are
READS: Final = 40  # of each page
WARM_UP: Final = 3
PAGE_MS_MAX: Final = 100.0
PALETTE_MS_MAX: Final = 60.0
RENDER_MS_MAX: Final = 15.0
_EMAIL: Final = "bench@shop.example"
_JSON: Final = (b"accept", b"application/json")
_HERE: Final[Mapping[str, str]] = {"by": "bench", "route": "bench"}


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody with an invoice and a payment, as ids in addresses."""

    customer: str
    subscription: str
    invoice: str
    payment: str
    number: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A page: its address for somebody, and within what its server has to answer."""

    name: str
    path: str
    limit: float = PAGE_MS_MAX
    headers: Sequence[tuple[bytes, bytes]] = ()


@dataclass(slots=True)
class Taken:
    """Milliseconds of a page: of all of it, and of its template."""

    whole: list[float] = field(default_factory=list)
    render: list[float] = field(default_factory=list)


async def console_lists(stage: Stage, *, people: int = PEOPLE, reads: int = READS) -> list[Figure]:
    """Measure every list, its filters, a page in its middle, a timeline and the palette."""
    await make_history(stage, people=people, months=MONTHS)
    await asyncio.to_thread(vary, stage)
    await asyncio.to_thread(write_mails_and_logs, stage)
    known = await asyncio.to_thread(_known, stage, reads + WARM_UP)
    said = f"{people:,} subscriptions, {reads} reads"
    figures: list[Figure] = []
    async with _clock(stage), _site(stage) as (site, cookie):
        for place, page in enumerate(_pages(known[0])):
            taken = Taken()
            for no, one in enumerate(known):
                whole, render = await _timed(site, cookie, _pages(one)[place])
                if no >= WARM_UP:
                    taken.whole.append(whole)
                    taken.render.extend(render)
            figures += _figures(page, taken, said)
    return figures


def _pages(of: Known) -> list[Asked]:
    """Name every page with its address."""
    lists = [
        Asked("customers", "/console/customers"),
        Asked("customers, later page", f"/console/customers?after={of.customer}"),
    ]
    for kind, states, after in (
        ("invoices", InvoiceState, of.invoice), ("payments", PaymentState, of.payment),
        ("subscriptions", SubscriptionState, of.subscription),
    ):  # fmt: skip
        lists.append(Asked(kind, f"/console/{kind}"))
        lists += [Asked(f"{kind} {one}", f"/console/{kind}?state={one}") for one in states]
        lists.append(Asked(f"{kind}, later page", f"/console/{kind}?after={after}"))
    shown = [
        Asked("mails", "/console/mails"),
        Asked("mails of no kind", "/console/mails?kind=kept"),
        Asked("mails failed", "/console/mails?state=failed"),
        Asked("mails of a customer", f"/console/mails?customer={of.customer}"),
        Asked("overview", "/console"),
        Asked("timeline of a customer", f"/console/customers/{of.customer}"),
        Asked("invoice", f"/console/invoices/{of.invoice}"),
        Asked("payment", f"/console/payments/{of.payment}"),
        Asked("exceptions", "/console/exceptions"),
        Asked("recovery", "/console/recovery"),
        Asked("plans", "/console/plans"),
        Asked("audit", "/console/audit"),
        Asked("ledger", "/console/ledger"),
        Asked("ledger of an account", "/console/ledger?account=tax_payable"),
        Asked("ledger of an account without transfers", "/console/ledger?account=psp_fees"),
    ]
    sought = {
        "a screen": "inv", "an id": of.payment, "a subscription": of.subscription,
        "a number": of.number, "an address": "nobody@mail.example", "an id of one's own": "abc-1",
    }  # fmt: skip
    palette = [
        Asked(f"palette, {what}", f"/console/find?q={text}", PALETTE_MS_MAX, (_JSON,))
        for what, text in sought.items()
    ]
    return [*lists, *shown, *palette]


def _figures(asked: Asked, taken: Taken, said: str) -> Iterator[Figure]:
    whole, render = sorted(taken.whole), sorted(taken.render)
    p50, p95 = whole[len(whole) // 2], whole[len(whole) * 95 // 100]
    yield Figure(
        name=f"console_lists {asked.name}", value=p95, unit="ms", limit=asked.limit,
        ratio=p95 / asked.limit,
        note=f"p95 of the server (p50 {p50:.1f}); {said}; goal ≤ {asked.limit:.0f} ms",
    )  # fmt: skip
    if render:
        p50 = render[len(render) // 2]
        yield Figure(
            name=f"console_lists render of {asked.name}", value=p50, unit="ms",
            limit=RENDER_MS_MAX, ratio=p50 / RENDER_MS_MAX,
            note=f"p50 of the template; {said}; goal ≤ {RENDER_MS_MAX:.0f} ms",
        )  # fmt: skip


def _known(stage: Stage, count: int) -> list[Known]:
    """Draw somebody for each read; their addresses differ, so nothing is remembered."""
    with psycopg.connect(stage.url) as connection:
        rows = connection.execute(
            "SELECT r.customer_id, r.subscription_id, r.invoice_id, r.payment_id, d.display"
            "  FROM bench.renewed AS r"
            "  JOIN bench.series AS s ON s.year = extract(year FROM r.period_start)"
            "  JOIN document_number AS d ON d.series_id = s.invoice AND d.position = r.position"
            " ORDER BY md5(r.invoice_id::text) LIMIT %s",
            (count,),
        ).fetchall()
    return [
        Known(
            customer=_named("customer", customer_id),
            subscription=_named("subscription", subscription_id),
            invoice=_named("invoice", invoice_id),
            payment=_named("payment", payment_id),
            number=number,
        )
        for customer_id, subscription_id, invoice_id, payment_id, number in rows
    ]


def _named(kind: str, id: UUID) -> str:
    return encode(PREFIXES[kind], id)


@asynccontextmanager
async def _clock(stage: Stage) -> AsyncIterator[None]:
    """Let it be the day up to which all is paid, and afterwards what it was."""
    was = (await stage.run.environment()).business_time
    await stage.run.set_clock(datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC))
    yield
    with psycopg.connect(stage.url, autocommit=True) as connection:
        connection.execute("UPDATE environment SET instant = %s", [was])


@asynccontextmanager
async def _site(stage: Stage) -> AsyncIterator[tuple[Asgi, str]]:
    """Build the console, and let somebody in who sees all of it."""
    run = Run(stage.run.database, stage.run.keyring)
    await add_person(run, NewPerson(_EMAIL, "Bench", Role.OWNER), **_HERE)
    secret = await make_sign_in_link(run, _EMAIL, **_HERE)
    session = await sign_in(run, secret, route="bench")
    async with HttpClient(in_flight_max=1) as http:
        with _filling():
            yield make_console(run, Gateway({}, http)), f"ledgerline={session}"


async def _timed(site: Asgi, cookie: str, asked: Asked) -> tuple[float, list[float]]:
    """Ask for a page; return the milliseconds of all of it and of its template, if it had one."""
    path, _, query = asked.path.partition("?")
    scope: dict[str, Any] = {
        "type": "http", "method": "GET", "path": path, "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1"), (b"cookie", cookie.encode()), *asked.headers],
    }  # fmt: skip
    answered: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        answered.append(message)

    _Timed.taken.clear()
    before = time.perf_counter()
    await site(scope, receive, send)
    whole = (time.perf_counter() - before) * 1e3
    assert answered[0]["status"] in {200, 303, 404}, (asked, answered[0])
    return whole, list(_Timed.taken)


class _Timed(Template):
    """A template that notes how many milliseconds it takes to be filled."""

    taken: ClassVar[list[float]] = []

    @override
    def render(self, *args: Any, **kwargs: Any) -> str:
        """Fill it."""
        before = time.perf_counter()
        said = super().render(*args, **kwargs)
        self.taken.append((time.perf_counter() - before) * 1e3)
        return said


@contextmanager
def _filling() -> Iterator[None]:
    """Let templates of the console note their time."""
    environment = templates(PACKAGE, SOURCE)
    usual, environment.template_class = environment.template_class, _Timed
    assert environment.cache is not None
    environment.cache.clear()
    yield
    environment.template_class = usual
    environment.cache.clear()
