"""Ids that carry their shard, and their form at the edges."""

import re
import struct
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Final, NewType
from uuid import UUID, SafeUUID, uuid5

from ledgerline.base.errors import Rejected

Bucket = NewType("Bucket", int)
BUCKETS: Final = 4096  # the shard key runs from 0 to 4095 and fills the 12 bits of rand_a

CustomerId = NewType("CustomerId", UUID)
CustomerNoteId = NewType("CustomerNoteId", UUID)
PaymentMethodId = NewType("PaymentMethodId", UUID)
SetupId = NewType("SetupId", UUID)
SubscriptionId = NewType("SubscriptionId", UUID)
PurchaseId = NewType("PurchaseId", UUID)
CheckoutId = NewType("CheckoutId", UUID)
InvoiceId = NewType("InvoiceId", UUID)
CreditNoteId = NewType("CreditNoteId", UUID)
CreditLotId = NewType("CreditLotId", UUID)
PaymentId = NewType("PaymentId", UUID)
AttemptId = NewType("AttemptId", UUID)
DecisionId = NewType("DecisionId", UUID)
RefundId = NewType("RefundId", UUID)
DisputeId = NewType("DisputeId", UUID)
MandateId = NewType("MandateId", UUID)
ReceiptId = NewType("ReceiptId", UUID)
EventId = NewType("EventId", UUID)
PriceId = NewType("PriceId", UUID)
SeriesId = NewType("SeriesId", UUID)
BillRunId = NewType("BillRunId", UUID)
SettlementFileId = NewType("SettlementFileId", UUID)
ExceptionId = NewType("ExceptionId", UUID)
EvidenceProposalId = NewType("EvidenceProposalId", UUID)
RefundProposalId = NewType("RefundProposalId", UUID)
DisputeEvidenceId = NewType("DisputeEvidenceId", UUID)
PersonId = NewType("PersonId", UUID)
PortalSessionId = NewType("PortalSessionId", UUID)
MailId = NewType("MailId", UUID)

PREFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "customer": "cus",
        "payment_method": "pm",
        "payment_method_setup": "pms",
        "subscription": "sub",
        "purchase": "pur",
        "bulk_job": "bulk",
        "checkout_session": "cs",
        "portal_link": "plk",
        "customer_note": "note",
        "invoice": "inv",
        "credit_note": "cn",
        "credit_lot": "lot",
        "payment": "pay",
        "attempt": "att",
        "refund": "ref",
        "dispute": "dsp",
        "mandate": "mdt",
        "receipt": "rcp",
        "price": "price",
        "event": "evt",
        "bill_run": "run",
        "billing_pause": "bps",
        "settlement_file": "stl",
        "payout": "pyo",
        "exception": "exc",
        "evidence_proposal": "evp",
        "refund_proposal": "rfp",
        "dispute_evidence": "dev",
        "person": "per",
        "saved_filter": "flt",
        "session": "ses",
        "audit_entry": "aud",
        "mail": "mail",
    }
)

_RANDOM_MASK: Final = (1 << 62) - 1
_BUCKET_MASK: Final = BUCKETS - 1
_VERSION_7: Final = 7 << 76
_VARIANT: Final = 2 << 62
_FIXED_BITS: Final = (15 << 76) | (3 << 62)
_FIXED: Final = _VERSION_7 | _VARIANT

_NAMESPACE: Final = UUID("6f1a4c52-0b7e-5d93-9a41-3c8e27d5b064")
_SEPARATOR: Final = "\x1f"  # cannot stand in a part, so two lists of parts never read the same

_CROCKFORD: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS: Final = tuple(high + low for high in _CROCKFORD for low in _CROCKFORD)
_SHIFTS: Final = tuple(range(120, -1, -10))
_TO_PYTHON_DIGITS: Final = str.maketrans(_CROCKFORD, "0123456789abcdefghijklmnopqrstuv")
_ANY: Final = "[0-9a-hjkmnp-tv-z]"
FORM: Final = f"[0-7]{_ANY}{{9}}[ef]{_ANY}{{2}}[89abrstv]{_ANY}{{12}}"
"""An id behind its prefix, as a pattern; two digits hold version 7 and the variant of RFC 9562."""
_SUFFIX: Final = re.compile(r"[0-7][0-9a-hjkmnp-tv-z]{25}", re.ASCII)

