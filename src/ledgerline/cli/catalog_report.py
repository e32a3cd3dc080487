"""What a catalog changes and what is published, as JSON or as tables."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ledgerline.catalog.model import SETUP, Price
from ledgerline.catalog.rules.findings import Finding, Severity
from ledgerline.catalog.rules.listing import ListedPlan, ListedPrice
from ledgerline.catalog.rules.revision import Move, Revision
from ledgerline.catalog.rules.wording import amount_text, length_text
from ledgerline.cli import output

Row = Mapping[str, object]


def show_revision(of: Revision, *, name: str, as_json: bool) -> None:
    """Print what a catalog changes: new rows, changed fields, prices old and new, findings."""
    refused = [_finding(one) for one in of.findings if one.severity is Severity.ERROR]
    warnings = [_finding(one) for one in of.findings if one.severity is Severity.WARNING]
    changed: list[Row] = [
        {"key": one.key, "field": one.field, "before": one.before, "after": one.after}
        for one in of.changed
    ]
    prices = [_move(move) for move in of.moves]
    if as_json:
        output.print_json(
            {"new": list(of.new), "changed": changed, "prices": prices, "refused": refused,
             "warnings": warnings}
        )  # fmt: skip
        return
    if not (of.new or changed or refused or warnings):
        output.console().print(f"{name} says what is published already: nothing changes")
        return
    _table("New", list(_counted(of.new)))
    _table("Changed", changed)
    _table("Prices", prices)
    _table("Warnings", warnings)
    _table("Refused: nothing of this catalog can be loaded", refused)


def show_plans(plans: Sequence[ListedPlan], *, as_json: bool) -> None:
    """Print plans, and under them their prices by market."""
    rows = [_plan(one) for one in plans]
    if as_json:
        prices = [list(_prices(one)) for one in plans]
        output.print_json(
            {"data": [row | {"prices": of} for row, of in zip(rows, prices, strict=True)]}
        )
        return
    _table("Plans", [row | {"add_ons": ", ".join(one.add_ons)}
                     for row, one in zip(rows, plans, strict=True)])  # fmt: skip
    _table("Prices", [row for one in plans for row in _told(one)])


def _table(title: str, rows: Sequence[Row]) -> None:
    if rows:
        output.show_rows(rows, as_json=False, title=title)
        output.console().print()


def _counted(keys: Sequence[str]) -> Iterator[Row]:
    """Count new rows by their part; few are named."""
    for part, rows in Counter(key.partition(".")[0] for key in keys).items():
        names = [key.partition(".")[2] for key in keys if key.partition(".")[0] == part]
        told = ", ".join(names) if len(names) <= _NAMED_MAX else ""
        yield {"what": part.replace("_", " "), "names": told, "rows": rows}


_NAMED_MAX = 12


def _finding(one: Finding) -> Row:
    return {"line": one.line, "key": one.key, "code": one.code, "message": one.message}


def _move(move: Move) -> Row:
    price = move.price
    return {
        "plan": price.plan_code,
        "phase_no": price.phase_no if price.component != SETUP else None,
        "component": price.component,
        "market": price.market_code,
        "currency": price.currency,
        "before": _amount(move.before),
        "after": _amount(price),
        "valid_from": price.valid_from.isoformat(),
        "change_percent": _percent(move.permille),
    }


def _percent(permille: int | None) -> str | None:
    if permille is None:
        return None
    sign = "-" if permille < 0 else "+"
    return f"{sign}{abs(permille) // 10}.{abs(permille) % 10}"


def _amount(price: Price | None) -> str | None:
    return amount_text(price.unit, price.currency) if price else None


def _plan(one: ListedPlan) -> dict[str, object]:
    return {
        "plan": one.plan.code,
        "name": one.plan.name,
        "product": one.product.code,
        "kind": one.product.kind,
        "audience": one.plan.audience,
        "members_max": one.plan.members_max,
        "cadence": length_text(one.plan.cadence_count, one.plan.cadence_unit),
        "phases": one.phases,
        "status": one.plan.status,
        "add_ons": list(one.add_ons),
    }


def _prices(one: ListedPlan) -> Iterator[Row]:
    for price in one.prices:
        yield {
            **_place(price),
            "currency": _any_of(price).currency,
            "in_force": _amount(price.in_force),
            "since": price.in_force and price.in_force.valid_from.isoformat(),
            "tax_behavior": _any_of(price).tax_behavior,
            "coming": [
                {"amount": _amount(later), "valid_from": later.valid_from.isoformat()}
                for later in price.coming
            ],
        }


def _told(one: ListedPlan) -> Iterator[Row]:
    for price in one.prices:
        first = _any_of(price)
        yield {
            "plan": one.plan.code,
            **_place(price),
            "today": f"{_amount(price.in_force) or 'none yet'} {first.currency}",
            "coming": ", ".join(
                f"{_amount(later)} from {later.valid_from}" for later in price.coming
            ),
        }


def _place(price: ListedPrice) -> Row:
    return {"market": price.market_code, "phase": price.phase, "component": price.component}


def _any_of(price: ListedPrice) -> Price:
    return price.in_force or price.coming[0]
