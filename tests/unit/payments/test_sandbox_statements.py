"""What the sandbox's settlement file may say, and that all that is wrong with it is told."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerline.payments.adapters.csv_rows import LINE_BYTES_MAX
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.contract import SettlementLine, SettlementTotal
from ledgerline.payments.refusals import SettlementFileRefused
from tests.contracts.connectors.sandbox import SAMPLES

assert SAMPLES.settlement is not None
WHOLE, LINES = SAMPLES.settlement


def read(raw: bytes) -> list[SettlementLine | SettlementTotal]:
    return list(Sandbox().read_settlement(BytesIO(raw)))


def problems(raw: bytes) -> object:
    with pytest.raises(SettlementFileRefused) as refusal:
        read(raw)
    return refusal.value.facts["problems"]


@given(st.integers(0, len(WHOLE) - 1))
def test_file_that_is_cut_anywhere_is_refused(end: int) -> None:
    assert problems(WHOLE[:end])


@given(st.binary() | st.builds(lambda tail: WHOLE + tail, st.binary(min_size=1)))
def test_what_is_no_such_file_is_refused(raw: bytes) -> None:
    assert problems(raw)


def test_line_that_is_taken_out_is_missed() -> None:
    for n, line in enumerate(WHOLE.splitlines(keepends=True)):
        assert problems(WHOLE.replace(line, b"")), n


@pytest.mark.parametrize(
    ("said", "instead", "problem"),
    [
        (b"charge,", b"charges,", "line 2: there is no kind 'charges'"),
        (b",1799,", b",17.99,", "line 2: gross: '17.99' is no amount in minor units"),
        (b",1799,", b",1_799,", "line 2: gross: '1_799' is no amount in minor units"),
        (b",1799,", b",2000000000001,", "line 2: gross: '2000000000001' is no amount in minor"),
        (b"-25,EUR", b"-25,eur", "line 4: 'eur' is no currency"),
        (b"2026-03-01", b"2026-02-30", "line 2: '2026-02-30' is no day"),
        (b",fee_1,", b",,", "line 4: id: 1 to 255 printable ASCII characters are expected"),
        (b",fee_1,", b",fee\x01,", "line 4: id: 1 to 255 printable ASCII characters"),
        (b"fee,,", b"fee,4111 1111 1111 1111,", "line 4: reference: it holds a card number"),
        (b"0,75,EUR,", b"0,75,EUR,,", "line 5: 10 fields instead of 9"),
        (b"po_1,4", b"po_1,3", "line 6: the total is of 3 lines, and there are 4"),
        (b"total,", b"totals,", "line 7: the file ends without its total"),
        (b"fee_1", b"fee_\xff", "line 4: no UTF-8"),
        (b"fee_1", b'"fee_1', "line 7: unexpected end of data"),
        (b"fee_1", b"f" * LINE_BYTES_MAX, "line 4: the line has no end, or is too long"),
    ],
)
def test_each_mistake_is_told_with_its_line(said: bytes, instead: bytes, problem: str) -> None:
    assert said in WHOLE
    found = problems(WHOLE.replace(said, instead, 1))
    assert isinstance(found, list)
    assert any(each.startswith(problem) for each in found), found


def test_all_mistakes_are_told_at_once() -> None:
    wrong = WHOLE.replace(b"charge,", b"gift,").replace(b"2026-03-02", b"soon")
    found = problems(wrong)
    assert isinstance(found, list)
    assert [each.partition(":")[0] for each in found] == [f"line {n}" for n in (2, 3, 4, 5, 6, 7)]


def test_line_of_ours_has_our_reference() -> None:
    reference = WHOLE.split(b"\n")[1].split(b",")[1]
    assert problems(WHOLE.replace(reference, b"", 1)) == ["line 2: a charge without a reference"]


def test_nothing_is_kept_of_lines_that_went_by() -> None:
    # given a file of ten thousand lines
    row = WHOLE.split(b"\n")[1] + b"\n"
    head, tail = WHOLE.split(b"\n")[0] + b"\n", b"total,po_1,10000,,,,0,EUR,2026-03-02\n"
    # then they come one by one, and the total last
    lines = Sandbox().read_settlement(BytesIO(head + row * 10_000 + tail))
    assert next(lines) == LINES[0]
    assert sum(1 for _ in lines) == 10_000
