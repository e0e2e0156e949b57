from __future__ import annotations

from pathlib import Path

import pytest

from nova_rft.deploy import bundle_root, wheelhouse
from nova_rft.deploy._bundle import _folder
from nova_rft.errors import UsageError


def test_the_clone_is_found(root: Path) -> None:
    assert bundle_root() == root


def test_where_the_wheels_are(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOVA_RFT_WHEELHOUSE", raising=False)
    assert _folder(root) == root / ".wheelhouse"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert _folder(tmp_path / "bundle") == tmp_path / "nova-rft" / "wheelhouse"
    monkeypatch.setenv("NOVA_RFT_WHEELHOUSE", str(tmp_path / "named"))
    assert _folder(root) == tmp_path / "named"


def test_wheels_that_cannot_be_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVA_RFT_WHEELHOUSE", str(tmp_path))
    for name in ("PIP_NO_INDEX", "PIP_DISABLE_PIP_VERSION_CHECK"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(UsageError, match=r"pip could not fetch the Lambda's wheels .*run it again"):
        wheelhouse("host")
    assert list(tmp_path.iterdir()) == []


def test_wheels_that_are_there_are_not_fetched(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib

    pins = hashlib.sha256((root / "infra" / "lambda-requirements.txt").read_bytes()).hexdigest()
    (tmp_path / f"arm64-cp313-{pins[:12]}").mkdir()
    monkeypatch.setenv("NOVA_RFT_WHEELHOUSE", str(tmp_path))
    said: list[str] = []
    assert wheelhouse(progress=said.append) == tmp_path
    assert said[-1] == "wheels for arm64-cp313: complete"
