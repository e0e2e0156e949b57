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
