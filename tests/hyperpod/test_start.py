"""`nova-rft submit --start`: what is run is what is printed, and it is run once."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nova_rft.aws.session import Aws
from nova_rft.errors import FindingsError, UsageError
from nova_rft.jobs import Started, cluster_job, start
from nova_rft.jobs._start_hyperpod import started
from tests.hyperpod.cloud import Cloud
from tests.hyperpod.conftest import Command
from tests.hyperpod.jobs import plan_of, spec_of
from tests.hyperpod.test_checks import cell_of

PROGRAM = str(Path(sys.executable).with_name("nova-rft"))
NAME = "tone-dev-0123456789ab-1-x7k2p"
SPEC = """\
project: tone
technique: cpt
backend: hyperpod
model: amazon.nova-2-lite-v1:0:256k
data: {train: train.jsonl, validation: validation.jsonl}
training: {learning_rate: 5e-6, batch_size: 128}
compute: {cluster: rigs, namespace: team-a}
"""


@pytest.fixture
def project(there: Cloud, tmp_path: Path) -> Path:
    """A deployed project of continued pre-training, in a folder of its own."""
    there.stacks = {
        "tone-dev-storage": {"DataBucket": "data", "OutputBucket": "out"},
        "tone-dev-customization": {
            "Backend": "hyperpod",
            "ClusterPolicyArn": "arn:aws:iam::123456789012:policy/tone",
        },
    }
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("train", "validation"):
        lines = [{"text": f"Article {n} of {name}: rent is due."} for n in range(50)]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    (folder / "nova-rft.yaml").write_text(SPEC)
    return folder


def run(project: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command line, in the project's folder."""
    environment = {**os.environ, **more}
    return subprocess.run(
        [PROGRAM, *words], cwd=project, env=environment, capture_output=True, text=True
    )


