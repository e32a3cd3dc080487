"""What the fields of routes mean, in a sentence, with an example where one helps."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

ROUTE_FIELDS: Final[Mapping[str, tuple[Any, ...]]] = MappingProxyType(
    {
        "PaymentRoute.explanation": (
            "What a model of routing said of it; empty where none is asked.",
            ["Rules decide: the model is asked in shadow."],
        ),
        "Attempt.explanation": (
            "What a model of routing said of the account; empty where none was asked.",
            ["Rules decide: the model is asked in shadow."],
        ),
        "RetryPlan.explanation": (
            "What a model of retry timing said of the next try; empty where none was asked.",
            ["Rules decide: the model is asked in shadow."],
        ),
        "psp_accounts": (
            "Accounts at payment providers, the first choice first.",
            ["aster"],
        ),
        "RouteCandidate.propensity_ppm": ("How likely it was to be first, in ppm.", 1000000),
    }
)
