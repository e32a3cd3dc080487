"""On which days what is kept changed, and which of it was agreed.

Nobody tells a contract that changed from an error that lasts. What is told apart: what is dearer
for a while and then as before was not agreed, nor is what is dearer since less than
``OPEN_DAYS``; unless somebody announced it for that day. All else is what both live by.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from ledgerline.ml.fees.fitting import NO_HINTS, Hints, fit
from ledgerline.ml.fees.lines import LINES_MIN, Columns, Floats, Ints
from ledgerline.ml.fees.tariff import MICRO, Tariff, same

OPEN_DAYS: Final = 45
LASTING_DAYS: Final = 100
"""What is dearer for longer was agreed, though it ended."""
NEAR_DAYS: Final = 3
_DEARER_PPM: Final = 50  # half a basis point of what was charged
_GAIN_MIN: Final = 14.0  # of the variance within: a change that chance makes once in some thousand
_CLIP: Final = 3.0
_PERIODS_MAX: Final = 12
_FOLLOWED: Final = 0.98  # of lines within rounding: there is nothing to divide


class Period(NamedTuple):
    """From ``since`` to before ``until`` (proleptic days) lines followed a tariff."""

    since: int
    until: int
    tariff: Tariff
    lines: Columns

    @property
    def days(self) -> int:
        """How long it was."""
        return self.until - self.since


class Span(NamedTuple):
    """From ``since`` to before ``until`` a tariff holds, or is followed without being agreed."""

    since: int
    until: int
    tariff: Tariff


class Agreed(NamedTuple):
    """What was agreed in [since, until), the lines of all that time, and when they were dearer."""

    since: int
    until: int
    tariff: Tariff
    lines: Columns
    dear: tuple[Span, ...] = ()


def periods(lines: Columns, span: tuple[int, int], hints: Hints = NO_HINTS) -> list[Period]:
    """Divide the lines of one contract into periods of a tariff each; raises ``TooFewLines``.

    ``span`` is that of all lines: the first period begins and the last one ends with it, since
    lines of others show that contracts lasted where nobody bought.
    """
    found: list[Period] = []
    for part, tariff in _divided(lines, hints):
        since, until = int(part.days[0]), int(part.days[-1]) + 1
        if found and same(found[-1].tariff, tariff, part.amounts):
            found[-1] = _joined(found[-1], Period(since, until, tariff, part), hints)
        else:
            found.append(Period(since, until, tariff, part))
    found = _sharpened(found)
    begins = [span[0], *(one.since for one in found[1:])]
    bounds = pairwise([*begins, span[1]])
    return [
        one._replace(since=since, until=until)
        for one, (since, until) in zip(found, bounds, strict=True)
    ]


def agreed(
    found: Sequence[Period], announced: Iterable[date] = (), hints: Hints = NO_HINTS
) -> list[Agreed]:
    """Return what was agreed from when to when, by the rule above."""
    told = [one.toordinal() for one in announced]
    spans: list[tuple[int, Tariff]] = []
    dear: list[Span] = []
    held = _first(found)
    for no, one in enumerate(found):
        if _is_told(found, no, told):
            held = _lasting(found, no, told)
        elif _is_agreed(found, no, held):
            held = one.tariff
        if _dearer(one, held):
            dear.append(Span(one.since, one.until, one.tariff))
        if not spans or spans[-1][1] != held:
            spans.append((one.since, held))
    ends = [since for since, _ in spans[1:]] + [found[-1].until]
    return [
        _whole(found, Span(since, until, tariff), dear, hints)
        for (since, tariff), until in zip(spans, ends, strict=True)
    ]


def _whole(found: Sequence[Period], one: Span, dear: Sequence[Span], hints: Hints) -> Agreed:
    """Give a span its lines, and the tariff that all of them follow that are not dearer."""
    within = [period for period in found if one.since <= period.since < one.until]
    wrong = tuple(span for span in dear if one.since <= span.since < one.until)
    begins = {span.since for span in wrong}
    right = [period for period in within if period.since not in begins]
    tariff = one.tariff
    if len(right) > 1:
        lines = _together(right)
        again = fit(lines.amounts, lines.fees, hints)
        known = [int(some.holds(lines.amounts, lines.fees).sum()) for some in (tariff, again)]
        tariff = again if known[1] >= known[0] else tariff
    return Agreed(
        since=one.since, until=one.until, tariff=tariff, lines=_together(within), dear=wrong
    )


def _is_told(found: Sequence[Period], no: int, told: Sequence[int]) -> bool:
    """Say whether a change was announced for a day between the lines before and after it."""
    before = found[no].since if no == 0 else int(found[no - 1].lines.days[-1])
    return any(before - NEAR_DAYS <= day <= found[no].since + NEAR_DAYS for day in told)


def _lasting(found: Sequence[Period], no: int, told: Sequence[int]) -> Tariff:
    """Return what holds from an announced change on: its tariff, or a cheaper one that lasts."""
    one = found[no]
    for later in range(no + 1, len(found)):
        if _is_told(found, later, told):
            break
        after = found[later]
        if after.days > one.days and _dearer(one, after.tariff):
            return after.tariff
    return one.tariff


def rises(spans: Sequence[Agreed]) -> Iterator[int]:
    """Return the days on which what was agreed became dearer."""
    for before, after in pairwise(spans):
        if _takes_more(after.tariff, before.tariff, after.lines.amounts):
            yield after.since


def _first(found: Sequence[Period]) -> Tariff:
    """Return what held at the beginning: the second tariff, if a short first one is dearer."""
    if len(found) > 1 and found[0].days < OPEN_DAYS and _dearer(found[0], found[1].tariff):
        return found[1].tariff
    return found[0].tariff


def _is_agreed(found: Sequence[Period], no: int, held: Tariff) -> bool:
    one, later = found[no], found[no + 1 :]
    comes_back = any(same(after.tariff, held, after.lines.amounts) for after in later)
    if not _dearer(one, held):
        return not comes_back and one.days >= OPEN_DAYS
    if one.days >= LASTING_DAYS:
        return True
    is_over = any(_dearer(one, after.tariff) for after in later)
    lasts = sum(after.days for after in found[no:])
    return not is_over and lasts >= OPEN_DAYS


def _dearer(one: Period, held: Tariff) -> bool:
    """Say whether more is taken of its lines than a tariff takes."""
    return _takes_more(one.tariff, held, one.lines.amounts)


def _takes_more(tariff: Tariff, held: Tariff, amounts: Ints) -> bool:
    more = int((tariff.expected(amounts) - held.expected(amounts)).sum())
    return more > _DEARER_PPM * int(amounts.sum())


def _together(found: Sequence[Period]) -> Columns:
    parts = [one.lines for one in found]
    return Columns(*(np.concatenate(some) for some in zip(*parts, strict=True)))


def _joined(one: Period, other: Period, hints: Hints) -> Period:
    lines = Columns(*(np.concatenate(two) for two in zip(one.lines, other.lines, strict=True)))
    return Period(one.since, other.until, fit(lines.amounts, lines.fees, hints), lines)


def _divided(lines: Columns, hints: Hints) -> Iterator[tuple[Columns, Tariff]]:
    """Divide lines where they leave what most of them follow; parts that follow nothing again."""
    tariff = fit(lines.amounts, lines.fees, hints)
    if float(tariff.holds(lines.amounts, lines.fees).mean()) >= _FOLLOWED:
        yield lines, tariff
        return
    scale = tariff.band_micro + 300 * lines.amounts  # three basis points and rounding
    excess = np.clip(tariff.excess(lines.amounts, lines.fees) / scale, -_CLIP, _CLIP)
    cuts = sorted(_cuts(lines.days, excess, 0, lines.size))
    if not cuts:
        yield lines, tariff
        return
    for low, high in pairwise([0, *cuts, lines.size]):
        yield from _divided(lines.rows(slice(low, high)), hints)


def _cuts(days: Ints, excess: Floats, low: int, high: int) -> list[int]:
    """Cut where the means of both sides differ most, then each side, while chance is unlikely."""
    found: list[int] = []
    open_ones = [(low, high)]
    while open_ones and len(found) < _PERIODS_MAX:
        begin, end = open_ones.pop()
        at = _cut(days[begin:end], excess[begin:end])
        if at is not None:
            found.append(begin + at)
            open_ones += [(begin, begin + at), (begin + at, end)]
    return found


def _cut(days: Ints, excess: Floats) -> int | None:
    count = len(excess)
    if count < 2 * LINES_MIN:
        return None
    before = np.arange(1, count)
    sums = np.cumsum(excess)
    apart = sums[:-1] / before - (sums[-1] - sums[:-1]) / (count - before)
    gains = apart**2 * before * (count - before) / count
    may = (days[1:] != days[:-1]) & (before >= LINES_MIN) & (count - before >= LINES_MIN)
    if not may.any():
        return None
    best = int(np.argmax(np.where(may, gains, -1.0)))
    at = best + 1
    within = (np.var(excess[:at]) * at + np.var(excess[at:]) * (count - at)) / count
    is_change = gains[best] >= _GAIN_MIN * max(float(within), 0.05)
    return at if is_change else None


def _sharpened(found: Sequence[Period]) -> list[Period]:
    """Move each bound to the day from which fewer lines miss the tariff they are under."""
    moved = list(found)
    for no in range(len(moved) - 1):
        one, other = moved[no], moved[no + 1]
        lines = Columns(*(np.concatenate(two) for two in zip(one.lines, other.lines, strict=True)))
        missed = [
            np.abs(tariff.excess(lines.amounts, lines.fees)) > max(one.tariff.band_micro, MICRO)
            for tariff in (one.tariff, other.tariff)
        ]
        before = np.concatenate([[0], np.cumsum(missed[0])])
        after = missed[1].sum() - np.concatenate([[0], np.cumsum(missed[1])])
        days = np.concatenate([[True], lines.days[1:] != lines.days[:-1], [True]])
        wrong = np.where(days, before + after, lines.size + 1)[1:-1]
        at = int(np.argmin(wrong)) + 1
        if wrong[at - 1] > lines.size:
            continue
        first, second = lines.rows(slice(0, at)), lines.rows(slice(at, None))
        bound = int(second.days[0])
        moved[no] = Period(one.since, bound, one.tariff, first)
        moved[no + 1] = Period(bound, other.until, other.tariff, second)
    return moved
