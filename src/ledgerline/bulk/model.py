"""Values of bulk jobs, and what is refused."""

from enum import StrEnum
from typing import ClassVar

from ledgerline.base.errors import Rejected


class BulkKind(StrEnum):
    """What is done to each row."""

    CHARGE_INVOICES = "charge_invoices"
    CANCEL_SUBSCRIPTIONS = "cancel_subscriptions"


class BulkState(StrEnum):
    """Where a job is; it follows from what happened to it."""

    CHOSEN = "chosen"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELED = "canceled"
    ENDED = "ended"


class BulkStep(StrEnum):
    """What people do to a job, as the audit log calls it."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    CANCELED = "canceled"


class BulkOutcome(StrEnum):
    """How a row ended; ``excluded`` before anything began."""

    EXCLUDED = "excluded"
    DONE = "done"
    REFUSED = "refused"


class BulkJobNotFound(Rejected):
    """There is no such job."""

    code: ClassVar[str] = "bulk_job_not_found"


class BulkJobOver(Rejected):
    """The job is not where this can be done to it."""

    code: ClassVar[str] = "bulk_job_over"


class BulkRefused(Rejected):
    """Nothing can be done of what was chosen, or too much was."""

    code: ClassVar[str] = "bulk_refused"


class SecondPersonNeeded(Rejected):
    """Whoever chose so much does not start it."""

    code: ClassVar[str] = "second_person_needed"
