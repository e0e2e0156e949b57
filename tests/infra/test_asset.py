from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Set
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import default_environment
from packaging.metadata import Metadata
from packaging.requirements import Requirement

from nova_rft.spec import RewardSpec, load

AARCH64 = 183
UNZIPPED_LIMIT = 250 * 1024 * 1024


@pytest.fixture(scope="module")
def whole(example: Path) -> RewardSpec:
    return load(example / "nova-rft.yaml").required_reward


@pytest.fixture(scope="module")
def example() -> Path:
    return Path(__file__).parents[2] / "examples" / "gsm8k-math"


@pytest.fixture(scope="module")
def plain(whole: RewardSpec) -> RewardSpec:
    """The example's reward without its verifier."""
    return whole.model_copy(update={"terms": tuple(t for t in whole.terms if t.type != "math")})


@pytest.fixture(scope="module")
def arm64(whole: RewardSpec, wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from bundling import reward_asset
    from wheelhouse import ARM64

    output = tmp_path_factory.mktemp("arm64")
    unpack(reward_asset(whole, Path(), ARM64, wheels), output)
    return output


def unpack(asset: Any, folder: Path) -> None:
    """The asset's files, as Lambda lays them out."""
    packed = folder.with_name(f"{folder.name}.zip")
    asset.archive(packed)
    with zipfile.ZipFile(packed) as found:
        found.extractall(folder)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _packages(folder: Path) -> set[str]:
    return {item.name.partition(".")[0] for item in folder.iterdir() if item.suffix != ".dist-info"}


def test_arm64_binaries_are_arm64(arm64: Path) -> None:
    binaries = list(arm64.rglob("*.so"))
    assert binaries
    for binary in binaries:
        header = binary.read_bytes()[:20]
        assert header[:4] == b"\x7fELF"
        assert struct.unpack_from("<H", header, 18) == (AARCH64,)
        assert "cpython-313" in binary.name


def test_arm64_content(arm64: Path, whole: RewardSpec) -> None:
    from bundling import byte_compiler
    from wheelhouse import ARM64

    assert RewardSpec.model_validate_json((arm64 / "reward.json").read_bytes()) == whole
    assert (arm64 / "handler.py").is_file()
    inside = {item.name for item in (arm64 / "nova_rft").iterdir()} - {"__pycache__"}
    assert inside == {
        *("__init__.py", "_lazy.py", "errors.py", "outcome.py", "py.typed"),
        *("sandbox", "spec", "data", "judge", "reward", "aws"),
    }
    assert not _packages(arm64) & {"boto3", "botocore", "ruamel", "numpy", "openai", "bin"}
    assert _size(arm64) < 100 * 1024 * 1024 < UNZIPPED_LIMIT
    assert bool(list(arm64.rglob("*.pyc"))) is (byte_compiler(ARM64.python) is not None)


def test_no_math_libraries_without_math(plain: RewardSpec, wheels: Path, tmp_path: Path) -> None:
    from bundling import reward_asset
    from wheelhouse import ARM64

    unpack(reward_asset(plain, Path(), ARM64, wheels), tmp_path)
    assert not _packages(tmp_path) & {"sympy", "mpmath", "math_verify", "latex2sympy2_extended"}
    assert _size(tmp_path) < 30 * 1024 * 1024


def test_groups(whole: RewardSpec, plain: RewardSpec) -> None:
    from bundling import groups

    assert groups(whole) == ["base", "math"]
    assert groups(plain) == ["base"]
    text = plain.model_dump(mode="json")
    judge = next(t for t in text["terms"] if t["type"] == "rubric")
    judge["model"] = {"provider": "openai", "base_url": "http://x/v1", "id": "m"}
    assert groups(RewardSpec.model_validate(text)) == ["base", "openai"]


def test_hash_follows_the_input_alone(whole: RewardSpec, plain: RewardSpec, tmp_path: Path) -> None:
    from bundling import reward_asset
    from wheelhouse import ARM64, Target

    first = reward_asset(whole, Path(), ARM64, tmp_path).digest
    assert first == reward_asset(whole, Path(), ARM64, tmp_path / "elsewhere").digest
    assert first != reward_asset(plain, Path(), ARM64, tmp_path).digest
    other = Target("host", "3.12", "x86_64", ())
    assert first != reward_asset(whole, Path(), other, tmp_path).digest


@pytest.mark.parametrize("seed", ["1", "2"])
def test_hash_is_the_same_in_another_process(
    whole: RewardSpec, tmp_path: Path, root: Path, seed: str
) -> None:
    from bundling import reward_asset
    from wheelhouse import ARM64

    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; "
        "from bundling import reward_asset; from wheelhouse import ARM64; "
        "from nova_rft.spec import load; "
        "print(reward_asset(load(sys.argv[2]).reward, Path(), ARM64, Path()).digest)"
    )
    spec = str(root / "examples" / "gsm8k-math" / "nova-rft.yaml")
    done = subprocess.run(
        [sys.executable, "-c", program, str(root / "infra"), spec],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )
    assert done.stdout.split()[-1] == reward_asset(whole, Path(), ARM64, tmp_path).digest


