"""Records as people and scripts read them: ids as the API writes them, amounts with currency."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

from ledgerline.base.ids import PREFIXES, WrongIdKind, decode, encode
from ledgerline.base.run import Run
from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.rules import explain

TOP: Final = UUID(int=(1 << 128) - 1)
LATEST: Final = 20
"""How many of what belongs to a record are shown, the newest first."""
Record = dict[str, Any]
Read = Callable[[Run, UUID], Awaitable[Record | None]]

_NAMES: Final[Mapping[str, str]] = {
    "state": "status",
    "amount_minor": "total",
    "credit_used_minor": "from_credit",
    "market_code": "market",
    "seller_code": "seller",
    "plan_code": "plan",
    "psp_code": "provider_code",
    "psp_ref": "provider_reference",
    "zone": "time_zone",
    "created_at": "created",
    "issued_at": "issued",
    "paid_at": "paid",
    "sent_at": "sent",
    "ended_at": "ended",
    "opened_at": "opened",
    "closed_at": "closed",
}
"""What the API calls what the tables call otherwise."""
_SHOWN_BY: Final = ("customer", "subscription", "payment", "refund", "invoice")
"""Kinds of records that have a command of their name."""


def look(of: Program, kind: str, text: str, read: Read, *, as_json: bool) -> None:
    """Show the record whose id is ``text``; raises ``CommandFailed`` that names the next step."""
    record_id = read_id(kind, text)
    found = program.wait(_read(of, read, record_id))
    if found is None:
        raise missing(kind, text)
    show({"object": kind, **found}, as_json=as_json)


async def _read(of: Program, read: Read, record_id: UUID) -> Record | None:
    async with of.open() as running:
        return await read(await running.run.at_clock(), record_id)


def read_id(kind: str, text: str) -> UUID:
    """Read an id of a kind; raises ``CommandFailed`` with the command for the kind it is of."""
    try:
        return decode(PREFIXES[kind], text)
    except WrongIdKind as wrong:
        for other in _SHOWN_BY:
            if other != kind and text.lower().startswith(f"{PREFIXES[other]}_"):
                raise CommandFailed(
                    f"{text} is the id of a {other}", hint=f"ledgerline {other} show {text}"
                ) from wrong
        raise CommandFailed(
            f"{text} is no id of a {kind}", hint=f"an id that starts with {PREFIXES[kind]}_"
        ) from wrong


def missing(kind: str, text: str) -> CommandFailed:
    """Say that there is no such record here, and where to look for it."""
    if kind == "dispute":
        hint = "`ledgerline disputes list --all` names disputes"
    elif kind == "customer":
        hint = "`ledgerline clock show` says which database this is; ids are in the API's answers"
    else:
        hint = "`ledgerline customer show cus_…` lists what a customer has"
    return CommandFailed(f"there is no {kind} {text} in this database", hint=hint)


def record(row: NamedTuple, kind: str, *, without: str = "") -> Record:
    """Write a row: ids of its kind and of others, amounts with its currency, names of the API.

    ``without`` names columns that say nothing to a reader.
    """
    columns = row._asdict()
    left_out = {"bucket", "currency", *without.split()}
    found: Record = {}
    for name, value in columns.items():
        if name in left_out:
            continue
        if name == "id":
            found["id"] = encode(PREFIXES[kind], value)
        elif name.endswith("_id"):
            of = name.removesuffix("_id")
            found[of] = value and encode(PREFIXES[of], value)
        elif name.endswith("_minor"):
            found[_NAMES.get(name, name.removesuffix("_minor"))] = amount(
                value, columns["currency"]
            )
        else:
            found[_NAMES.get(name, name)] = value
    return found


def amount(minor: int, currency: str) -> Record:
    """Write an amount as the API does: whole minor units and their currency."""
    return {"amount": minor, "currency": currency}


def show(found: Mapping[str, Any], *, as_json: bool) -> None:
    """Print a record: JSON on one line, or a name and a value a line with its lists below."""
    if as_json:
        output.print_json(found)
        return
    lists = {name: value for name, value in found.items() if _is_list(value)}
    output.show(
        {name: plain(value) for name, value in found.items() if name not in lists}, as_json=False
    )
    for name, rows in lists.items():
        output.show_rows(
            [{key: plain(value) for key, value in row.items()} for row in rows],
            as_json=False, title=f"\n{name.replace('_', ' ')}",
        )  # fmt: skip


def _is_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(part, Mapping) for part in value)


def plain(value: object) -> object:
    """Write an amount as people read it; anything else as it is."""
    if isinstance(value, Mapping) and value.keys() == {"amount", "currency"}:
        return explain.show(value["amount"], value["currency"])
    return value
