"""One process with the published rules for every test that asks for it."""

from collections.abc import Iterator

import pytest

from ledgerline.jobs.validation import LIMITS, Validation


@pytest.fixture(scope="session")
def validation() -> Iterator[Validation]:
    """Give what checks e-invoices; nothing starts before the first file."""
    with Validation(limits=LIMITS._replace(deadline_seconds=60)) as opened:  # a busy machine
        yield opened
