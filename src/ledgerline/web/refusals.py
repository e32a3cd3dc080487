"""What is refused of a request before anybody knows what it asks for."""

from typing import ClassVar

from ledgerline.base.errors import Rejected


class Malformed(Rejected):
    """The request is not well formed."""

    code: ClassVar[str] = "malformed"


class TooLarge(Rejected):
    """The body is too large."""

    code: ClassVar[str] = "too_large"
