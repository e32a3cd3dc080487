"""Bugs that are planted to see whether the proof finds them: changes of the source, in a copy."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
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
    ``payments`` how many there are at least.
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

    def source(self) -> str:
        """Return the file with the bug in it; one that no longer fits is a defect."""
        text = (SOURCE / self.file).read_text("utf-8")
        assert text.count(self.was) == 1, f"{self.name} does not fit {self.file}"
        return text.replace(self.was, self.becomes)

    def sow(self, folder: Path) -> Path:
        """Copy the source, put the bug in, and return where Python finds the copy."""
        copy = folder / "src"
        shutil.copytree(SOURCE, copy / SOURCE.name, ignore=shutil.ignore_patterns("__pycache__"))
        (copy / SOURCE.name / self.file).write_text(self.source(), "utf-8")
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
        was="        return self.at((await self.environment()).business_time)",
        becomes="        return self.at(datetime.now(UTC))",
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
        was="    if asked.fresh:\n        return None\n",
        becomes="    return None\n",
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
