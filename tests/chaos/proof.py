"""Compare our rows with the provider's own book, and with each other. Every line is a finding."""

import contextlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, Final, NamedTuple

from ledgerline.base.ids import encode
from tests.chaos.asking import DONE, WAITS
from tests.chaos.harness import Arena
from tests.chaos.queries import (
    ATTEMPTS,
    GIVEN_BACK,
    LEFT,
    MOVED,
    MUST_BE_EMPTY,
    REFUNDS,
    VOLUMES,
    WISHED,
)
from tests.chaos.shop_role import ANSWERS

SHOWN_MAX: Final = 5


class Booked(NamedTuple):
    """An attempt or refund of ours; of one ``subject`` and one ``claim`` money moves once."""

    id: str
    subject: str
    claim: str
    account: str
    currency: str
    amount: int
    state: str
    psp_ref: str | None
    proven: bool


Executions = Mapping[str, Sequence[Mapping[str, Any]]]


def prove(arena: Arena) -> list[str]:
    """Return everything that must not be; empty means that the run proved what it set out to."""
    lines = arena.simulator.truth()
    truth = [line for line in lines if line["status"] == "succeeded"]
    found = list(_books(arena, truth))
    found += _refusals(arena, {line["reference"] for line in lines if line["status"] == "declined"})
    found += _clearing(arena, truth)
    found += _statements(arena, truth)
    found += _tables(arena)
    found += _wishes(arena)
    found += _published(arena)
    return found + arena.findings