def test_byte_code_is_the_targets(
    plain: RewardSpec, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bundling import byte_compiler, reward_asset
    from wheelhouse import ARM64

    python = _lambda_python()
    if python is None:
        pytest.skip("no Python 3.13 on this machine")
    monkeypatch.setenv("NOVA_RFT_LAMBDA_PYTHON", python)
    byte_compiler.cache_clear()
    try:
        unpack(reward_asset(plain, Path(), ARM64, wheels), tmp_path)
    finally:
        byte_compiler.cache_clear()
    compiled = list(tmp_path.rglob("*.pyc"))
    assert tmp_path / "__pycache__" / "handler.cpython-313.pyc" in compiled
    assert all(file.name.endswith(".cpython-313.pyc") for file in compiled)
    # Checked against nothing at import: flags 1, PEP 552.
    assert {struct.unpack_from("<I", file.read_bytes(), 4)[0] for file in compiled} == {1}
    assert not any(str(tmp_path).encode() in file.read_bytes() for file in compiled)


def test_a_missing_wheelhouse_is_named(whole: RewardSpec, tmp_path: Path) -> None:
    from bundling import BundlingError, reward_asset
    from wheelhouse import ARM64

    with pytest.raises(BundlingError, match="is missing; fill the wheelhouse"):
        unpack(reward_asset(whole, Path(), ARM64, tmp_path), tmp_path)


def test_wheels_are_packed_once(plain: RewardSpec, wheels: Path, tmp_path: Path) -> None:
    import wheelhouse
    from bundling import reward_asset
    from wheelhouse import ARM64

    own = tmp_path / "own"
    place = wheelhouse.folder(own, ARM64)
    shutil.copytree(
        wheelhouse.folder(wheels, ARM64), place, ignore=shutil.ignore_patterns("packed")
    )
    asset = reward_asset(plain, Path(), ARM64, own)
    asset.archive(tmp_path / "first.zip")
    for wheel in place.glob("*.whl"):
        wheel.unlink()
    asset.archive(tmp_path / "again.zip")
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "again.zip").read_bytes()
    # What was kept is whole, and no run's own name is left beside it.
    (kept,) = (place / "packed").iterdir()
    with zipfile.ZipFile(kept) as packed:
        assert packed.testzip() is None


def test_a_wheelhouse_that_cannot_be_written_to_is_enough(
    plain: RewardSpec, wheels: Path, tmp_path: Path
) -> None:
    import wheelhouse
    from bundling import reward_asset
    from wheelhouse import ARM64

    place = wheelhouse.folder(tmp_path / "own", ARM64)
    place.mkdir(parents=True)
    for wheel in wheelhouse.folder(wheels, ARM64).glob("*.whl"):
        (place / wheel.name).symlink_to(wheel)
    # A file in the folder's place: refused to root too, whom permissions do not stop.
    (place / "packed").write_text("")
    reward_asset(plain, Path(), ARM64, tmp_path / "own").archive(tmp_path / "asset.zip")
    with zipfile.ZipFile(tmp_path / "asset.zip") as packed:
        assert {"handler.py", "reward.json"} <= set(packed.namelist())


