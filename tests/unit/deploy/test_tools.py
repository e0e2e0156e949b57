from __future__ import annotations

import json
from pathlib import Path

import pytest

from nova_rft.deploy import bundle_root, find_cdk
from nova_rft.errors import UsageError

PINNED = json.loads((bundle_root() / "package.json").read_text())["devDependencies"]["aws-cdk"]


def _program(path: Path, prints: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{prints}'\n")
    path.chmod(0o755)
    return path


def _cdk(folder: Path, version: str) -> Path:
    """A command line as npm installs it."""
    package = folder / "node_modules" / "aws-cdk"
    program = _program(package / "bin" / "cdk", "never asked")
    (package / "package.json").write_text(json.dumps({"name": "aws-cdk", "version": version}))
    link = folder / "node_modules" / ".bin" / "cdk"
    link.parent.mkdir()
    link.symlink_to(program)
    return link


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """PATH with Node 20 alone, and an empty working folder."""
    folder = tmp_path / "programs"
    _program(folder / "node", "v20.1.0")
    monkeypatch.setenv("PATH", str(folder))
    working = tmp_path / "project" / "inner"
    working.mkdir(parents=True)
    monkeypatch.chdir(working)
    monkeypatch.setattr("nova_rft.deploy._tools._pinned", lambda: PINNED)
    monkeypatch.setattr("nova_rft.deploy._tools.bundle_root", lambda: tmp_path / "bundle")
    return folder


def test_node_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"^Node.js is missing .* install Node.js 20 or newer"):
        find_cdk()


def test_node_too_old(programs: Path) -> None:
    _program(programs / "node", "v18.20.0")
    with pytest.raises(UsageError, match=r"is Node.js v18.20.0; the CDK needs Node.js 20 or newer"):
        find_cdk()


def test_node_says_something_else(programs: Path) -> None:
    _program(programs / "node", "hello")
    with pytest.raises(UsageError, match=r"says 'hello'; install Node.js 20"):
        find_cdk()


def test_cdk_missing(programs: Path) -> None:
    with pytest.raises(UsageError, match=rf"is missing; .*npm install aws-cdk@{PINNED}"):
        find_cdk()


def test_cdk_of_another_version(programs: Path) -> None:
    _cdk(Path.cwd(), "3.0.0")
    with pytest.raises(UsageError, match=rf"has version 3.0.0, but {PINNED} is needed"):
        find_cdk()


def test_cdk_in_a_folder_above(programs: Path) -> None:
    _cdk(Path.cwd(), "3.0.0")
    right = _cdk(Path.cwd().parent, PINNED)
    found = find_cdk()
    assert (found.path, found.version) == (right, PINNED)


def test_cdk_on_path_is_asked_for_its_version(programs: Path) -> None:
    wrapper = _program(programs / "cdk", f"{PINNED} (build abc)")
    assert find_cdk().path == wrapper


def test_named_cdk(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVA_RFT_CDK", str(tmp_path / "nothing"))
    with pytest.raises(UsageError, match=r"NOVA_RFT_CDK names .*nothing, which is no file"):
        find_cdk()
    right = _cdk(tmp_path / "apart", PINNED)
    monkeypatch.setenv("NOVA_RFT_CDK", str(right))
    assert find_cdk().path == right


def test_library_missing(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"aws_cdk is missing; .*pip install 'nova-rft\[deploy\]'"):
        find_cdk()