def _books(arena: Arena, truth: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for kind, query in (("charge", ATTEMPTS), ("refund", REFUNDS)):
        executed: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for line in truth:
            if line["kind"] == kind:
                executed[line["reference"]].append(line)
        booked = {row[0]: Booked._make(row) for row in arena.asked(query)}
        yield from _twice(kind, executed, booked)
        yield from _unbooked(kind, executed, booked)
        yield from _not_executed(kind, executed, booked)


def _twice(kind: str, executed: Executions, booked: Mapping[str, Booked]) -> Iterator[str]:
    subjects: Counter[str] = Counter()
    claims: Counter[str] = Counter()
    for reference, lines in executed.items():
        if len(lines) > 1:
            yield f"{kind} executed {len(lines)} times for one reference: {reference}"
        if reference in booked:
            subjects[booked[reference].subject] += len(lines)
            claims[booked[reference].claim] += len(lines)
    for subject, times in subjects.items():
        if times > 1:
            yield f"{kind} executed {times} times for one payment or refund: {subject}"
    for claim, times in claims.items():
        if kind == "charge" and times > 1:
            yield f"charged twice: {times} executions for invoice {claim}"


def _unbooked(kind: str, executed: Executions, booked: Mapping[str, Booked]) -> Iterator[str]:
    for reference, lines in executed.items():
        row = booked.get(reference)
        if row is None:
            yield f"{kind} executed, unknown to us: {lines[0]}"
        elif row.state != "succeeded" or not row.proven:
            yield f"{kind} executed, unbooked: {row}"
        else:
            line = lines[0]
            asked = (row.account, row.currency, row.amount, row.psp_ref)
            if asked != (line["provider"], line["currency"], line["amount"], line["id"]):
                yield f"{kind} booked otherwise than executed: {row} {line}"


def _not_executed(kind: str, executed: Executions, booked: Mapping[str, Booked]) -> Iterator[str]:
    for reference, row in booked.items():
        if row.state == "succeeded" and reference not in executed:
            yield f"{kind} booked, never executed: {row}"


def _refusals(arena: Arena, declined: AbstractSet[str]) -> Iterator[str]:
    """Find refusals of the payer that no provider knows of: failures of ours, taken for one."""
    for reference, code in arena.asked(
        "SELECT id::text, psp_code FROM attempt WHERE state = 'declined'"
    ):
        if reference not in declined:
            yield f"a refusal that nobody made: {reference} ({code})"


def _clearing(arena: Arena, truth: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Hold our clearing account against what the providers took and gave back, to the cent."""
    theirs: Counter[str] = Counter()
    for line in truth:
        theirs[line["currency"]] += line["amount"] * (1 if line["kind"] == "charge" else -1)
    ours: dict[str, int] = dict(arena.asked(MOVED))
    for currency in sorted(theirs.keys() | ours.keys()):
        if theirs[currency] != ours.get(currency, 0):
            yield f"clearing in {currency}: they {theirs[currency]}, we {ours.get(currency)}"


def _statements(arena: Arena, truth: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Hold the statements against both books: all that moved is explained and paid out."""
    moved: Counter[tuple[str, str]] = Counter()
    owed = Counter(arena.clerk.unpaid)
    for line in truth:
        key = line["provider"], line["currency"]
        if datetime.fromisoformat(line["executed_at"]) < arena.clerk.since:
            moved[key] += line["amount"]
        else:
            owed[key] += line["amount"] * (1 if line["kind"] == "charge" else -1)
    found = {(account, currency): row for account, currency, *row in arena.asked(VOLUMES)}
    for key in sorted(moved.keys() | found.keys()):
        turnover, explained = found.get(key, (0, 0))
        if not turnover == explained == moved[key]:
            yield f"explained at {key}: {explained} of {turnover}, they moved {moved[key]}"
    left = {(account, currency): minor for account, currency, minor in arena.asked(LEFT)}
    for key in sorted(left.keys() | owed.keys()):
        if left.get(key, 0) != owed[key]:
            yield f"left in clearing at {key}: {left.get(key, 0)}, not {owed[key]}"


def _tables(arena: Arena) -> Iterator[str]:
    for what, query in MUST_BE_EMPTY.items():
        rows = arena.asked(query)
        if rows:
            yield f"{what}: {len(rows)} rows, such as {rows[:SHOWN_MAX]}"


def _wishes(arena: Arena) -> Iterator[str]:
    """Hold what shoppers were answered against what exists: each command once, none forgotten."""
    answers = arena.place.lines(ANSWERS)
    answered = {line["key"] for line in answers}
    wishes = [wish for slot in (0, 1) for wish in arena.place.lines(f"wishes-{slot}.ndjson")]
    yield from (f"a wish got no answer: {one}" for one in wishes if one["key"] not in answered)
    promised: dict[str, set[str]] = defaultdict(set)
    for line in answers:
        if line["answer"] not in {DONE, WAITS}:
            promised[line["kind"]].add(line["answer"])
    back = {kind: {str(row[0]) for row in arena.asked(query)} for kind, query in GIVEN_BACK.items()}
    yield from _several(answers, back)
    for kind, query in WISHED.items():
        exist = {str(row[0]) for row in arena.asked(query)}
        promised[kind].discard("")  # refused
        for lost in sorted(promised[kind] - exist)[:SHOWN_MAX]:
            yield f"a {kind} that was answered does not exist: {lost}"
        for extra in sorted(exist - promised[kind] - back[kind])[:SHOWN_MAX]:
            yield f"a {kind} nobody was answered with: {extra}"


def _several(
    answers: Sequence[Mapping[str, str]], back: Mapping[str, AbstractSet[str]]
) -> Iterator[str]:
    """Find keys that were answered with more than one object that stands."""
    of_key: dict[tuple[str, str], set[str]] = defaultdict(set)
    for line in answers:
        if line["answer"] not in {"", WAITS}:
            of_key[line["kind"], line["key"]].add(line["answer"])
    for (kind, key), made in of_key.items():
        if len(made - back.get(kind, set())) > 1:
            yield f"one key was answered with several: {kind} {key} {sorted(made)}"


def _published(arena: Arena) -> Iterator[str]:
    """Find events that are marked as relayed and that nobody outside can have seen."""
    seen = {
        (line["object"].partition("_")[2], line["sequence"])
        for log in arena.place.path("").glob("*.log")
        for text in log.read_text(errors="replace").splitlines()
        if '"event": "event"' in text
        for line in _objects(text)
        if line.get("event") == "event"
    }
    for number, seq in arena.asked("SELECT aggregate_id, seq FROM event"):
        if (encode("", number).removeprefix("_"), seq) not in seen:
            yield f"an event was never published: {number} {seq}"


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Read the objects of a line of a log; who was killed within one leaves it to the next."""
    decoder = json.JSONDecoder()
    for begin in re.finditer(r'\{"', text):
        with contextlib.suppress(json.JSONDecodeError):
            yield decoder.raw_decode(text, begin.start())[0]


def summary(arena: Arena, findings: Sequence[str]) -> str:
    """Say in one line what happened."""
    counts = arena.counts
    unknown = arena.one("""
        SELECT coalesce(string_agg(kind || ' ' || n, ', ' ORDER BY n DESC), 'none') FROM (
            SELECT e.kind, count(*) AS n FROM attempt AS a
              JOIN attempt_evidence AS e ON e.bucket = a.bucket AND e.attempt_id = a.id AND e.no = 1
             WHERE a.unknown_since IS NOT NULL GROUP BY e.kind) AS k""")
    charges = [line for line in arena.simulator.truth() if line["status"] == "succeeded"]
    figures = {
        "kills": counts["kills"],
        "of shoppers": counts["kills of shop"],
        "stops": counts["stops"],
        "server crashes": counts["server crashes"],
        "simulator kills": counts["simulator kills"],
        "payments": arena.counted("SELECT 1 FROM payment"),
        "attempts": arena.counted("SELECT 1 FROM attempt"),
        "refunds": arena.counted("SELECT 1 FROM refund"),
        "executions": len(charges),
        "answers to wishes": len({line["key"] for line in arena.place.lines(ANSWERS)}),
        "statements": arena.counted("SELECT 1 FROM settlement_file"),
        "webhooks": arena.counted("SELECT 1 FROM psp_event"),
        "events": arena.counted("SELECT 1 FROM event"),
        "ended by hand": counts["ended by hand"],
        "live when healed": counts["unknown at healing"],
        "deadlocks": arena.server_log.read_text(errors="replace").count("deadlock detected"),
        "findings": len(findings),
    }
    told = ", ".join(f"{number} {name}" for name, number in figures.items())
    return (
        f"chaos seed {arena.place.seed}, {counts['seconds']} s: {told}; unknown ended by {unknown}"
    )
