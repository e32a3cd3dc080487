"""Named SQL statements: loaded from the file beside a module, parameters numbered for the wire."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType
from typing import Final, LiteralString, cast

from ledgerline.base import copying
from ledgerline.base.errors import Rejected

LOCK_ORDER: Final = (
    "idempotency_key", "customer", "subscription", "invoice", "payment", "attempt", "refund",
    "credit_account", "counter", "number_series", "numbering_queue", "outbox",
)  # fmt: skip
_RANKS: Final = {name: rank for rank, name in enumerate(LOCK_ORDER)}
_PARAMETER: Final = re.compile(r"%%|%\((\w+)\)s")
_ARRAY_CAST: Final = re.compile(r"%\((\w+)\)s::(\w+)\[\]")
Refusals = Mapping[str, type[Rejected]]
_NO_REFUSALS: Final[Refusals] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Statement:
    """One named statement: its SQL, the lock rank it takes (or None) and its refusals.

    ``arrays`` are the element oids of its array parameters, by name. ``numbered`` is the text as
    PostgreSQL takes it, with ``$1`` for the first of ``parameters``.
    """

    name: str
    text: LiteralString
    rank: int | None
    refusals: Refusals
    arrays: Mapping[str, int]
    numbered: bytes = field(init=False)
    parameters: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Give each parameter its number, in the order in which they first appear."""
        places: dict[str, str] = {}

        def place(found: re.Match[str]) -> str:
            name = found[1]
            return "%" if name is None else places.setdefault(name, f"${len(places) + 1}")

        object.__setattr__(self, "numbered", _PARAMETER.sub(place, self.text).encode())
        object.__setattr__(self, "parameters", tuple(places))


def statements(module: str, *, refusals: Refusals = _NO_REFUSALS) -> Mapping[str, Statement]:
    """Load the SQL file beside ``module`` (``ledgerline.payments.store`` → ``store.sql``).

    A statement begins with ``-- name: x``; ``-- locks: payment`` states what it locks.
    ``refusals`` maps constraint names to the refusal a person sees when one is violated.
    """
    package, _, stem = module.rpartition(".")
    source = files(package).joinpath(f"{stem}.sql").read_text()
    loaded: dict[str, Statement] = {}
    for block in source.split("-- name: ")[1:]:
        name, _, body = block.partition("\n")
        assert name not in loaded, f"{package}: statement {name} is defined twice"
        comments = [line for line in body.splitlines() if line.startswith("--")]
        locks = [line.removeprefix("-- locks: ") for line in comments if "-- locks: " in line]
        text = "\n".join(line for line in body.splitlines() if not line.startswith("--")).strip()
        rank = _RANKS[locks[0].strip()] if locks else None
        arrays = {
            found[1]: copying.ARRAY_OIDS[found[2]]
            for found in _ARRAY_CAST.finditer(text)
            if found[2] in copying.ARRAY_OIDS
        }
        loaded[name.strip()] = Statement(
            name.strip(), cast("LiteralString", text), rank, refusals, arrays
        )
    return MappingProxyType(loaded)
