"""One loaded case and one central path for all tests of this room."""

import pytest

from gadolin import case
from gadolin.strategy import PricePath, central


@pytest.fixture(scope="session")
def malaysia():
    return case.load("malaysia")


@pytest.fixture(scope="session")
def future(malaysia):
    return central(malaysia)


@pytest.fixture(scope="session")
def flat(malaysia):
    """Prices of the deck, held: the market room replaced by a stand-in of one line."""
    return PricePath.flat(2025)
