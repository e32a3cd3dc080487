import pytest

from ledgerline.catalog.rules.numbering import TemplateFaulty, display, position_in, read_template


@pytest.mark.parametrize(
    ("template", "length", "third"),
    [
        ("NT-{yyyy}-{n:06}", 14, "NT-2026-000003"),
        ("{yyyy}{n:03}", 7, "2026003"),
        ("IN/{yyyy}/{n:05}", 13, "IN/2026/00003"),
    ],
)
def test_template_prints_numbers_of_known_length(template: str, length: int, third: str) -> None:
    form = read_template(template)
    assert form.length == length
    assert display(form, year="2026", position=3) == third


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("NS-2026-000001", 1), ("NS-2026-123456", 123456), ("NS-2026-1234567", 1234567),
        ("NS-2026-000000", None), ("NS-2026-1", None), ("NS-2026-0000001", None),
        ("NS-2025-000001", None), ("ns-2026-000001", None), ("NS-2026-", None), ("", None),
        ("NS-2026-00000\N{ARABIC-INDIC DIGIT ONE}", None), (f"NS-2026-{'9' * 19}", None),
    ],
)  # fmt: skip
def test_a_number_is_read_back_as_it_was_printed(text: str, position: int | None) -> None:
    of = read_template("NS-{yyyy}-{n:06}")
    assert position_in(of, text, year="2026") == position


def test_position_above_its_width_is_printed_whole() -> None:
    form = read_template("A-{yyyy}-{n:03}")
    assert display(form, year="2026", position=12345) == "A-2026-12345"


_LATER = "which is not available yet: a series runs for one calendar year and has no branch"


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("IN/{fy}/{n:06}", "has {fy}, " + _LATER),
        ("IN-{yyyy}{mm}-{n:06}", "has {mm}, " + _LATER),
        ("{branch}-{yyyy}-{n:06}", "has {branch}, " + _LATER),
        ("NT-{year}-{n:06}", "has an unknown token {year}"),
        ("NT-{n}", "has an unknown token {n}"),
        ("nt-{n:06}", "may have only capital letters, digits, - and / around its tokens"),
        ("NT-{n:06", "may have only capital letters, digits, - and / around its tokens"),
        ("NT-{yyyy}", "must end in a running number such as {n:06}"),
        ("NT", "must end in a running number such as {n:06}"),
        ("{n:06}-NT", "must end in a running number such as {n:06}"),
        ("{yyyy}{yyyy}{n:06}", "must have each token once"),
        ("{n:05}{n:06}", "must have each token once"),
        ("NT-{n:06}", "must have the year {yyyy}: its numbers begin again in every year"),
        ("A" * 23 + "{yyyy}{n:06}", "prints more than 32 characters"),
    ],
)
def test_faulty_template_is_refused_in_words(template: str, fault: str) -> None:
    with pytest.raises(TemplateFaulty) as refused:
        read_template(template)
    assert refused.value.detail == fault
