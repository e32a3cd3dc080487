"""The control port: clock, truth, counters and faults. For the driver of a run, never a client."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Annotated, Final, TypeVar

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Meta, Struct

from pspsim import disputes, faults, statements
from pspsim.books import Books
from pspsim.dialects.stripe import payouts
from pspsim.disputes import DisputeBody, ReversalBody
from pspsim.provider import Provider
from pspsim.records import (
    Charge,
    Execution,
    Kind,
    OutageAdded,
    RatesSet,
    Refund,
    Status,
    TargetSet,
    encode,
)
from pspsim.replies import RequestRefused
from pspsim.statements import StatementBody
from pspsim.webhooks import Sender
from pspsim.world import Instant

TRUTH_LINES_PER_CHUNK: Final = 500
DRAIN_SECONDS_MAX: Final = 60.0
SETUP: Final = "setup"
"""What an execution is that moved no money."""
EVERY_PROVIDER: Final = "*"
_WRITERS: Final[Mapping[str, Callable[[Provider, StatementBody], bytes]]] = {
    "native": statements.statement,
    "stripe": payouts.statement,
}
"""Who writes the settlement files of a dialect."""
_EARNED: Final[Mapping[str, Callable[[Provider, StatementBody], int]]] = {
    "native": statements.earned,
    "stripe": payouts.earned,
}
"""Who says what such a file pays out."""

_Body = TypeVar("_Body", bound=Struct)


class ClockBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Ask the clock to move."""

    now: Instant


class WebhooksBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Ask for webhooks to go to ``url``; ``off`` stops them."""

    provider: str
    url: Annotated[str, Meta(pattern=r"^(off|https?://[!-~]+)$")]


class FaultsBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Ask for other fault rates (ppm); those not named stay."""

    provider: str
    rates: dict[str, int]


class OutageBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Ask for an outage over [from, to) of the virtual clock."""

    provider: str
    start: Instant = msgspec.field(name="from")
    end: Instant = msgspec.field(name="to")


class RetellBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Ask for the events of what was executed under ``references`` once more."""

    provider: str
    references: tuple[str, ...]


class ControlRefused(Exception):
    """Refuse a control request; nothing changed."""


