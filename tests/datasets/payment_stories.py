"""Stories of payments, as the rows that extraction would read of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from ledgerline.datasets.node import Params
from tests.datasets.tables import built_rows

Row = dict[str, Any]
Tables = dict[str, list[Row]]
BUILT: Final = (
    "attempt", "payment", "attempt_performance", "payment_performance", "dunning_recovery",
    "dunning_recovery_week", "routing_decision_log", "retry_decision_log",
)  # fmt: skip


class Try(NamedTuple):
    """One try: ``day`` counts from the first one, ``took`` days until its end was known.

    Without an ``outcome`` nobody knows it. ``asked`` says that the payer asked for it, ``late``
    that it is late money of an earlier one. ``fee`` is what a file charges for it, if one has it.
    """

    outcome: str | None = "succeeded"
    day: int = 0
    took: int = 0
    kind: str = "response"
    category: str | None = None
    left: bool = False
    initiator: str = "merchant"
    asked: bool = False
    late: bool = False
    fee: int | None = None

    @property
    def answer_ms(self) -> int | None:
        """How long its own answer took, where that ended it."""
        is_answer = self.kind == "response" and self.outcome is not None and not self.late
        return 100 + self.took if is_answer else None


class Story(NamedTuple):
    """One payment from its first try on; ``closed`` is an event and its day from there."""

    name: str
    begun_on: date
    tries: Sequence[Try] = (Try(),)
    cause: str = "renewal"
    amount: int = 1199
    account: str = "boreal"
    closed: tuple[str, int] | None = None
    purpose: str = "full"


def month_of(day: date) -> date:
    return day.replace(day=1)


def day_of(story: Story, day: int) -> date:
    return story.begun_on + timedelta(days=day)


def told(stories: Sequence[Story]) -> Tables:
    """Return the rows of sources that some stories leave behind."""
    tables: Tables = defaultdict(list)
    for story in stories:
        for number, one in enumerate(story.tries, start=1):
            _sent(tables, story, number, one)
            if one.outcome is not None:
                _ended(tables, story, number, one)
        if story.closed is not None:
            kind, day = story.closed
            tables["payment_end"].append(
                {
                    "event_id": f"{story.name}-end", "payment_id": story.name, "kind": kind,
                    "closed_on": day_of(story, day), "begun_month": month_of(story.begun_on),
                }
            )  # fmt: skip
        _planned(tables, story)
    return dict(tables)


def all_of(stories: Sequence[Story], months: Sequence[date]) -> Tables:
    """Return the same with every table that is built of it."""
    tables, params = told(stories), Params(tuple(months), months[-1], None)
    for name in BUILT:
        tables[name] = built_rows(name, tables, params)
    return tables


def _sent(tables: Tables, story: Story, number: int, one: Try) -> None:
    sent_on = day_of(story, one.day)
    withheld = one.kind == "withdrawn"
    row = {
        "attempt_id": f"{story.name}-{number}", "payment_id": story.name,
        "customer_id": f"of {story.name}", "subscription_id": f"s-{story.name}",
        "seller_code": "nordic", "market_code": "DE", "cause": story.cause,
        "purpose": story.purpose, "currency": "EUR",
        "amount_minor": story.amount, "psp_account": story.account, "initiator": one.initiator,
        "ordinal_num": number, "sent_on": sent_on, "sent_month": month_of(sent_on),
        "begun_month": month_of(story.begun_on), "arm": "1:all",
        "propensity_ppm": None if withheld else 600_000,
    }  # fmt: skip
    if one.late:
        tables["attempt_adopted"].append(row)
        return
    tables["attempt_sent"].append(row)
    shares = (0, 0) if withheld else (600_000, 400_000)
    for at, (account, ppm) in enumerate(zip((story.account, "other"), shares, strict=True), 1):
        tables["decision_candidate"].append(
            {
                **row, "candidate_id": f"r{row['attempt_id']}:{at}", "kind": "route",
                "decision_id": f"r{row['attempt_id']}", "candidate_num": at, "rule": "all",
                "policy_version_num": 1, "psp_account": account, "propensity_ppm": ppm,
                "try_on": None, "try_hour_num": None, "try_local_on": None,
                "try_local_hour_num": None, "network": None,
                "decided_hour_num": 1,
                "reason": "disabled" if withheld else None,
                "is_chosen": at == 1 and not withheld, "decided_on": sent_on,
                "segment": "domestic visa machine", "rules_ppm": ppm, "learned_ppm": None,
                "learned_percent_num": None, "believed_milli_num": None,
            }
        )  # fmt: skip


def _ended(tables: Tables, story: Story, number: int, one: Try) -> None:
    won, ended_on = one.outcome == "succeeded", day_of(story, one.day + one.took)
    tables["attempt_end"].append(
        {
            "attempt_id": f"{story.name}-{number}", "outcome": one.outcome,
            "evidence_kind": one.kind, "category": one.category, "is_left_by_payer": one.left,
            "captured_minor": story.amount if won else 0, "ended_on": ended_on,
            "sent_month": month_of(day_of(story, one.day)),
            "begun_month": month_of(story.begun_on),
        }
    )  # fmt: skip
    months = {
        "sent_month": month_of(day_of(story, one.day)), "begun_month": month_of(story.begun_on),
    }  # fmt: skip
    name = f"{story.name}-{number}"
    if one.answer_ms is not None:
        answer = {"attempt_id": name, "answer_ms_num": one.answer_ms}
        tables["attempt_answer"].append({**answer, **months})
    if one.fee is not None:
        _settled(tables, story, name, one.fee, ended_on)
    if won:
        tables["transfer"].append(
            {
                "transfer_id": f"{story.name}-{number}:capture:1",
                "source_id": f"{story.name}-{number}", "purpose": "capture",
                "seller_code": "nordic", "currency": "EUR", "amount_minor": story.amount,
                "debit_code": "psp_clearing", "credit_code": "receivable",
                "part_code": story.account, "booked_on": ended_on,
                "booked_month": month_of(ended_on),
            }
        )  # fmt: skip


def _settled(tables: Tables, story: Story, name: str, fee: int, on: date) -> None:
    """Let a file have the charge, and one that was replaced another fee of it."""
    line = {
        "kind": "charge", "subject_id": name, "psp_account": story.account, "currency": "EUR",
        "gross_currency": "EUR", "seller_code": "nordic", "gross_minor": story.amount,
        "psp_ref": None, "payout_id": None, "settled_on": on, "kept_on": on,
        "is_quarantined": False,
    }  # fmt: skip
    tables["charge_proof"].append(
        {
            "proof_id": name, "attempt_id": name, "charge_id": name, "psp_ref": None,
            "psp_account": story.account,
        }
    )  # fmt: skip
    for file, taken in ((f"f-{name}", fee), ("gone", fee + 1)):
        tables["settlement_line"].append(
            {**line, "line_id": f"{file}:{name}", "file_id": file, "fee_minor": taken}
        )
    if not tables["settlement_replaced"]:
        tables["settlement_replaced"].append({"file_id": "gone", "replaced_on": on})


def _planned(tables: Tables, story: Story) -> None:
    """Plan after every try that was declined, and where the payer asks for the next one."""
    revision = 0
    for number, one in enumerate(story.tries, start=1):
        if one.asked and revision:
            revision += 1
            tables["retry_plan"].append(_plan(story, revision, None, "payer", one.day))
        if one.outcome == "declined" and not one.late:
            revision += 1
            track = "end" if story.closed and number == len(story.tries) else "slot"
            day = one.day + one.took
            tables["retry_plan"].append(_plan(story, revision, number, track, day))
            _chosen(tables, story, number, track, day)


def _plan(story: Story, revision: int, number: int | None, track: str, day: int) -> Row:
    planned_on = day_of(story, day)
    return {
        "plan_id": f"{story.name}:{revision}", "payment_id": story.name, "revision_num": revision,
        "attempt_id": None if number is None else f"{story.name}-{number}", "market_code": "DE",
        "policy_version_num": 3, "end_policy": "cancel", "tries_count": number or 0,
        "tries_max_count": 4, "category": None,
        "advice": None, "network_advice": None, "track": track, "began_on": story.begun_on,
        "ends_on": planned_on, "planned_on": planned_on, "begun_month": month_of(story.begun_on),
    }  # fmt: skip


def _chosen(tables: Tables, story: Story, number: int, track: str, day: int) -> None:
    """Choose the next slot, beside one that was used; at the end there is no other."""
    decision = f"d{story.name}-{number}"
    found: list[Mapping[str, Any]] = [{"propensity_ppm": 0, "reason": "used", "is_chosen": False}]
    if track == "slot":
        found.insert(0, {"propensity_ppm": 1_000_000, "reason": None, "is_chosen": True})
    for at, each in enumerate(found, start=1):
        tables["decision_candidate"].append(
            {
                **each, "candidate_id": f"{decision}:{at}", "decision_id": decision,
                "kind": "retry", "attempt_id": f"{story.name}-{number}",
                "payment_id": story.name, "rule": track, "policy_version_num": 3,
                "candidate_num": at, "psp_account": None, "try_on": day_of(story, day + 1),
                "try_hour_num": 7, "try_local_on": day_of(story, day + 1),
                "try_local_hour_num": 8, "network": "visa",
                "decided_hour_num": 1, "decided_on": day_of(story, day),
                "segment": None, "rules_ppm": None, "learned_ppm": None,
                "learned_percent_num": None, "believed_milli_num": None,
                "sent_month": month_of(day_of(story, story.tries[number - 1].day)),
                "begun_month": month_of(story.begun_on),
            }
        )  # fmt: skip
