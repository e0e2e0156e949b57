"""Everything that is wrong with one record, in plain Python over its decoded JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nova_rft.data._messages import MalformedMessages, read_messages
from nova_rft.data._reference import reference_text
from nova_rft.data._rollout import Message
from nova_rft.data._tokens import BYTES_PER_TOKEN
from nova_rft.data.check._blocks import (
    MEDIA,
    Wrong,
    explain_functions,
    explain_media,
    explain_tool_config,
    explain_tool_use,
)
from nova_rft.data.check._keys import RESERVED, ROLES, SUSPECT

Explain = Callable[[Any], Iterator[Wrong]]
_KNOWN: Final = ("text", "reasoningContent", "toolUse", "toolResult", *MEDIA)


@dataclass(frozen=True, slots=True)
class Takes:
    """What the model that is trained takes.

    Attributes:
        reasoning: Whether assistant turns may hold reasoning content.
        media: Whether turns may hold images and the like.
    """

    reasoning: bool = True
    media: bool = True


def takes_of(model: str | None) -> Takes:
    """What is known of a model; of none everything is taken."""
    if model is None:
        return Takes()
    second = "nova-2" in model or "lite-v2" in model
    return Takes(reasoning=second, media="micro" not in model)


def common(record: Any) -> Iterator[Wrong]:
    """What holds for all records: no text has a NUL."""
    for path, text in _texts(record, ""):
        if "\x00" in text:
            yield path, "text.nul", "holds a NUL character; take it out"


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _texts(inner, f"{path}[{place}]")


def explain_rft(*, needs_reference: bool, max_prompt_tokens: int | None) -> Explain:
    """For RFT records.

    Args:
        needs_reference: Whether a term of the reward compares with the reference.
        max_prompt_tokens: What the spec keeps of a prompt.
    """

    def explain(record: Any) -> Iterator[Wrong]:
        if not isinstance(record, dict):
            yield "", "json.object", "should be an object with messages"
            return
        if "messages" not in record:
            yield "messages", "rft.messages", "is missing; add the chat turns of the prompt"
            return
        try:
            turns = read_messages(record["messages"])
        except MalformedMessages as problem:
            yield problem.path, "rft.messages", str(problem)
            return
        yield from _turns(turns)
        if "id" in record and not isinstance(record["id"], str):
            yield "id", "rft.id", f"{record['id']!r} should be a string"
        if "tools" in record:
            yield from explain_functions(record["tools"])
        if needs_reference and reference_text(record.get("reference_answer")) is None:
            what = "is missing or empty, but the reward compares with it; add the right answer"
            yield "reference_answer", "rft.reference", what
        yield from _tokens([turn.text for turn in turns], max_prompt_tokens, "rft.tokens")
        yield from common(record)

    return explain


def _turns(turns: Sequence[Message]) -> Iterator[Wrong]:
    for index, turn in enumerate(turns):
        if turn.role not in ROLES:
            known = ", ".join(ROLES)
            yield f"messages[{index}].role", "rft.role", f"{turn.role!r} is not a role; use {known}"
        if not turn.text.strip() and turn.role != "assistant":
            yield f"messages[{index}].content", "rft.empty", "is empty; a turn needs text"
        if turn.role in ("system", "developer") and index:
            what = "a system turn stands first; put it there"
            yield f"messages[{index}]", "rft.system_first", what
    if not any(turn.role == "user" for turn in turns):
        yield "messages", "rft.no_user_turn", "no user turn; a prompt asks something"
    elif turns[-1].role == "assistant":
        yield (
            f"messages[{len(turns) - 1}]",
            "rft.last_turn",
            "the last turn is the assistant's; the policy writes that one, so leave it out "
            "and put the right answer into reference_answer",
        )


def explain_evaluation(backend: str) -> Explain:
    """For evaluation records: prompts of Bedrock's jobs, or `gen_qa` records of SageMaker's.

    Args:
        backend: `bedrock`, or any other for SageMaker's.
    """
    needed = ("prompt",) if backend == "bedrock" else ("query", "response")
    answers = {"modelResponses"} if backend == "bedrock" else {"images"}
    free = ("referenceResponse", "category") if backend == "bedrock" else ("system", "metadata")

    def explain(record: Any) -> Iterator[Wrong]:
        if not isinstance(record, dict):
            yield "", "json.object", f"should be an object with {' and '.join(needed)}"
            return
        for key in needed:
            if not _is_text(record.get(key)):
                yield key, "evaluation.prompt", "is missing or empty; write a text"
        for key in record.keys() - {*needed, *answers}:
            if key not in free:
                known = ", ".join((*needed, *free))
                yield key, "evaluation.field", f"is unknown here; take it out (known: {known})"
            elif not _is_text(record[key]):
                yield key, "evaluation.field", "should be a text that is not empty; or leave it out"
        if "modelResponses" in answers & record.keys():
            yield from _model_responses(record["modelResponses"])
        if "images" in answers & record.keys():
            yield from _images(record["images"])
        yield from common(record)

    return explain


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _images(given: Any) -> Iterator[Wrong]:
    if not isinstance(given, list) or not all(
        isinstance(one, dict) and str(one.get("data", "")).startswith("data:image/")
        for one in given
    ):
        what = 'should be a list of {"data": "data:image/...;base64,..."}'
        yield "images", "evaluation.field", what


def _model_responses(given: Any) -> Iterator[Wrong]:
    wanted = {"response", "modelIdentifier"}
    if not isinstance(given, list) or len(given) != 1 or not isinstance(given[0], dict):
        yield "modelResponses", "evaluation.responses", "should be a list of one object"
    elif given[0].keys() != wanted or not all(map(_is_text, given[0].values())):
        what = "should have a response and a modelIdentifier, both texts"
        yield "modelResponses[0]", "evaluation.responses", what


def _tokens(texts: Sequence[str], most: int | None, rule: str) -> Iterator[Wrong]:
    if most is None:
        return
    about = sum(len(text.encode("utf-8", "replace")) for text in texts) // BYTES_PER_TOKEN
    if about > most:
        yield (
            "messages",
            rule,
            f"is about {about:,} tokens (an estimate: {BYTES_PER_TOKEN} bytes each), and the spec keeps "
            f"{most:,} of a prompt; shorten it or raise max_prompt_length",
        )


def explain_converse(technique: str, takes: Takes) -> Explain:
    """For records of Bedrock's conversation schema: sft, dpo or distillation."""

    def explain(record: Any) -> Iterator[Wrong]:
        if not isinstance(record, dict):
            yield "", "json.object", "should be an object with schemaVersion and messages"
            return
        if record.get("schemaVersion") != "bedrock-conversation-2024":
            given = record.get("schemaVersion")
            said = "is missing" if given is None else f"is {given!r}"
            what = f"{said}; write bedrock-conversation-2024"
            yield "schemaVersion", "converse.schema_version", what
        if "system" in record:
            yield from _system(record["system"])
        messages = record.get("messages")
        if not isinstance(messages, list) or not messages:
            what = "is no list of turns; add the user's and the assistant's"
            yield "messages", "converse.messages", what
        else:
            yield from _conversation(messages, technique, takes)
            yield from explain_tool_use(messages, record.get("toolConfig"))
        if "toolConfig" in record:
            yield from explain_tool_config(record["toolConfig"])
        for key in record.keys() - {"schemaVersion", "system", "messages", "toolConfig"}:
            yield key, "converse.field", "has no place in the schema; take it out"
        yield from common(record)

    return explain


