"""The trained model against its base, by Converse on the embedded AWS: from not deployed to a gate."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from nova_rft.aws.session import Aws
from nova_rft.aws.stacks import deployment
from nova_rft.aws.storage import get
from nova_rft.errors import FindingsError
from nova_rft.pipeline._evaluating import Evaluations, Stuck
from nova_rft.project import JobHandle, Project
from tests.support import EXAMPLE, PROGRAM, Cloud, MakeProject, stdout_json

JUDGE = "us.amazon.nova-premier-v1:0"
# 24 held-out prompts; the trainer's own judge stands in the reward.
EVALUATION = f"""
evaluation:
  records: held-out.jsonl
  judge: {{provider: bedrock, id: {JUDGE}}}
  prices: {{base: {{input: 1, output: 4}}, {JUDGE}: {{input: 1, output: 4}}}}
"""


@pytest.fixture
def completed(in_cloud: Aws, make_project: MakeProject, tmp_path: Path) -> JobHandle:
    """A job that has made a model, and held-out records beside its spec."""
    spec = make_project(learning_rate=3.1e-5)
    lines = (EXAMPLE / "data" / "validation.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "held-out.jsonl").write_bytes(b"".join(lines[:24]))
    handle = Project.load(spec).submit().wait(every_s=0.2)
    spec.write_text(spec.read_text() + EVALUATION)
    return handle


def test_a_model_is_deployed_compared_and_held_to_a_threshold(
    cloud: Cloud, in_cloud: Aws, completed: JobHandle, tmp_path: Path
) -> None:
    command = ("evaluate", "--custom", completed.name)
    early = cloud.run(*command, folder=tmp_path)
    assert early.returncode == 1
    assert f"deploy it first: nova-rft serve-model {completed.name}" in early.stderr
    served = stdout_json(cloud.run("serve-model", completed.name, "--json", folder=tmp_path))
    try:
        _killed(cloud, completed.name, tmp_path)
        found = stdout_json(cloud.run(*command, "--json", folder=tmp_path))
        base, custom = found["models"]
        assert base["id"] == "us.amazon.nova-2-lite-v1:0"
        assert (custom["id"], custom["job"]) == (served["model_id"], completed.name)
        assert base["answers"] == custom["answers"] == 24
        assert custom["cost"] == pytest.approx(base["cost"]) and custom["median_s"] > 0
        # One stand-in answers for both models, so nothing differs.
        contrast = found["contrasts"][0]
        assert found["verdict"] == "cannot tell"
        assert contrast["wins"]["rate"]["value"] == 0.5 and contrast["wins"]["ties"] == 1
        assert found["judge"]["name"] == JUDGE and not found["judge"]["trained"]
        measures = {one["measure"] for one in contrast["measures"]}
        assert {"math", "reasoning", "reasoning.steps", "win_rate"} <= measures
        _paid_once(tmp_path)
        spent = (tmp_path / "evaluation/spent.txt").read_bytes()
        gated = cloud.run(*command, "--threshold", "0", folder=tmp_path)
        assert gated.returncode == 1 and "not met" in gated.stderr
        said = [line for line in gated.stderr.splitlines() if "arn:" not in line]
        assert max(map(len, said)) <= 80
        assert (tmp_path / "evaluation/spent.txt").read_bytes() == spent
        assert "Thresholds not met" in (tmp_path / "evaluation/evaluation.html").read_text()
        _in_as_many_calls_as_it_takes(in_cloud, completed, served["model_id"], tmp_path)
        _with_bedrocks_own_jobs(cloud, in_cloud, command, tmp_path)
    finally:
        cloud.run("serve-model", "--delete", completed.name, folder=tmp_path)


def _in_as_many_calls_as_it_takes(
    aws: Aws, completed: JobHandle, deployed: str, folder: Path
) -> None:
    """As the pipeline has it: each call has a machine of its own, and less time than all would take."""
    project = Project.load(folder / "nova-rft.yaml")
    bucket = deployment(aws, project.spec).output_bucket
    found, calls = None, 0
    while found is None:
        calls += 1
        kept = Evaluations(aws, bucket, completed.name, folder / f"machine-{calls}")
        # At first too little for anything at all; a loaded machine needs more than another.
        with suppress(Stuck):
            end = time.monotonic() + 0.2 * calls
            found = kept.go_on(project, deployed, until=end, budget=5.0)
    assert calls > 1 and str(found.verdict.finding) == "cannot tell"
    asked = get(aws, bucket, f"evaluations/{completed.name}/answers.jsonl").splitlines()
    assert len({json.loads(line)["key"] for line in asked}) == len(asked) == 48
    with pytest.raises(FindingsError, match="more than evaluation_budget"):
        Evaluations(aws, bucket, "another", folder / "other").go_on(
            project, deployed, until=time.monotonic() + 60, budget=1e-6
        )


def _with_bedrocks_own_jobs(cloud: Cloud, aws: Aws, command: tuple[str, ...], folder: Path) -> None:
    """Started once, found again, and read among the measures when they have completed."""
    spec = folder / "nova-rft.yaml"
    unsaid = cloud.run(*command, "--bedrock", folder=folder)
    assert unsaid.returncode == 2 and "needs evaluation.bedrock" in unsaid.stderr
    role = deployment(aws, Project.load(spec).spec).job_role_arn
    spec.write_text(f"{spec.read_text()}  bedrock: {{role: {role}}}\n")
    first = stdout_json(cloud.run(*command, "--bedrock", "--json", folder=folder))
    assert [one["model"] for one in first["bedrock"]] == ["base", "custom"]
    time.sleep(1.2)
    again = stdout_json(cloud.run(*command, "--bedrock", "--json", folder=folder))
    assert {one["status"] for one in again["bedrock"]} == {"Completed"}
    assert [one["arn"] for one in again["bedrock"]] == [one["arn"] for one in first["bedrock"]]
    told = {one["measure"]: one for one in again["contrasts"][0]["measures"]}
    assert told["Builtin.Correctness"]["gain"]["prompts"] == 24
    assert told["Builtin.Correctness"]["kind"] == "bedrock"


def _killed(cloud: Cloud, job: str, folder: Path) -> None:
    """Starts an evaluation and ends it for good while it asks."""
    answers = folder / "evaluation/answers.jsonl"
    running = subprocess.Popen(
        [PROGRAM, "evaluate", "--custom", job],
        cwd=folder,
        env=cloud.environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while not answers.exists() or answers.read_bytes().count(b"\n") < 8:
            assert running.poll() is None and time.monotonic() < until
            time.sleep(0.005)
    finally:
        running.kill()
        running.wait()


def _paid_once(folder: Path) -> None:
    """Each answer was kept once, however often the evaluation was begun."""
    lines = (folder / "evaluation/answers.jsonl").read_text().splitlines()
    kept = [json.loads(line)["key"] for line in lines if line.endswith("}")]
    assert len(kept) == len(set(kept)) == 48