def test_the_pins_are_complete(wheels: Path) -> None:
    """Bundling installs without dependencies, so each group must hold all that it needs."""
    import zipfile

    from wheelhouse import ARM64, folder, pins

    target: dict[str, str | Set[str]] = {
        **{name: str(value) for name, value in default_environment().items()},
        "python_version": "3.13",
        "python_full_version": "3.13.0",
        "platform_machine": "aarch64",
        "sys_platform": "linux",
        "extra": "",
    }
    needs: dict[str, list[Requirement]] = {}
    for wheel in folder(wheels, ARM64).glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
            metadata = Metadata.from_email(archive.read(name), validate=False)
        needs[metadata.name.lower().replace("_", "-")] = metadata.requires_dist or []
    # tokenizers asks for huggingface-hub to fetch files, which a Lambda never does.
    alone = ("math", "openai", "language", "overlap", "patterns", "schema", "units")
    for groups in (["base"], *(["base", name] for name in alone)):
        have = {pin.partition("==")[0]: pin.partition("==")[2] for pin in pins(groups)}
        for name in have:
            for need in needs[name]:
                if need.marker is None or need.marker.evaluate(target):
                    version = have[need.name.lower().replace("_", "-")]
                    assert need.specifier.contains(version), f"{name} needs {need}"


def _lambda_python() -> str | None:
    """Lambda's Python, where this machine has one."""
    if sys.version_info[:2] == (3, 13):
        return sys.executable
    pyenv = sorted(Path.home().glob(".pyenv/versions/3.13.*/bin/python"))
    # pyenv's own `python3.13` on PATH is a shim that answers only where that version is chosen.
    return str(pyenv[-1]) if pyenv else shutil.which("python3.13")


@pytest.mark.parametrize("python", [sys.executable, _lambda_python()])
def test_asset_answers(whole: RewardSpec, wheels: Path, tmp_path: Path, python: str | None) -> None:
    """The asset alone, beside what Lambda's runtime brings, scores an event."""
    from bundling import reward_asset
    from wheelhouse import check, host

    if python is None:
        pytest.skip("no Python 3.13 on this machine")
    text = whole.model_dump(mode="json")
    for term in text["terms"]:
        if term["type"] == "rubric":
            term["model"] = {"provider": "scripted"}
    asset = tmp_path / "asset"
    asset.mkdir()
    target = host() if python == sys.executable else check()
    unpack(reward_asset(RewardSpec.model_validate(text), Path(), target, wheels), asset)
    answer = _answered(python, asset, _runtime(tmp_path))
    assert answer["id"] == "1"
    metrics = {metric["name"]: metric["value"] for metric in answer["metrics_list"]}
    assert metrics["math"] == 1


def _answered(python: str, asset: Path, runtime: Path) -> dict[str, Any]:
    """The asset's answer to one event, alone beside what Lambda's runtime brings."""
    done = subprocess.run(
        [python, "-S", "-c", CALL, json.dumps(EVENT)],
        capture_output=True,
        text=True,
        cwd=asset,
        env={
            "PYTHONPATH": f"{asset}:{runtime}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "NOVA_RFT_PROJECT": "p",
            "NOVA_RFT_STAGE": "dev",
            "NOVA_RFT_TRACE_BUCKET": "b",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_NAME": "f",
            "AWS_REGION": "us-east-1",
        },
    )
    assert done.returncode == 0, done.stderr
    (answer,) = json.loads(done.stdout.splitlines()[-1])
    found: dict[str, Any] = answer
    return found


