"""Each rule of `docs/reference/money-truth.md` broken once, and the tests that must not bear it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from tests.chaos.plants import Plant


class BrokenRule(NamedTuple):
    """A rule, the change that breaks it, and tests of which one must fail then."""

    rule: str
    plant: Plant
    tests: Sequence[str]


def _broken(rule: str, change: tuple[str, str, str], tests: Sequence[str]) -> BrokenRule:
    file, was, becomes = change
    plant = Plant(name=rule, file=file, was=was, becomes=becomes, told="")
    return BrokenRule(rule, plant, tests)


RULES: Final = (
    _broken(  # what has no digest is sent all the same
        "T1",
        (
            "payments/adapters/gateway.py",
            "        if what.request_digest is None:\n",
            "        if what.request_digest == b'':\n",
        ),
        ["tests/contracts/test_driver.py"],
    ),
    _broken(  # a fresh key for every send
        "T2",
        (
            "payments/adapters/sandbox/connector.py",
            '("Idempotency-Key", order.reference)),',
            '("Idempotency-Key", order.reference + str(id(order)))),',
        ),
        ["tests/unit/payments/test_sandbox_requests.py"],
    ),
    _broken(  # a replay sends what is built now, whatever was committed
        "T3",
        (
            "payments/adapters/gateway.py",
            "        if first.digest() != what.request_digest:\n",
            "        if len(first.digest()) != len(what.request_digest):\n",
        ),
        ["tests/contracts/test_driver.py"],
    ),
    _broken(  # an answer that nobody documents is a refusal
        "T4",
        (
            "payments/adapters/sandbox/reading.py",
            "    outcome = meaning.get((reply.status, held.status), Outcome.UNKNOWN)\n",
            "    outcome = meaning.get((reply.status, held.status), Outcome.DECLINED)\n",
        ),
        ["tests/properties/test_provider_bytes.py", "tests/unit/payments/test_sandbox_readings.py"],
    ),
    _broken(  # a payment is still due while its attempt may succeed
        "T5",
        (
            "payments/store.sql",
            "UPDATE payment AS p\n   SET tries = n.tries + 1, next_try_at = NULL,",
            "UPDATE payment AS p\n   SET tries = n.tries + 1,",
        ),
        ["tests/concurrency/test_schedules.py::test_no_order_of_two_flows_breaks_the_books"],
    ),
    _broken(  # what was looked at often enough is over
        "T6",
        (
            "payments/rules/settlement.py",
            "        case Outcome.PENDING | Outcome.UNKNOWN | Outcome.ABSENT",
            """        case Outcome.UNKNOWN if facts.looks > 9:
            return _failed(facts, AttemptState.NOT_EXECUTED, reading, now=now)
        case Outcome.PENDING | Outcome.UNKNOWN | Outcome.ABSENT""",
        ),
        ["tests/unit/payments/test_settlement.py"],
    ),
    _broken(  # a success after a refusal is dropped
        "T7",
        (
            "payments/rules/settlement.py",
            "    if reading.outcome is Outcome.SUCCEEDED and facts.attempt_state",
            "    if reading.outcome is Outcome.ABSENT and facts.attempt_state",
        ),
        ["tests/unit/payments/test_settlement.py"],
    ),
    _broken(  # a success of another amount is one
        "T8",
        (
            "payments/rules/settlement.py",
            "    if moved is not None and (moved.minor, moved.currency) != asked:\n",
            "    if moved is not None and moved.currency != facts.currency:\n",
        ),
        ["tests/unit/payments/test_settlement.py"],
    ),
    _broken(  # what has ended is ended once more by whoever comes next
        "T9",
        (
            "payments/rules/settlement.py",
            "    if facts.attempt_state in CLOSED:\n",
            "    if facts.attempt_state is AttemptState.DECLINED:\n",
        ),
        ["tests/unit/payments/test_settlement.py", "tests/scenarios/flows/test_webhooks.py"],
    ),
    _broken(  # a call may be made while a transaction is open
        "T10",
        (
            "base/http.py",
            "        assert open_transactions() == 0,",
            "        assert open_transactions() >= 0,",
        ),
        ["tests/contracts/test_http_first_byte.py"],
    ),
    _broken(  # what a webhook says is believed where it could be asked
        "T11",
        (
            "flows/apply_psp_events.py",
            "    if can.lookup is LookupKind.NONE:\n",
            "    if told is not None:\n",
        ),
        ["tests/scenarios/flows/test_webhooks.py", "tests/scenarios/test_stripe_whole_life.py"],
    ),
    _broken(  # what is on its way back can be given back once more
        "T12",
        (
            "payments/rules/prospects.py",
            "    return left.captured_minor - left.refunded_minor - left.refunding_minor",
            "    return left.captured_minor + 0 * left.refunding_minor",
        ),
        ["tests/unit/payments/test_prospects.py", "tests/scenarios/flows/test_refunds.py"],
    ),
    _broken(  # tries of one card in the same instant do not see each other
        "T13",
        (
            "flows/choose_accounts.py",
            "    await limits.hold_cards(tx, buckets=list(unique.values()), ids=list(unique))\n",
            "",
        ),
        ["tests/concurrency/test_cards.py"],
    ),
    _broken(  # why an account was chosen is not written down
        "T13",
        (
            "flows/choose_accounts.py",
            "    await routes.add_decisions(tx, rows)\n",
            "    assert rows\n",
        ),
        ["tests/scenarios/flows/test_routing.py"],
    ),
    _broken(  # how long ago it was decided is measured, and forbids nothing
        "T14",
        (
            "base/http.py",
            "            (within.decided or started, DECIDED_SECONDS_MAX),\n",
            "            (started, DECIDED_SECONDS_MAX),\n",
        ),
        ["tests/contracts/test_gateway.py"],
    ),
)
