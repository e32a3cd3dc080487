"""Every refusal has one stable code, one HTTP status and a line in the reference."""

import ast
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import ClassVar, Final

import psycopg
import pytest

from ledgerline.api.statuses import STATUS
from ledgerline.base.errors import OutcomeUnknown, Rejected, Unavailable
from ledgerline.base.statements import Statement
from tests.architecture.modules import PACKAGE, every_module, python_files, tree
from tests.architecture.refusals import PAGE, every_refusal, faults_of, page, refusals, write

_NAMES: Final = """
SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
 UNION
SELECT c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
 WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace
"""


def translations() -> dict[str, Mapping[str, type[Rejected]]]:
    """Find what every store says of its constraints, by module."""
    return {
        module.__name__: module.REFUSALS for module in every_module() if hasattr(module, "REFUSALS")
    }


def unknown_constraints(
    names: set[str], stores: Mapping[str, Mapping[str, type[Rejected]]]
) -> list[str]:
    return sorted(
        f"{store}: there is no constraint {constraint}"
        for store, refused in stores.items()
        for constraint in refused
        if constraint not in names
    )


@pytest.fixture(scope="module")
def constraints(database_url: str) -> Iterator[set[str]]:
    with psycopg.connect(database_url) as connection:
        yield {name for (name,) in connection.execute(_NAMES)}


def test_every_refusal_has_a_status_and_a_code_of_its_own() -> None:
    assert faults_of(refusals(), STATUS) == []
    assert len(refusals()) > 50


def test_codes_are_unique_over_every_process() -> None:
    codes = [kind.code for kind in every_refusal()]
    assert sorted(codes) == sorted(set(codes))


def test_every_status_says_that_something_went_wrong() -> None:
    assert {status for status in STATUS.values() if status < HTTPStatus.BAD_REQUEST} == set()


def test_every_refusal_is_given_somewhere() -> None:
    told = {
        node.id if isinstance(node, ast.Name) else node.attr
        for path in python_files(PACKAGE)
        if path != PACKAGE / "api" / "errors.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Name | ast.Attribute)
    }
    assert [kind.__name__ for kind in refusals() if kind.__name__ not in told] == []


def test_every_translated_constraint_exists(constraints: set[str]) -> None:
    assert unknown_constraints(constraints, translations()) == []
    assert "ledgerline.payments.store" in translations()


def test_every_translation_reaches_the_statements_of_its_store() -> None:
    for module in every_module():
        if hasattr(module, "REFUSALS"):
            statements: Mapping[str, Statement] = vars(module)["_SQL"]
            assert all(each.refusals is module.REFUSALS for each in statements.values())


def test_the_reference_lists_every_refusal_as_it_is() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.architecture.refusals"


def test_an_unknown_outcome_is_never_retried_as_unavailable() -> None:
    every_module()
    waiting = [OutcomeUnknown]
    while waiting:
        kind = waiting.pop()
        assert not issubclass(kind, (Unavailable, Rejected)), kind
        waiting += kind.__subclasses__()


class Planted(Rejected):
    """Be refused by nobody."""

    code: ClassVar[str] = "planted"


class PlantedTwin(Rejected):
    """Carry the code of another."""

    code: ClassVar[str] = "planted"


class PlantedHeir(Planted):
    """Have no code of its own."""


def test_planted_refusal_without_status_is_found() -> None:
    assert "Planted has no status" in faults_of([*refusals(), Planted], STATUS)


def test_planted_code_of_another_is_found() -> None:
    status: dict[type[Rejected], int] = {Planted: 409, PlantedTwin: 409}
    assert faults_of([Planted, PlantedTwin], status) == ["planted is the code of 2"]


def test_planted_refusal_without_code_is_found() -> None:
    status: dict[type[Rejected], int] = {PlantedHeir: 409}
    assert faults_of([PlantedHeir], status) == ["PlantedHeir has no code in snake_case"]


def test_planted_stale_status_is_found() -> None:
    status: dict[type[Rejected], int] = {Planted: 409, PlantedTwin: 409}
    assert faults_of([Planted], status) == ["PlantedTwin has a status but does not exist"]


def test_planted_unknown_constraint_is_found(constraints: set[str]) -> None:
    stores = {"ledgerline.payments.store": {"payment_one_life": Planted}}
    assert unknown_constraints(constraints, stores) == [
        "ledgerline.payments.store: there is no constraint payment_one_life"
    ]


def test_planted_change_of_the_reference_is_found(tmp_path: Path) -> None:
    write(tmp_path / "refusals.md")
    assert (tmp_path / "refusals.md").read_text() == page()
    assert page().replace("| 404 |", "| 410 |") != page()
