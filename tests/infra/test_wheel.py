"""The wheel deploys from an environment that has never seen the clone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SYNTH = """
import json, sys
from pathlib import Path
import nova_rft
from nova_rft.deploy import bundle_root, synth
clone = Path(sys.argv[2])
assert clone not in Path(nova_rft.__file__).parents, nova_rft.__file__
assert clone not in bundle_root().parents
assembly = synth(sys.argv[1], account="111122223333", progress=lambda line: print(line, file=sys.stderr))
print(json.dumps([str(bundle_root()), str(assembly)]))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an environment with the wheel in it, and this one's packages without the clone."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    # Without pip of its own: this environment's comes with the other packages.
    venv.create(folder / "env", with_pip=False, symlinks=True)
    python = folder / "env" / "bin" / "python"
    site = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
    )
    # A path configuration file adds this environment's packages behind the new one's, but reads
    # no .pth files there: the editable clone stays out.
    (site / "outer.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, "--target", str(site), str(wheel)], check=True, capture_output=True)
    return python


@pytest.mark.deployments
def test_the_wheel_synthesises_outside_the_clone(
    installed: Path, wheels: Path, tmp_path: Path
) -> None:
    cdk = ROOT / "node_modules" / ".bin" / "cdk"
    if not cdk.exists() or shutil.which("node") is None:
        pytest.skip("no CDK command line; `make setup` installs it")
    project = tmp_path / "project"
    shutil.copytree(ROOT / "examples" / "gsm8k-math", project)
    environment = {
        name: value
        for name, value in os.environ.items()
        if name in ("PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE")
    }
    done = subprocess.run(
        [installed, "-c", SYNTH, "nova-rft.yaml", str(ROOT)],
        cwd=project,
        env={
            **environment,
            "NOVA_RFT_CDK": str(cdk),
            "NOVA_RFT_WHEELHOUSE": str(wheels),
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    bundle, assembly = json.loads(done.stdout.splitlines()[-1])
    template = json.loads((Path(assembly) / "gsm8k-math-dev-reward.template.json").read_text())
    assert "RewardVersionArn" in template["Outputs"]
    (asset,) = Path(assembly).glob("asset.*.zip")
    with zipfile.ZipFile(asset) as packed:
        names = packed.namelist()
    assert "reward.json" in names
    assert any(name.startswith("sympy/") for name in names)
    assert Path(bundle).name == "_bundle"
    # Nothing is written beside the installed package.
    assert not list(Path(bundle).rglob("cdk.out"))
    assert sorted(item.name for item in project.iterdir()) == [
        ".nova-rft",
        *sorted(item.name for item in (ROOT / "examples" / "gsm8k-math").iterdir()),
    ]
