"""Lists and searches: newest first, by pages.

Source: Stripe API reference, "Pagination", "Search"; guide "Search objects".
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from pspsim.dialects.stripe import balance, disputes, intents, refunds, setups, views
from pspsim.dialects.stripe.call import Call, Object
from pspsim.dialects.stripe.errors import invalid, missing
from pspsim.dialects.stripe.forms import Form
from pspsim.provider import Provider

PAGE: Final = 10
PAGE_MAX: Final = 100
_BOUNDS: Final[dict[str, Callable[[int, int], bool]]] = {
    "gt": lambda at, bound: at > bound,
    "gte": lambda at, bound: at >= bound,
    "lt": lambda at, bound: at < bound,
    "lte": lambda at, bound: at <= bound,
}
_CLAUSE: Final = re.compile(
    r"""\s*(?P<field>status|customer|currency|amount|metadata\[(?P<quote>['"])(?P<key>[^'"]+)"""
    r"""(?P=quote)\])\s*:\s*(?:'(?P<one>(?:[^'\\]|\\.)*)'|"(?P<two>(?:[^"\\]|\\.)*)"|(?P<n>\d+))\s*"""
)
_ESCAPED: Final = re.compile(r"\\(.)")


def list_intents(call: Call) -> Object:
    """List PaymentIntents, of a customer or a time."""
    form = call.form
    form.only("customer", "created", "limit", "starting_after", "ending_before")
    expand = [each.removeprefix("data.") for each in form.expand("data.latest_charge")]
    customer = form.text("customer")
    found = [
        each for each in intents.every(call.provider) if customer in {None, each.data["customer"]}
    ]
    shown = [views.intent(call.provider, each, expand=expand) for each in found]
    return _page(form, _created(form, shown), "/v1/payment_intents", kind="payment_intent")


def list_setups(call: Call) -> Object:
    """List SetupIntents, of a customer, a payment method or a time."""
    form = call.form
    form.only("created", "customer", "limit", "payment_method", "starting_after", "ending_before")
    form.expand()
    kept = call.provider.own.kept.get(setups.COLLECTION, {})
    shown = [setups.shown(call.provider, each) for each in kept.values()]
    for name in ("customer", "payment_method"):
        wanted = form.text(name)
        shown = [each for each in shown if wanted in {None, each[name]}]
    return _page(form, _created(form, shown), "/v1/setup_intents", kind="setup_intent")


def list_refunds(call: Call) -> Object:
    """List refunds, of a PaymentIntent, a charge or a time."""
    form = call.form
    form.only("charge", "created", "limit", "payment_intent", "starting_after", "ending_before")
    form.expand()
    shown = refunds.every(call.provider)
    for name in ("charge", "payment_intent"):
        wanted = form.text(name)
        if wanted is not None:
            _refuse_unknown(call.provider, name, wanted)
            shown = [each for each in shown if each[name] == wanted]
    return _page(form, _created(form, shown), "/v1/refunds", kind="refund")


def list_disputes(call: Call) -> Object:
    """List disputes, of a PaymentIntent, a charge or a time."""
    form = call.form
    form.only("charge", "created", "limit", "payment_intent", "starting_after", "ending_before")
    form.expand()
    own = call.provider.own
    shown = [disputes.shown(call.provider, each) for each in own.later.disputes.values()]
    for name in ("charge", "payment_intent"):
        wanted = form.text(name)
        shown = [each for each in shown if wanted in {None, each[name]}]
    return _page(form, _created(form, shown), "/v1/disputes", kind="dispute")


def list_balance(call: Call) -> Object:
    """List balance transactions, of a type, a source or a time."""
    form = call.form
    form.only("created", "limit", "source", "type", "currency", "starting_after", "ending_before")
    expand = form.expand("data.source")
    shown = balance.every(call.provider)
    for name in ("source", "type", "currency"):
        wanted = form.text(name)
        shown = [each for each in shown if wanted in {None, each[name]}]
    page = _page(
        form, _created(form, shown), "/v1/balance_transactions", kind="balance_transaction"
    )
    if expand:
        page["data"] = [balance.expanded(call.provider, each) for each in page["data"]]
    return page


def search_intents(call: Call) -> Object:
    """Search PaymentIntents by clauses that are joined by AND.

    Every find is there at once, which Stripe does not promise.
    """
    form = call.form
    form.only("query", "limit", "page")
    expand = [each.removeprefix("data.") for each in form.expand("data.latest_charge")]
    clauses = _clauses(form.needed("query"))
    found = []
    references = [value for field, value in clauses if field == "metadata.reference"]
    among = (
        intents.under(call.provider, references[0]) if references else intents.every(call.provider)
    )
    for each in among:
        shown = views.intent(call.provider, each, expand=expand)
        if all(_value(shown, field) == value for field, value in clauses):
            found.append(shown)
    limit, start = _limit(form), form.whole("page") or 0
    rest = found[::-1][start:]
    has_more = len(rest) > limit
    return {
        "object": "search_result",
        "data": rest[:limit],
        "has_more": has_more,
        "next_page": str(start + limit) if has_more else None,
        "url": "/v1/payment_intents/search",
    }


def _clauses(query: str) -> list[tuple[str, str]]:
    clauses = []
    for part in re.split(r"\s+AND\s+", query):
        match = _CLAUSE.fullmatch(part)
        if match is None:
            raise invalid("This query cannot be read.", param="query")
        quoted = match["one"] if match["one"] is not None else match["two"]
        value = match["n"] if quoted is None else _ESCAPED.sub(r"\1", quoted)
        clauses.append((f"metadata.{match['key']}" if match["key"] else match["field"], value))
    return clauses


def _value(shown: Object, field: str) -> str:
    if field.startswith("metadata."):
        return str(shown["metadata"].get(field.removeprefix("metadata."), ""))
    return str(shown[field])


def _created(form: Form, shown: Iterable[Object]) -> list[Object]:
    """Keep what was made in the time that is asked for."""
    if not form.has("created"):
        return list(shown)
    bounds = form.table("created")
    for name, value in bounds.items():
        if name not in _BOUNDS or not value.isdigit():
            raise invalid("Invalid created", param="created")
    return [
        each
        for each in shown
        if all(_BOUNDS[name](each["created"], int(value)) for name, value in bounds.items())
    ]


def _page(form: Form, shown: Sequence[Object], url: str, *, kind: str) -> Object:
    """Cut a page out of what is shown, oldest first; the page is newest first."""
    newest = list(shown)[::-1]
    limit = _limit(form)
    after, before = form.text("starting_after"), form.text("ending_before")
    if after is not None and before is not None:
        raise invalid("Give either starting_after or ending_before.")
    if before is not None:
        rest = newest[: _position(newest, before, kind=kind)]
        data = rest[-limit:]
    else:
        start = 0 if after is None else _position(newest, after, kind=kind) + 1
        rest = newest[start:]
        data = rest[:limit]
    return {"object": "list", "data": data, "has_more": len(rest) > limit, "url": url}


def _position(newest: Sequence[Object], id_: str, *, kind: str) -> int:
    for position, each in enumerate(newest):
        if each["id"] == id_:
            return position
    raise missing(kind, id_, param="starting_after")


def _limit(form: Form) -> int:
    limit = form.whole("limit")
    if limit is None:
        return PAGE
    if not 1 <= limit <= PAGE_MAX:
        raise invalid(f"limit must be 1 to {PAGE_MAX}", param="limit")
    return limit


def _refuse_unknown(provider: Provider, name: str, id_: str) -> None:
    if name == "charge":
        found: object = refunds.find_charge(provider, id_)
    else:
        found = intents.find(provider, id_)
    if found is None:
        raise missing(name, id_, param=name)
