"""Stories of money at providers: the rows that are read of them, and what follows, slowly."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st

from tests.datasets.reference import following, month_of
from tests.datasets.tables import months_between

Row = dict[str, Any]
Tables = dict[str, list[Row]]
FIRST: Final = date(2025, 1, 1)
MONTHS: Final = months_between(FIRST, date(2025, 4, 1))
ACCOUNTS: Final = ("aster", "boreal")
_BOOK: Final = {"seller_code": "nordic", "currency": "EUR"}


class Charge(NamedTuple):
    """Money of a payer: taken, or given back where ``minor`` is negative."""

    name: str
    account: str
    minor: int
    on: date

    @property
    def leg(self) -> str:
        return "capture" if self.minor > 0 else "refund"


class Line(NamedTuple):
    """A line of a file: of a charge, or of nothing that we know where ``of`` is none of ours."""

    of: str
    minor: int
    fee: int
    by_name: bool = False


class File(NamedTuple):
    """A settlement file and when it came, and went if it was replaced."""

    name: str
    account: str
    on: date
    lines: tuple[Line, ...]
    gone: date | None = None
    pays_out: bool = True


class Story(NamedTuple):
    charges: tuple[Charge, ...]
    files: tuple[File, ...]


def told(story: Story) -> Tables:
    """Return what extraction reads of a story, with what the books post of it."""
    tables: Tables = defaultdict(list)
    for one in story.charges:
        _charged(tables, one)
    for file in story.files:
        _filed(tables, story, file)
    return dict(tables)


def _charged(tables: Tables, one: Charge) -> None:
    who = {
        **_BOOK, "psp_account": one.account, "psp_ref": f"theirs-{one.name}",
        "customer_id": f"of {one.name}", "amount_minor": abs(one.minor),
    }  # fmt: skip
    if one.minor > 0:
        proof = {"proof_id": one.name, "attempt_id": one.name, "charge_id": one.name}
        tables["charge_proof"].append({**who, **proof, "proven_on": one.on})
    else:
        done = {"event_id": one.name, "refund_id": one.name, "kind": "refund.succeeded"}
        tables["refund_done"].append({**who, **done, "done_on": one.on})
    purpose = one.leg
    _post(tables, one.name, purpose, one.account, one.minor, one.on)


def _filed(tables: Tables, story: Story, file: File) -> None:
    for number, line in enumerate(file.lines, start=1):
        kind = "refund" if line.minor < 0 else "charge"
        tables["settlement_line"].append(
            {
                **_line(file, number), "kind": kind, "gross_minor": line.minor,
                "subject_id": None if line.by_name else line.of,
                "psp_ref": f"theirs-{line.of}" if line.by_name else None,
                "fee_minor": line.fee, "net_minor": line.minor - line.fee,
            }
        )  # fmt: skip
    fee, net = sum(one.fee for one in file.lines), _net(file)
    if file.pays_out:
        tables["settlement_line"].append(
            {
                **_line(file, 0), "kind": "payout", "gross_minor": -net, "fee_minor": 0,
                "net_minor": -net, "subject_id": None, "psp_ref": file.name,
                "payout_id": f"po-{file.name}" if net else None,
            }
        )  # fmt: skip
    for day, sign in days_of(file):
        _post(tables, file.name, "psp_fee", file.account, -sign * fee, day)
        if file.pays_out:
            _post(tables, file.name, "payout", file.account, -sign * net, day)
        for number, amount in suspended(story, file).items():
            name = f"{file.name}/{number}"
            posted = _post(tables, name, "line_suspense", file.account, sign * amount, day)
            tables["suspended_line"].append(
                {"transfer_id": posted, "line_id": f"{file.name}:{number}"}
            )
    if file.gone is not None:
        tables["settlement_replaced"].append({"file_id": file.name, "replaced_on": file.gone})


def _line(file: File, number: int) -> Row:
    return {
        **_BOOK, "line_id": f"{file.name}:{number}", "file_id": file.name, "file_ref": file.name,
        "psp_account": file.account, "gross_currency": "EUR", "settled_on": file.on,
        "payout_id": None, "is_quarantined": False, "kept_on": file.on,
    }  # fmt: skip


def _net(file: File) -> int:
    return sum(one.minor - one.fee for one in file.lines)


_OTHER: Final = {
    "capture": "receivable", "refund": "customer_credit", "psp_fee": "psp_fees",
    "payout": "in_transit", "line_suspense": "suspense",
}  # fmt: skip


def _post(tables: Tables, source: str, purpose: str, account: str, minor: int, on: date) -> str:
    """Move clearing by ``minor``, and return the name of the transfer."""
    name = f"{source}:{purpose}:{len(tables['transfer'])}"
    if minor:
        debit, credit = "psp_clearing", _OTHER[purpose]
        tables["transfer"].append(
            {
                **_BOOK, "transfer_id": name, "source_id": source, "purpose": purpose,
                "amount_minor": abs(minor), "part_code": account, "booked_on": on,
                "debit_code": debit if minor > 0 else credit,
                "credit_code": credit if minor > 0 else debit, "booked_month": month_of(on),
            }
        )  # fmt: skip
    return name


def subject_of(story: Story, file: File, line: Line) -> Charge | None:
    """Find the charge or refund that a line names, at the file's account."""
    leg = "capture" if line.minor > 0 else "refund"
    for one in story.charges:
        if (one.name, one.account, one.leg) == (line.of, file.account, leg):
            return one
    return None


