"""The world file: providers, payers, faults and times. Read once, never written."""

from collections.abc import Iterator
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from pspsim import faults
from pspsim.codes import CAUSE, Cause, DeclineCode
from pspsim.draws import PPM
from pspsim.tokens import ANY_SEGMENT, RESERVED_SEGMENTS, SEGMENT_NAME

FUNDS_SHARE_MAX_PPM: Final = 500_000  # beyond it a pay cycle would have to be short for sure

Instant = Annotated[datetime, Meta(tz=True)]
Count = Annotated[int, Meta(ge=0)]
Secret = Annotated[str, Meta(min_length=8, max_length=200, pattern=r"^[!-~]+$")]


class WorldRefused(Exception):
    """Refuse a world file; ``problems`` names every fault that was found."""

    def __init__(self, source: str, problems: list[str]) -> None:
        """Keep the ``problems`` of ``source``, one sentence each."""
        super().__init__(f"{source}: {'; '.join(problems)}")
        self.problems = tuple(problems)


class Window(Struct, frozen=True, forbid_unknown_fields=True):
    """Span [start, end) of the virtual clock."""

    start: Instant = msgspec.field(name="from")
    end: Instant = msgspec.field(name="to")


class WebhookTimes(Struct, frozen=True, forbid_unknown_fields=True):
    """Real milliseconds around the delivery of events, and the bound of the queue."""

    delay_ms: Count = 20
    late_ms: tuple[Count, Count] = (500, 1500)
    reorder_ms: Count = 300
    retry_ms: Count = 100
    timeout_ms: Annotated[int, Meta(ge=1)] = 5000
    queue_max: Annotated[int, Meta(ge=1)] = 20_000


class Latency(Struct, frozen=True, forbid_unknown_fields=True):
    """Real milliseconds of an answer: around the median, or in ``tail_ms`` for ``tail_ppm``."""

    median_ms: Annotated[int, Meta(ge=1)]
    tail_ppm: Annotated[int, Meta(ge=0, le=PPM)] = 0
    tail_ms: tuple[Count, Count] = (0, 0)


class ProviderWorld(Struct, frozen=True, forbid_unknown_fields=True):
    """One simulated provider: its secrets, its dialect, its fault rates (ppm), its outages."""

    api_secret: Secret
    webhook_secret: Secret
    dialect: str = "native"
    rates: dict[str, int] = {}
    outages: tuple[Window, ...] = ()


class Drift(Struct, frozen=True, forbid_unknown_fields=True):
    """How generic refusals of a segment wander, at each provider by itself.

    Every ``days`` a new level is drawn, up to ``spread_ppm`` more or fewer of them; in between they
    move along a line.
    """

    spread_ppm: Annotated[int, Meta(ge=0, le=PPM)]
    days: Annotated[int, Meta(ge=1, le=365)] = 30


class SegmentWorld(Struct, frozen=True, forbid_unknown_fields=True):
    """One group of payers: approval per provider, how it drifts, decline codes, challenges."""

    approval_ppm: dict[str, Annotated[int, Meta(ge=0, le=PPM)]]
    declines: dict[DeclineCode, Annotated[int, Meta(ge=1)]] = {}
    challenge_ppm: Annotated[int, Meta(ge=0, le=PPM)] = 0
    drift: Drift | None = None


class World(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that may differ from run to run, but for the seed."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    clock: Instant
    providers: Annotated[dict[str, ProviderWorld], Meta(min_length=1)]
    segments: dict[str, SegmentWorld]
    hang_seconds: Annotated[float, Meta(ge=0, le=3600)] = 30
    slow_ms: tuple[Count, Count] = (200, 1000)
    latency: Latency | None = None
    webhooks: WebhookTimes = WebhookTimes()

    def segment(self, name: str) -> str | None:
        """Find the row for payers of segment ``name``: its own, the ``*`` row, or None."""
        if name in self.segments:
            return name
        return ANY_SEGMENT if ANY_SEGMENT in self.segments else None


def load_world(where: str) -> World:
    """Read a shipped world by name or any other by path; raises ``WorldRefused``."""
    path = Path(where)
    shipped = files("pspsim").joinpath("worlds", f"{where}.json")
    try:
        is_shipped = path.name == where and not path.exists() and shipped.is_file()
        raw = shipped.read_bytes() if is_shipped else path.read_bytes()
    except OSError as error:
        raise WorldRefused(where, [error.strerror or str(error)]) from error
    return read_world(raw, source=where)


def read_world(raw: bytes, *, source: str) -> World:
    """Decode and check the bytes of a world file; raises ``WorldRefused``."""
    try:
        world = msgspec.json.decode(raw, type=World)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WorldRefused(source, [str(error)]) from error
    problems = [*_provider_problems(world), *_segment_problems(world), *_range_problems(world)]
    if problems:
        raise WorldRefused(source, problems)
    return world


def _provider_problems(world: World) -> Iterator[str]:
    for name, provider in world.providers.items():
        if SEGMENT_NAME.match(name) is None:
            yield f"providers.{name}: a name is lower-case letters, digits and hyphens"
        for problem in faults.refusals(provider.rates):
            yield f"providers.{name}.rates: {problem}"
        for window in provider.outages:
            if window.end <= window.start:
                yield f"providers.{name}.outages: an outage ends after it begins"
    secrets = [provider.api_secret for provider in world.providers.values()]
    if len(set(secrets)) < len(secrets):
        yield "providers: two providers share one api_secret"


def _segment_problems(world: World) -> Iterator[str]:
    for name, segment in world.segments.items():
        where = f"segments.{name}"
        if name in RESERVED_SEGMENTS:
            yield f"{where}: the name is taken by a fixed test token"
        elif name != ANY_SEGMENT and SEGMENT_NAME.match(name) is None:
            yield f"{where}: a name is lower-case letters, digits and hyphens, or *"
        for provider in world.providers.keys() - segment.approval_ppm.keys():
            yield f"{where}.approval_ppm: no rate for provider {provider}"
        for provider in segment.approval_ppm.keys() - world.providers.keys():
            yield f"{where}.approval_ppm: there is no provider {provider}"
        yield from _decline_problems(where, segment)
        if segment.drift and not any(CAUSE[code] is Cause.GENERIC for code in segment.declines):
            yield f"{where}.drift: what drifts is generic refusals, and it has no code of one"


def _decline_problems(where: str, segment: SegmentWorld) -> Iterator[str]:
    decline_ppm = PPM - min(segment.approval_ppm.values(), default=PPM)
    if decline_ppm == 0:
        return
    if not segment.declines:
        yield f"{where}.declines: needed, since not everything is approved"
        return
    funds = sum(w for code, w in segment.declines.items() if CAUSE[code] is Cause.FUNDS)
    if decline_ppm * funds // sum(segment.declines.values()) > FUNDS_SHARE_MAX_PPM:
        yield f"{where}: more than {FUNDS_SHARE_MAX_PPM} ppm decline for insufficient funds"


def _range_problems(world: World) -> Iterator[str]:
    for name, (low, high) in (
        ("slow_ms", world.slow_ms),
        ("latency.tail_ms", (0, 0) if world.latency is None else world.latency.tail_ms),
        ("webhooks.late_ms", world.webhooks.late_ms),
    ):
        if low > high:
            yield f"{name}: the first number is the smaller one"
