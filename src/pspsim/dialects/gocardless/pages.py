"""Lists: filtered by query parameters and cut into pages by cursors, newest first."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import ge, gt, le, lt
from typing import Final
from urllib.parse import parse_qsl

from pspsim.dialects.gocardless.errors import Refused, invalid, refused
from pspsim.dialects.gocardless.stages import Object
from pspsim.records import encode
from pspsim.replies import Reply

_LIMIT_MAX: Final = 500
_LIMIT_USUAL: Final = 50
_PAGING: Final = frozenset({"after", "before", "limit"})
_COMPARED: Final[Mapping[str, Callable[[datetime, datetime], bool]]] = {
    "created_at[gt]": gt,
    "created_at[gte]": ge,
    "created_at[lt]": lt,
    "created_at[lte]": le,
}
FILTERS: Final[Mapping[str, Mapping[str, str]]] = {
    "creditors": {},
    "customers": {"currency": "currency"},
    "customer_bank_accounts": {"customer": "links.customer", "enabled": "enabled"},
    "billing_requests": {"customer": "links.customer", "status": "status"},
    "mandates": {
        "creditor": "links.creditor",
        "customer": "links.customer",
        "customer_bank_account": "links.customer_bank_account",
        "reference": "reference",
        "scheme": "scheme",
        "status": "status",
    },
    "payments": {
        "creditor": "links.creditor",
        "currency": "currency",
        "mandate": "links.mandate",
        "scheme": "scheme",
        "status": "status",
    },
    "refunds": {"mandate": "links.mandate", "payment": "links.payment"},
    "events": {
        "action": "action",
        "billing_request": "links.billing_request",
        "mandate": "links.mandate",
        "payment": "links.payment",
        "payout": "links.payout",
        "refund": "links.refund",
        "resource_type": "resource_type",
    },
    "payouts": {
        "creditor": "links.creditor",
        "currency": "currency",
        "payout_type": "payout_type",
        "reference": "reference",
        "status": "status",
    },
    "payout_items": {"payout": ""},
}
"""By collection: the parameters that narrow a list, and the field each is compared with."""
_UNDATED: Final = frozenset({"billing_requests"})  # their created_at is no range


def asked(collection: str, query: str) -> dict[str, str]:
    """Read the parameters of a list; raises ``Refused`` for one that it does not have."""
    given = dict(parse_qsl(query, keep_blank_values=True))
    dated = () if collection in _UNDATED else _COMPARED.keys()
    unknown = given.keys() - _PAGING - set(dated) - FILTERS[collection].keys()
    if unknown:
        raise refused("invalid_filters", f"{min(unknown)} is no parameter of this list")
    return given


def page(collection: str, things: Sequence[Object], given: Mapping[str, str]) -> Reply:
    """Show one page of what is left of ``things`` (newest first); raises ``Refused``."""
    limit = _limit(given.get("limit", str(_LIMIT_USUAL)))
    left = [each for each in things if _is_asked_for(collection, each, given)]
    ids = [each.get("id", str(nth)) for nth, each in enumerate(left)]
    start = _after(ids, given, limit=limit)
    end = min(start + limit, len(left))
    cursors = {
        "before": ids[start] if 0 < start < len(ids) else None,
        "after": ids[end - 1] if start < end < len(ids) else None,
    }
    meta = {"cursors": cursors, "limit": limit}
    return Reply(200, encode({collection: left[start:end], "meta": meta}))


def _after(ids: Sequence[str], given: Mapping[str, str], *, limit: int) -> int:
    for name in ("after", "before"):
        if name in given and given[name] not in ids:
            raise refused("invalid_filters", f"{name} is no cursor of this list")
    if "after" in given:
        return ids.index(given["after"]) + 1
    if "before" in given:
        return max(0, ids.index(given["before"]) - limit)
    return 0


def _limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _LIMIT_MAX:
        raise invalid("base", limit=f"must be 1 to {_LIMIT_MAX}")
    return int(text)


def _is_asked_for(collection: str, thing: Object, given: Mapping[str, str]) -> bool:
    for name, path in FILTERS[collection].items():
        if name in given and path and _at(thing, path) != given[name]:
            return False
    created = thing.get("created_at")
    return all(
        compare(datetime.fromisoformat(created), _instant(name, given[name]))
        for name, compare in _COMPARED.items()
        if name in given and isinstance(created, str)
    )


def _at(thing: Object, path: str) -> object:
    value: object = thing
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return str(value).lower() if isinstance(value, bool) else value


def _instant(name: str, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise _no_instant(name) from None
    if found.tzinfo is None:
        raise _no_instant(name)
    return found


def _no_instant(name: str) -> Refused:
    return invalid("base", **{name: "must be an instant in ISO 8601 with its zone"})
