"""Every state table is total and reachable, and PostgreSQL holds exactly the same moves."""

import re
from collections.abc import Iterator
from enum import StrEnum
from itertools import product
from typing import Any, Final

import psycopg
import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation
from psycopg.sql import SQL, Identifier

from ledgerline.base.states import Machine, StateRefused
from tests.architecture.modules import every_module
from tests.store.inserting import insert_all

BEFORE_ALL: Final = "-"  # the state of a row that does not exist yet
BORN: Final = "created"
_MOVE: Final = re.compile(r'"([^" ]*) ([^" ]*) ([^" ]*)"')
_CHECK: Final = """
SELECT pg_get_constraintdef(oid)
  FROM pg_constraint
 WHERE conrelid = %s::regclass AND conname = %s AND contype = 'c'
"""

AnyMachine = Machine[Any, Any]


def machines() -> list[AnyMachine]:
    """Find every machine of the platform, once each, by its name."""
    found: dict[str, AnyMachine] = {}
    for module in every_module():
        for value in vars(module).values():
            if isinstance(value, Machine):
                assert found.setdefault(value.name, value) is value, value.name
    return [found[name] for name in sorted(found)]


MACHINES: Final = machines()
each_machine: Final = pytest.mark.parametrize("machine", MACHINES, ids=lambda found: found.name)


def states_of(machine: AnyMachine) -> set[StrEnum]:
    kind: type[StrEnum] = type(machine.initial)
    return set(kind)


def events_of(machine: AnyMachine) -> set[StrEnum]:
    kinds: set[type[StrEnum]] = {type(event) for _, event in machine.table}
    [kind] = kinds
    return set(kind)


def expected_moves(machine: AnyMachine) -> set[tuple[str, str, str]]:
    """List the moves of a machine, its birth included, as the database writes them."""
    moves = {(before, event, after) for _, before, event, after in machine.as_rows()}
    return moves | {(BEFORE_ALL, BORN, str(machine.initial))}


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url) as opened:
        yield opened
        opened.rollback()


def mirrored_rows(connection: psycopg.Connection) -> dict[str, set[tuple[str, str, str]]]:
    """Read table ``transition``, by machine."""
    found: dict[str, set[tuple[str, str, str]]] = {}
    query = "SELECT machine, before, event, after FROM transition"
    for name, *move in connection.execute(query):
        found.setdefault(name, set()).add((move[0], move[1], move[2]))
    return found


def mirrored_check(connection: psycopg.Connection, table: str) -> set[tuple[str, str, str]] | None:
    """Read the moves out of the CHECK ``<table>_transition``; None where there is none."""
    row = connection.execute(_CHECK, (table, f"{table}_transition")).fetchone()
    if row is None:
        return None
    found = _MOVE.findall(row[0])
    assert len(found) == row[0].count(",") + 1, row[0]
    return {(before, event, after) for before, event, after in found}


def faults_of(connection: psycopg.Connection, machine: AnyMachine) -> list[str]:
    """Compare a machine with its one mirror, a set of rows or a CHECK."""
    rows = mirrored_rows(connection).get(machine.name)
    check = mirrored_check(connection, machine.name)
    if (rows is None) == (check is None):
        return [f"{machine.name} has no mirror, or two"]
    held = rows if rows is not None else check
    assert held is not None
    wanted = expected_moves(machine)
    return [
        *(f"the database lacks {move}" for move in sorted(wanted - held)),
        *(f"only the database has {move}" for move in sorted(held - wanted)),
    ]


def test_every_lifecycle_is_found() -> None:
    assert {machine.name for machine in MACHINES} >= {
        "attempt", "invoice", "payment", "purchase", "refund", "subscription",
    }  # fmt: skip


@each_machine
def test_every_pair_of_state_and_event_is_answered(machine: AnyMachine) -> None:
    for state in states_of(machine):
        for event in events_of(machine):
            if (state, event) in machine.table:
                assert machine.after(state, event) in states_of(machine)
                continue
            with pytest.raises(StateRefused) as refused:
                machine.after(state, event)
            facts = {"machine": machine.name, "state": str(state), "event": str(event)}
            assert refused.value.facts == facts


@each_machine
def test_every_event_has_a_use(machine: AnyMachine) -> None:
    assert {event for _, event in machine.table} == events_of(machine)


