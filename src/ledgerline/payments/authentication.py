"""What a payer has to do before a charge is executed, and how that went."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerAction:
    """What the payer has to do: open ``url``. After ``expires_at`` it leads nowhere."""

    url: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """How the issuer authenticated the payer (EMV 3-D Secure), as far as the provider told.

    ``status`` is the ``transStatus`` of the protocol (Y, A, N, U, R, C, I), ``transaction_id`` that
    of the directory server. The cryptogram is never kept.
    """

    version: str | None = None
    challenged: bool | None = None
    status: str | None = None
    eci: str | None = None
    transaction_id: str | None = None
    liability_shifted: bool | None = None
