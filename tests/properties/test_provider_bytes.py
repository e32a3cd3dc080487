"""Bytes that no provider documents are never a refusal, a success or proof of absence."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerline.composition import CONNECTORS
from ledgerline.payments.adapters.gateway import REQUESTS_MAX
from ledgerline.payments.contract import PspReply
from ledgerline.payments.model import DeclineCategory, Outcome
from tests.contracts.samples import LOOKUPS, MONEY, described, talk

KNOWN = described()
ENDS = {Outcome.SUCCEEDED, Outcome.DECLINED}
REFUSES_US = {401, 403, 429}  # said by the status alone, before anything is done

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(LEAVES, lambda kids: st.lists(kids) | st.dictionaries(st.text(), kids))
BODIES = st.binary() | JSON.map(msgspec.json.encode)
STATUSES = st.sampled_from([200, 201, 202, 400, 401, 402, 403, 404, 409, 422, 429, 500, 502, 503])
REPLIES = st.builds(PspReply, STATUSES, st.dictionaries(st.text(), st.text()), BODIES)
ANSWERS = st.lists(REPLIES, min_size=REQUESTS_MAX, max_size=REQUESTS_MAX)


@pytest.mark.parametrize("name", sorted(CONNECTORS))
@given(what=st.sampled_from([*MONEY, *LOOKUPS]), said=ANSWERS)
def test_bytes_that_nobody_documents_end_nothing(
    name: str, what: object, said: list[PspReply]
) -> None:
    of = KNOWN[name]
    reading = talk(of.psp, what, of.merchant, said).reading  # type: ignore[arg-type] # an action
    assert reading is not None
    assert reading.outcome not in ENDS
    if reading.outcome is Outcome.NOT_EXECUTED:
        assert what in MONEY
        assert said[0].status in REFUSES_US
        assert reading.category in {None, DeclineCategory.MERCHANT_CONFIG}
