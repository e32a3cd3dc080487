"""What a provider wrote of a charge or refund, and two people take for its end."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from unicodedata import normalize

from ledgerline.base.states import Machine, machine
from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from ledgerline.payments.refusals import (
    EvidenceNeedsReference,
    EvidenceNotProposable,
    SelfApproval,
)
from ledgerline.payments.rules.exceptions import Reason

OPERATOR_CODE: Final = "operator"
"""The code of what people's evidence ends, where a provider's own would stand."""


class ProposalState(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class ProposalEvent(StrEnum):
    """What happens to a proposal."""

    APPROVED = "approved"  # by somebody else
    WITHDRAWN = "withdrawn"
    CONTRADICTED = "contradicted"  # its provider was heard meanwhile, whatever it said


class Subject(StrEnum):
    """What a proposal is about."""

    ATTEMPT = "attempt"
    REFUND = "refund"


class Ending(StrEnum):
    """How a charge or refund ended, as its provider wrote."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    NOT_EXECUTED = "not_executed"


PROPOSAL: Final[Machine[ProposalState, ProposalEvent]] = machine(
    "evidence_proposal",
    initial=ProposalState.PROPOSED,
    final={ProposalState.APPROVED, ProposalState.WITHDRAWN, ProposalState.LAPSED},
    table={
        (ProposalState.PROPOSED, ProposalEvent.APPROVED): ProposalState.APPROVED,
        (ProposalState.PROPOSED, ProposalEvent.WITHDRAWN): ProposalState.WITHDRAWN,
        (ProposalState.PROPOSED, ProposalEvent.CONTRADICTED): ProposalState.LAPSED,
    },
)
PROPOSABLE: Final[Mapping[Subject, tuple[Reason, ...]]] = MappingProxyType(
    {
        Subject.ATTEMPT: (Reason.UNKNOWN_TOO_LONG,),
        Subject.REFUND: (Reason.UNKNOWN_TOO_LONG, Reason.REFUND_STRANDED),
    }
)
"""What must be open of a charge or refund, so that people may say how it ended."""
_OUTCOMES: Final = {
    Ending.SUCCEEDED: Outcome.SUCCEEDED,
    Ending.DECLINED: Outcome.DECLINED,
    Ending.NOT_EXECUTED: Outcome.NOT_EXECUTED,
}
_EFFECTS: Final = {
    (Subject.ATTEMPT, Ending.SUCCEEDED): "the charge counts as captured: it pays its invoice, and"
    " if that was given up it is late money",
    (Subject.ATTEMPT, Ending.DECLINED): "no money moves: the payment goes on as after any refusal",
    (Subject.ATTEMPT, Ending.NOT_EXECUTED): "no money moves: the payment is tried again, if it is"
    " still wanted",
    (Subject.REFUND, Ending.SUCCEEDED): "the refund counts as paid: it gets its receipt, and its"
    " credit note where something is credited by it",
    (Subject.REFUND, Ending.DECLINED): "no money moves: what was reserved is free again, and credit"
    " on its way out is the customer's again",
    (Subject.REFUND, Ending.NOT_EXECUTED): "no money moves: what was reserved is free again, and"
    " credit on its way out is the customer's again",
}


def require_proposable(subject: Subject, opened: set[str]) -> None:
    """Refuse people's word on what is not open for them: ``opened`` are the reasons that are."""
    if opened.isdisjoint(PROPOSABLE[subject]):
        raise EvidenceNotProposable(
            f"nothing is open of this {subject} that people's evidence would end: it has ended, or"
            " its provider may still be heard",
            subject=str(subject),
        )


def require_reference(ending: Ending, psp_ref: str | None) -> None:
    """Refuse a success without the provider's id of it: nobody could refund or reconcile it."""
    if ending is Ending.SUCCEEDED and not psp_ref:
        raise EvidenceNeedsReference("a success needs the provider's id of it")


def require_other(proposed_by: str, by: str) -> None:
    """Refuse a second approval by whoever gave the first, however the name is written."""
    if _plain(proposed_by) == _plain(by):
        raise SelfApproval("whoever proposed it cannot approve it", proposed_by=proposed_by)


def reading_of(ending: Ending, psp_ref: str | None) -> Reading:
    """Return the reading that an approved proposal is."""
    return Reading(_OUTCOMES[ending], EvidenceKind.OPERATOR, psp_ref=psp_ref, code=OPERATOR_CODE)


def effect_of(subject: Subject, ending: Ending) -> str:
    """Say what approving does."""
    return _EFFECTS[subject, ending]


def _plain(name: str) -> str:
    """Return a name without what two spellings of it differ in: case, spaces, forms of a letter."""
    return " ".join(normalize("NFKC", name).casefold().split())
