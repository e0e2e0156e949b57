"""An endpoint in AWS's place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.ui.making import Endpoint, endpoint


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """The endpoint, and credentials for it."""
    with endpoint() as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        yield running
