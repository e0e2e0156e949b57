"""The house itself: its public surface, its layers, its documents."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SURFACE = {
    "nova_rft.calibrate": [
        "Against",
        "Agreement",
        "Attacked",
        "BadLabels",
        "Calibration",
        "Ceiling",
        "Columns",
        "Disagreement",
        "Draws",
        "Figure",
        "Fitness",
        "How",
        "Labels",
        "People",
        "Ruling",
        "Standing",
        "TermStanding",
        "Took",
        "calibrate",
        "compare_judges",
        "confusion",
        "judge_digest",
        "jury_weights",
        "read_labels",
        "standing",
        "worst",
        "write_calibrations",
    ],
    "nova_rft.label": [
        "Agreed",
        "Answers",
        "BadAction",
        "Candidate",
        "Drawing",
        "Drawn",
        "Item",
        "Places",
        "Progress",
        "Question",
        "Read",
        "Serving",
        "Session",
        "Set",
        "Wanted",
        "agreement",
        "draw",
        "draw_only",
        "label_app",
        "questions",
        "read_answers",
        "read_candidates",
        "read_set",
        "serve",
        "shows_reference",
        "take_set",
        "write_labels",
        "write_set",
    ],
    "nova_rft": ["JobHandle", "NovaRftError", "Project", "__version__", "wait_all"],
    "nova_rft.judge": [
        "Form",
        "Judge",
        "JudgeModel",
        "JudgeReply",
        "JudgeRequest",
        "Jury",
        "OpenAIModel",
        "PreferenceJudge",
        "QuizJudge",
        "RecordingModel",
        "ReplayModel",
        "RubricJudge",
        "ScriptedModel",
        "Token",
        "Tool",
        "UnreadableVerdict",
        "Usage",
        "ask_all",
        "fence",
        "free_question",
        "nonce_for",
        "read_fenced",
    ],
    "nova_rft.reward": [
        "Abstention",
        "BadItem",
        "Cause",
        "Item",
        "JudgeCalls",
        "JudgeModels",
        "MalformedEvent",
        "Models",
        "Outcome",
        "Quizzes",
        "Resources",
        "RewardAbstained",
        "RewardFunction",
        "Score",
        "Scored",
        "Term",
        "answer",
        "build_term",
        "check_records",
        "check_records_for",
        "check_terms",
        "count_quizzes",
        "is_trace",
        "judge_calls",
        "pack",
        "read_event",
        "read_events",
        "read_item",
        "read_items",
        "read_raw_events",
        "read_raw_items",
        "read_trace",
        "score_all",
        "to_json",
        "trace_rows",
    ],
    "nova_rft.grpo": [
        "Change",
        "Diagnosis",
        "FeatureForecast",
        "Finding",
        "Forecast",
        "GroupSignal",
        "GroupSize",
        "LossResult",
        "PromptLesson",
        "Reliability",
        "SamplingAdvice",
        "TOLERANCE",
        "TermSignal",
        "Tilt",
        "advantages",
        "correlation_within",
        "diagnose",
        "forecast",
        "group_signal",
        "loss",
        "text_features",
        "variance_shares",
        "without_truncated",
    ],
    "nova_rft.rehearse": [
        "Asked",
        "Example",
        "Foresight",
        "JobAsked",
        "Made",
        "Outcome",
        "Progress",
        "Rehearsed",
        "RewardFacts",
        "RewardFailed",
        "Sample",
        "Settings",
        "Step",
        "TermFacts",
        "Verdict",
        "WarmStart",
        "call_here",
        "foresee",
        "judge",
        "newest_rehearsal",
        "read_examples",
        "rehearsal",
        "rehearsals",
        "rehearse",
    ],
    "nova_rft.rehearse.tasks": [
        "FLAWS",
        "Flaw",
        "RECORDS",
        "TASKS",
        "Task",
        "make_records",
        "write_task",
    ],
    "nova_rft.jobs": [
        "Advice",
        "Cost",
        "Identity",
        "Job",
        "Listed",
        "Live",
        "Measure",
        "MlflowUnreachable",
        "NoJob",
        "NotYet",
        "Plan",
        "RecordFiles",
        "Records",
        "Served",
        "Started",
        "Status",
        "Submission",
        "adopt",
        "advise",
        "all_jobs",
        "cluster_job",
        "column",
        "cost_so_far",
        "get_job",
        "identify",
        "iso",
        "live",
        "log_mlflow",
        "next_job",
        "overlapping",
        "plan_job",
        "prefix",
        "require_tools",
        "serve",
        "served_models",
        "spec_of",
        "start",
        "start_of",
        "stop",
        "submit",
        "unserve",
    ],
}


@pytest.mark.parametrize("name", sorted(SURFACE))
def test_the_public_surface_changes_on_purpose_alone(name: str) -> None:
    module = importlib.import_module(name)
    assert sorted(module.__all__) == SURFACE[name]
    assert all(getattr(module, exported) is not None for exported in module.__all__)


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = ["boto3", "botocore", "pydantic", "openai", "rich", "typer", "numpy"]
    code = f"import sys, nova_rft; print([n for n in {heavy} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_reward_brings_neither_aws_nor_the_command_line_nor_maths_along() -> None:
    heavy = ["botocore", "typer", "rich", "ruamel", "openai", "math_verify", "sympy", "numpy"]
    code = f"import sys, nova_rft.reward; print([n for n in {heavy} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_imports_go_downwards() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_yaml_example_in_the_documents_is_a_valid_spec() -> None:
    from nova_rft.spec import parse

    found = 0
    for document in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for block in re.findall(r"```yaml\n(.*?)```", document.read_text(), re.DOTALL):
            if "\nproject:" in f"\n{block}":
                parse(block, str(document))
                found += 1
    assert found


def test_the_generated_page_is_what_the_code_gives() -> None:
    command = [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0, "run make docs"


def test_nothing_refers_to_what_is_outside_the_repository() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    outside = "../" + "shared"
    suspects = [
        name
        for name in listed
        if name.endswith((".py", ".md", ".yaml", ".toml", ".json", ".j2", "Makefile", "run"))
        and outside in (ROOT / name).read_text(errors="replace")
    ]
    assert not suspects


def test_files_of_models_hold_annotations_as_they_are() -> None:
    """As texts pydantic would compile each again, a fifth of what importing the spec takes."""
    models = [
        file
        for file in (ROOT / "src" / "nova_rft" / "spec").rglob("*.py")
        if re.search(
            r"^class \w+\((SpecModel|Hyperparameters|\w+Term|_\w+)\)", file.read_text(), re.M
        )
    ]
    assert len(models) > 12
    late = [str(file) for file in models if re.search(r"^from __future__", file.read_text(), re.M)]
    assert late == []
