"""What the fields of pauses mean, in a sentence, with an example where one helps."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PAUSE_FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "PausePreview.credited": ("What becomes credit, with its tax.",),
        "PausePreview.ends_on": ("When the subscription ends unless it is resumed.", "2026-05-01"),
        "ResumeBody.anchor": (
            "Whether periods begin where they did (`keep`) or today (`restart`).",
            "keep",
        ),
    }
)
