"""What the tiny policy is shown: records as examples, habits by chance, batches of tokens."""

from __future__ import annotations

import random
from collections import Counter
from itertools import islice

import pytest

from nova_rft.errors import UsageError
from nova_rft.rehearse import WarmStart, read_examples
from nova_rft.rehearse._habits import CONFIDENT, CONTENTS, DRESSES, FILLERS, warm_response
from nova_rft.rehearse._tokenizer import END, train_tokenizer
from nova_rft.rehearse._warm import batches, corpus, prompt_text, warm_digest


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


def test_batches_hold_prompts_whole_and_responses_to_their_end() -> None:
    examples = read_examples([record(f"ask {n}", demonstrations=f"say {n}") for n in range(9)])
    codes: dict[str, list[int]] = {}

    def encode(text: str) -> list[int]:
        return codes.setdefault(text, list(text.encode()))

    warm = WarmStart(batch=4, longest_response=64)
    good = list(islice(batches(examples, encode, warm, random.Random(0), good=True), 20))
    assert all(len(batch) == 4 for batch in good)
    for prompt, said in (pair for batch in good for pair in batch):
        asked, answered = bytes(prompt).decode(), bytes(said).decode()
        assert asked.endswith(f"{END}<|assistant|>")
        assert answered == f"say {asked.split(END)[0][-1]}{END}"
    again = list(islice(batches(examples, encode, warm, random.Random(0), good=True), 20))
    assert again == good


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
