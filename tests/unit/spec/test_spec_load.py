"""Loading a spec: the example loads, and every mistake names its place and its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from nova_rft.errors import SpecError, UsageError
from nova_rft.spec import InvalidSpec, MathTerm, OnAbstain, RubricTerm, Spec, load, parse

HEAD = """\
project: adding
model: amazon.nova-2-lite-v1:0:256k
data:
  train: train.jsonl
training:
  epochs: 2
reward:
  range: [0, 1]
  terms:
    - name: math
      type: math
    - name: style
      type: rubric
      model:
        provider: scripted
      criteria:
        - name: short
          question: Is it short?
        - name: kind
          question: Is it kind?
    - name: long
      type: soft_overlong
      max_length: 20
      buffer: 5
"""


def problems(text: str) -> list[str]:
    with pytest.raises(InvalidSpec) as caught:
        parse(text, "spec.yaml")
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]
    return str(caught.value).splitlines()


def test_example_loads(example: Path) -> None:
    spec = load(example / "nova-rft.yaml")
    assert spec.project == "gsm8k-math"
    assert spec.training.given()["learningRate"] == 5e-5
    assert spec.required_reward.range == (-0.5, 1.3)
    assert spec.required_reward.on_abstain is OnAbstain.GROUP_MEAN
    assert [term.name for term in spec.required_reward.terms] == [
        "math",
        "reasoning",
        "overlong",
        "repetition",
    ]
    rubric = spec.required_reward.terms[1]
    assert isinstance(rubric, RubricTerm)
    assert len(rubric.criteria) == 3
    assert spec.stack_name("storage") == "gsm8k-math-dev-storage"


def test_small_spec_has_documented_defaults() -> None:
    spec = parse(HEAD)
    assert (spec.stage, spec.technique, spec.backend, spec.region) == (
        "dev",
        "rft",
        "bedrock",
        None,
    )
    assert "batchSize" not in spec.training.given(), "left out means the service's default"
    math = spec.required_reward.terms[0]
    assert isinstance(math, MathTerm)
    assert (math.weight, math.timeout_s) == (1.0, 5.0)


def test_byte_order_mark_and_crlf_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode())
    assert load(file) == parse(HEAD)


def test_yaml_is_1_2() -> None:
    """`on` is a word and `1e-5` a number: YAML 1.1 reads a truth value and a word."""
    spec = parse(HEAD.replace("epochs: 2", "learning_rate: 1e-5").replace("adding", "on"))
    assert spec.training.given()["learningRate"] == 1e-5
    assert spec.project == "on"


RANGE = "(botocore 1.44.5, bedrock service model, RFTHyperParameters, read 2026-11-01)"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param(
            "project: adding",
            "projekt: adding",
            [
                "spec.yaml:1: project: is missing; add it",
                "spec.yaml:1: projekt: is not a key of the spec (did you mean project?)",
            ],
            id="unknown key at the top, nearest named",
        ),
        pytest.param(
            "epochs: 2",
            "epoch: 2",
            ["spec.yaml:6: training.epoch: is not a key of the spec (did you mean epochs?)"],
            id="unknown key in a section",
        ),
        pytest.param(
            "epochs: 2",
            "xyzzy: 2",
            [
                "spec.yaml:6: training.xyzzy: is not a key of the spec; keys here are batch_size, "
                "epochs, eval_interval, learning_rate, max_new_tokens, max_prompt_length, "
                "reasoning_effort, samples_per_prompt"
            ],
            id="unknown key with no near one: all are named",
        ),
        pytest.param(
            "      max_length: 20\n",
            "      max_length: 20\n      max_lenght: 20\n",
            [
                "spec.yaml:24: reward.terms[2].max_lenght: is not a key of the spec "
                "(did you mean max_length?)"
            ],
            id="unknown key in a branch of a union",
        ),
        pytest.param(
            "        - name: kind\n",
            "        - name: kind\n          wieght: 2\n",
            [
                "spec.yaml:20: reward.terms[1].criteria[1].wieght: is not a key of the spec "
                "(did you mean weight?)"
            ],
            id="unknown key deep down",
        ),
        pytest.param(
            "        provider: scripted\n",
            "        provider: scripted\n        id: nova\n",
            ["spec.yaml:16: reward.terms[1].model.id: is not a key of the spec"],
            id="a key of another branch",
        ),
        pytest.param(
            "epochs: 2",
            "epochs: 51",
            [f"spec.yaml:6: training.epochs: 51 is outside the service's range of 1 to 50 {RANGE}"],
            id="number above the service's range",
        ),
        pytest.param(
            "epochs: 2",
            "batch_size: 15",
            ["spec.yaml:6: training.batch_size: 15 is outside the service's range of 16 to 512"],
            id="number below the service's range",
        ),
        pytest.param(
            "epochs: 2",
            "learning_rate: 0.1",
            [
                "spec.yaml:6: training.learning_rate: 0.1 is outside the service's range of "
                "1e-07 to 0.001"
            ],
            id="learning rate",
        ),
        pytest.param(
            "epochs: 2",
            "epochs: many",
            ["spec.yaml:6: training.epochs: 'many' should be a valid integer"],
            id="no number",
        ),
        pytest.param(
            "type: math",
            "type: maths",
            [
                "spec.yaml:10: reward.terms[0]: maths is not known; use one of rubric, "
                "preference, quiz, jury, math, match, choice, number, json_schema, tags, rouge_l, "
                "token_f1, language, length_window, citations, code, soft_overlong, linear_length, "
                "kimi_length, cosine_length, repetition, wrong_language, wrong_format, copying, "
                "rubric_leak, needless_refusal, hedging, flattery, answer_stuffing, python, trl, "
                "verifiers, openai_grader (did you mean math?)"
            ],
            id="wrong type tag, nearest named",
        ),
        pytest.param(
            "provider: scripted",
            "provider: scirpted",
            [
                "spec.yaml:14: reward.terms[1].model: scirpted is not known; use one of bedrock, "
                "openai, replay, scripted (did you mean scripted?)"
            ],
            id="wrong provider, nearest named",
        ),
        pytest.param(
            "      type: math\n",
            "",
            ["spec.yaml:10: reward.terms[0]: has no type; add one"],
            id="no type tag",
        ),
        pytest.param(
            "model: amazon.nova-2-lite-v1:0:256k\n",
            "",
            ["spec.yaml:1: model: is missing; add it"],
            id="missing key at the top",
        ),
        pytest.param(
            "      buffer: 5\n",
            "",
            ["spec.yaml:21: reward.terms[2].buffer: is missing; add it"],
            id="missing key in a term: the term's line",
        ),
        pytest.param(
            "data:\n",
            "project: again\ndata:\n",
            ['spec.yaml:3: spec: not valid YAML: found duplicate key "project"'],
            id="duplicate key",
        ),
        pytest.param(
            "project: adding",
            "project: [adding",
            ["spec.yaml:2: spec: not valid YAML: "],
            id="bad YAML",
        ),
        pytest.param(
            "  epochs: 2",
            "\tepochs: 2",
            ["spec.yaml:6: spec: not valid YAML: found character '\\t'"],
            id="a tab",
        ),
        pytest.param(
            "name: long",
            "name: math",
            ["spec.yaml:7: reward: terms share the name math; give each term a name of its own"],
            id="terms share a name",
        ),
        pytest.param(
            "name: long",
            "name: abstained",
            ["spec.yaml:7: reward: a term may not be named abstained"],
            id="a name that the answer uses",
        ),
        pytest.param(
            "name: kind",
            "name: short",
            [
                "spec.yaml:12: reward.terms[1]: criteria share the name short; "
                "give each criterion a name of its own"
            ],
            id="criteria share a name",
        ),
        pytest.param(
            "nova-2-lite-v1:0:256k",
            "nova-pro-v1:0:300k",
            [
                "spec.yaml:2: model: amazon.nova-pro-v1:0:300k takes no RFT: of the Nova models Nova 2 "
                "Lite alone does; the nearest that works is amazon.nova-2-lite-v1:0:256k (lora) on "
                "bedrock"
            ],
            id="model not offered",
        ),
        pytest.param(
            "          question: Is it short?\n        - name: kind\n",
            "          question: Is it short?\n          weight: -1\n"
            "        - name: kind\n          weight: 0\n",
            [
                "spec.yaml:12: reward.terms[1]: no criterion has a positive weight, so nothing "
                "can be earned; give at least one a weight above 0"
            ],
            id="no criterion has a positive weight",
        ),
        pytest.param(
            "[0, 1]",
            "[1, 1]",
            ["spec.yaml:7: reward: range [1.0, 1.0] is empty; write the low end first"],
            id="empty range",
        ),
        pytest.param(
            "[0, 1]",
            "[0]",
            ["spec.yaml:8: reward.range[1]: is missing; add it"],
            id="range of one number",
        ),
        pytest.param(
            "[0, 1]",
            "[0, .inf]",
            ["spec.yaml:8: reward.range[1]: inf should be a finite number"],
            id="range without an end",
        ),
        pytest.param(
            "buffer: 5",
            "buffer: 25",
            [
                "spec.yaml:21: reward.terms[2]: buffer 25 is longer than max_length 20; "
                "make it at most max_length"
            ],
            id="buffer longer than the length",
        ),
        pytest.param(
            "project: adding",
            "project: Adding",
            ["spec.yaml:1: project: 'Adding' should match pattern"],
            id="a name with a capital",
        ),
        pytest.param(
            "project: adding",
            "project:",
            ["spec.yaml:1: project: None should be a valid string"],
            id="a key without a value",
        ),
        pytest.param(
            "project: adding",
            "project: adding\n3: x",
            ["spec.yaml:1: 3: is not a key of the spec"],
            id="a key that is a number",
        ),
        pytest.param(
            "      type: math\n",
            "      type: math\n      <<: {extra: 1}\n",
            ["spec.yaml:10: reward.terms[0].extra: is not a key of the spec"],
            id="an unknown key that a merge brought in",
        ),
    ],
)
def test_each_mistake_is_told(old: str, new: str, said: list[str]) -> None:
    assert HEAD.count(old) >= 1
    found = problems(HEAD.replace(old, new, 1))
    assert len(found) == len(said), found
    for line, start in zip(found, said, strict=True):
        assert line.startswith(start)


def test_verifiers_policy_needs_a_verifier() -> None:
    text = """\
