"""What all tests share: no network beyond this machine, no credentials, no state of the user's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytest_socket import socket_allow_hosts

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "gsm8k-math"

for name in [name for name in os.environ if name.startswith(("AWS_", "NOVA_RFT_", "OPENAI_"))]:
    if name != "NOVA_RFT_WHEELHOUSE":
        del os.environ[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """For runs on several processes: a file stays together, and all that deploys does.

    Two deployments at a time would take each other's processors, and each test of what is in time would
    measure the other.
    """
    for item in items:
        place = item.path.relative_to(ROOT / "tests")
        group = "e2e" if place.parts[0] == "e2e" else str(place)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(autouse=True)
def _loopback_alone() -> None:
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture
def example() -> Path:
    """The GSM8K example."""
    return EXAMPLE
