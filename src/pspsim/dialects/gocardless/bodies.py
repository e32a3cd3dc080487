"""Request bodies: an object under the name of its collection, checked field by field."""

import re
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from pspsim.dialects.gocardless.errors import invalid, refused

_METADATA_KEYS_MAX: Final = 3
_KEY_CHARACTERS_MAX: Final = 50
_VALUE_CHARACTERS_MAX: Final = 500
_FIELD: Final = re.compile(r"`\$\.?([^`]*)`|`(\w+)`")

Minor = Annotated[int, Meta(gt=0)]


class MandateLink(Struct, frozen=True):
    """What a payment is collected by."""

    mandate: str


class PaymentLink(Struct, frozen=True):
    """What a refund gives back."""

    payment: str


class BankAccountLink(Struct, frozen=True):
    """What a mandate debits."""

    customer_bank_account: str
    creditor: str | None = None


class CustomerLink(Struct, frozen=True):
    """Whose bank account it is."""

    customer: str


class PaymentBody(Struct, frozen=True):
    """What is asked for by ``POST /payments``."""

    amount: Minor
    currency: str
    links: MandateLink
    description: str | None = None
    reference: str | None = None
    charge_date: str | None = None
    retry_if_possible: bool = False
    metadata: dict[str, str] = {}


class RefundBody(Struct, frozen=True):
    """What is asked for by ``POST /refunds``."""

    amount: Minor
    links: PaymentLink
    total_amount_confirmation: int | UnsetType = UNSET
    reference: str | None = None
    metadata: dict[str, str] = {}


class MandateBody(Struct, frozen=True):
    """What is asked for by ``POST /mandates``."""

    links: BankAccountLink
    scheme: str = "sepa_core"
    reference: str | None = None
    metadata: dict[str, str] = {}


class BankAccountBody(Struct, frozen=True):
    """What is asked for by ``POST /customer_bank_accounts``."""

    links: CustomerLink
    account_holder_name: str
    iban: str | None = None
    account_number: str | None = None
    country_code: str | None = None
    currency: str = "EUR"
    metadata: dict[str, str] = {}


class CustomerBody(Struct, frozen=True):
    """What is asked for by ``POST /customers``."""

    email: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    company_name: str | None = None
    country_code: str | None = None
    language: str = "en"
    metadata: dict[str, str] = {}


class MandateRequest(Struct, frozen=True):
    """The mandate that a billing request asks for; without a scheme, by that of its currency."""

    currency: str | None = None
    scheme: str | None = None
    description: str | None = None
    verify: str = "recommended"
    metadata: dict[str, str] = {}


class BillingRequestLink(Struct, frozen=True):
    """Whose customer a billing request is of."""

    customer: str | None = None
    creditor: str | None = None


class BillingRequestBody(Struct, frozen=True):
    """What is asked for by ``POST /billing_requests``: a mandate and nothing else."""

    mandate_request: MandateRequest
    links: BillingRequestLink = BillingRequestLink()
    metadata: dict[str, str] = {}


class FlowLink(Struct, frozen=True):
    """What a flow is to fulfil."""

    billing_request: str


class FlowBody(Struct, frozen=True):
    """What is asked for by ``POST /billing_request_flows``."""

    links: FlowLink
    redirect_uri: str | None = None
    exit_uri: str | None = None
    language: str | None = None
    auto_fulfil: bool = True
    lock_currency: bool = False
    lock_customer_details: bool = False
    lock_bank_account: bool = False
    show_redirect_buttons: bool = False
    skip_success_screen: bool = False
    metadata: dict[str, str] = {}


Body = (
    PaymentBody
    | RefundBody
    | MandateBody
    | BankAccountBody
    | CustomerBody
    | BillingRequestBody
    | FlowBody
)
_Kind = TypeVar("_Kind", bound=Body)


def read(collection: str, raw: bytes, kind: type[_Kind]) -> _Kind:
    """Read a body; raises ``Refused``."""
    try:
        plain: Any = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise refused("invalid_document_structure") from None
    if not isinstance(plain, dict) or not isinstance(plain.get(collection), dict):
        raise refused("invalid_document_structure", f"an object {collection} is expected")
    try:
        body = msgspec.convert(plain[collection], type=kind)
    except msgspec.ValidationError as error:
        raise invalid(collection, **_of(str(error))) from error
    _check_metadata(collection, body.metadata)
    return body


def _check_metadata(collection: str, metadata: dict[str, str]) -> None:
    if len(metadata) > _METADATA_KEYS_MAX:
        raise invalid(collection, metadata=f"at most {_METADATA_KEYS_MAX} keys are kept")
    for key, value in metadata.items():
        if len(key) > _KEY_CHARACTERS_MAX or len(value) > _VALUE_CHARACTERS_MAX:
            raise invalid(collection, metadata="a key or value is too long")


def _of(complaint: str) -> dict[str, str]:
    """Say which field a complaint is about, as far as it says so."""
    found = [path or field for path, field in _FIELD.findall(complaint) if path or field]
    return {found[0] if found else "base": complaint}
