import pytest

from ledgerline.catalog.rules.nodes import (
    TEXT_CHARACTERS_MAX,
    CatalogInvalid,
    Notes,
    Problem,
    refuse,
    root,
)


def test_text_is_read_into_the_spot_of_its_whole() -> None:
    spot = root("a: 1\n")
    assert (spot.line, spot.key, spot.notes) == (1, "", Notes())


@pytest.mark.parametrize(
    ("_case", "text", "line", "message"),
    [
        ("too long", "a" * (TEXT_CHARACTERS_MAX + 1), 1, "must have at most 1000000 characters"),
        ("two documents", "a: 1\n---\nb: 2\n", 2, "is not YAML: but found another document"),
        ("an anchor", "a: &x 1", 1, "the anchor &x is not allowed"),
        ("empty", "", 1, "is empty"),
    ],
)
def test_text_that_is_not_one_document_is_refused(
    _case: str, text: str, line: int, message: str
) -> None:
    with pytest.raises(CatalogInvalid) as refused:
        root(text)
    assert refused.value.facts["errors"] == [{"line": line, "key": "", "message": message}]


def test_mistakes_are_refused_in_the_order_of_their_lines() -> None:
    with pytest.raises(CatalogInvalid, match="2 mistakes, the first on line 3") as refused:
        refuse([Problem(9, "plans", "late"), Problem(3, "sellers", "early")])
    assert refused.value.facts["errors"] == [
        {"line": 3, "key": "sellers", "message": "early"},
        {"line": 9, "key": "plans", "message": "late"},
    ]
    refuse([])  # and nothing is raised