@dataclass(frozen=True, slots=True)
class Control:
    """Answer the control port."""

    books: Books
    providers: Mapping[str, Provider]
    sender: Sender

    def application(self) -> web.Application:
        """Build the application that serves the control port."""
        application = web.Application(middlewares=[_refusals])
        application.add_routes(
            [
                web.get("/_sim/health", self.health),
                web.get("/_sim/clock", self.show_clock),
                web.post("/_sim/clock", self.move_clock),
                web.get("/_sim/truth", self.truth),
                web.get("/_sim/stats", self.stats),
                web.post("/_sim/webhooks", self.set_webhooks),
                web.post("/_sim/faults", self.set_faults),
                web.post("/_sim/outage", self.add_outage),
                web.post("/_sim/retell", self.retell),
                web.post("/_sim/drain", self.drain),
                web.post("/_sim/statement", self.statement),
                web.post("/_sim/payout_failure", self.fail_payout),
                web.post("/_sim/dispute", self.dispute),
                web.post("/_sim/reversal", self.reversal),
            ]
        )
        return application

    async def health(self, _request: web.Request) -> web.Response:
        """Say that the simulator serves, and which providers."""
        return _json({"ok": True, "providers": sorted(self.providers)})

    async def show_clock(self, _request: web.Request) -> web.Response:
        """Show the virtual clock."""
        return _json({"now": self.books.now})

    async def move_clock(self, request: web.Request) -> web.Response:
        """Move the virtual clock and announce what settles on the way."""
        now = (await _read(request, ClockBody)).now.astimezone(UTC)
        if now < self.books.now and self.books.executions:
            raise ControlRefused("the clock does not go back once something was executed")
        settled = 0
        for provider, item in self.books.move_clock(now):
            self.sender.announce(provider, item)
            settled += 1
        for each in self.providers.values():
            settled += disputes.fall_due(each)
        return _json({"now": self.books.now, "settled": settled})

    async def truth(self, request: web.Request) -> web.StreamResponse:
        """Stream every execution so far, one object a line, in the order of execution."""
        response = web.StreamResponse(headers={"content-type": "application/x-ndjson"})
        await response.prepare(request)
        async for chunk in self._truth_chunks():
            await response.write(chunk)
        await response.write_eof()
        return response

    async def stats(self, _request: web.Request) -> web.Response:
        """Show the counters since the process started, per provider."""
        return _json({name: _nested(each.counts) for name, each in self.providers.items()})

    async def set_webhooks(self, request: web.Request) -> web.Response:
        """Set the webhook target of one provider, or of all."""
        body = await _read(request, WebhooksBody)
        for name in self._names(body.provider):
            self.books.record(TargetSet(name, None if body.url == "off" else body.url))
        return _json({"provider": body.provider, "url": body.url})

    async def set_faults(self, request: web.Request) -> web.Response:
        """Replace fault rates of one provider, or of all."""
        body = await _read(request, FaultsBody)
        names = self._names(body.provider)
        for name in names:
            present = {str(fault): rate for fault, rate in self.books.providers[name].rates.items()}
            problems = faults.refusals({**present, **body.rates})
            if problems:
                raise ControlRefused("; ".join(problems))
        for name in names:
            self.books.record(RatesSet(name, body.rates))
        return _json({name: dict(self.books.providers[name].rates) for name in names})

    async def add_outage(self, request: web.Request) -> web.Response:
        """Add an outage of one provider, or of all."""
        body = await _read(request, OutageBody)
        if body.end <= body.start:
            raise ControlRefused("an outage ends after it begins")
        for name in self._names(body.provider):
            self.books.record(OutageAdded(name, body.start, body.end))
        return _json({"provider": body.provider, "from": body.start, "to": body.end})

    async def retell(self, request: web.Request) -> web.Response:
        """Tell of executions once more, as a provider does when it is asked to resend events."""
        body = await _read(request, RetellBody)
        self._names(body.provider)
        wanted, told = set(body.references), 0
        for execution in self.books.executions:
            item = self._item(execution)
            is_wanted = execution.provider == body.provider and item.reference in wanted
            if is_wanted and item.status is not Status.PENDING:
                told += self.sender.retell(body.provider, item)
        return _json({"told": told})

    async def drain(self, _request: web.Request) -> web.Response:
        """Wait until every queued webhook was delivered or given up."""
        return _json(await self.sender.drain(DRAIN_SECONDS_MAX))

    async def statement(self, request: web.Request) -> web.Response:
        """Give the settlement file of a span of the books."""
        body = await _read(request, StatementBody)
        if body.end <= body.start:
            raise ControlRefused("a span ends after it begins")
        if body.provider not in self.providers:
            raise ControlRefused(f"there is no provider {body.provider!r}")
        provider = self.providers[body.provider]
        write = _WRITERS.get(provider.world.providers[provider.name].dialect)
        if write is None:
            raise ControlRefused("the files of this dialect come from its own API")
        if body.broken is not None and write is not statements.statement:
            raise ControlRefused("only files of the native dialect can be broken")
        return web.Response(body=write(provider, body), content_type="application/octet-stream")

    async def fail_payout(self, request: web.Request) -> web.Response:
        """Let the payout of a settlement file not arrive: a later one contains its amount."""
        body = await _read(request, StatementBody)
        provider = self._one(body.provider)
        earned = _EARNED.get(provider.world.providers[provider.name].dialect)
        if earned is None or body.broken is not None:
            raise ControlRefused("no payout of this dialect fails so, and none of a broken file")
        try:
            return _json(statements.fail_payout(provider, body, earned(provider, body)))
        except RequestRefused as refusal:
            raise ControlRefused(str(refusal)) from refusal

    async def dispute(self, request: web.Request) -> web.Response:
        """Do one step of a dispute."""
        body = await _read(request, DisputeBody)
        try:
            return _json(disputes.advance(self._one(body.provider), body))
        except RequestRefused as refusal:
            raise ControlRefused(str(refusal)) from refusal

    async def reversal(self, request: web.Request) -> web.Response:
        """Let a refund come back."""
        body = await _read(request, ReversalBody)
        try:
            return _json(disputes.reverse(self._one(body.provider), body.reference))
        except RequestRefused as refusal:
            raise ControlRefused(str(refusal)) from refusal

    def _one(self, provider: str) -> Provider:
        if provider not in self.providers:
            raise ControlRefused(f"there is no provider {provider!r}")
        return self.providers[provider]

    def _names(self, provider: str) -> list[str]:
        if provider == EVERY_PROVIDER:
            return list(self.providers)
        if provider not in self.providers:
            raise ControlRefused(f"there is no provider {provider!r}")
        return [provider]

    async def _truth_chunks(self) -> AsyncIterator[bytes]:
        count = len(self.books.executions)
        for start in range(0, count, TRUTH_LINES_PER_CHUNK):
            end = min(start + TRUTH_LINES_PER_CHUNK, count)
            lines = [self._truth_line(each) for each in self.books.executions[start:end]]
            yield b"".join(lines)

    def _item(self, execution: Execution) -> Charge | Refund:
        own = self.books.providers[execution.provider]
        is_charge = execution.kind is Kind.CHARGE
        return own.charges[execution.id] if is_charge else own.refunds[execution.id]

    def _truth_line(self, execution: Execution) -> bytes:
        item = self._item(execution)
        line = {
            "kind": execution.kind if item.amount else SETUP,
            "provider": execution.provider,
            "id": item.id,
            "reference": item.reference,
            "key": execution.key,
            "amount": item.amount,
            "currency": item.currency,
            "status": item.status,
            "executed_at": self.books.settled_at.get(item.id, item.created),
        }
        return encode(line) + b"\n"


@web.middleware
async def _refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ControlRefused as refusal:
        error = {"code": "invalid_request", "message": str(refusal)}
        return _json({"error": error}, status=422)


async def _read(request: web.Request, kind: type[_Body]) -> _Body:
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ControlRefused(str(error)) from error


def _json(value: object, *, status: int = 200) -> web.Response:
    return web.Response(body=encode(value), status=status, content_type="application/json")


def _nested(counts: Mapping[str, int]) -> dict[str, object]:
    groups: dict[str, dict[str, int]] = {"fault": {}, "webhooks": {}}
    plain: dict[str, object] = dict.fromkeys(("calls", "approved", "declined"), 0)
    for name, count in sorted(counts.items()):
        group, dot, rest = name.partition(".")
        if dot:
            groups[group][rest] = count
        else:
            plain[name] = count
    return {**plain, "faults": groups["fault"], "webhooks": groups["webhooks"]}
