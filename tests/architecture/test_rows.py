"""A record of five values or more is written by name, and no two records are called alike."""

import ast
from typing import Final

import pytest

from tests.architecture.references import Modules
from tests.architecture.rows import confused, positional

ROWS: Final = """
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

class Wide(NamedTuple):
    a: int
    b: int
    c: int
    d: int
    e: int = 0

    @classmethod
    def of(cls, a):
        return {made}

@dataclass(frozen=True, slots=True)
class Value:
    code: ClassVar[str] = "v"
    a: int
    b: int
    c: int
    d: int
    e: int

class Narrow(NamedTuple):
    a: int
    b: int
"""


def test_modules_are_found(everything: Modules) -> None:
    assert {"ledgerline.payments.rows.refunds", "bench.stage", "tests.flow_world"} <= set(
        everything
    )


def test_records_of_five_values_are_written_by_name(everything: Modules) -> None:
    assert list(positional(everything)) == []


def test_classes_that_meet_have_names_of_their_own(everything: Modules) -> None:
    assert list(confused(everything)) == []


def planted(using: str, *, made: str = "cls(a, a, a, a)") -> list[str]:
    rows = ast.parse(ROWS.replace("{made}", made))
    modules = {"ledgerline.planted.rows": rows, "ledgerline.flows.use": ast.parse(using)}
    return list(positional(modules))


@pytest.mark.parametrize(
    ("_case", "using"),
    [
        ("row", "from ledgerline.planted.rows import Wide\nx = Wide(1, 2, 3, 4, 5)"),
        ("dataclass", "from ledgerline.planted.rows import Value\nx = Value(1, 2, 3, 4, 5)"),
        (
            "some by name",
            "from ledgerline.planted.rows import Wide\nx = Wide(1, 2, 3, 4, 5, f=6)",
        ),
        ("another name", "from ledgerline.planted.rows import Wide as W\nx = W(1, 2, 3, 4, 5)"),
        ("module", "from ledgerline.planted import rows\nx = rows.Wide(1, 2, 3, 4, 5)"),
        ("spread", "from ledgerline.planted.rows import Wide\nx = Wide(*range(5))"),
        (
            "inside a function",
            "from ledgerline.planted.rows import Wide\ndef f():\n    return [Wide(1, 2, 3, 4, 5)]",
        ),
    ],
)
def test_planted_positions_are_found(_case: str, using: str) -> None:
    [found] = planted(using)
    assert found.startswith("ledgerline.flows.use: line ")


def test_planted_positions_in_a_constructor_of_the_class_itself_are_found() -> None:
    assert planted("", made="cls(a, a, a, a, a)") == ["ledgerline.planted.rows: line 14: cls"]


def test_names_and_short_records_pass() -> None:
    imported = "from ledgerline.planted.rows import Narrow, Value, Wide\n"
    assert planted(f"{imported}x = Wide(a=1, b=2, c=3, d=4, e=5)\ny = Narrow(*range(2))") == []
    assert planted(f"{imported}x = Value(1, 2, 3, 4, e=5)\ny = Wide._make(range(5))") == []


def meeting(using: str) -> list[str]:
    one = ast.parse("class StepRow: ...\nclass OwnRow: ...\nclass _HiddenRow: ...\n")
    modules = {
        "ledgerline.invoicing.rows": one,
        "ledgerline.payments.rows.refunds": one,
        "ledgerline.invoicing.model": one,
        "ledgerline.flows.use": ast.parse(using),
    }
    return list(confused(modules))


@pytest.mark.parametrize(
    ("_case", "using"),
    [
        (
            "imported",
            """from ledgerline.invoicing.rows import StepRow
from ledgerline.payments.rows.refunds import StepRow as RefundStep""",
        ),
        (
            "through modules",
            """from ledgerline.invoicing import model
from ledgerline.payments.rows import refunds
x = [model.StepRow, refunds.StepRow]""",
        ),
    ],
)
def test_planted_meeting_is_found(_case: str, using: str) -> None:
    assert meeting(using) == ["ledgerline.flows.use: StepRow of invoicing and payments"]


def test_classes_that_do_not_meet_may_be_called_alike() -> None:
    assert meeting("from ledgerline.invoicing.rows import StepRow") == []
    own = "from ledgerline.invoicing.rows import StepRow\nfrom ledgerline.invoicing import model"
    assert meeting(f"{own}\nx = model.StepRow") == []
