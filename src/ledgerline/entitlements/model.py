"""Values of entitlements."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

GRACE: Final = timedelta(days=14)  # service while an issued renewal is being collected


class CoverReason(StrEnum):
    """Why somebody may use the service."""

    PAID = "paid"
    TRIAL = "trial"
    GRACE = "grace"
    COMP = "comp"