_new_object: Final = object.__new__
_put_int: Final = vars(UUID)["int"].__set__  # the slots themselves: UUID refuses setattr
_put_safety: Final = vars(UUID)["is_safe"].__set__
_UNKNOWN_SAFETY: Final = SafeUUID.unknown


class WrongIdKind(Rejected):
    """The id is misspelt, of another kind, or without the shard that is asked for."""

    code: ClassVar[str] = "wrong_id_kind"


def uuid7(unix_ms: int, bucket: Bucket, random62: int) -> UUID:
    """Make a version 7 UUID from an instant, a bucket (in ``rand_a``) and 62 random bits.

    Ids of one instant sort by bucket; within it their order is chance.
    Source: RFC 9562 §5.7. The constructor of ``UUID`` is passed over, since its checks cost more
    than everything else here and a billing run makes several million ids.
    """
    assert unix_ms >> 48 | bucket >> 12 | random62 >> 62 == 0, (unix_ms, bucket, random62)
    made = _new_object(UUID)
    _put_int(made, unix_ms << 80 | bucket << 64 | _FIXED | random62)
    _put_safety(made, _UNKNOWN_SAFETY)
    return made


def uuid7_batch(unix_ms: int, buckets: Sequence[Bucket], random_bytes: bytes) -> list[UUID]:
    """Make one version 7 UUID a bucket, in the order of ``buckets``.

    ``random_bytes`` holds 8 bytes an id, of which two bits go unused.
    """
    assert unix_ms >> 48 == 0, unix_ms
    assert len(random_bytes) == 8 * len(buckets), (len(random_bytes), len(buckets))
    new, put_int, put_safety, safety = _new_object, _put_int, _put_safety, _UNKNOWN_SAFETY
    fixed = unix_ms << 80 | _FIXED
    made: list[UUID] = []
    for bucket, bits in zip(buckets, struct.unpack(f">{len(buckets)}Q", random_bytes), strict=True):
        assert bucket >> 12 == 0, bucket
        one = new(UUID)
        put_int(one, fixed | bucket << 64 | bits & _RANDOM_MASK)
        put_safety(one, safety)
        made.append(one)
    return made


def bucket_of(id: UUID) -> Bucket:
    """Read the bucket an id carries; raises :class:`WrongIdKind` for any id but version 7."""
    bits = id.int
    if bits & _FIXED_BITS != _FIXED:
        raise WrongIdKind("only a version 7 id carries a bucket", id=str(id))
    return Bucket(bits >> 64 & _BUCKET_MASK)


def instant_of(id: UUID) -> int:
    """Read when an id was made, in milliseconds since 1970; raises as :func:`bucket_of`."""
    bits = id.int
    if bits & _FIXED_BITS != _FIXED:
        raise WrongIdKind("only a version 7 id carries an instant", id=str(id))
    return bits >> 80


def reference_id(kind: str, *natural: str) -> UUID:
    """Derive the id of a reference row from its natural key: same key, same id, everywhere.

    Only for rows that belong to no customer; such an id is version 5 and carries no bucket.
    """
    parts = (kind, *natural)
    assert not any(_SEPARATOR in part for part in parts), parts
    return uuid5(_NAMESPACE, _SEPARATOR.join(parts))


def encode(prefix: str, id: UUID) -> str:
    """Write an id for the outside: the prefix of its kind, ``_``, 26 characters of base 32.

    Source: TypeID 0.3 (Crockford's alphabet in lower case, the two highest bits zero).
    """
    bits = id.int
    return f"{prefix}_" + "".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])


def decode(prefix: str, text: str) -> UUID:
    """Read an id of the kind ``prefix`` stands for; upper case is understood too.

    Raises :class:`WrongIdKind` for another prefix and for anything :func:`encode` cannot write.
    """
    found, _, suffix = text.lower().rpartition("_")
    if found != prefix or not text.isascii() or not _SUFFIX.fullmatch(suffix):
        raise WrongIdKind(f"an id that starts with {prefix}_ is expected", expected=prefix)
    return UUID(int=int(suffix.translate(_TO_PYTHON_DIGITS), 32))
