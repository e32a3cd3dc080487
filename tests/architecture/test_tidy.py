"""Sizes, names and habits hold in every file; each check finds a planted fault."""

from pathlib import Path, PurePosixPath
from typing import Final

import pytest

from tests.architecture.modules import ROOT, python_files
from tests.architecture.tidiness import (
    FLOWS_WITH_MORE,
    LINES_A_FUNCTION_P99_MAX,
    Text,
    faults_of,
    flow_shape,
    functions,
    length,
)

FOLDERS: Final = [ROOT / name for name in ("src", "tests", "bench") if (ROOT / name).is_dir()]
FILES: Final = [path for folder in FOLDERS for path in python_files(folder)]


def text_of(path: Path) -> Text:
    return Text(PurePosixPath(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))


def test_every_file_keeps_limits_and_habits() -> None:
    assert [fault for path in FILES for fault in faults_of(text_of(path))] == []


def test_every_folder_of_python_files_is_a_package() -> None:
    folders = {path.parent for path in FILES} - {ROOT / "src"}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_almost_every_function_is_short() -> None:
    source = [text_of(path) for path in python_files(ROOT / "src")]
    lengths = sorted(length(function) for text in source for function in functions(text))
    p99 = lengths[len(lengths) * 99 // 100]
    assert p99 <= LINES_A_FUNCTION_P99_MAX, p99


def test_exceptions_for_flow_files_are_still_needed() -> None:
    for stem, also in FLOWS_WITH_MORE.items():
        path = ROOT / "src/ledgerline/flows" / f"{stem}.py"
        assert all(f"async def {name}(" in path.read_text() for name in also), stem
        renamed = Text(PurePosixPath("src/ledgerline/flows/renamed.py"), path.read_text())
        assert list(flow_shape(renamed)) != []


FLOW: Final = "src/ledgerline/flows/settle.py"
RULE: Final = "src/ledgerline/pricing/rules/price.py"
PLANTS: Final = (
    ("long file", RULE, "A = 1\n" * 401, "401 lines"),
    ("long function", RULE, "def f():\n" + "    a = 1\n" * 50, "f has 51 lines"),
    ("long method", RULE, "class A:\n    def f():\n" + "        a = 1\n" * 50, "f has 51 lines"),
    ("many parameters", RULE, "def f(a, b, c, *, d, e, f, g): ...\n", "f takes 7 parameters"),
    ("banned file name", "src/ledgerline/base/utils.py", "", "utils says 'utils'"),
    ("banned folder name", "src/ledgerline/common/money.py", "", "common says 'common'"),
    ("banned class name", RULE, "class PriceManager: ...\n", "class PriceManager says 'manager'"),
    ("banned plural", RULE, "class EventHandlers: ...\n", "class EventHandlers says 'handler'"),
    ("package with code", "src/ledgerline/base/__init__.py", '"""A."""\nA = 1\n', "docstring"),
    ("package without docstring", "src/ledgerline/base/__init__.py", "", "docstring"),
    ("import inside", RULE, "def f():\n    import json\n", "line 2: import below the top"),
    ("relative import", RULE, "from . import money\n", "relative import"),
    ("checker only", RULE, "from typing import TYPE_CHECKING\n", "TYPE_CHECKING"),
    ("mock", "tests/unit/test_a.py", "from unittest.mock import patch\n", "imports unittest.mock"),
    ("mock module", "tests/unit/test_a.py", "from unittest import mock\n", "imports mock"),
    ("patch", "tests/unit/test_a.py", "def test_a(monkeypatch): ...\n", "asks for monkeypatch"),
    ("flow of another name", FLOW, "async def refund(run): ...\n", "no coroutine settle"),
    (
        "two use cases",
        FLOW,
        "async def settle(run): ...\nasync def refund(run): ...\n",
        "has another use case: refund",
    ),
    ("float in a rule", RULE, "RATE = 0.19\n", "line 1: 0.19"),
    ("float in a flow", FLOW, "async def settle(run): return float(1)\n", "line 1: float"),
    ("float as amount", "src/ledgerline/pricing/model.py", "amount: float\n", "line 1: float"),
    ("bare noqa", RULE, "A = 1  # noqa\n", "line 1: # noqa"),
    ("noqa without reason", RULE, "A = 1  # noqa: S105\n", "line 1: # noqa: S105"),
    ("ignore without code", RULE, "A = 1  # type: ignore\n", "line 1: # type: ignore"),
    ("whole file", RULE, "# ruff: noqa\n", "line 1: # ruff: noqa"),
    ("uncovered", RULE, "A = 1  # pragma: no cover\n", "line 1: # pragma: no cover"),
)


@pytest.mark.parametrize(
    ("_case", "path", "source", "expected"), PLANTS, ids=[plant[0] for plant in PLANTS]
)
def test_planted_fault_is_found(_case: str, path: str, source: str, expected: str) -> None:
    found = faults_of(Text(PurePosixPath(path), source))
    assert any(expected in fault for fault in found), found


def test_what_is_allowed_passes() -> None:
    flow = "async def settle(run): ...\nasync def settle_in(tx): ...\ndef fingerprint(): ...\n"
    model = "deadline_seconds: float | None = None\n"
    explained = "A = 1  # noqa: S105, S106 - a sample\nB = 1  # type: ignore[misc]  # a stub\n"
    command = "@app.command()\ndef demo(a, b, c, *, d, e, f, g): ...\n"
    assert faults_of(Text(PurePosixPath(FLOW), flow)) == []
    assert faults_of(Text(PurePosixPath("src/ledgerline/cli/demo.py"), command)) == []
    assert faults_of(Text(PurePosixPath("src/ledgerline/payments/model.py"), model)) == []
    assert faults_of(Text(PurePosixPath(RULE), explained)) == []
