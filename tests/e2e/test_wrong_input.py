"""Wrong input: one sentence that names the place, the right exit status, nothing changed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from nova_rft.aws.session import Aws
from tests.support import EXAMPLE, PROGRAM, Cloud, MakeProject, run_program


def run(*arguments: str, folder: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    there = {**os.environ, "COLUMNS": "80", **extra}
    return run_program(*arguments, folder=folder, environment=there, timeout=60)


def jobs(aws: Aws) -> int:
    found = aws.client("bedrock").list_model_customization_jobs(maxResults=1000)
    return len(found["modelCustomizationJobSummaries"])


def test_no_traceback_and_a_sentence_for_a_missing_spec(tmp_path: Path) -> None:
    done = run("check", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "nova-rft: nova-rft.yaml: no such file; name another one, or begin a project: nova-rft init\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "batch_size: 32",
            "batch_sise: 32",
            ":11: training.batch_sise: is not a key of the spec (did you mean batch_size?)",
        ),
        (
            "batch_size: 32",
            "batch_size: 8",
            ":11: training.batch_size: 8 is outside the service's range of 16 to 512 (botocore",
        ),
    ],
)
def test_a_wrong_spec_is_named_by_file_line_and_key(
    make_project: MakeProject, old: str, new: str, said: str
) -> None:
    spec = make_project()
    text = spec.read_text()
    line = text[: text.index(old)].count("\n") + 1
    spec.write_text(text.replace(old, new))
    for command in (["check"], ["submit"]):
        done = run(*command, folder=spec.parent)
        assert done.returncode == 1
        assert f"nova-rft.yaml:{line}" + said[said.index(": ") :] in done.stderr
        assert "Traceback" not in done.stderr


def test_check_names_every_finding_not_the_first(make_project: MakeProject) -> None:
    spec = make_project()
    records = spec.parent / "train.jsonl"
    lines = records.read_text().splitlines()
    lines[4] = '{"messages": [{"role": "system", "content": "Be kind."}], "reference_answer": "1"}'
    lines[6] = '{"messages": [}'
    records.write_text("\n".join(lines[:50]))
    done = run("check", "--json", folder=spec.parent)
    assert done.returncode == 1
    findings = json.loads(done.stdout)["findings"]
    assert [(f["line"], f["rule"]) for f in findings] == [
        (5, "rft.no_user_turn"),
        (7, "json.invalid"),
        (0, "rft.count"),
    ]
    assert "50 training records; the service takes 100 to 20,000" in findings[2]["message"]


def test_aws_sample_records_check_clean(make_project: MakeProject) -> None:
    spec = make_project()
    data = EXAMPLE / "data"
    text = spec.read_text().replace("train: train.jsonl", f"train: {data / 'aws-train.jsonl'}")
    text = text.replace(
        "\ntraining:", f"  validation: {data / 'aws-validation.jsonl'}\n\ntraining:"
    )
    spec.write_text(text)
    done = run("check", "--json", folder=spec.parent)
    found = json.loads(done.stdout)
    assert found["findings"] == []
    assert sorted(found["records"].values()) == [100, 300]


def test_aws_refusing_gives_code_message_and_remedy(
    cloud: Cloud, in_cloud: Aws, make_project: MakeProject
) -> None:
    spec = make_project(learning_rate=1.6e-5)
    before = jobs(in_cloud)
    renamed = spec.read_text().replace("project: gsm8k-math", "project: not-deployed")
    spec.write_text(renamed)
    done = cloud.run("submit", str(spec), folder=spec.parent)
    assert done.returncode == 1
    assert "the stack not-deployed-dev-storage does not exist" in done.stderr
    assert jobs(in_cloud) == before


def test_an_unreachable_aws_is_exit_status_3(make_project: MakeProject) -> None:
    spec = make_project()
    done = run(
        "submit",
        folder=spec.parent,
        AWS_ENDPOINT_URL="http://127.0.0.1:9",
        AWS_REGION="us-east-1",
        AWS_ACCESS_KEY_ID="x",
        AWS_SECRET_ACCESS_KEY="x",
    )
    assert done.returncode == 3
    assert "AWS could not be reached" in done.stderr and "Traceback" not in done.stderr


def test_no_region_anywhere_is_said_and_none_is_invented(make_project: MakeProject) -> None:
    spec = make_project()
    done = run("submit", folder=spec.parent, AWS_CONFIG_FILE="/nonexistent")
    assert done.returncode == 2
    assert "no AWS region is named" in done.stderr


def test_a_full_disk_is_said_and_loses_no_job(
    cloud: Cloud, in_cloud: Aws, make_project: MakeProject
) -> None:
    spec = make_project(learning_rate=1.7e-5)
    # No file may grow past one block: what a full disk does, for one process.
    limited = subprocess.run(
        ["bash", "-c", f'ulimit -f 1; exec "{PROGRAM}" submit "{spec}"'],
        env=cloud.environment | {"NOVA_RFT_HOME": str(spec.parent / "home")},
        cwd=spec.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert limited.returncode == 2
    assert "cannot be written" in limited.stderr and "Traceback" not in limited.stderr
    assert not list((spec.parent / "home").rglob(".*"))
    again = cloud.run("submit", str(spec), "--json", folder=spec.parent)
    answer = json.loads(again.stdout)
    assert answer["created"] is False


def test_score_names_the_line_that_is_no_json(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text('{"id": "a", "messages": []}\n{oops\n')
    spec = str(EXAMPLE / "nova-rft.yaml")
    done = run("score", str(events), "--spec", spec, "--judge", "scripted", folder=tmp_path)
    assert done.returncode == 2
    assert f"{events}:2: not JSON" in done.stderr


@pytest.mark.parametrize("judge", ["bedrok:x", "openai:nothing", "replay:/nonexistent"])
def test_a_judge_that_cannot_be_is_named(tmp_path: Path, judge: str) -> None:
    spec = str(EXAMPLE / "nova-rft.yaml")
    events = tmp_path / "events.jsonl"
    events.write_text("{}\n")
    done = run("score", str(events), "--spec", spec, "--judge", judge, folder=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr and judge.split(":")[1] in done.stderr
