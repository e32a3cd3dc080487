import pytest

from ledgerline.catalog.rules.numbering import display_length, template_fault


@pytest.mark.parametrize(
    ("template", "length"),
    [("NT-{yyyy}-{n:06}", 14), ("{n:03}", 3), ("IN/{fy}/{n:06}", 15), ("A{branch}{mm}{n:09}", 14)],
)
def test_template_without_fault_prints_a_number_of_known_length(template: str, length: int) -> None:
    assert template_fault(template) == ""
    assert display_length(template) == length


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("NT-{year}-{n:06}", "has an unknown token {year}"),
        ("NT-{n}", "has an unknown token {n}"),
        ("nt-{n:06}", "may have only capital letters, digits, - and / around its tokens"),
        ("NT-{n:06", "may have only capital letters, digits, - and / around its tokens"),
        ("NT-{yyyy}", "must end in a running number such as {n:06}"),
        ("NT", "must end in a running number such as {n:06}"),
        ("{n:06}-NT", "must end in a running number such as {n:06}"),
        ("{yyyy}{yyyy}{n:06}", "must have each token once"),
        ("{n:05}{n:06}", "must have each token once"),
        ("A" * 27 + "{n:06}", "prints more than 32 characters"),
    ],
)
def test_faulty_template_is_told_in_words(template: str, fault: str) -> None:
    assert template_fault(template) == fault
