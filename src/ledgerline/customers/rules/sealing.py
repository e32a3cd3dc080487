"""Personal data under the customer's own key: what is sealed, and the one place it opens at.

What tax rests on (status, country, evidence of place) is not sealed: it outlives an erasure.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ledgerline.base import crypto
from ledgerline.base.ids import CustomerId
from ledgerline.customers.model import (
    Address,
    Buyer,
    PlaceEvidence,
    PlaceKind,
    TaxId,
    TaxIdCheck,
    TaxStatus,
)


@dataclass(frozen=True, slots=True)
class Spot:
    """The place a sealed text belongs to: it opens nowhere else."""

    customer_id: CustomerId
    column: str
    version: int = 1

    @property
    def aad(self) -> bytes:
        """The place in bytes."""
        return f"customer:{self.customer_id}:{self.column}:{self.version}".encode()


def seal_text(data_key: bytes, text: str, *, spot: Spot, nonce: bytes) -> bytes:
    """Seal one personal text under the customer's data key."""
    return crypto.seal(data_key, text.encode(), aad=spot.aad, nonce=nonce)


def open_text(data_key: bytes, sealed: bytes, *, spot: Spot) -> str:
    """Open one personal text; raises ``CannotDecrypt`` for another key or place."""
    return crypto.open_sealed(data_key, sealed, aad=spot.aad).decode()


def seal_buyer(data_key: bytes, buyer: Buyer, *, spot: Spot, nonce: bytes) -> bytes:
    """Seal name, address and tax ids of a buyer."""
    plain = {
        "name": buyer.name,
        "address": None if buyer.address is None else asdict(buyer.address),
        "tax_ids": [asdict(one) for one in buyer.tax_ids],
    }
    return seal_text(data_key, json.dumps(plain), spot=spot, nonce=nonce)


def open_buyer(
    data_key: bytes, sealed: bytes, *, spot: Spot, tax_status: str, place_evidence: str
) -> Buyer:
    """Open a buyer and join what was never sealed; raises ``CannotDecrypt``."""
    plain: dict[str, Any] = json.loads(open_text(data_key, sealed, spot=spot))
    return Buyer(
        name=plain["name"],
        address=None if plain["address"] is None else Address(**plain["address"]),
        tax_ids=tuple(
            TaxId(one["type"], one["value"], TaxIdCheck(one["check"])) for one in plain["tax_ids"]
        ),
        tax_status=TaxStatus(tax_status),
        place_evidence=evidence_of(place_evidence),
    )


def evidence_text(evidence: Sequence[PlaceEvidence]) -> str:
    """Write evidence of place as the JSON that is stored."""
    return json.dumps([{"kind": one.kind, "country": one.country} for one in evidence])


def evidence_of(text: str) -> tuple[PlaceEvidence, ...]:
    """Read it back."""
    return tuple(PlaceEvidence(PlaceKind(one["kind"]), one["country"]) for one in json.loads(text))
