"""What goes with what: documented cells, and for each refusal its reason and what is nearest."""

from __future__ import annotations

import json
import subprocess
from itertools import product
from pathlib import Path

import pytest

from nova_rft.spec import ADAPTERS, BACKENDS, CAPABILITIES, Capability, Refusal, capability
from nova_rft.spec._capabilities import TECHNIQUES_OFFERED
from tests.support import run_program

LITE_2 = "amazon.nova-2-lite-v1:0:256k"
LITE, MICRO, PRO = (
    f"amazon.nova-{name}" for name in ("lite-v1:0:300k", "micro-v1:0:128k", "pro-v1:0:300k")
)
MODELS = sorted({one.model for one in CAPABILITIES})
# Fine-tuning and pre-training recipes of Nova in aws/sagemaker-hyperpod-recipes, commit 2631995: one
# or more files each, by instance.
RECIPES = {
    *((technique, model, "lora") for technique in ("sft", "dpo") for model in (LITE, MICRO, PRO)),
    *((technique, model, "full") for technique in ("sft", "dpo") for model in (LITE, MICRO, PRO)),
    *((technique, LITE_2, adapter) for technique in ("sft", "rft") for adapter in ("lora", "full")),
    *(("cpt", model, "full") for model in (LITE_2, LITE, MICRO, PRO)),
}


def cells(backend: str) -> set[tuple[str, str, str]]:
    return {(c.technique, c.model, c.adapter) for c in CAPABILITIES if c.backend == backend}


def test_hyperpod_runs_each_recipe_and_no_other() -> None:
    assert cells("hyperpod") == RECIPES


def test_training_jobs_have_images_for_all_but_cpt() -> None:
    without_cpt = {cell for cell in RECIPES if cell[0] != "cpt"}
    assert cells("sagemaker-recipe") == without_cpt | {("distillation", PRO, "managed")}


def test_bedrock_trains_adapters_of_nova() -> None:
    assert cells("bedrock") == {
        ("rft", LITE_2, "lora"),
        *(("sft", model, "lora") for model in (LITE_2, LITE, MICRO, PRO)),
        *(("distillation", model, "lora") for model in (LITE, MICRO)),
    }
    assert {model for _, model, _ in cells("bedrock-openai")} == {
        "openai.gpt-oss-20b",
        "qwen.qwen3-32b",
    }


def test_no_cell_stands_twice() -> None:
    keys = [(c.technique, c.backend, c.model, c.adapter) for c in CAPABILITIES]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("technique", "backend"), list(product(TECHNIQUES_OFFERED, BACKENDS)))
def test_every_cell_is_taken_or_refused_with_a_reason_and_what_works(
    technique: str, backend: str
) -> None:
    for model, adapter in product(MODELS, (None, *ADAPTERS)):
        found = capability(technique, backend, model, adapter)
        if isinstance(found, Capability):
            assert (found.technique, found.backend, found.model) == (technique, backend, model)
            assert adapter in (None, found.adapter)
            continue
        assert found.reason
        near = found.nearest
        assert near is not None
        assert near.technique == technique
        assert capability(technique, near.backend, near.model, near.adapter) is near


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (
            ("dpo", "bedrock", PRO),
            f"Bedrock has no DPO; the nearest that works is {PRO} (lora) on ",
        ),
        (("dpo", "sagemaker", LITE_2), "takes no DPO: of the Nova models those of Nova 1 alone do"),
        (
            ("cpt", "bedrock", PRO),
            f"(Titan Text did); the nearest that works is {PRO} (full) on hyp",
        ),
        (("cpt", "sagemaker", PRO), "CPT of Nova runs on HyperPod alone"),
        (("sft", "bedrock", LITE, "full"), "Bedrock trains adapters alone (LoRA)"),
        (("rft", "bedrock", LITE), f"the nearest that works is {LITE_2} (lora) on bedrock"),
        (("sft", "bedrock", "titan"), "titan is not known to take sft on bedrock"),
        (("rft", "azure", LITE_2), "azure is not known as a backend"),
        (("ppo", "bedrock", LITE), "ppo is not known as a technique; techniques are rft, sft, "),
        (("distillation", "sagemaker", LITE), "`nova-rft data distil`, then sft, does the same"),
    ],
)
def test_refusals_say_why(asked: tuple[str, str, str], says: str) -> None:
    found = capability(*asked)
    assert isinstance(found, Refusal)
    assert says in str(found)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run_program("jobs", "capabilities", *words, folder=folder)


def test_the_table_is_printed_without_a_spec(tmp_path: Path) -> None:
    done = run(tmp_path, "--technique", "cpt", "--json")
    (first, *_), found = json.loads(done.stdout), json.loads(done.stdout)
    assert {one["backend"] for one in found} == {"hyperpod"}
    assert first["needs"] == ["a HyperPod cluster of restricted instance groups"]
    shown = run(tmp_path, "--technique", "dpo", "--needs").stderr
    assert "dpo        hyperpod          amazon.nova-pro-v1:0:300k    lora, full" in shown
    assert "source: aws/sagemaker-hyperpod-recipes" in shown


def test_what_does_not_go_together_is_explained(tmp_path: Path) -> None:
    done = run(tmp_path, "--technique", "dpo", "--backend", "bedrock", "--model", PRO)
    assert (done.returncode, "Bedrock has no DPO" in done.stderr) == (1, True)
    done = run(tmp_path, "--technique", "ppo")
    assert (done.returncode, "use rft, sft, dpo, distillation, cpt" in done.stderr) == (2, True)
    done = run(tmp_path, "--technique", "dpo", "--backend", "bedrock")
    assert (done.returncode, "name technique, backend and model" in done.stderr) == (2, True)