def suspended(story: Story, file: File) -> dict[int, int]:
    """Say what of each line the books put into suspense: what they do not know of."""
    found, seen = {}, set[str]()
    for number, line in enumerate(file.lines, start=1):
        subject = subject_of(story, file, line)
        amount = line.minor
        if subject is not None and subject.on <= file.on and line.of not in seen:
            amount = line.minor - subject.minor
        seen.add(line.of)
        if amount:
            found[number] = amount
    return found


Sides = dict[tuple[str, str], list[int]]
Legs = set[tuple[str, str]]


def reconciled(story: Story) -> dict[tuple[date, str, str], tuple[Any, ...]]:
    """Walk the months and look at every charge, line and file at the end of each."""
    found: dict[tuple[date, str, str], tuple[Any, ...]] = {}
    for month in MONTHS:
        sides: Sides = defaultdict(lambda: [0] * 5)
        moved: Legs = set()
        for on, touched in _until(month, story, sides):
            moved |= touched if on >= month else set()
        for key, (theirs, ours, ledger, held, lines) in sides.items():
            left = ledger + held - theirs
            if key in moved or left:
                found[month, *key] = (theirs, ours, ledger, held, left, lines, key in moved)
    return found


def _until(month: date, story: Story, sides: Sides) -> Iterator[tuple[date, Legs]]:
    """Count all that happened until the end of a month, and return when it touched which legs."""
    for one in story.charges:
        if one.on < following(month):
            _add(sides, (one.leg, one.name), ours=one.minor, ledger=one.minor)
            yield one.on, {(one.leg, one.name)}
    for file in story.files:
        for day, sign in days_of(file):
            if day < following(month):
                yield day, _read(sides, story, file, sign=sign)


def days_of(file: File) -> list[tuple[date, int]]:
    """Return when a file came, and when it was taken back."""
    return [(file.on, 1)] + ([] if file.gone is None else [(file.gone, -1)])


def _add(sides: Sides, key: tuple[str, str], **amounts: int) -> None:
    names = ("theirs", "ours", "ledger", "held", "lines")
    sides[key] = [old + amounts.get(name, 0) for old, name in zip(sides[key], names, strict=True)]


def _read(sides: Sides, story: Story, file: File, *, sign: int) -> Legs:
    """Count what a file says, and return the legs that it says something of."""
    held, touched = suspended(story, file), set[tuple[str, str]]()
    for number, line in enumerate(file.lines, start=1):
        subject = subject_of(story, file, line)
        alone = f"{file.name}:{number}" if line.by_name else line.of
        key = ("capture" if line.minor > 0 else "refund", alone if subject is None else line.of)
        _add(sides, key, theirs=sign * line.minor, lines=sign, held=sign * held.get(number, 0))
        touched.add(key)
        if line.fee:
            fee = -sign * line.fee
            _add(sides, ("fee", file.name), theirs=fee, ledger=fee, lines=sign)
            touched.add(("fee", file.name))
        if net := line.minor - line.fee:
            key = ("payout", file.name) if file.pays_out else ("carried", file.account)
            _add(sides, key, theirs=-sign * net, lines=sign)
            touched.add(key)
    if file.pays_out and (net := sign * _net(file)):
        _add(sides, ("payout", file.name), ledger=-net)
        _add(sides, ("bank", f"po-{file.name}"), ours=net, ledger=net)
        touched |= {("payout", file.name), ("bank", f"po-{file.name}")}
    return touched


_DAYS: Final = st.integers(0, 115).map(lambda days: FIRST + timedelta(days=days))


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Draw charges and files: missing, doubled, off, unknown, early, replaced, not paid out."""
    charges = []
    for number in range(draw(st.integers(1, 6))):
        minor = draw(st.sampled_from((1199, 500, -99)))
        charges.append(Charge(f"c{number}", draw(st.sampled_from(ACCOUNTS)), minor, draw(_DAYS)))
    files, left = [], list[Charge](charges)
    for number in range(draw(st.integers(0, 4))):
        account, on = draw(st.sampled_from(ACCOUNTS)), draw(_DAYS)
        lines = []
        for one in [one for one in left if one.account == account]:
            if draw(st.booleans()):
                left.remove(one)
                off = draw(st.sampled_from((0, 0, 0, 1)))
                by_name = draw(st.booleans())
                line = Line(one.name, one.minor + off, draw(st.sampled_from((0, 42))), by_name)
                lines += [line] * draw(st.sampled_from((1, 1, 1, 2)))
        if draw(st.integers(0, 3)) == 0:
            lines.append(Line(f"x{number}", 77, 0, draw(st.booleans())))
        gone = on + timedelta(days=draw(st.integers(0, 40))) if draw(st.booleans()) else None
        files.append(
            File(
                name=f"f{number}",
                account=account,
                on=on,
                lines=tuple(lines),
                gone=gone,
                pays_out=draw(st.booleans()),
            )
        )
    return Story(tuple(charges), tuple(files))


def by_leg(rows: Sequence[Row]) -> dict[tuple[date, str, str], tuple[Any, ...]]:
    """Return built rows in the shape of ``reconciled``."""
    return {
        (row["book_month"], row["leg"], row["subject_id"]): (
            row["theirs_minor"], row["ours_minor"], row["ledger_minor"], row["suspense_minor"],
            row["open_minor"], row["lines_count"], row["is_moved"],
        )
        for row in rows
    }  # fmt: skip
