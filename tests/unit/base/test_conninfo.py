"""Addresses of databases: what is wrong with them, and what is told of them."""

import psycopg
import pytest

from ledgerline.base.conninfo import fault_of, spot_of, told

PASSWORD = "hunter2hunter2"


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:hunter2@db.example:5432/shop",
        "postgres://db.example/shop?sslmode=require",
        "postgresql://me:h%40nt%2Fer@[::1]:5432/shop",
        "postgresql://a:1,b:2/shop",
        "postgresql:///shop?host=/run/postgresql",
        "host=db.example dbname=shop password='a b'",
        "",
    ],
)
def test_a_usable_address_has_no_fault(address: str) -> None:
    assert fault_of(address) is None


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        (f"postgresql://me:{PASSWORD}%zz@h/shop", "does not understand"),
        (f"postgresql://me:{PASSWORD}@h/shop?what=ever", "does not understand"),
        (f"mysql://me:{PASSWORD}@h/shop", "does not understand"),
        (f"host=h password={PASSWORD} word", "does not understand"),
        (f"host=h password='{PASSWORD}", "does not understand"),
        (f"postgresql://me:{PASSWORD}/x@h/shop", "percent-encoded"),
        (f"postgresql://me:{PASSWORD}@x@h/shop", "percent-encoded"),
        (f"postgresql://me:{PASSWORD}#x@h/shop", "percent-encoded"),
        (f"postgresql://me:{PASSWORD}@h:99999/shop", "its port"),
        (f"postgresql://me:{PASSWORD}@h:0/shop", "its port"),
        (f"postgresql://me:{PASSWORD}@h:one/shop", "its port"),
        (f"postgresql://me:{PASSWORD}@a:1,b:65536/shop", "its port"),
        (f"postgresql://me:{PASSWORD}@h/shop\n", "line break"),
        (f"postgresql://me:{PASSWORD}\udcff@h/shop", "does not understand"),
    ],
)
def test_a_fault_is_named_and_nothing_of_the_address_is(address: str, fault: str) -> None:
    found = fault_of(address)
    assert found is not None
    assert fault in found
    assert PASSWORD not in found


def test_the_drivers_words_are_told_on_one_line_without_the_password() -> None:
    error = psycopg.OperationalError(f"no host {PASSWORD}\n\tIs the server running?\n")
    assert told(error, f"postgresql://me:{PASSWORD}@h/shop") == "no host …"
    assert told(psycopg.OperationalError("refused"), "postgresql://me@h/shop") == "refused"


def test_a_spot_is_named_without_user_and_password() -> None:
    assert spot_of(f"postgresql://me:{PASSWORD}@h:5432/shop") == "h/5432/shop"
