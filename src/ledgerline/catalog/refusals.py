"""What the catalog refuses, and why."""

from typing import ClassVar

from ledgerline.base.errors import Rejected


class UnknownSeller(Rejected):
    """No seller has this code."""

    code: ClassVar[str] = "unknown_seller"


class UnknownMarket(Rejected):
    """Nothing is sold in this country."""

    code: ClassVar[str] = "market_not_sold"


class TextChanged(Rejected):
    """A version of a text is published with other words: what was accepted must stay as it was."""

    code: ClassVar[str] = "text_changed"


class TextNotReviewed(Rejected):
    """A text that nobody has reviewed is not shown to buyers who pay real money."""

    code: ClassVar[str] = "text_not_reviewed"
