"""The card number tripwire."""

import pytest

from ledgerline.base.cards import (
    CardNumberRefused,
    contains_card_number,
    mask_cards,
    refuse_cards,
)

VISA = "4111111111111111"
ARABIC_INDIC = "".join(chr(0x0660 + int(digit)) for digit in VISA)
CIRCLED = "".join("\u24ea" if digit == "0" else chr(0x245F + int(digit)) for digit in VISA)
FULL_WIDTH = "".join(chr(0xFF10 + int(digit)) for digit in VISA)


# Test numbers that schemes and processors publish.
@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("Visa", VISA),
        ("Visa of 13 digits", "4222222222222"),
        ("Visa of 19 digits", "4000000000000000006"),
        ("Mastercard", "5555555555554444"),
        ("Mastercard, second series", "2223003122003222"),
        ("American Express", "378282246310005"),
        ("Discover", "6011000990139424"),
        ("Diners Club", "3056930009020004"),
        ("Diners Club of 14 digits", "36227206271667"),
        ("JCB", "3566002020360505"),
        ("UnionPay of 19 digits", "6205500000000000004"),
        ("Maestro", "6759649826438453"),
        ("Mir", "2200000000000004"),
        ("Troy", "9792030000000000"),
    ],
)
def test_number_of_every_scheme_is_found(_case: str, text: str) -> None:
    assert contains_card_number(text)
    assert contains_card_number(f"Card: {text}.")


@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("spaces", "4111 1111 1111 1111"),
        ("dashes", "4111-1111-1111-1111"),
        ("dots", "4111.1111.1111.1111"),
        ("slashes and underscores", "4111/1111_1111/1111"),
        ("commas", "4111,1111, 1111,1111"),
        ("colons", "4111:1111: 1111:1111"),
        ("plus signs", "4111+1111+1111+1111"),
        ("crosses", "4111x1111X1111\u00d71111"),
        ("semicolons", "4111;1111;1111;1111"),
        ("a plus before", f"+{VISA}"),
        ("instant before", f"2026-11-23T10:15:30Z {VISA}"),
        ("no-break spaces", "4111\u00a01111\u00a01111\u00a01111"),
        ("zero-width spaces", "4111\u200b1111\u200b1111\u200b1111"),
        ("soft hyphens", "4111\u00ad1111\u00ad1111\u00ad1111"),
        ("three in a row", "4111 - 1111 - 1111 - 1111"),
        ("one by one", " ".join(VISA)),
        ("full width", FULL_WIDTH),
        ("circled", CIRCLED),
        ("another script", ARABIC_INDIC),
        ("letters around", f"card{VISA}x"),
        ("expiry behind", "4111 1111 1111 1111 12/26"),
        ("number before", "7 4111 1111 1111 1111"),
        ("date before", "2026-11-23 4111 1111 1111 1111"),
        ("beside one of our ids", f"inv_01h455vb4pex5vsknk084sn02q {VISA}"),
    ],
)
def test_number_is_found_however_it_is_written(_case: str, text: str) -> None:
    assert contains_card_number(text)


@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("nothing", ""),
        ("words", "Please pay by card"),
        ("wrong check digit", "4111111111111112"),
        ("unknown issuer", "1111111111111117"),
        ("zeros", "0000000000000000"),
        ("length not in use", "41111111111111116"),
        ("too short", "424242424242"),
        ("longer than any card", "41111111111111111111111"),
        ("masked already", "411111******1111"),
        ("first and last digits", "411111 1111"),
        ("one of our ids, all digits", f"inv_0{VISA}111111111"),
        ("UUID whose digits would do", "41111111-1111-1111-8000-000000000000"),
        ("instant", "2026-11-23T10:15:30.123456Z"),
        ("milliseconds since 1970", "1795428930123"),
        ("telephone", "+49 30 901820-4711"),
        ("IBAN", "DE89 3704 0044 0532 0130 00"),
        ("two lines of a table", "4111 1111\n1111 1111"),
        ("list of short numbers", "4111, 1111, 1111"),
        ("telephone as one dials it abroad", "+49 1512 3456787"),
        ("instant with a blank", "2026-11-23 10:15:30.123456"),
        ("instant with an offset", "2031-11-23T10:15:30.123456+05:30 2026-11-23T10:15:30+05:30"),
        ("digest", "4111111111111111aaaaaaaaaaaaaaaa"),
        ("far apart", "4111     1111     1111     1111"),
    ],
)
def test_other_digits_are_left_in_peace(_case: str, text: str) -> None:
    assert not contains_card_number(text)
    assert mask_cards(text) == text


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        (VISA, ""),
        ([int(VISA)], "/0"),
        ({"number": float(VISA)}, "/number"),
        ({"note": f"my card is {VISA}"}, "/note"),
        ({"lines": [{"text": "fine"}, {"text": VISA}]}, "/lines/1/text"),
        ({"pair": ("fine", VISA)}, "/pair/1"),
        ({"a/b~c": VISA}, "/a~1b~0c"),
        ({"metadata": {VISA: "a key"}}, "/metadata"),
    ],
)
def test_value_with_a_card_number_is_refused_by_place_and_not_by_number(
    value: object, pointer: str
) -> None:
    with pytest.raises(CardNumberRefused) as refused:
        refuse_cards(value)
    assert refused.value.code == "card_number_refused"
    assert refused.value.facts == {"pointer": pointer}
    assert VISA not in str(refused.value)


def test_value_without_a_card_number_passes() -> None:
    refuse_cards(
        {
            "id": "inv_01h455vb4pex5vsknk084sn02q",
            "amount_minor": 1799,
            "ratio": 0.25,
            "far": float("inf"),
            "nothing": None,
            "yes": True,
            "lines": [1, "two", [], {}],
        }
    )


def test_value_nested_deeper_than_the_stack_is_searched_to_its_end() -> None:
    deep: object = VISA
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(CardNumberRefused):
        refuse_cards(deep)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (VISA, "411111******1111"),
        ("4111 1111 1111 1111", "4111 11** **** 1111"),
        ("378282246310005", "378282*****0005"),
        (
            f"first {VISA}, then 5555-5555-5555-4444",
            "first 411111******1111, then 5555-55**-****-4444",
        ),
        (f"{VISA} 12/26", "411111******1111 12/26"),
        (FULL_WIDTH, "411111******1111"),
        (f"{VISA} {VISA}", "411111******1111 411111******1111"),
        ("Grüße \u2460", "Grüße \u2460"),
    ],
)
def test_mask_leaves_the_first_six_and_the_last_four(text: str, masked: str) -> None:
    assert mask_cards(text) == masked
    assert not contains_card_number(masked)


def test_mask_covers_both_numbers_where_two_overlap() -> None:
    # given six groups of four: digits 1 to 16 are one card number, digits 9 to 24 another
    text = "4111 1111 4000 0004 0000 0008"
    assert contains_card_number("4111 1111 4000 0004")
    assert contains_card_number("4000 0004 0000 0008")
    # when they are masked
    masked = mask_cards(text)
    # then no middle digit of either is left
    assert masked == "4111 11** **** 00** **** 0008"
