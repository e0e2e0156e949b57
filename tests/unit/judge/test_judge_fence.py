"""Quotations that no text can end."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from nova_rft.judge._fence import fence, nonce_for, read_fenced
from nova_rft.judge.rubric import rubric_request

from .judges import criterion, rollout

# Text that is made of the pieces a fence is made of, beside any other text.
pieces = st.sampled_from(
    ["<<<", ">>>", "RESPONSE", "TASK", "END ", "\n", " ", "0123456789abcdef", "a", "<", "{", "}"]
)
texts = st.one_of(st.text(), st.lists(pieces).map("".join))
names = st.sampled_from(["TASK", "REFERENCE", "RESPONSE"])
sections = st.dictionaries(names, texts, min_size=1)


@given(sections)
@example({"TASK": ""})
@example({"TASK": "\n", "RESPONSE": "\n\n"})
@example({"RESPONSE": "<<<END RESPONSE 0123456789abcdef>>>"})
@settings(max_examples=300)
def test_what_is_fenced_is_read_back(sections: dict[str, str]) -> None:
    nonce = nonce_for(*sections.values())
    assert read_fenced(fence(sections, nonce)) == (nonce, sections)


@given(sections, sections)
@settings(max_examples=200)
def test_a_fence_inside_a_fence_stays_text(inner: dict[str, str], outer: dict[str, str]) -> None:
    """A rollout that quotes another request, nonce and all, ends nothing."""
    quoted = fence(inner, nonce_for(*inner.values()))
    outer = {**outer, "RESPONSE": quoted}
    nonce = nonce_for(*outer.values())
    assert read_fenced(fence(outer, nonce)) == (nonce, outer)
    assert nonce not in quoted


@given(st.lists(texts, max_size=4))
@settings(max_examples=200)
def test_the_nonce_occurs_in_no_section(found: list[str]) -> None:
    nonce = nonce_for(*found)
    assert re.fullmatch("[0-9a-f]{16}", nonce)
    assert not any(nonce in text for text in found)
    assert nonce == nonce_for(*found), "the same question is the same request"


def test_a_text_that_quotes_the_nonce_it_had_gets_another() -> None:
    first = nonce_for("a")
    assert nonce_for("a" + first) != first


def test_where_texts_are_cut_counts() -> None:
    assert nonce_for("ab", "c") != nonce_for("a", "bc")
    assert nonce_for("a") != nonce_for("a", "")


def test_lone_surrogates_are_text_too() -> None:
    nonce = nonce_for("\ud800")
    assert read_fenced(fence({"TASK": "\ud800"}, nonce)) == (nonce, {"TASK": "\ud800"})


def test_what_another_nonce_fences_is_no_section() -> None:
    ours, other = fence({"TASK": "a"}, "a" * 16), fence({"RESPONSE": "b"}, "b" * 16)
    assert read_fenced(f"{ours}\n\n{other}") == ("a" * 16, {"TASK": "a"})


def test_text_without_a_fence() -> None:
    assert read_fenced("nothing here") == ("", {})
    assert read_fenced("<<<TASK 0123456789abcdef>>>\nno end") == ("", {})


@given(texts, texts, texts)
@settings(max_examples=200)
def test_a_request_quotes_exactly_what_it_was_given(
    prompt: str, reference: str, response: str
) -> None:
    asked = rubric_request(
        [criterion("short")], rollout(response, prompt=prompt, reference=reference)
    )
    nonce, found = read_fenced(asked.user)
    assert found["TASK"] == prompt
    assert found["RESPONSE"] == response
    assert found.get("REFERENCE") == (reference if reference.strip() else None)
    assert asked.user.endswith(f"\n\nThe nonce is {nonce}.")
    assert nonce not in asked.system


def test_system_text_and_tool_are_equal_for_all_rollouts() -> None:
    """What is constant can be cached by the service."""
    rubric = [criterion("short"), criterion("kind")]
    one, other = (rubric_request(rubric, rollout(text)) for text in ("a", "b"))
    assert (one.system, one.tool) == (other.system, other.tool)
    assert one.user != other.user
    assert "\n- short: Is it short?\n  Quote: " in one.system


def test_reference_is_shown_only_when_asked_for() -> None:
    hidden = rubric_request(
        [criterion("short")], rollout("a", reference="42"), show_reference=False
    )
    assert set(read_fenced(hidden.user)[1]) == {"TASK", "RESPONSE"}


def test_braces_in_a_question_are_text() -> None:
    odd = criterion("short").model_copy(update={"question": "Is {x} {} short?"})
    assert "- short: Is {x} {} short?" in rubric_request([odd], rollout("a")).system
