"""Syntax trees of this repository, read once and only where they are asked of."""

import pytest

from tests.architecture.references import Modules, read_modules


@pytest.fixture(scope="session")
def platform() -> Modules:
    """Parse the platform."""
    return read_modules("src/ledgerline")


@pytest.fixture(scope="session")
def everything() -> Modules:
    """Parse all of our Python."""
    return read_modules("src", "tests", "bench")