def _system(system: Any) -> Iterator[Wrong]:
    if not isinstance(system, list) or not all(
        isinstance(block, dict) and set(block) == {"text"} and isinstance(block["text"], str)
        for block in system
    ):
        yield "system", "converse.system", 'should be a list of {"text": ...}'
        return
    if not system:
        yield "system", "converse.system", "is an empty list; leave it out or write a text"
    for place, block in enumerate(system):
        yield from _text(block["text"], f"system[{place}].text")


def _conversation(messages: Sequence[Any], technique: str, takes: Takes) -> Iterator[Wrong]:
    wanted = "user"
    for place, turn in enumerate(messages):
        path = f"messages[{place}]"
        last = place == len(messages) - 1
        if not isinstance(turn, dict):
            yield path, "converse.messages", "should be an object with role and content"
            continue
        role = turn.get("role")
        if role not in ("user", "assistant"):
            yield f"{path}.role", "converse.role", f"{role!r} is not a role; use user or assistant"
        elif role != wanted:
            what = f"is the {role}'s, where the {wanted}'s is due; turns alternate, the user begins"
            yield path, "converse.order", what
        wanted = "user" if role == "assistant" else "assistant"
        if technique == "dpo" and last:
            yield from _candidates(turn, path, takes)
        else:
            yield from _content(turn.get("content"), f"{path}.content", role, takes)
            for key in turn.keys() - {"role", "content"}:
                yield f"{path}.{key}", "converse.content", "is unknown here; take it out"
    final = messages[-1].get("role") if isinstance(messages[-1], dict) else None
    if technique != "distillation" and final == "user":
        what = "the last turn is the user's; the assistant's answer is what is learnt, so add it"
        yield f"messages[{len(messages) - 1}]", "converse.last_turn", what