@each_machine
def test_every_state_is_reached_and_leads_to_an_end(machine: AnyMachine) -> None:
    reached, ending = {machine.initial}, set(machine.final)
    for _ in states_of(machine):
        reached |= {after for (before, _), after in machine.table.items() if before in reached}
        ending |= {before for (before, _), after in machine.table.items() if after in ending}
    assert reached == states_of(machine)
    assert ending == states_of(machine)


@each_machine
def test_states_without_an_exit_are_the_final_ones(machine: AnyMachine) -> None:
    assert states_of(machine) - {before for before, _ in machine.table} == machine.final
    assert machine.final


@each_machine
def test_the_database_holds_the_same_moves(
    machine: AnyMachine, connection: psycopg.Connection
) -> None:
    assert faults_of(connection, machine) == []


def test_the_database_holds_no_machine_that_the_code_lacks(connection: psycopg.Connection) -> None:
    assert mirrored_rows(connection).keys() <= {machine.name for machine in MACHINES}


def by_name(name: str) -> AnyMachine:
    return next(machine for machine in MACHINES if machine.name == name)


def test_planted_row_is_found(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO transition VALUES ('refund', 'failed', 'confirmed', 'succeeded')"
    )
    assert faults_of(connection, by_name("refund")) == [
        "only the database has ('failed', 'confirmed', 'succeeded')"
    ]


def test_planted_gap_is_found(connection: psycopg.Connection) -> None:
    connection.execute("DELETE FROM transition WHERE machine = 'refund' AND before = '-'")
    assert faults_of(connection, by_name("refund")) == [
        "the database lacks ('-', 'created', 'requested')"
    ]


def test_planted_check_is_found(connection: psycopg.Connection) -> None:
    connection.execute(
        "ALTER TABLE invoice DROP CONSTRAINT invoice_transition,"
        " ADD CONSTRAINT invoice_transition CHECK (state_before || ' ' || state_event || ' '"
        " || state = ANY ('{- created open, open settled paid, paid voided void,"
        " open voided void, open written_off uncollectible, paid reopened open}'::text[]))"
    )
    assert faults_of(connection, by_name("invoice")) == [
        "only the database has ('paid', 'voided', 'void')"
    ]


def test_planted_loss_of_the_mirror_is_found(connection: psycopg.Connection) -> None:
    connection.execute("ALTER TABLE payment DROP CONSTRAINT payment_transition")
    assert faults_of(connection, by_name("payment")) == ["payment has no mirror, or two"]


@each_machine
def test_hand_typed_change_of_state_is_refused(
    machine: AnyMachine, connection: psycopg.Connection
) -> None:
    # given a valid row, and no other rule that could refuse first
    insert_all(connection)
    rule = f"{machine.name}_transition"
    kind = drop_other_rules(connection, machine.name, rule)
    moves = expected_moves(machine)
    states, events = map(str, states_of(machine)), sorted(map(str, events_of(machine)))
    wrong = sorted(set(product(states, events, map(str, states_of(machine)))) - moves)
    assert wrong
    # when somebody types a move that is not in the table
    for move in wrong:
        with pytest.raises(kind) as refused, connection.transaction():
            force(connection, machine.name, move)
        # then PostgreSQL refuses it by the name of the rule
        assert refused.value.diag.constraint_name == rule
    # and a move that is in the table passes
    for move in sorted(moves):
        force(connection, machine.name, move)


def force(connection: psycopg.Connection, table: str, move: tuple[str, str, str]) -> None:
    statement = SQL("UPDATE {} SET state_before = %s, state_event = %s, state = %s")
    changed = connection.execute(statement.format(Identifier(table)), move).rowcount
    assert changed == 1


def drop_other_rules(
    connection: psycopg.Connection, table: str, rule: str
) -> type[psycopg.errors.IntegrityError]:
    """Leave a table without any CHECK but ``rule``, and say what a breach of it raises."""
    checks = "SELECT conname, contype FROM pg_constraint WHERE conrelid = %s::regclass"
    found: dict[str, str] = dict(connection.execute(checks, (table,)).fetchall())
    for name in [name for name, contype in found.items() if contype == "c" and name != rule]:
        drop = SQL("ALTER TABLE {} DROP CONSTRAINT {}")
        connection.execute(drop.format(Identifier(table), Identifier(name)))
    return {"c": CheckViolation, "f": ForeignKeyViolation}[found[rule]]
