"""What the API refuses by itself, before any flow runs."""

from typing import ClassVar

from ledgerline.base.errors import Rejected


class NotFound(Rejected):
    """There is nothing at this address."""

    code: ClassVar[str] = "not_found"


class MethodNotAllowed(Rejected):
    """This address does not answer to this method."""

    code: ClassVar[str] = "method_not_allowed"


class NotJson(Rejected):
    """The body must be JSON and say so."""

    code: ClassVar[str] = "not_json"


class NotAcceptable(Rejected):
    """Nothing that this address gives is acceptable to the caller."""

    code: ClassVar[str] = "not_acceptable"


class UnknownField(Rejected):
    """The request has a field or parameter that does not exist here."""

    code: ClassVar[str] = "unknown_field"


class InvalidValue(Rejected):
    """A value is missing or is not what is expected there."""

    code: ClassVar[str] = "invalid_value"


class InvalidCursor(Rejected):
    """The cursor was not made for this list."""

    code: ClassVar[str] = "invalid_cursor"


class Unauthenticated(Rejected):
    """A valid API key is needed."""

    code: ClassVar[str] = "unauthenticated"


class WrongEnvironment(Rejected):
    """The API key belongs to another kind of environment."""

    code: ClassVar[str] = "wrong_environment"


class ReadOnlyKey(Rejected):
    """The API key may read and change nothing."""

    code: ClassVar[str] = "read_only_key"


class IdempotencyKeyRequired(Rejected):
    """What moves money needs a usable idempotency key."""

    code: ClassVar[str] = "idempotency_key_required"


class ClockDriverRequired(Rejected):
    """The clock cannot be moved from here."""

    code: ClassVar[str] = "clock_driver_required"


class PaymentDeclined(Rejected):
    """The payment was declined."""

    code: ClassVar[str] = "payment_declined"


class ProviderUnavailable(Rejected):
    """The payment provider cannot be used just now; nothing was charged."""

    code: ClassVar[str] = "provider_unavailable"


class DependencyUnavailable(Rejected):
    """Something this needs does not answer."""

    code: ClassVar[str] = "dependency_unavailable"


class PersonUnreadable(Rejected):
    """Personal data is there and cannot be opened: this process has another key."""

    code: ClassVar[str] = "person_unreadable"


class Internal(Rejected):
    """Something went wrong on our side."""

    code: ClassVar[str] = "internal"
