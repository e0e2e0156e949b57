"""What all tests share: no network beyond this machine, no credentials, no state of the user's."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from pytest_socket import socket_allow_hosts

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "gsm8k-math"

# What a rehearsal trains with is an extra of its own, which make test installs.
collect_ignore = [] if find_spec("trl") else ["rehearse"]

_OF_ALL_KINDS = ("customization.py", "least_privilege.py", "policies.py")

for name in [name for name in os.environ if name.startswith(("AWS_", "NOVA_RFT_", "OPENAI_"))]:
    if name != "NOVA_RFT_WHEELHOUSE":
        del os.environ[name]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """For runs on several processes: a file stays together, and so do all that share one deployment.

    So do those that look at the templates of all kinds of cells, which take seconds to make. (xdist's
    own groups are marks, which it cannot read with pytest 9.2.)
    """
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::", 1)[0]
            shared = file.startswith("tests/e2e/") and not file.startswith("tests/e2e/apart/")
            kinds = file.removeprefix("tests/infra/test_") in _OF_ALL_KINDS
            return "e2e" if shared else "kinds" if kinds else file

    # As they are collected: what deploys takes longest, and is begun early.
    config.option.loadscopereorder = False
    return Together(config, log)


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
