"""Until when a proposed refund may be approved."""

from datetime import UTC, datetime
from typing import Final

import pytest

from ledgerline.payments.refusals import RefundProposalNotOpen
from ledgerline.payments.rules.refund_proposals import LASTS, require_open, standing_of

NOON: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_a_proposal_is_open_for_a_day_unless_it_is_ended() -> None:
    expires = NOON + LASTS
    require_open("proposed", expires, now=NOON)
    assert standing_of("proposed", expires, now=NOON) == "proposed"
    assert standing_of("proposed", expires, now=expires) == "lapsed"
    for state in ("approved", "withdrawn", "lapsed"):
        assert standing_of(state, expires, now=expires) == state
        with pytest.raises(RefundProposalNotOpen, match=state):
            require_open(state, expires, now=NOON)
    with pytest.raises(RefundProposalNotOpen, match="lapsed"):
        require_open("proposed", expires, now=expires)
