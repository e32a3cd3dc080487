"""Read how a market collects what was refused."""

from itertools import pairwise
from typing import Final

from ledgerline.base.money import Currency
from ledgerline.catalog.model import Collection, EndPolicy
from ledgerline.catalog.rules import scalars
from ledgerline.catalog.rules.nodes import Spot

_NAMES: Final = (
    "retry_days", "tries_max", "collect_days", "grace_days", "reminder_days", "paydays", "end",
    "learned_days", "learned_collect_days", "try_cost",
)  # fmt: skip
DAYS_MAX: Final = 90
GRACE_DAYS_MAX: Final = 30  # service for nothing: longer reads as a gift
TRIES_MAX: Final = 8
_USUAL: Final = Collection()
_PAYDAYS: Final = (*(str(day) for day in range(1, 29)), "month_end", "friday")


def collection(spot: Spot | None, currency: Currency) -> Collection:
    """Read how a market of ``currency`` collects; what is not said is as usual.

    Noted are tries and reminders that are out of order or come after the end, more tries than are
    allowed, and an unknown end. What a downgrade names is judged with the whole catalog.
    """
    if spot is None:
        return _USUAL
    fields = spot.fields(optional=_NAMES)

    def whole(name: str, usual: int, *, least: int, most: int) -> int:
        return fields[name].integer(least=least, most=most) if name in fields else usual

    def days(name: str, usual: tuple[int, ...]) -> tuple[int, ...]:
        return _days(fields[name]) if name in fields else usual

    cost = fields.get("try_cost")
    end, end_plans = _end(fields["end"]) if "end" in fields else (_USUAL.end, ())
    read = Collection(
        retry_days=days("retry_days", _USUAL.retry_days),
        tries_max=whole("tries_max", _USUAL.tries_max, least=1, most=TRIES_MAX),
        collect_days=whole("collect_days", _USUAL.collect_days, least=1, most=DAYS_MAX),
        grace_days=whole("grace_days", _USUAL.grace_days, least=1, most=GRACE_DAYS_MAX),
        reminder_days=days("reminder_days", _USUAL.reminder_days),
        paydays=_paydays(fields["paydays"]) if "paydays" in fields else _USUAL.paydays,
        end=end,
        end_plans=end_plans,
        learned_days=days("learned_days", _USUAL.learned_days),
        learned_collect_days=whole("learned_collect_days", 0, least=1, most=DAYS_MAX),
        try_cost_minor=scalars.amount(cost, currency) if cost is not None and currency else 0,
    )
    _check(spot, read)
    if read.learned_days:
        _check_learned(spot, read)
    return read


def _days(spot: Spot) -> tuple[int, ...]:
    found = tuple(item.integer(least=1, most=DAYS_MAX) for item in spot.items())
    if any(later <= earlier for earlier, later in pairwise(found)):
        spot.note("must be days in rising order, each once")
    return found


def _paydays(spot: Spot) -> tuple[str, ...]:
    return tuple(item.one_of(_PAYDAYS, what="payday") for item in spot.items())


def _end(spot: Spot) -> tuple[EndPolicy, tuple[str, ...]]:
    """Read the end, with the plans of a downgrade: ``downgrade: free_monthly``, or a list."""
    name, value = spot.named()
    if name not in set(EndPolicy):
        spot.note(f"must be {', '.join(EndPolicy)}, not {name!r}")
        return EndPolicy.CANCEL, ()
    end = EndPolicy(name)
    if (end is EndPolicy.DOWNGRADE) != (value is not None):
        names = end is EndPolicy.DOWNGRADE
        spot.note("needs its plan, such as downgrade: free_monthly" if names else "takes no value")
        return EndPolicy.CANCEL, ()
    return end, _plans(value) if value else ()


def _plans(value: Spot) -> tuple[str, ...]:
    if not value.is_list:
        return (value.text(),)
    found = tuple(item.text() for item in value.items())
    if not found or len(set(found)) != len(found):
        value.note("must name plans, each once")
    return found


def _check(spot: Spot, read: Collection) -> None:
    last = max((*read.retry_days, *read.reminder_days), default=0)
    if last > read.collect_days:
        spot.note(f"collects for {read.collect_days} days, and something is due on day {last}")
    if len(read.retry_days) >= read.tries_max:
        spot.note(f"allows {read.tries_max} tries and plans {len(read.retry_days)} after the first")
    if read.grace_days > read.collect_days:
        spot.note(f"serves for {read.grace_days} days what it collects for {read.collect_days}")
    if not read.retry_days:
        spot.note("needs at least one day in retry_days")


def _check_learned(spot: Spot, read: Collection) -> None:
    """Note what a model may not have: nobody's collection ends before that of the calendar."""
    if read.learned_collect_days < max(read.collect_days, *read.learned_days):
        spot.note(
            f"collects for {read.learned_collect_days} days with a model, and needs"
            f" {max(read.collect_days, *read.learned_days)}: say learned_collect_days"
        )
    if len(read.learned_days) >= read.tries_max:
        spot.note(
            f"allows {read.tries_max} tries, and a model has {len(read.learned_days)} after the"
            " first"
        )
