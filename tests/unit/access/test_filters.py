"""Which filters of which lists may be saved."""

import pytest

from ledgerline.access.model import FilterRefused
from ledgerline.access.rules.filters import NAME_MAX, query_of, require_filter, require_name


def test_a_filter_is_written_in_one_way_and_holds_nothing_else() -> None:
    asked = {"state": "open", "of": "me", "next": "https://evil.example", "after": "1"}
    assert query_of("/console/exceptions", asked) == "of=me&state=open"
    assert query_of("/console/payments", {"state": "a&b=c"}) == "state=a%26b%3Dc"
    assert query_of("/console/payments", {"state": "", "of": "me"}) == ""
    assert query_of("/elsewhere", asked) == ""


def test_a_filter_has_a_list_something_to_filter_and_a_name() -> None:
    assert require_filter("/console/payments", "state=failed", "  Failed  ones ") == "Failed ones"
    for path, query, name in (
        ("/console/payments", "", "All"), ("/elsewhere", "state=failed", "Failed"),
        ("/console/payments", "state=failed", " "),
        ("/console/payments", "state=failed", "f" * (NAME_MAX + 1)),
    ):  # fmt: skip
        with pytest.raises(FilterRefused):
            require_filter(path, query, name)
    assert require_name("f" * NAME_MAX)
