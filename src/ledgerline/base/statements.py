"""Named SQL statements: loaded from the file beside a module, parameters numbered for the wire."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.resources import files
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Final, LiteralString, cast

from psycopg.pq import Format

from ledgerline.base import copying
from ledgerline.base.errors import Rejected

LOCK_ORDER: Final = (
    "person", "idempotency_key", "customer", "checkout_session", "payment_setup", "subscription",
    "invoice", "payment", "attempt", "refund", "dispute", "mandate", "credit_account", "counter",
    "number_series", "numbering_queue", "outbox", "mail",
)  # fmt: skip
_RANKS: Final = {name: rank for rank, name in enumerate(LOCK_ORDER)}
_PARAMETER: Final = re.compile(r"%%|%\((\w+)\)s")
_COLUMNS: Final = re.compile(r"\{([A-Z]\w*)(?::(\w+))?(?: - ([\w ]+))?\}")
_SET: Final = re.compile(
    r"\bunnest\([^;]*?%\((buckets?)\)s::smallint\[\][^;]*?\)\s+(?:WITH ORDINALITY\s+)?AS (\w+) \("
)
_ARRAY_CAST: Final = re.compile(r"%\((\w+)\)s::(\w+)\[\]")
Refusals = Mapping[str, type[Rejected]]
_NO_REFUSALS: Final[Refusals] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Statement:
    """One named statement: its SQL, the lock rank it takes (or None) and its refusals.

    ``arrays`` are the element oids of its array parameters, by name. ``numbered`` is the text as
    PostgreSQL takes it, with ``$1`` for the first of ``parameters``. ``one_bucket`` is the text
    for a set whose rows all have one bucket, which is then one parameter more: an engine that
    shards by bucket sends it to one shard. ``buckets`` is the parameter that has the buckets of
    the set; both are None where a statement takes no set or compares its buckets with nothing.
    """

    name: str
    text: LiteralString
    rank: int | None
    refusals: Refusals
    arrays: Mapping[str, int]
    numbered: bytes = field(init=False)
    parameters: tuple[str, ...] = field(init=False)
    buckets: str | None = field(init=False)
    one_bucket: bytes | None = field(init=False)

    def __post_init__(self) -> None:
        """Give each parameter its number, in the order in which they first appear."""
        places: dict[str, str] = {}

        def place(found: re.Match[str]) -> str:
            name = found[1]
            return "%" if name is None else places.setdefault(name, f"${len(places) + 1}")

        numbered = _PARAMETER.sub(place, self.text)
        object.__setattr__(self, "numbered", numbered.encode())
        object.__setattr__(self, "parameters", tuple(places))
        buckets, one_bucket = _in_one_bucket(self.text, numbered, f"${len(places) + 1}::smallint")
        object.__setattr__(self, "buckets", buckets)
        object.__setattr__(self, "one_bucket", one_bucket)

    def chosen(
        self, values: list[bytes | None], formats: list[Format]
    ) -> tuple[bytes, list[bytes | None], list[Format]]:
        """Return the text that is sent and its parameters: another for a set of one bucket."""
        if self.one_bucket is None or self.buckets is None:
            return self.numbered, values, formats
        array = values[self.parameters.index(self.buckets)]
        bucket = None if array is None else copying.only(array)
        if bucket is None:
            return self.numbered, values, formats
        return self.one_bucket, [*values, bucket], [*formats, Format.BINARY]


def _in_one_bucket(text: str, numbered: str, bucket: str) -> tuple[str | None, bytes | None]:
    """Compare with one parameter what is compared with the buckets of a statement's set."""
    found = _SET.search(text)
    if found is None:
        return None, None
    within = re.search(rf"\(SELECT (?:DISTINCT )?{found[2]}\.bucket\b", text[: found.start()])
    outside = re.search(r"\) AS (\w+)\b", text[found.end() :]) if within else None
    of_set = rf"{outside[1] if outside else found[2]}\.bucket"
    compared = re.compile(rf"\b(\w+\.bucket) = {of_set}\b|\b{of_set} = (\w+\.bucket)\b")
    said, changes = compared.subn(lambda one: f"{one[1] or one[2]} = {bucket}", numbered)
    return (found[1], said.encode()) if changes else (None, None)


def expand(source: str, package: str) -> str:
    """Write out the column lists that statements take from the row types of their package.

    ``{Row}`` stands for the fields of a row, ``{Row:r}`` for the same as columns of ``r``, and
    ``{Row:r - a b}`` leaves out ``a`` and ``b``, which the statement computes. A row or a field
    that is not in ``rows`` of the package is a defect.
    """
    if _COLUMNS.search(source) is None:
        return source
    types = _row_types(package)

    def columns(found: re.Match[str]) -> str:
        assert found[1] in types, f"{package}.rows has no {found[1]}"
        left_out = (found[3] or "").split()
        unknown = set(left_out) - set(types[found[1]])
        assert not unknown, f"{found[1]} has no {sorted(unknown)}"
        before = f"{found[2]}." if found[2] else ""
        return ", ".join(before + name for name in types[found[1]] if name not in left_out)

    return _COLUMNS.sub(columns, source)


def _row_types(package: str) -> dict[str, tuple[str, ...]]:
    """Find the row types of a package, by name: in ``rows`` or in its modules."""
    rows = import_module(f"{package}.rows")
    inside = iter_modules(getattr(rows, "__path__", ()), f"{package}.rows.")
    modules = [rows, *(import_module(one.name) for one in inside)]
    return {
        name: kind._fields
        for module in modules
        for name, kind in vars(module).items()
        if isinstance(kind, type) and hasattr(kind, "_fields")
    }


def statements(module: str, *, refusals: Refusals = _NO_REFUSALS) -> Mapping[str, Statement]:
    """Load the SQL file beside ``module`` (``ledgerline.payments.store`` → ``store.sql``).

    A statement begins with ``-- name: x``; ``-- locks: payment`` states what it locks. Column
    lists may be taken from row types (``expand``).
    ``refusals`` maps constraint names to the refusal a person sees when one is violated.
    """
    package, _, stem = module.rpartition(".")
    source = expand(files(package).joinpath(f"{stem}.sql").read_text(), package)
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
            name=name.strip(),
            text=cast("LiteralString", text),
            rank=rank,
            refusals=refusals,
            arrays=arrays,
        )
    return MappingProxyType(loaded)
