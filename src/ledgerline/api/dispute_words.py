"""What the fields of disputes mean, in a sentence, with an example where one helps."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_DEFENCE: Final = "SupplyDefenseMaterial/DefenseMaterial"
_HASH: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

DISPUTE_FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Dispute.answer_by": ("When we answer at the latest, a day before it is due.",),
        "Dispute.due_by": ("When the provider wants an answer; null where it named no day.",),
        "Dispute.facts": ("What was told of it and done about it, in order.",),
        "Dispute.kind": ("Who takes it back.", "card"),
        "Dispute.over": ("What had gone back before it was disputed.",),
        "Dispute.owed_again": ("What its invoice claims once more.",),
        "Dispute.reason": ("Why, in our words.", "fraud"),
        "Dispute.set_off": ("What a refund gave that came back: the dispute gave it instead.",),
        "Dispute.stage": ("How far it went.", "formal"),
        "Dispute.total": ("What is disputed.",),
        "Dispute.evidence": ("What was sent to the provider by a request, in order.",),
        "DisputeEvidence.defence": (
            "For which of the provider's reasons.",
            _DEFENCE,
        ),
        "DisputeEvidence.ended": ("When it was known what came of it.",),
        "DisputeEvidence.provider_code": (
            "The provider's word, where it refused it.",
            "answered_elsewhere",
        ),
        "DisputeEvidence.sent": ("When it was sent.",),
        "DisputeEvidence.sent_by": ("Who sent it.", "mara"),
        "DisputeEvidence.sha256": (
            "Of the pack that was sent, in hexadecimal.",
            _HASH,
        ),
        "DisputeEvidence.stage": ("At which stage of the dispute; each is answered once.",),
        "DisputeEvidencePreview.dispute": ("The dispute it would be sent for.",),
        "DisputeEvidencePreview.bytes": ("How large the pack is.", "48211"),
        "DisputeEvidencePreview.defence": (
            "Which reason would be named.",
            _DEFENCE,
        ),
        "DisputeEvidencePreview.defences": (
            "What the provider allows for it, where it wants a reason.",
        ),
        "DisputeEvidencePreview.due_by": ("When the provider wants an answer.",),
        "DisputeEvidencePreview.provider_reference": ("The provider's id of the dispute.", "dp_1"),
        "DisputeEvidencePreview.sha256": (
            "Of the pack as it is now, in hexadecimal.",
            _HASH,
        ),
        "DisputeEvidenceQuery.defence": (
            "One of `defences`; the first where none is named.",
            _DEFENCE,
        ),
        "SendEvidenceBody.defence": (
            "One of `defences`; the first where none is named.",
            _DEFENCE,
        ),
        "DisputeAnswerBody.note": ("What was decided or sent.", "Sent the pack by hand"),
        "DisputeFact.applied": ("False for what was older than what was known.",),
        "DisputeFact.event": ("What happened.", "opened"),
        "DisputeFact.given": ("What came back by it.",),
        "DisputeFact.note": ("Who said what, where a person did it.", ""),
        "DisputeFact.occurred": ("When it happened, as the provider says.",),
        "DisputeFact.recorded": ("When it was recorded.",),
        "DisputeFact.source": ("Where it came from.", "webhook"),
        "DisputeFact.taken": ("What left the provider's account by it.",),
    }
)