# One term for each group of wheels and each kind of file that travels.
EVERY_KIND: list[dict[str, Any]] = [
    {"name": "math", "type": "math"},
    {"name": "match", "type": "match"},
    {"name": "number", "type": "number", "unit": "m"},
    {"name": "schema", "type": "json_schema", "file": "any.schema.json"},
    {"name": "rouge", "type": "rouge_l"},
    {"name": "language", "type": "language", "expected": "en"},
    {
        "name": "length",
        "type": "length_window",
        "max_length": 99,
        "unit": "tokens",
        "tokenizer": "files/tokenizer.json",
    },
    {"name": "own", "type": "python", "function": "own_rewards:length"},
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project's folder: a module that reads a file, a schema, a tokenizer."""
    from tokenizers import Tokenizer, models

    folder = tmp_path_factory.mktemp("project")
    (folder / "files").mkdir()
    (folder / "any.schema.json").write_text("{}")
    (folder / "words.txt").write_text("two words")
    (folder / "own_rewards.py").write_text(
        "from pathlib import Path\n"
        "def length(rollout):\n"
        "    return len(Path(__file__).with_name('words.txt').read_text().split())\n"
    )
    Tokenizer(models.BPE()).save(str(folder / "files" / "tokenizer.json"))
    return folder


@pytest.mark.deployments
@pytest.mark.parametrize("python", [sys.executable, _lambda_python()])
def test_asset_of_every_kind_answers(
    project: Path, wheels: Path, tmp_path: Path, python: str | None
) -> None:
    from bundling import reward_asset
    from wheelhouse import check, host

    if python is None:
        pytest.skip("no Python 3.13 on this machine")
    asset = tmp_path / "asset"
    asset.mkdir()
    reward = RewardSpec.model_validate(
        {"range": [0, 9], "terms": EVERY_KIND, "files": ["words.txt"]}
    )
    target = host() if python == sys.executable else check()
    unpack(reward_asset(reward, project, target, wheels), asset)
    answer = _answered(python, asset, _runtime(tmp_path))
    metrics = {metric["name"]: metric["value"] for metric in answer["metrics_list"]}
    found = {term["name"]: metrics.get(term["name"]) for term in EVERY_KIND}
    assert found == {
        **{"math": 1, "match": 1, "number": 0, "schema": 0, "rouge": metrics["rouge"]},
        **{"language": metrics["language"], "length": 1, "own": 2},
    }
    assert 0 < metrics["rouge"] <= 1


def test_what_a_reward_names_must_be_there(project: Path, tmp_path: Path) -> None:
    from bundling import BundlingError, reward_asset
    from wheelhouse import ARM64

    for term, said in (
        ({"name": "own", "type": "python", "function": "nowhere:f"}, "there is no nowhere.py"),
        ({"name": "s", "type": "json_schema", "file": "no.json"}, "no.json is missing"),
    ):
        reward = RewardSpec.model_validate({"range": [0, 1], "terms": [term]})
        with pytest.raises(BundlingError, match=said):
            reward_asset(reward, project, ARM64, tmp_path)


def test_a_changed_function_is_a_changed_asset(project: Path, tmp_path: Path) -> None:
    from bundling import reward_asset
    from wheelhouse import ARM64

    reward = RewardSpec.model_validate({"range": [0, 9], "terms": EVERY_KIND})
    before = reward_asset(reward, project, ARM64, tmp_path).digest
    shutil.copytree(project, tmp_path / "changed")
    with (tmp_path / "changed" / "own_rewards.py").open("a") as stream:
        stream.write("# changed\n")
    assert reward_asset(reward, tmp_path / "changed", ARM64, tmp_path).digest != before


def _runtime(folder: Path) -> Path:
    """The packages that Lambda's own runtime has, and nothing else of this environment."""
    runtime = folder / "runtime"
    runtime.mkdir()
    site = next(Path(p) for p in sys.path if (Path(p) / "boto3").is_dir())
    for name in ("boto3", "botocore", "s3transfer", "urllib3", "dateutil", "six.py"):
        (runtime / name).symlink_to(site / name)
    return runtime


EVENT = [
    {
        "id": "1",
        "messages": [
            {"role": "user", "content": "What is 1 + 1?"},
            {"role": "assistant", "content": "1 + 1 = 2\nA: 2"},
        ],
        "metadata": {"reference_answer": "2"},
    }
]
CALL = """
import json, sys, types, handler
if __name__ == "__main__":
    context = types.SimpleNamespace(aws_request_id="r", get_remaining_time_in_millis=lambda: 60000)
    handler._keep = lambda *a: None
    print(json.dumps(handler.handler(json.loads(sys.argv[1]), context)))
"""
