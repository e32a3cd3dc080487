"""Whatever is changed of an artefact, its seal is another, however it is written."""

import pytest

from ledgerline.payments.rules.artefacts import SEAL, compact, digest, seal

TOLD = {"kind": "retry", "metrics": {"rows": 2, "ece": 0.5, "seller": None}, "table": [1, 2]}


def test_a_seal_covers_everything_but_itself() -> None:
    sealed = TOLD | {SEAL: seal(TOLD)}
    assert seal(sealed) == sealed[SEAL]
    assert seal(dict(reversed(list(sealed.items())))) == sealed[SEAL]


@pytest.mark.parametrize(
    "changed",
    [{"kind": "fees"}, {"metrics": {"rows": 3}}, {"table": [2, 1]}, {"more": None}],
)
def test_a_change_of_anything_changes_it(changed: dict[str, object]) -> None:
    assert seal(TOLD | changed) != seal(TOLD)


def test_a_text_has_the_digest_that_others_compute() -> None:
    assert compact({"b": 1, "a": [None, 0.5]}) == '{"a":[null,0.5],"b":1}'
    assert digest("abc").startswith("ba7816bf8f01cfea414140de5dae2223")
