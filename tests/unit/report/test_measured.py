"""What a job measured of itself: of every technique, with rollouts and without."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from rich.console import Console

from nova_rft.errors import UsageError
from nova_rft.report import ReportInput, Summary, print_summary, render_html, summarise
from nova_rft.spec import Spec

from .making import losses, make_job, make_plain_spec, make_row, make_spec

OVERFITTING = {
    "rule": "overfitting",
    "since": 4,
    "message": "since step 4 the validation loss <rose>; train for fewer steps",
}
PLAIN: dict[str, Any] = {
    "backend": "bedrock",
    "reward_version": None,
    "hyperparameters": {"epochCount": "3", "learningRate": "1e-05"},
    "cost": {"usd": 12.4, "how": "3.10 h"},
}
REWARDED = [
    {
        "step": n,
        "reward": n / 100,
        "entropy": 1 - n / 1000,
        "grad_norm": 0.5,
        "length": 100.0 + n,
        "policy_loss": -0.0001 * n,
        **({"validation_reward": n / 200} if n % 10 == 0 else {}),
    }
    for n in range(1, 501)
]
# Words and anchors that speak of rollouts.
OF_ROLLOUTS = ("#reward", "#terms", "#groups", "#read", "ollout", "Reward", "Judge", "Traces kept")


def plain(spec: Spec | None = None, **job: Any) -> Summary:
    return summarise(ReportInput(spec or make_plain_spec(), make_job(**{**PLAIN, **job}), ()))


def said(summary: Summary) -> list[tuple[str, str]]:
    return [(one.tone, one.text.replace("\u00a0", " ")) for one in summary.says]


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page[page.index("<body>") :]).split())


def printed(summary: Summary) -> str:
    screen = io.StringIO()
    print_summary(summary, Console(file=screen, width=80, color_system=None))
    assert max(len(line) for line in screen.getvalue().splitlines()) <= 80
    return screen.getvalue()


def test_losses_are_summed_up_and_said() -> None:
    summary = plain(measures=losses(2.0, 1.5, 1.0, 0.5, 0.6, 0.7))
    own, held_out, rate = summary.measured
    assert (own.name, own.count, own.first, own.last) == ("loss", 6, 2.0, 0.7)
    assert (own.low_step, own.low, own.high_step, own.high) == (4, 0.5, 1, 2.0)
    assert (held_out.count, held_out.first_step, held_out.last_step) == (3, 2, 6)
    assert rate.plain == "Learning rate"
    assert said(summary) == [
        ("good", "The job completed after 1 h 2 min 5 s and made a custom model."),
        (
            "plain",
            "By the job\u2019s own figures, training loss went from 2 at step 1 to 0.7 at step 6.",
        ),
        (
            "plain",
            "By the job\u2019s own figures, validation loss went from 2.5 at step 2 to 1.7 at step 6; "
            "the lowest was 1.5, at step 4.",
        ),
        ("plain", "Training cost $12.40 (3.10 h)."),
    ]


def test_the_page_of_a_job_without_reward_tells_its_own_story() -> None:
    page = render_html(plain(measures=losses(2.0, 1.5, 1.0, 0.5, 0.6, 0.7), advice=[OVERFITTING]))
    text = text_of(page)
    read = page[page.index("<body>") : page.index("<script>")]
    assert not [word for word in OF_ROLLOUTS if word in read]
    for words in (
        "Supervised fine-tuning of amazon.nova-lite-v1:0:300k on Amazon Bedrock, stage dev.",
        "What the job measured",
        "Validation loss: 2.5 at step 2, 1.7 at step 6",
        "Learning rate 1e\u221205 1.67e\u221206 1.67e\u221206 1e\u221205",
        "Training records train.jsonl Validation records held-out.jsonl",
        "learningRate Step size left out: service default 1e-05 1e-05",
        "Steps over which the learning rate rises left out: service default 10 \u2013",
        "Cost of training $12.40 (3.10 h)",
        "Written by nova-rft 0.1.0 from 6 steps that the job measured.",
    ):
        assert words in text
    # Both losses are in one picture, the second line dashed.
    (drawn,) = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert drawn.count("stroke-dasharray") == 1
    assert "<desc>Training loss: 2 at step 1, 0.7 at step 6, between 0.5 and 2." in drawn


def test_links_lead_somewhere_without_reward() -> None:
    page = render_html(plain(measures=losses(2.0, 1.0)))
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert {"asked", "checked", "trained", "compared", "cost"} == links <= set(ids)


def test_advice_stands_near_the_top_and_is_only_text() -> None:
    summary = plain(measures=losses(2.0, 1.0), advice=[OVERFITTING, {**OVERFITTING, "rule": "new"}])
    assert [one.title for one in summary.notices] == [
        "The records are learnt by heart",
        "A rule of thumb speaks",
    ]
    page = render_html(summary)
    assert page.index("Since step 4 the validation loss &lt;rose&gt;") < page.index("What came out")
    assert "(A rule of thumb: overfitting, from step 4 on.)" in page
    assert "The records are learnt by heart" in printed(summary)


def test_a_failed_job_without_any_figure() -> None:
    unpriced = {"usd": None, "how": "no prices.hour in the spec"}
    failed: dict[str, Any] = {"status": "Failed", "failure": "No records.", "hyperparameters": {}}
    summary = plain(custom_model_arn=None, cost=unpriced, **failed)
    assert said(summary) == [
        ("warning", "The job ended Failed: No records."),
        (
            "plain",
            "Training has told no figures of its own, so nothing can be said of how it went.",
        ),
    ]
    page = render_html(summary)
    assert "<svg" not in page
    text = text_of(page)
    assert "The job left no figures of its own." in text
    assert "Cost of training not known: no prices.hour in the spec" in text
    assert "Written by nova-rft 0.1.0 from what is known of the job." in text
    assert "No records." in printed(summary)


def test_a_job_that_runs_has_no_figures_yet() -> None:
    summary = plain(status="InProgress", ended=None)
    assert "told no figures of its own yet" in said(summary)[1][1]
    assert said(summary)[-1][1] == "Training cost $12.40 so far (3.10 h)."
    assert "No figures yet: they appear once training has written some." in render_html(summary)


def test_one_step_is_told_by_the_table() -> None:
    summary = plain(measures=losses(2.0))
    assert said(summary)[1][1] == "The job measured training loss once: 2, at step 1."
    page = render_html(summary)
    assert "<svg" not in page
    assert "Training loss 2 2 2 2" in text_of(page)


def test_a_report_without_a_job_and_without_a_reward() -> None:
    page = render_html(summarise(ReportInput(make_plain_spec(), None, ())))
    text = text_of(page)
    assert "There is no job: this is about the spec alone." in text
    assert "Written by nova-rft 0.1.0 from the spec alone." in text
    assert "What the job measured" not in text


def test_rewarded_jobs_show_both_their_own_figures_and_rollouts() -> None:
    job = make_job(measures=REWARDED, backend="bedrock")
    rows = [make_row(n, group=f"g{n // 4}", right=n % 2, event=n // 8) for n in range(16)]
    summary = summarise(ReportInput(make_spec(), job, rows))
    texts = [text for _, text in said(summary)]
    assert (
        "By the job\u2019s own figures, mean reward went from 0.01 at step 1 to 5 at step 500."
        in texts
    )
    assert any(text.startswith("16 rollouts of 4 prompts") for text in texts)
    page = render_html(summary)
    text = text_of(page)
    titles = re.findall(r"<figcaption>(\w[^<\n]*)", page)
    assert titles[:4] == ["Reward", "Entropy", "Gradient norm", "Response length"]
    assert "Policy loss \u22120.0001 \u22120.05 \u22120.05 \u22120.0001" in text
    assert "Each point of a picture is the mean of up to 3 steps." in text
    assert "Written by nova-rft 0.1.0 from 16 scored rollouts and 500 steps" in text
    assert page.index('id="measured"') < page.index('id="rewarded"') < page.index('id="terms"')
    assert "measured" in printed(summary) and "no signal" in printed(summary)


def test_many_steps_make_a_small_page() -> None:
    steps = [{**step, "step": n, "loss": 1.0 / n} for n, step in enumerate(REWARDED * 40, 1)]
    page = render_html(plain(measures=steps))
    assert len(page.encode()) < 150_000


def test_a_figure_without_a_name_here_is_shown_by_its_own() -> None:
    summary = plain(measures=[{"step": n, "odd": float(n), "loss": 1.0} for n in (1, 2)])
    assert [(one.name, one.plain) for one in summary.measured] == [
        ("loss", "Training loss"),
        ("odd", "odd"),
    ]
    assert "odd 1 2 1 2" in text_of(render_html(summary))


def test_the_json_carries_measures_advice_and_cost() -> None:
    steps = losses(2.0, 1.0)
    summary = plain(measures=steps, advice=[OVERFITTING])
    again = json.loads(json.dumps(summary.as_dict(), allow_nan=False))
    assert again["measures"] == steps
    assert again["advice"] == [OVERFITTING]
    assert again["cost"] == {"usd": 12.4, "how": "3.10 h"}
    assert (again["asked"]["reward"], again["rollouts"], again["job"]["backend"]) == (
        None,
        0,
        "bedrock",
    )


@pytest.mark.parametrize("tags", ["tags", "model_tags"])
def test_a_stand_in_is_no_trained_model(tags: str) -> None:
    tagged: dict[str, Any] = {tags: {"nova-rft:policy": "bigram"}}
    summary = plain(measures=losses(2.0, 1.0), **tagged)
    assert [one.title for one in summary.notices] == ["A stand-in was trained, not the model"]
    assert said(summary)[0] == ("plain", "The job completed after 1 h 2 min 5 s.")


def test_a_reward_that_only_scores_records_is_not_asked_of_training() -> None:
    spec = make_spec().model_dump(mode="json", exclude_none=True)
    shared = {key: spec[key] for key in ("project", "data", "reward")}
    supervised = make_plain_spec(**shared)
    assert plain(supervised).asked.reward is None
    # Rows that were scored by it are shown, though.
    summary = summarise(ReportInput(supervised, None, [make_row(1)]))
    assert summary.rollouts == 1
    assert summary.asked.reward is not None


def test_rows_without_a_reward_are_refused() -> None:
    with pytest.raises(UsageError, match="has no reward"):
        summarise(ReportInput(make_plain_spec(), None, [make_row(1)]))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {
                "technique": "distillation",
                "model": "amazon.nova-micro-v1:0:128k",
                "data": {"train": "prompts.jsonl"},
                "training": {},
            },
            [
                "Distillation into amazon.nova-micro-v1:0:128k on Amazon Bedrock",
                "Teacher amazon.nova-pro-v1:0",
                "maxResponseLengthForInference Bound on an answer's tokens",
                "left out: the service\u2019s default",
            ],
        ),
        (
            {
                "technique": "dpo",
                "backend": "sagemaker",
                "adapter": "full",
                "training": {"warmup_steps": 0},
                "resume_from": "arn:aws:sagemaker:us-east-1:123456789012:model-package/made/1",
            },
            [
                "Direct preference optimization of amazon.nova-lite-v1:0:300k on Amazon SageMaker "
                "(serverless)",
                "What is trained all weights",
                "model-package/made/1",
                "warmup_steps Steps over which the learning rate rises 0",
            ],
        ),
        (
            {
                "technique": "cpt",
                "backend": "hyperpod",
                "model": "amazon.nova-2-lite-v1:0:256k",
                "data": {"train": "s3://corpus/texts.jsonl"},
                "training": {"max_steps": 100},
            },
            [
                "Continued pre-training of amazon.nova-2-lite-v1:0:256k on Amazon SageMaker HyperPod",
                "learning_rate Step size left out: service default 1e-05",
            ],
        ),
    ],
)
def test_every_technique_says_what_was_asked(changes: dict[str, Any], words: list[str]) -> None:
    page = render_html(summarise(ReportInput(make_plain_spec(**changes), None, ())))
    text = text_of(page).replace("&#39;", "'")
    assert [word for word in words if word not in text] == []


def test_a_job_of_the_openai_compatible_api_has_an_address() -> None:
    summary = plain(arn="ftjob-1", backend="bedrock-openai")
    text = text_of(render_html(summary))
    assert "Address ftjob-1" in text
    assert "Backend Amazon Bedrock\u2019s OpenAI-compatible API" in text
