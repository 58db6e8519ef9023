"""Options of the test suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long`: the crash tests play every operation and a hundred kills, as `make crash-test` does."""
    parser.addoption("--long", action="store_true", help="play crashes at length")


@pytest.fixture
def long(request: pytest.FixtureRequest) -> bool:
    """Whether the crash tests have as long as they like."""
    return bool(request.config.getoption("--long"))
