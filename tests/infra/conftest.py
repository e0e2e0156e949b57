"""One synthesised app for the session: each start of jsii costs a second."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from nova_rft.spec import CAPABILITIES, PIPELINE_BACKENDS, Capability

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "infra"))
# cdk-nag stays; the library's own validation, which dominates a synth, runs in `make check`.
os.environ["CDK_VALIDATION"] = "false"
os.environ["JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"] = "20"

ACCOUNT = "111122223333"
Templates = dict[str, dict[str, Any]]
Make = Callable[[str, str], Templates]
# One cell for each kind of need: what the stacks make follows from these alone.
KINDS: dict[str, Capability] = {}
for _cell in CAPABILITIES:
    if (_cell.backend, _cell.needs) not in {(one.backend, one.needs) for one in KINDS.values()}:
        KINDS[f"{_cell.technique} on {_cell.backend}"] = _cell
_REWARD = """
reward:
  range: [0, 1]
  terms:
    - {name: a, type: rubric, model: {provider: scripted}, criteria: [{name: a, question: Right?}]}
"""


def spec_text(cell: Capability, *lines: str) -> str:
    """A spec of a cell, with a reward where jobs call one."""
    text = [f"technique: {cell.technique}", f"backend: {cell.backend}", f"model: {cell.model}"]
    if cell.adapter != "managed":
        text.append(f"adapter: {cell.adapter}")
    text += ["project: p", "data: {train: a.jsonl}", *lines]
    return "\n".join(text) + (_REWARD if cell.calls_reward else "")


@pytest.fixture(scope="session")
def wheels() -> Path:
    """The clone's wheelhouse, which `make setup` fills."""
    folder = Path(os.environ.get("NOVA_RFT_WHEELHOUSE") or ROOT / ".wheelhouse")
    if not folder.is_dir():
        pytest.skip("no wheelhouse; `make setup` fills it")
    return folder


@pytest.fixture(scope="session")
def synthesise(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Templates]:
    """Synthesises a spec, without bundling, checked by cdk-nag; templates by part."""
    from app import build
    from nova_rft.spec import Stage, parse
    from settings import Settings
    from wheelhouse import ARM64, target

    def run(
        text: str,
        *,
        region: str = "us-east-1",
        runs_on: str = "arm64",
        stage: dict[str, Any] | None = None,
        folder: Path = Path("/nowhere"),
    ) -> Templates:
        spec = parse(text)
        settings = Settings(
            spec=spec,
            folder=folder,
            account=ACCOUNT,
            region=region,
            wheelhouse=Path("/nowhere"),
            target=ARM64 if runs_on == "arm64" else target(runs_on),
            stage=Stage.model_validate(stage or {}),
        )
        app = build(
            settings,
            context={"aws:cdk:bundling-stacks": []},
            outdir=str(tmp_path_factory.mktemp("cdk")),
        )
        assembly = app.synth()
        # The parts that a stage adds come after those of the spec.
        start = spec.stack_name("")
        made = {one.stack_name.removeprefix(start): one.template for one in assembly.stacks}
        return {part: made.pop(part) for part in spec.parts} | made

    return run


@pytest.fixture(scope="session")
def templates(synthesise: Callable[..., Templates]) -> Templates:
    """The GSM8K example's three templates."""
    return synthesise((ROOT / "examples" / "gsm8k-math" / "nova-rft.yaml").read_text())


@pytest.fixture(scope="session")
def of_kind(synthesise: Callable[..., Templates]) -> Callable[[str], Templates]:
    """The templates of a kind of need; synthesised once."""
    return cache(lambda kind: synthesise(spec_text(KINDS[kind])))


@pytest.fixture(scope="session")
def made(synthesise: Callable[..., Templates]) -> Make:
    """The templates of a cell, or of the rich spec, in a stage; cdk-nag has looked at them."""

    from tests.infra.stages import RICH, STAGES

    @cache
    def make(cell: str, stage: str) -> Templates:
        text = RICH if cell == "rich" else spec_text(KINDS[cell])
        asked = dict(STAGES[stage])
        if cell != "rich" and KINDS[cell].backend not in PIPELINE_BACKENDS:
            asked.pop("pipeline", None)  # Refused, which is tested beside the pipeline.
        return synthesise(text, stage=asked)

    return make


def resources(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Resources of a type, by logical id."""
    return {k: v for k, v in template["Resources"].items() if v["Type"] == kind}


def only(template: dict[str, Any], kind: str) -> dict[str, Any]:
    """Properties of the only resource of a type."""
    (resource,) = resources(template, kind).values()
    return resource["Properties"]  # type: ignore[no-any-return]


def statements(template: dict[str, Any]) -> list[dict[str, Any]]:
    """What the only role, or policy to attach, of a template may do."""
    attached = resources(template, "AWS::IAM::ManagedPolicy")
    kind = "AWS::IAM::ManagedPolicy" if attached else "AWS::IAM::Policy"
    return only(template, kind)["PolicyDocument"]["Statement"]  # type: ignore[no-any-return]