def _candidates(turn: Mapping[str, Any], path: str, takes: Takes) -> Iterator[Wrong]:
    candidates = turn.get("candidates")
    if not isinstance(candidates, list) or not all(isinstance(one, dict) for one in candidates):
        what = 'should be a list of {"content", "preferenceLabel"}'
        yield f"{path}.candidates", "dpo.candidates", what
        return
    labels = sorted(str(one.get("preferenceLabel")) for one in candidates)
    if labels != ["non-preferred", "preferred"]:
        what = f"has the labels {', '.join(labels) or 'none'}; one preferred, one non-preferred"
        yield f"{path}.candidates", "dpo.candidates", what
    for place, one in enumerate(candidates):
        inner = f"{path}.candidates[{place}]"
        yield from _content(one.get("content"), f"{inner}.content", "assistant", takes)
        for key in one.keys() - {"content", "preferenceLabel"}:
            yield f"{inner}.{key}", "converse.content", "is unknown here; take it out"
    if len(candidates) == 2 and candidates[0].get("content") == candidates[1].get("content"):
        what = "both candidates say the same; there is nothing to prefer"
        yield f"{path}.candidates", "dpo.same", what
    for key in turn.keys() - {"role", "candidates"}:
        what = "has no place beside candidates; take it out"
        yield f"{path}.{key}", "dpo.candidates", what


def _content(content: Any, path: str, role: Any, takes: Takes) -> Iterator[Wrong]:
    if not isinstance(content, list) or not content:
        yield path, "converse.content", 'should be a list of blocks such as {"text": ...}'
        return
    yield from explain_media(content, path)
    for place, block in enumerate(content):
        inner = f"{path}[{place}]"
        kinds = sorted(block) if isinstance(block, dict) else []
        if len(kinds) != 1 or kinds[0] not in _KNOWN:
            found = ", ".join(kinds) or type(block).__name__
            what = f"holds {found}; one of {', '.join(_KNOWN)} is known"
            yield inner, "converse.content", what
            continue
        (kind,) = kinds
        if kind == "text":
            yield from _text(block["text"], f"{inner}.text")
        elif kind == "reasoningContent":
            yield from _reasoning(block[kind], f"{inner}.{kind}", role, takes)
        elif kind in MEDIA and (not takes.media or role == "assistant"):
            who = "an assistant's turn" if takes.media else "this model"
            yield inner, "converse.media", f"{who} takes no {kind}; take it out"


def _reasoning(given: Any, path: str, role: Any, takes: Takes) -> Iterator[Wrong]:
    if role != "assistant" or not takes.reasoning:
        who = "a user's turn" if role != "assistant" else "this model"
        yield path, "converse.reasoning", f"{who} takes no reasoning; take it out"
    inner = given.get("reasoningText") if isinstance(given, dict) else None
    text = inner.get("text") if isinstance(inner, dict) else None
    if text is None:
        yield path, "converse.reasoning", 'should be {"reasoningText": {"text": ...}}'
    else:
        yield from _text(text, f"{path}.reasoningText.text")


def _text(text: Any, path: str) -> Iterator[Wrong]:
    if not isinstance(text, str):
        yield path, "converse.content", "should be a text"
        return
    if not text.strip():
        yield path, "converse.empty", "is empty; write a text or take the block out"
    for word in RESERVED:
        if word in text:
            what = f"holds {word!r}, which fails the job; write it otherwise"
            yield path, "converse.reserved", what
    for word in SUSPECT:
        if word in text:
            what = f"holds {word!r}, which AWS's own toolkit refuses; write it otherwise"
            yield path, "converse.suspect", what


def explain_cpt(record: Any) -> Iterator[Wrong]:
    """For records of continued pre-training."""
    if not isinstance(record, dict):
        yield "", "json.object", 'should be an object such as {"text": ...}'
        return
    text = record.get("text")
    if not isinstance(text, str) or not text.strip():
        yield "text", "cpt.text", "is no text, or an empty one; write what is to be learnt"
    for key in record.keys() - {"text"}:
        yield key, "cpt.field", "is not learnt; take it out"
    yield from common(record)