def answer(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Its one document."""
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_is_run_is_what_is_printed_and_it_is_run_once(
    there: Cloud, hyperpod: Command, project: Path
) -> None:
    printed = run(project, "submit")
    assert printed.returncode == 0, printed.stderr
    connect, command = (shlex.split(line) for line in printed.stdout.splitlines())
    assert hyperpod.told == []

    first = answer(run(project, "submit", "--start", "--json"))
    assert first["created"] and first["job"]["name"] == NAME
    assert [first["connect"], first["command"]] == [connect, command]
    assert [["hyperpod", *one["words"]] for one in hyperpod.told] == [connect, command]
    # The command leaves its files where the recipe lies, not where one happens to be.
    folders = {Path(one["folder"]) for one in hyperpod.told}
    assert folders == {(project / first["recipe"]).parent.resolve()}
    changes = json.loads(command[-1])
    assert changes["recipes.training_config.optim.lr"] == 5e-6
    assert changes["recipes.run.validation_data_s3_path"].startswith("s3://data/datasets/")
    assert there.calls.count("DescribeCluster") == 1

    # From another machine, which has nothing but the spec and the records.
    shutil.rmtree(project / ".nova-rft")
    second = answer(run(project, "submit", "--start", "--json"))
    assert not second["created"] and second["job"] == first["job"]
    assert len(hyperpod.told) == 2


def test_again_is_the_next_attempt(there: Cloud, hyperpod: Command, project: Path) -> None:
    first = answer(run(project, "submit", "--start", "--json"))
    second = answer(run(project, "submit", "--start", "--again", "--json"))
    assert second["created"]
    assert first["recipe_uri"].split("/")[-3].removesuffix("-1") == second["recipe_uri"].split("/")[
        -3
    ].removesuffix("-2")
    # What is printed without --again is the attempt that was started last.
    assert answer(run(project, "submit", "--json"))["recipe_uri"] == second["recipe_uri"]


def test_people_are_told(hyperpod: Command, project: Path) -> None:
    done = run(project, "submit", "--start", COLUMNS="200")
    assert done.returncode == 0, done.stderr
    assert f"Started {NAME} on rigs" in done.stderr
    assert done.stdout == f"hyperpod get-job --job-name {NAME} --namespace team-a\n"


def test_without_a_cluster_the_field_is_named(hyperpod: Command, project: Path) -> None:
    (project / "nova-rft.yaml").write_text(SPEC.replace("cluster: rigs, ", ""))
    done = run(project, "submit", "--start")
    assert (done.returncode, hyperpod.told) == (2, [])
    assert "set compute.cluster" in done.stderr
    printed = run(project, "submit")
    assert [line.split()[:2] for line in printed.stdout.splitlines()] == [["hyperpod", "start-job"]]


def test_without_the_command_nothing_is_uploaded(there: Cloud, project: Path) -> None:
    done = run(project, "submit", "--start", PATH="/nowhere")
    assert done.returncode == 2
    assert "branch release_v2" in done.stderr.replace("\n", " ")
    assert there.calls == []


def test_start_is_for_hyperpod_alone(project: Path) -> None:
    text = SPEC.replace("technique: cpt", "technique: sft").replace("hyperpod", "sagemaker")
    kept = [line for line in text.splitlines() if not line.startswith(("compute", "training"))]
    (project / "nova-rft.yaml").write_text("\n".join(kept))
    done = run(project, "submit", "--start")
    assert done.returncode == 2
    assert "--start is for hyperpod" in done.stderr


class TestOnce:
    """`start` itself, when things go wrong around it."""

    @pytest.fixture
    def begin(self, there: Cloud, hyperpod: Command, tmp_path: Path) -> Any:
        spec = spec_of(cell_of("cpt"), learning_rate=5e-6)
        plan = plan_of(spec, tmp_path)
        return lambda: start(Aws("us-east-1"), plan, cluster_job(spec))

    def test_a_command_that_fails_leaves_nothing_and_says_why(
        self, begin: Any, hyperpod: Command, there: Cloud
    ) -> None:
        hyperpod.fail("start-job", "first\nError: no such image")
        with pytest.raises(FindingsError, match=r"start-job failed \(1\): Error: no such image"):
            begin()
        assert not any(key.endswith("started.json") for key in there.objects)
        hyperpod.mend("start-job")
        job, created = begin()
        assert (job.name, created) == (NAME, True)

    def test_a_cluster_that_cannot_be_reached_is_not_started_on(
        self, begin: Any, hyperpod: Command, there: Cloud
    ) -> None:
        hyperpod.fail("connect-cluster", "Unable to locate credentials")
        with pytest.raises(FindingsError, match="connect-cluster failed"):
            begin()
        assert [one["words"][0] for one in hyperpod.told] == ["connect-cluster"]
        assert not any(key.endswith("started.json") for key in there.objects)

    def test_a_start_that_was_cut_off_is_not_repeated(
        self, begin: Any, hyperpod: Command, there: Cloud
    ) -> None:
        cut = {"name": None, "cluster": "rigs", "namespace": "kubeflow", "at": "2026-11-01"}
        there.objects["out/jobs/tone/input/started.json"] = json.dumps(cut).encode()
        with pytest.raises(FindingsError, match=r"hyperpod list-jobs --namespace kubeflow"):
            begin()
        assert hyperpod.told == []

    def test_of_two_at_once_one_starts(self, begin: Any, hyperpod: Command, there: Cloud) -> None:
        other = Started("theirs", "rigs", "kubeflow", "2026-11-01")
        key = "out/jobs/tone/input/started.json"

        class Later(dict[str, bytes]):
            """S3, in which another submit's mark appears once ours has looked."""

            looked = False

            def get(self, name: str, default: Any = None) -> Any:
                found = super().get(name, default)
                if name == key and not self.looked:
                    self.looked = True
                    mark = {
                        field: getattr(other, field)
                        for field in ("name", "cluster", "namespace", "at")
                    }
                    self[key] = json.dumps(mark).encode()
                return found

        there.objects = Later(there.objects)
        job, created = begin()
        assert (job, created) == (other, False)
        assert [one["words"][0] for one in hyperpod.told] == ["connect-cluster"]
        assert started(Aws("us-east-1"), "s3://out/jobs/tone/input/recipe.yaml") == other

    def test_no_room_no_start(self, begin: Any, hyperpod: Command, there: Cloud) -> None:
        there.groups = {"ml.p5.48xlarge": 1}
        with pytest.raises(FindingsError, match="Insufficient capacity"):
            begin()
        assert hyperpod.told == []


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    from nova_rft.aws import hyperpod

    monkeypatch.setattr(hyperpod, "VERSION", "3.99.0")
    with pytest.raises(UsageError, match=r"3\.99\.0 is needed: pip install 'nova-rft\[hyperpod\]'"):
        hyperpod.require_sdk()
