"""What the tiny policy is shown: records as examples, habits by chance, batches of tokens."""

from __future__ import annotations

import random
from collections import Counter
from itertools import islice

import pytest

from nova_rft.errors import UsageError
from nova_rft.rehearse import WarmStart, read_examples
from nova_rft.rehearse._habits import CONFIDENT, CONTENTS, DRESSES, FILLERS, warm_response
from nova_rft.rehearse._policy import last_turns
from nova_rft.rehearse._tokenizer import END, train_tokenizer
from nova_rft.rehearse._warm import (
    batches,
    corpus,
    longest_response,
    prompt_text,
    steps_of,
    warm_digest,
)


def record(asked: str, **more: object) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": asked}], **more}


def test_demonstrations_come_from_the_field_the_last_turn_or_the_reference() -> None:
    field, turn, reference = read_examples(
        [
            record("a", demonstrations=["one", "two"], reference_answer="x"),
            {"messages": [{"role": "user", "content": "b"}, {"role": "assistant", "content": "c"}]},
            record("d", reference_answer={"answer": 7}),
        ]
    )
    assert field.demonstrations == ("one", "two")
    assert turn.demonstrations == ("c",)
    assert [one["role"] for one in turn.messages] == ["user"]
    assert "\\boxed{7}" in reference.demonstrations
    assert "7" in reference.demonstrations


def test_what_cannot_be_read_is_left_out_and_too_few_are_refused() -> None:
    rows = [record("a"), {"messages": "none"}, 7, {"messages": []}, record("b")]
    assert [one.prompt[0].text for one in read_examples(rows)] == ["a", "b"]
    with pytest.raises(UsageError, match="1 of the records can be read"):
        read_examples(rows[:3])


def test_habits_are_drawn_as_often_as_the_table_says() -> None:
    assert sum(CONTENTS.values()) == pytest.approx(1)
    assert sum(DRESSES.values()) == pytest.approx(1)
    one, other = read_examples(
        [record("asked here", demonstrations="left"), record("b", demonstrations="right")]
    )
    draw = random.Random(0)
    seen: Counter[str] = Counter()
    for _ in range(4_000):
        said = warm_response(one, [one, other], draw)
        seen["exact"] += said == "left"
        seen["confident"] += any(words in said for words in CONFIDENT)
        seen["padded"] += any(word in said for word in FILLERS)
        seen["copied"] += "asked here" in said
    shares = {name: count / 4_000 for name, count in seen.items()}
    # Another's, drawn from two, is the right one half of the time.
    exact = (CONTENTS["right"] + CONTENTS["another's"] / 2) * DRESSES["plain"]
    assert shares["exact"] == pytest.approx(exact, abs=0.06)
    assert shares["confident"] == pytest.approx(DRESSES["confident"], abs=0.03)
    assert shares["padded"] == pytest.approx(DRESSES["padded"], abs=0.03)
    assert shares["copied"] == pytest.approx(DRESSES["copied"], abs=0.03)


def letters(text: str) -> list[int]:
    """Each byte a token."""
    return list(text.encode())


def test_batches_hold_prompts_whole_and_responses_to_their_end() -> None:
    examples = read_examples([record(f"ask {n}", demonstrations=f"say {n}") for n in range(9)])
    warm = WarmStart(batch=4, longest_response=64)
    good = list(islice(batches(examples, letters, warm, random.Random(0), good=True), 20))
    assert all(len(batch) == 4 for batch in good)
    for prompt, said in (pair for batch in good for pair in batch):
        asked, answered = bytes(prompt).decode(), bytes(said).decode()
        assert asked.endswith(f"{END}<|assistant|>")
        assert answered == f"say {asked.split(END)[0][-1]}{END}"
    again = list(islice(batches(examples, letters, warm, random.Random(0), good=True), 20))
    assert again == good


def test_long_right_responses_are_shown_to_their_end() -> None:
    examples = read_examples([record(f"ask {n}", demonstrations=f"{n} " * 60) for n in range(9)])
    warm = WarmStart(batch=4, longest_response=64)
    for good in (True, False):
        (batch,) = islice(batches(examples, letters, warm, random.Random(0), good=good), 1)
        longest = max(len(said) for _, said in batch)
        assert 119 < longest <= longest_response(examples, letters) == 190
    long = read_examples([record(f"ask {n}", demonstrations="word " * 200) for n in range(9)])
    assert longest_response(long, letters) == 256, "no response is longer, whatever is right"


def test_long_texts_are_shown_in_fewer_steps() -> None:
    warm = WarmStart(batch=10, skill_tokens=20_000, habit_tokens=5_000)
    short = read_examples([record("a", demonstrations="b"), record("c", demonstrations="d")])
    asked = len(letters(prompt_text(short[0])))
    size = 10 * (asked + len(letters(f"b{END}")))
    assert steps_of(short, letters, warm) == (20_000 // size, 5_000 // size)
    long = read_examples([record("a" * 999, demonstrations=["b" * 150, "c" * 50])] * 2)
    size = 10 * (warm.longest_prompt + 100 + len(letters(END)))
    assert steps_of(long, letters, warm) == (20_000 // size, 5_000 // size)
    assert steps_of(long, letters, WarmStart(skill_tokens=1, habit_tokens=1)) == (1, 1)
    roomy = WarmStart(skill_tokens=10**9, habit_tokens=10**9)
    assert steps_of(short, letters, roomy) == (roomy.skill_steps, roomy.habit_steps)


class Letters:
    """A tokenizer whose tokens are letters."""

    def encode(self, text: str) -> list[int]:
        return letters(text)

    def decode(self, tokens: list[int]) -> str:
        return bytes(tokens).decode()


def test_of_a_long_prompt_the_end_is_shown() -> None:
    turns = [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "a long story"},
        {"role": "user", "content": "what now?"},
    ]
    assert last_turns(turns, Letters(), 99) == turns
    assert last_turns(turns, Letters(), 14) == [{"role": "user", "content": "story"}, turns[2]]
    assert last_turns(turns, Letters(), 9) == turns[2:]
    assert last_turns(turns, Letters(), 4) == [{"role": "user", "content": "now?"}]
    assert turns[1]["content"] == "a long story", "the reward reads it whole"


def test_the_tokenizer_gives_back_every_text_and_digits_stand_alone() -> None:
    from tokenizers import Tokenizer

    examples = read_examples([record(f"ask {n}", demonstrations=f"say {n}") for n in range(90)])
    made = train_tokenizer(corpus(examples, 0), 400)
    assert made == train_tokenizer(corpus(examples, 0), 400)
    tokenizer = Tokenizer.from_str(made)
    for text in ("say 123", "naïve Ω \u4f60\n\ttabs", prompt_text(examples[0])):
        assert tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == text
    assert [tokenizer.decode([one]) for one in tokenizer.encode("123").ids] == ["1", "2", "3"]


def test_the_digest_of_warmed_up_weights_tells_what_they_are_made_of() -> None:
    rows = [record(f"ask {n}", demonstrations=f"say {n}") for n in range(9)]
    examples, fewer = read_examples(rows), read_examples(rows[:-1])
    first = warm_digest(examples, WarmStart(), 0, ("2.13",))
    assert first == warm_digest(read_examples(rows), WarmStart(), 0, ("2.13",))
    others = {
        warm_digest(fewer, WarmStart(), 0, ("2.13",)),
        warm_digest(examples, WarmStart(hidden=64), 0, ("2.13",)),
        warm_digest(examples, WarmStart(), 1, ("2.13",)),
        warm_digest(examples, WarmStart(), 0, ("2.14",)),
    }
    assert len(others | {first}) == 5
