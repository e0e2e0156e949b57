"""Every rule of every technique: broken alone, found with its line; what is right breaks none."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from nova_rft.data import RULES, Asked, RecordCheck, check_records_of, file_source
from nova_rft.data.check._pass import _readers
from nova_rft.data.source import Source

NOVA_1, NOVA_2, MICRO = (
    f"amazon.nova-{name}" for name in ("lite-v1:0:300k", "2-lite-v1:0:256k", "micro-v1:0:128k")
)


def text(words: str) -> list[dict[str, Any]]:
    return [{"text": words}]


def turn(role: str, words: str) -> dict[str, Any]:
    return {"role": role, "content": text(words)}


SFT: dict[str, Any] = {
    "schemaVersion": "bedrock-conversation-2024",
    "system": text("Be brief."),
    "messages": [turn("user", "Why?"), turn("assistant", "Because: <b>so</b> [1].")],
}
DPO: dict[str, Any] = {
    "schemaVersion": "bedrock-conversation-2024",
    "messages": [
        turn("user", "Why?"),
        {
            "role": "assistant",
            "candidates": [
                {"content": text("Because."), "preferenceLabel": "preferred"},
                {"content": text("No."), "preferenceLabel": "non-preferred"},
            ],
        },
    ],
}
RFT: dict[str, Any] = {"messages": [{"role": "user", "content": "Why?"}], "reference_answer": "So."}
CPT: dict[str, Any] = {"text": "Once upon a time."}
EVALUATION: dict[str, Any] = {"prompt": "Why?", "referenceResponse": "So.", "category": "plain"}
GOOD = {
    "rft": RFT,
    "sft": SFT,
    "dpo": DPO,
    "cpt": CPT,
    "distillation": SFT,
    "evaluation": EVALUATION,
}


def check(technique: str, *records: Any, **settings: Any) -> RecordCheck:
    settings.setdefault("training", False)
    lines = [
        record if isinstance(record, bytes) else json.dumps(record).encode() + b"\n"
        for record in records
    ]
    return check_records_of(lambda: enumerate(lines, 1), "r.jsonl", Asked(technique, **settings))  # type: ignore[arg-type]


def changed(record: dict[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    made = copy.deepcopy(record)
    change(made)
    return made


def put(path: str, value: Any) -> Callable[[Any], None]:
    """Sets what a path such as `messages.1.content` leads to."""

    def change(record: Any) -> None:
        *way, last = path.split(".")
        for step in way:
            record = record[int(step)] if step.isdigit() else record[step]
        if isinstance(record, list):
            record[int(last)] = value
        else:
            record[last] = value

    return change


@pytest.mark.parametrize("technique", GOOD)
def test_what_is_right_breaks_no_rule(technique: str) -> None:
    found = check(technique, GOOD[technique])
    assert (found.records, found.findings) == (1, [])


SAID = "messages.1.content"
LAST = "messages.1.candidates"
SPEC = {
    "name": "add",
    "description": "Adds two numbers.",
    "inputSchema": {"json": {"type": "object", "properties": {"a": {"type": "number"}}}},
}
CALL = {"toolUse": {"toolUseId": "t1", "name": "add", "input": {"a": 1}}}
RESULT = {"toolResult": {"toolUseId": "t1", "content": [{"json": {"sum": 3}}]}}
TOOLS: dict[str, Any] = {
    "schemaVersion": "bedrock-conversation-2024",
    "toolConfig": {"tools": [{"toolSpec": SPEC}]},
    "messages": [
        turn("user", "Add 1 and 2."),
        {"role": "assistant", "content": [*text("I add."), CALL]},
        {"role": "user", "content": [RESULT]},
        turn("assistant", "3"),
    ],
}
FUNCTION: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Adds.",
        "parameters": {"type": "object", "properties": {}},
    },
}
PICTURE = {
    "format": "png",
    "source": {"s3Location": {"uri": "s3://b/k.png", "bucketOwner": "111122223333"}},
}
ASKS = "messages.0.content"


def with_tools(path: str, value: Any) -> Callable[[Any], None]:
    """The tool conversation, changed at one place."""

    def change(record: dict[str, Any]) -> None:
        record.clear()
        record.update(json.loads(json.dumps(TOOLS)))
        put(path, value)(record)

    return change


BLOCKS = [
    (with_tools("toolConfig.tools", []), "toolConfig.tools", "converse.tools"),
    (with_tools("toolConfig.tools.0.toolSpec.name", " "), "TOOL.name", "converse.tools"),
    (
        with_tools("toolConfig.tools.0.toolSpec.description", ""),
        "TOOL.description",
        "converse.tools",
    ),
    (
        with_tools("toolConfig.tools.0.toolSpec.inputSchema", {"json": {}}),
        "TOOL.inputSchema",
        "converse.tools",
    ),
    (
        with_tools("toolConfig.tools", [{"toolSpec": SPEC}, {"toolSpec": SPEC}]),
        "toolConfig.tools[1].toolSpec.name",
        "converse.tools",
    ),
    (
        with_tools("messages.1.content.1.toolUse.name", "sub"),
        "messages[1].content[1].toolUse.name",
        "converse.tools",
    ),
    (
        with_tools("messages.1.content.1.toolUse.input", "1"),
        "messages[1].content[1].toolUse.input",
        "converse.tools",
    ),
    (
        with_tools("messages.2.content.0.toolResult.toolUseId", "t2"),
        "messages[2].content[0].toolResult.toolUseId",
        "converse.tools",
    ),
    (
        with_tools("messages.2.content.0.toolResult.content", []),
        "messages[2].content[0].toolResult.content",
        "converse.tools",
    ),
    (
        with_tools("messages.2.content.0.toolResult.content", [{"text": "a", "json": {}}]),
        "messages[2].content[0].toolResult.content[0]",
        "converse.tools",
    ),
    (
        with_tools("messages.2.content", [RESULT, RESULT]),
        "messages[2].content[1].toolResult.toolUseId",
        "converse.tools",
    ),
    (
        with_tools("messages.1.content", [CALL, CALL]),
        "messages[1].content[1].toolUse.toolUseId",
        "converse.tools",
    ),
    (
        put(ASKS, [*text("Do."), CALL]),
        "messages[0].content[1].toolUse",
        "converse.tools",
    ),
    (put("note", "x"), "note", "converse.field"),
    (put(ASKS, text("Thought: no")), "messages[0].content[0].text", "converse.suspect"),
    (
        put(ASKS, [{"image": PICTURE}] * 11),
        "messages[0].content",
        "converse.media",
    ),
    (
        put(ASKS, [{"image": {**PICTURE, "format": "bmp"}}]),
        "messages[0].content[0].image.format",
        "converse.media",
    ),
    (
        put(ASKS, [{"document": {"format": "pdf", "source": {"bytes": "x"}}}]),
        "messages[0].content[0].document.source",
        "converse.media",
    ),
    (
        put(ASKS, [{"image": PICTURE}, {"document": {**PICTURE, "format": "pdf"}}]),
        "messages[0].content",
        "converse.media",
    ),
]
ANSWERS = [{"response": "So.", "modelIdentifier": "mine"}]
BROKEN = [
    ("evaluation", put("prompt", " "), "prompt", "evaluation.prompt", {}),
    ("evaluation", put("category", ""), "category", "evaluation.field", {}),
    ("evaluation", put("level", "easy"), "level", "evaluation.field", {}),
    (
        "evaluation",
        put("modelResponses", ANSWERS * 2),
        "modelResponses",
        "evaluation.responses",
        {},
    ),
    (
        "evaluation",
        put("modelResponses", [{"response": "So."}]),
        "modelResponses[0]",
        "evaluation.responses",
        {},
    ),
    ("sft", put("schemaVersion", "2023"), "schemaVersion", "converse.schema_version", {}),
    ("sft", put("system", "Be brief."), "system", "converse.system", {}),
    ("sft", put("system", []), "system", "converse.system", {}),
    ("sft", put("messages", []), "messages", "converse.messages", {}),
    ("sft", put("messages.1", "x"), "messages[1]", "converse.messages", {}),
    ("sft", put("messages.0.role", "human"), "messages[0].role", "converse.role", {}),
    (
        "sft",
        put("messages", [turn("assistant", "a"), turn("user", "b"), turn("assistant", "c")]),
        "messages[0]",
        "converse.order",
        {},
    ),
    ("sft", put("messages", [turn("user", "a")]), "messages[0]", "converse.last_turn", {}),
    ("sft", put(SAID, "Because."), "messages[1].content", "converse.content", {}),
    ("sft", put(SAID, [{"txt": "a"}]), "messages[1].content[0]", "converse.content", {}),
    ("sft", put("messages.1.name", "x"), "messages[1].name", "converse.content", {}),
    ("sft", put(SAID, text(" ")), "messages[1].content[0].text", "converse.empty", {}),
    ("sft", put("system", text("User: hi")), "system[0].text", "converse.reserved", {}),
    (
        "sft",
        put(SAID, text("an <image> here")),
        "messages[1].content[0].text",
        "converse.reserved",
        {},
    ),
    ("sft", put("messages.0.content", text("a\0b")), "messages[0].content[0].text", "text.nul", {}),
    (
        "sft",
        put("messages.0.content", [{"reasoningContent": {"reasoningText": {"text": "hm"}}}]),
        "messages[0].content[0].reasoningContent",
        "converse.reasoning",
        {},
    ),
    (
        "sft",
        put(SAID, [{"reasoningContent": {"reasoningText": {"text": "hm"}}}]),
        "messages[1].content[0].reasoningContent",
        "converse.reasoning",
        {"model": NOVA_1},
    ),
    (
        "sft",
        put("messages.0.content", [{"image": PICTURE}]),
        "messages[0].content[0]",
        "converse.media",
        {"model": MICRO},
    ),
    ("sft", lambda _: None, "", "sft.validation", {"model": NOVA_2}),
    ("sft", lambda _: None, "", "sft.count", {"model": NOVA_1, "training": True}),
    ("sft", lambda _: None, "", "sft.count", {"model": NOVA_2, "training": True}),
    ("dpo", put(LAST, "x"), "messages[1].candidates", "dpo.candidates", {}),
    (
        "dpo",
        put(f"{LAST}.1.preferenceLabel", "preferred"),
        "messages[1].candidates",
        "dpo.candidates",
        {},
    ),
    ("dpo", put("messages.1.content", text("x")), "messages[1].content", "dpo.candidates", {}),
    ("dpo", put(f"{LAST}.1.content", text("Because.")), "messages[1].candidates", "dpo.same", {}),
    (
        "dpo",
        put(f"{LAST}.0.content", text("")),
        "messages[1].candidates[0].content[0].text",
        "converse.empty",
        {},
    ),
    ("dpo", lambda _: None, "", "dpo.count", {"training": True, "model": NOVA_1}),
    ("distillation", lambda _: None, "", "distillation.count", {"training": True}),
    (
        "distillation",
        put("messages.0.content", text("x" * 200_000)),
        "",
        "distillation.line",
        {"backend": "sagemaker-recipe"},
    ),
    *(
        ("sft", change, path.replace("TOOL", "toolConfig.tools[0].toolSpec"), rule, {})
        for change, path, rule in BLOCKS
    ),
    ("cpt", put("id", "x"), "id", "cpt.field", {}),
    (
        "rft",
        put("messages", [{"role": "user", "content": "a"}, {"role": "system", "content": "b"}]),
        "messages[1]",
        "rft.system_first",
        {},
    ),
    ("rft", put("tools", [{"type": "x"}]), "tools[0]", "rft.tools", {}),
    (
        "rft",
        put("tools", [FUNCTION, FUNCTION]),
        "tools[1].function.name",
        "rft.tools",
        {},
    ),
    (
        "rft",
        put("tools", [{**FUNCTION, "function": {**FUNCTION["function"], "parameters": {}}}]),
        "tools[0].function.parameters",
        "rft.tools",
        {},
    ),
    ("cpt", put("text", " "), "text", "cpt.text", {}),
    ("cpt", put("text", 5), "text", "cpt.text", {}),
    ("rft", put("tools", "x"), "tools", "rft.tools", {}),
    ("rft", put("id", 5), "id", "rft.id", {}),
    (
        "rft",
        put("messages.0.content", "word " * 99),
        "messages",
        "rft.tokens",
        {"max_prompt_tokens": 99},
    ),
    (
        "rft",
        put("reference_answer", ""),
        "reference_answer",
        "rft.reference",
        {"needs_reference": True},
    ),
]


@pytest.mark.parametrize(("technique", "change", "path", "rule", "asked"), BROKEN)
def test_one_broken_rule_is_one_finding(
    technique: str, change: Callable[[Any], Any], path: str, rule: str, asked: dict[str, Any]
) -> None:
    found = check(technique, changed(GOOD[technique], change), **asked)
    (finding,) = found.findings
    assert (finding.path, finding.rule) == (path, rule)
    assert finding.severity == RULES[rule].severity
    assert technique in RULES[rule].techniques
    assert finding.line == (0 if rule.endswith(("count", "validation", "model")) else 1)


def test_tools_and_media_that_are_right_break_no_rule() -> None:
    assert check("sft", TOOLS).findings == []
    shown = changed(SFT, put(ASKS, [*text("What is it?"), {"image": PICTURE}]))
    assert check("sft", shown).findings == []
    for tools in ([FUNCTION], []):
        assert check("rft", {**RFT, "tools": tools}).findings == []


def test_dpo_is_nova_1s() -> None:
    found = check("dpo", DPO, model=NOVA_2, training=True).findings
    assert {finding.rule for finding in found} == {"dpo.count", "dpo.model"}


def test_nova_2_takes_a_validation_set_for_sft_on_sagemaker() -> None:
    for backend in ("sagemaker", "sagemaker-recipe", "hyperpod"):
        assert check("sft", SFT, model=NOVA_2, backend=backend).findings == []


def test_evaluations_take_answers_and_on_sagemaker_other_names() -> None:
    assert check("evaluation", {**EVALUATION, "modelResponses": ANSWERS}).findings == []
    named = {"query": "Why?", "response": "So.", "system": "Be brief."}
    assert check("evaluation", named, backend="sagemaker").findings == []
    found = check("evaluation", {**named, "modelResponses": ANSWERS}, backend="sagemaker").findings
    assert [one.path for one in found] == ["modelResponses"]


def test_an_evaluation_takes_a_thousand_prompts() -> None:
    records = [{"prompt": f"Why {n}?"} for n in range(1_001)]
    found = check("evaluation", *records, training=True).findings
    assert [(one.line, one.rule) for one in found] == [(0, "evaluation.count")]
    assert check("evaluation", *records[1:], training=True).findings == []


def test_every_rule_is_broken_somewhere() -> None:
    here = {rule for _, _, _, rule, _ in BROKEN} | {"dpo.model", "evaluation.count"}
    files = {
        rule
        for rule in RULES
        if rule.startswith(("file.", "json.", "record.", "deep.", "table.", "shape."))
    }
    chat = {
        "rft.messages",
        "rft.role",
        "rft.empty",
        "rft.no_user_turn",
        "rft.last_turn",
        "rft.count",
    }
    assert set(RULES) == here | files | chat


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([b"\xef\xbb\xbf" + json.dumps(CPT).encode()], [(1, "file.bom")]),
        ([b'{"text": "a"}\r\n', b'{"text": "b"}\r\n'], [(1, "file.crlf")]),
        ([b'{"text": "a"}\n', b'{"text": "b"}'], []),
        ([b'{"text": "\xff"}\n', b'{"text": "b"}\n'], [(1, "file.encoding")]),
        ([b"\xff\xfe{\x00"], [(0, "file.encoding")]),
        ([b'{"text": "a\\u0000"}\n'], [(1, "text.nul")]),
        ([b'{"text": "a\x00"}\n'], [(1, "json.invalid")]),
        ([b"\n", b'{"text": "a"}\n', b" \n"], []),
        ([b'{"text": "a"} {"text": "b"}\n'], [(1, "json.invalid")]),
        ([b'{"text": "a", "n": NaN}\n'], [(1, "json.invalid")]),
        ([b'{"text": "a", "n": 1e999}\n'], [(1, "json.invalid")]),
        ([b"[" * 100_000 + b"\n", b'{"text": "a"}\n'], [(1, "json.invalid")]),
        ([b'"text"\n'], [(1, "json.object")]),
        ([], [(0, "file.empty")]),
    ],
)
def test_bytes_of_a_file(lines: list[bytes], found: list[tuple[int, str]]) -> None:
    findings = check("cpt", *lines).findings
    assert [(finding.line, finding.rule) for finding in findings] == found


def test_a_line_too_long_is_not_read_and_the_next_one_is(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    long = json.dumps({"text": "x" * 5_000})
    file.write_text(f'{{"text": "a"}}\n{long}\n{{"text": ""}}\n')
    found = check_records_of(file_source(file, longest=1_000), "r", Asked("cpt", training=False))
    assert found.records == 3
    assert [(one.line, one.rule) for one in found.findings] == [
        (2, "file.line_length"),
        (3, "cpt.text"),
    ]
    assert f"has {len(long) + 1:,} bytes" in found.findings[0].message


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_compressed_files_are_read_twice_where_needed(tmp_path: Path, suffix: str) -> None:
    lines = (json.dumps(CPT) + "\n").encode() * 3
    file = tmp_path / f"r.jsonl{suffix}"
    packed = gzip.compress(lines) if suffix == ".gz" else zstandard.compress(lines)
    file.write_bytes(packed)
    found = check_records_of(file_source(file), "r", Asked("cpt", training=False))
    assert [(one.line, one.rule) for one in found.findings] == [
        (2, "record.twice"),
        (3, "record.twice"),
    ]
    assert {one.message for one in found.findings} == {"says the same as line 1"}


@pytest.mark.parametrize("technique", GOOD)
def test_equal_records_are_found_and_others_are_not(technique: str) -> None:
    good = GOOD[technique]
    other = (
        changed(good, put("messages.0.content", "Who?" if technique == "rft" else text("Who?")))
        if ("messages" in good)
        else {("text" if technique == "cpt" else "prompt"): "Another."}
    )
    found = check(technique, good, other, good).findings
    assert [(one.line, one.rule) for one in found] == [(3, "record.twice")]


def test_ids_aside_records_are_equal_and_other_fields_tell_them_apart() -> None:
    found = check("rft", {**RFT, "id": "a"}, {**RFT, "id": "b"}, {**RFT, "level": 2}).findings
    assert [(one.line, one.rule) for one in found] == [(2, "record.twice")]


words = st.sampled_from(
    [
        "Why?",
        "",
        " ",
        "\0",
        "User: a",
        "x [EOS]",
        "<video>",
        "\u00e9",
        "a:b",
        "\ud800",
        5,
        None,
        ["a"],
    ]
)
blocks: st.SearchStrategy[Any] = st.lists(
    st.fixed_dictionaries({"text": words}) | st.fixed_dictionaries({"image": st.just({})}),
    max_size=2,
)
roles = st.sampled_from(["user", "assistant", "system", "bot"])
converse_turns = st.fixed_dictionaries(
    {"role": roles},
    optional={
        "content": blocks | words,
        "candidates": st.lists(
            st.fixed_dictionaries(
                {
                    "content": blocks,
                    "preferenceLabel": st.sampled_from(["preferred", "non-preferred", "x"]),
                }
            ),
            max_size=3,
        ),
        "extra": words,
    },
)
records = st.fixed_dictionaries(
    {},
    optional={
        "schemaVersion": st.sampled_from(["bedrock-conversation-2024", "x"]),
        "system": blocks | words,
        "messages": st.lists(
            converse_turns | st.fixed_dictionaries({"role": roles, "content": words}), max_size=4
        ),
        "text": words,
        "id": words,
        "reference_answer": words | st.just({"answer": "x"}),
        "tools": st.lists(words, max_size=1),
    },
)


@given(records, st.sampled_from(list(GOOD)), st.booleans())
@settings(max_examples=600)
def test_what_is_accepted_fast_is_right(record: Any, technique: str, needs: bool) -> None:
    """The fast reader may only say yes where the thorough one finds nothing."""
    asked = Asked(technique, needs_reference=needs, max_prompt_tokens=20)  # type: ignore[arg-type]
    accept, explain = _readers(asked)
    raw = json.dumps(record).encode()
    if accept(raw) is not None:
        assert list(explain(json.loads(raw))) == []


@pytest.mark.parametrize("technique", [name for name in GOOD if name != "evaluation"])
def test_the_fast_reader_says_yes_to_what_is_usual(technique: str) -> None:
    accept, _ = _readers(Asked(technique))  # type: ignore[arg-type]
    assert accept(json.dumps(GOOD[technique]).encode()) is not None


def lines_of(*records: Any) -> Source:
    lines = [json.dumps(record).encode() + b"\n" for record in records]
    return lambda: enumerate(lines, start=1)


def test_validation_prompts_that_are_trained_on_are_found() -> None:
    from nova_rft.data.check import leaks

    asked = {"messages": [{"role": "user", "content": "Who?"}], "reference_answer": "Me."}
    answered = {"messages": [*asked["messages"], {"role": "assistant", "content": "You."}]}
    training, held_out = (
        lines_of({"broken": 1}, RFT, asked),
        lines_of(answered, CPT, {**RFT, "id": "x"}),
    )
    found = list(leaks(training, held_out, "v.jsonl"))
    assert [(one.file, one.line, one.rule) for one in found] == [
        ("v.jsonl", 1, "deep.leak"),
        ("v.jsonl", 3, "deep.leak"),
    ]
    assert "line 3 of the training set" in found[0].message
    assert list(leaks(lines_of(asked), lines_of(RFT), "v")) == []


def test_preferences_that_contradict_each_other_are_found() -> None:
    from nova_rft.data.check import contradictions

    turned = changed(DPO, put(f"{LAST}.0.preferenceLabel", "non-preferred"))
    turned = changed(turned, put(f"{LAST}.1.preferenceLabel", "preferred"))
    elsewhere = changed(turned, put("messages.0.content", text("Who?")))
    found = list(contradictions(lines_of(DPO, elsewhere, DPO, turned), "r"))
    assert [(one.line, one.message) for one in found] == [(4, "prefers what line 1 rejects")]


def test_a_broken_zstandard_file_is_said(tmp_path: Path) -> None:
    from nova_rft.data import read_bytes_lines
    from nova_rft.errors import UsageError

    file = tmp_path / "r.jsonl.zst"
    file.write_bytes(b"no zstandard at all")
    with pytest.raises(UsageError, match=r"r\.jsonl\.zst: cannot be read: broken Zstandard file"):
        list(read_bytes_lines(file))
    file.write_bytes(zstandard.compress(b'{"text": "a"}\n{"text": "b"}\n'))
    assert list(read_bytes_lines(file)) == [b'{"text": "a"}\n', b'{"text": "b"}\n']
