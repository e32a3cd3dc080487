"""Bugs that are planted to see whether the proof finds them: changes of the source, in a copy."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import cache_from_source
from pathlib import Path
from typing import Final

from tests.chaos.children import REPOSITORY

SOURCE: Final = REPOSITORY / "src" / "ledgerline"


@dataclass(frozen=True, slots=True)
class Plant:
    """A change of one file, and how the finding begins that must name what it did.

    ``first`` is done to the database before: it takes away what a constraint would do about the
    bug, so that the proof is asked, or gives the bug time. A bug that ``needs_leases`` shows only
    in the worker as it is shipped: that is all that works then, and it is stopped often, in the
    middle of a transaction. ``rates`` are of faults that would otherwise hide it,
    ``payments`` how many there are at least. One that ``is_quiet`` needs no storm: it is planted
    into two quiet months.
    """

    name: str
    file: str
    was: str
    becomes: str
    told: str
    first: str = ""
    needs_leases: bool = False
    payments: int = 80
    rates: Mapping[str, int] = field(default_factory=dict)
    is_quiet: bool = False

    def source(self) -> str:
        """Return the file with the bug in it; one that no longer fits is a defect."""
        text = (SOURCE / self.file).read_text("utf-8")
        assert text.count(self.was) == 1, f"{self.name} does not fit {self.file}"
        return text.replace(self.was, self.becomes)

    def sow(self, folder: Path) -> Path:
        """Copy the source, put the bug in, and return where Python finds the copy.

        What is compiled is copied along: it takes longer to compile all of it than to meet the bug.
        """
        copy = folder / "src"
        shutil.copytree(SOURCE, copy / SOURCE.name)
        changed = copy / SOURCE.name / self.file
        changed.write_text(self.source(), "utf-8")
        if changed.suffix == ".py":
            Path(cache_from_source(changed)).unlink(missing_ok=True)
        return copy


FENCE: Final = "        if fence is not None:\n            await fence(tx)\n"

TAKE_TIME: Final = """
    CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF current_setting('application_name') LIKE 'jobs-%' THEN PERFORM pg_sleep(0.15); END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER take_time AFTER INSERT ON """

PLANTS: Final = (
    Plant(
        name="blind_collector",  # charges again what may still be executed
        file="payments/store.sql",
        was="UPDATE payment AS p\n   SET tries = n.tries + 1, next_try_at = NULL,",
        becomes="UPDATE payment AS p\n   SET tries = n.tries + 1,",
        told="charge executed",
        first="DROP INDEX attempt_one_live",
    ),
    Plant(
        name="hasty_timeout",  # a timeout taken for a refusal
        file="payments/adapters/sandbox/outcomes.py",
        was="TransportPhase.BYTES_SENT: Outcome.UNKNOWN",
        becomes="TransportPhase.BYTES_SENT: Outcome.NOT_EXECUTED",
        told="charge executed, unbooked",
        first="UPDATE psp_account SET call_deadline_ms = 100",
        payments=240,
        rates={"webhook_lost": 800_000, "webhook_late": 0, "webhook_reorder": 0},
    ),
    Plant(
        name="settled_away",  # an approval read as a decline
        file="payments/adapters/sandbox/reading.py",
        was="    outcome = meaning.get((reply.status, held.status), Outcome.UNKNOWN)\n",
        becomes=(
            "    outcome = meaning.get((reply.status, held.status), Outcome.UNKNOWN)\n"
            "    if outcome is Outcome.SUCCEEDED and held.reference < '4':\n"
            "        return Reading(Outcome.DECLINED, EvidenceKind.RESPONSE, amount=what.amount,\n"
            "                       code='do_not_honor', category=DeclineCategory.DO_NOT_HONOR)\n"
        ),
        told="charge executed, unbooked",
    ),
    Plant(
        name="collects_without_its_lease",
        file="flows/collect_due.py",
        was=FENCE,
        becomes="",
        told="committed without its lease",
        first=f"{TAKE_TIME} attempt EXECUTE FUNCTION take_time()",
        needs_leases=True,
    ),
    Plant(
        name="bills_without_its_lease",
        file="flows/bill_due.py",
        was=FENCE,
        becomes="",
        told="committed without its lease",
        first=f"{TAKE_TIME} invoice EXECUTE FUNCTION take_time()",
        needs_leases=True,
    ),
    Plant(
        name="anybodys_event",  # an event that names another account's attempt
        file="flows/apply_psp_events.py",
        was=" is not None and found.psp_account == row.psp_account else None",
        becomes=" is not None else None",
        payments=200,  # lies are told now and then: there must be a charge to tell one of
        told="audit I-78",
    ),
    Plant(
        name="one_stops_all",  # what fails keeps the others of its batch from their end
        file="flows/resolve_attempts.py",
        was=" now=now) for row in rows),\n        return_exceptions=True,\n",
        becomes=" now=now) for row in rows)\n",
        told="one that fails keeps others from their end",
    ),
    Plant(
        name="own_clock",  # the clock of the process decides what is due
        file="base/run.py",
        was="self.at((await self.environment()).business_time, read_at=read_at)",
        becomes="self.at(datetime.now(UTC), read_at=read_at)",
        told="audit I-76",
    ),
    Plant(
        name="our_fault_their_decline",  # wrong credentials taken for a refusal of the payer
        file="payments/adapters/sandbox/reading.py",
        was="        Outcome.NOT_EXECUTED,\n        EvidenceKind.RESPONSE,\n        code=_code",
        becomes="        Outcome.DECLINED,\n        EvidenceKind.RESPONSE,\n        code=_code",
        told="a refusal that nobody made",
        rates={"unauthorized": 200_000},
    ),
    Plant(
        name="new_key_every_time",  # a repeat of a command is a new command
        file="flows/claim_key.py",
        was="    if asked.fresh:\n        if command.audited is not None:\n",
        becomes="    if True:\n        if command.audited is not None:\n",
        told="a purchase nobody was answered with",
    ),
    Plant(
        name="paid_for_nothing",  # who has paid loses service when grace is over
        file="flows/record_settlement.py",
        was="[ProvenRow(case.invoice.bucket, case.invoice.id) for case in won],",
        becomes="[ProvenRow(c.invoice.bucket, c.invoice.id) for c in won if c.payment.id.int % 4],",
        told="audit I-38",
    ),
    Plant(
        name="refund_forgotten",  # what was refunded can be refunded again
        file="flows/settle_refund.py",
        was="refunded_minor=refund.amount_minor)\n            return note_id",
        becomes="refunded_minor=0)\n            return note_id",
        told="audit I-13",
    ),
    Plant(
        name="a_number_is_lost",
        file="flows/number_documents.py",
        was="RaiseRow(row.id, row.next_number, count[row.id])",
        becomes="RaiseRow(row.id, row.next_number, count[row.id] + (count[row.id] > 2))",
        told="a series has a gap",
    ),
    Plant(
        name="unbooked_capture",  # a payment that the ledger never hears of
        file="flows/record_settlement.py",
        was="[row for case in won for row in _capture(case, days)]",
        becomes="[row for c in won if c.payment.id.int % 4 for row in _capture(c, days)]",
        told="clearing in",
    ),
)
SHORT: Final = [
    one for one in PLANTS if one.name in {"hasty_timeout", "anybodys_event", "own_clock"}
]
QUIET: Final = (
    Plant(
        name="same_account_again",  # a cascade asks the account that has just refused
        file="flows/charge_payer.py",
        was="        tried=last.asked.tried | {sent.psp_account},\n",
        becomes="        tried=last.asked.tried,\n",
        told="an account was asked twice",
        is_quiet=True,
    ),
    Plant(
        name="excluded_all_the_same",
        file="payments/rules/routing.py",
        was="                    reasons.setdefault(account, Filtered.EXCLUDED)\n",
        becomes="                    decided = decided or rule\n",
        told="an account was charged that the rules exclude",
        is_quiet=True,
    ),
    Plant(
        name="preference_forgotten",
        file="payments/rules/routing.py",
        was="place = {account: no for no, account in enumerate(then.prefer)}",
        becomes="place = dict.fromkeys(then.prefer, len(then.prefer))",
        told="an account was charged that the rules exclude, or not the one they prefer",
        is_quiet=True,
    ),
    Plant(
        name="declines_open_the_breaker",
        file="payments/rules/breaker.py",
        was="or reading.outcome is Outcome.UNKNOWN\n",
        becomes="or reading.outcome in {Outcome.UNKNOWN, Outcome.DECLINED}\n",
        told="an account is left alone because it declines",
        is_quiet=True,
    ),
    Plant(
        name="late_money_is_lost",
        file="payments/rules/settlement.py",
        was="    if reading.outcome is Outcome.SUCCEEDED and facts.attempt_state",
        becomes="    if reading.outcome is Outcome.ABSENT and facts.attempt_state",
        told="failed: AssertionError(('executed there'",
        is_quiet=True,
    ),
    Plant(
        name="late_money_stays_in_suspense",
        file="flows/take_late_money.py",
        was="tx, post(Purpose.MATCHED, attempt.amount_minor, booking, dim=attempt.psp_account)",
        becomes="tx, post(Purpose.MATCHED, 0, booking, dim=attempt.psp_account)",
        told="money in suspense",
        is_quiet=True,
    ),
    Plant(
        name="late_money_is_kept",  # nobody owes it, and it never goes back
        file="flows/decide_late_successes.py",
        was="                await return_late_money_in(tx, late, back, now=now)\n",
        becomes="                return back is None\n",
        told="people must still look",
        is_quiet=True,
    ),
    Plant(
        name="credit_is_paid_out_and_kept",
        file="flows/pay_out_credit.py",
        was="[DrawRow(bucket, *one) for one in sorted(taken.items())]",
        becomes="[DrawRow(bucket, *one) for one in sorted(taken.items()) if not one]",
        told="failed: AssertionError(('credit balances are their transfers'",
        is_quiet=True,
    ),
    Plant(
        name="failed_pay_out_is_lost",  # its credit does not come back
        file="flows/return_credit.py",
        was="    await ledger.return_to_lots(tx, back)\n",
        becomes="    assert back is not None\n",
        told="failed: AssertionError(('credit balances are their transfers'",
        is_quiet=True,
    ),
    Plant(
        name="any_amount_will_do",  # a success of another amount than was asked for
        file="payments/rules/settlement.py",
        was="    if moved is not None and (moved.minor, moved.currency) != asked:\n",
        becomes="    if moved is not None and moved.currency != facts.currency:\n",
        told="another amount than was asked for",
        is_quiet=True,
    ),
    Plant(
        name="refunds_are_no_lines",  # a reader drops them
        file="payments/adapters/sandbox/statement.py",
        was="        else:\n            count += 1\n            yield read_row\n",
        becomes=(
            "        else:\n            count += 1\n"
            "            if read_row.gross.minor >= 0:\n                yield read_row\n"
        ),
        told="broken statements",
        is_quiet=True,
    ),
    Plant(
        name="payouts_the_wrong_way",
        file="reconciliation/rules/bookings.py",
        was="(Purpose.PAYOUT, row.currency, row.paid_minor)",
        becomes="(Purpose.PAYOUT, row.currency, -row.paid_minor)",
        told="left in clearing",
        is_quiet=True,
    ),
    Plant(
        name="fees_are_booked_twice",
        file="reconciliation/rules/bookings.py",
        was="(Purpose.PSP_FEE, row.currency, row.fee_minor)",
        becomes="(Purpose.PSP_FEE, row.currency, 2 * row.fee_minor)",
        told="left in clearing",
        is_quiet=True,
    ),
    Plant(
        name="payout_is_not_noted",
        file="flows/import_settlement.py",
        was="        if line.net.minor == 0:\n            continue\n        payout",
        becomes="        if line.net.minor > -1500:\n            continue\n        payout",
        told="what was announced is not on its way",
        is_quiet=True,
    ),
    Plant(
        name="quarantine_is_skipped",
        file="reconciliation/rules/totals.py",
        was="        if total is not None and (fault := self._against(total, net)) is not None:\n",
        becomes="        if total is None and (fault := self._against(total, net)) is not None:\n",
        told="broken statements",
        is_quiet=True,
    ),
    Plant(
        name="one_charge_explains_two_lines",
        file="reconciliation/rules/matching.py",
        was="    if is_taken:\n        return Matched(Match.DUPLICATE, whole)\n",
        becomes="    if is_taken and subject.amount_minor < 0:\n        raise AssertionError\n",
        told="broken statements",
        is_quiet=True,
    ),
    Plant(
        name="nobody_is_told_of_a_line",
        file="flows/open_breaks.py",
        was="reason := telling.reason_of(line)) is not None\n",
        becomes="reason := telling.reason_of(line)) == Reason.DUPLICATE_REFUND\n",
        told="broken statements",
        is_quiet=True,
    ),
    Plant(
        name="what_is_in_no_file_is_not_missed",
        file="flows/match_settlement.py",
        was="        if one.id not in found\n    ]\n    return len(await",
        becomes="        if one.id in found\n    ]\n    return len(await",
        told="broken statements",
        is_quiet=True,
    ),
    Plant(
        name="nobody_is_told_of_an_account",
        file="flows/bear_own_failures.py",
        was="        for account, reading in sorted(accounts.items())\n",
        becomes="        for account, reading in sorted(accounts.items())[1:]\n",
        told="own failures",
        is_quiet=True,
    ),
    Plant(
        name="our_failure_is_for_ever",  # the exception of an account is never closed
        file="flows/bear_own_failures.py",
        was="            for one in sorted(set(accounts))\n",
        becomes="            for one in sorted(set(accounts))[:0]\n",
        told="own failures",
        is_quiet=True,
    ),
)