project: adding
model: amazon.nova-2-lite-v1:0:256k
data: {train: t}
reward:
  range: [0, 1]
  on_abstain: verifiers
  terms:
    - {name: a, type: rubric, model: {provider: scripted},
       criteria: [{name: c, question: Is it?}]}
"""
    assert problems(text) == [
        "spec.yaml:4: reward: on_abstain is verifiers, but every term needs a judge; "
        "use group_mean, or add a verifier or penalty"
    ]


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a list\n", "a word\n", "42\n"])
def test_what_is_no_mapping(text: str) -> None:
    assert problems(text) == [
        "spec.yaml:1: spec: should be a mapping of keys such as project, model, data"
    ]


def test_nested_too_deeply() -> None:
    assert problems("a: " + "[" * 1000 + "]" * 1000) == [
        "spec.yaml:1: spec: not valid YAML: nested too deeply"
    ]


def test_all_problems_at_once_in_line_order() -> None:
    broken = (
        HEAD.replace("buffer: 5", "bufer: 5")
        .replace("epochs: 2", "epochs: 0")
        .replace("type: math", "type: mat")
        .replace("provider: scripted", "provider: nobody")
    )
    lines = [int(problem.split(":")[1]) for problem in problems(broken)]
    assert lines == [6, 10, 14, 21, 24]


def test_not_utf8_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_bytes(HEAD.encode() + b"# caf\xe9\n")
    with pytest.raises(InvalidSpec) as caught:
        load(file)
    line = HEAD.count("\n") + 1
    assert str(caught.value).startswith(f"{file}:{line}: spec: not UTF-8 text")
    assert "save it as UTF-8" in str(caught.value)


def test_missing_file_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.yaml: no such file; name another one") as caught:
        load(tmp_path / "none.yaml")
    assert not isinstance(caught.value, SpecError)
    assert caught.value.exit_status == 2


def test_folder_instead_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        load(tmp_path)


def test_invalid_spec_is_a_finding() -> None:
    assert InvalidSpec.exit_status == 1
    assert issubclass(InvalidSpec, ValueError)


def test_problem_has_its_parts() -> None:
    with pytest.raises(InvalidSpec) as caught:
        parse(HEAD.replace("epochs: 2", "epochs: 0"), "other.yaml")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.path) == ("other.yaml", 6, "training.epochs")


def test_loaded_twice_is_equal(example: Path) -> None:
    first: Spec = load(example / "nova-rft.yaml")
    assert first == load(str(example / "nova-rft.yaml"))


def test_a_list_of_one_wrong_item_is_one_problem() -> None:
    text = HEAD[: HEAD.index("    - name: style")].replace("type: math", "type: maths")
    assert len(problems(text)) == 1
    empty = HEAD[: HEAD.index("  terms:")] + "  terms: []\n"
    assert problems(empty) == [
        "spec.yaml:9: reward.terms: Tuple should have at least 1 item after validation, not 0"
    ]


@pytest.mark.parametrize(("given", "said"), [("true", "True"), ('"2"', "'2'")])
def test_what_is_no_number_is_not_taken_for_one(given: str, said: str) -> None:
    (problem,) = problems(HEAD.replace("epochs: 2", f"epochs: {given}"))
    assert problem.startswith(f"spec.yaml:6: training.epochs: {said} should be a valid integer")


def test_keys_of_what_people_name_are_told() -> None:
    judge = "{provider: bedrock, id: us.amazon.nova-lite-v1:0, temperatur: 0}"
    assert problems(f"{HEAD}evaluation: {{models: {{other: {judge}}}}}\n") == [
        "spec.yaml:25: evaluation.models.other.temperatur: is not a key of the spec "
        "(did you mean temperature?)"
    ]
