"""What the tiny policy is shown: responses as tokens, in batches of like length, by a seed alone."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from nova_rft.rehearse import _habits as habits
from nova_rft.rehearse._examples import Example
from nova_rft.rehearse._settings import WarmStart
from nova_rft.rehearse._tokenizer import CHAT_TEMPLATE, END
from nova_rft.spec import digest

Encode = Callable[[str], list[int]]
Pair = tuple[list[int], list[int]]

# Sorted by length together, so that a batch holds little padding.
_POOLED: Final = 8
# Tokens of a response: at least, and at most.
_LONGEST: Final = (16, 256)


def warm_digest(
    examples: Sequence[Example], warm: WarmStart, seed: int, versions: Sequence[str]
) -> str:
    """What warmed-up weights depend on, as 16 hexadecimal digits."""
    said: dict[str, Any] = {
        "examples": [[one.messages, list(one.demonstrations)] for one in examples],
        "habits": [habits.CONTENTS, habits.DRESSES, habits.FILLERS, habits.CONFIDENT],
        "template": CHAT_TEMPLATE,
        "warm": repr(warm),
        "seed": seed,
        "versions": list(versions),
    }
    return digest(said)[:16]


def corpus(examples: Sequence[Example], seed: int) -> Iterator[str]:
    """Texts for the tokenizer: every prompt, and responses of each kind."""
    draw = random.Random(seed)  # noqa: S311 - habits are no secrets
    for example in examples:
        yield from (turn.text for turn in example.prompt)
        yield from example.demonstrations
        yield habits.warm_response(example, examples, draw)


def prompt_text(example: Example) -> str:
    """The prompt as the chat template writes it."""
    known = ("system", "assistant")
    turns = (
        f"<|{turn.role if turn.role in known else 'user'}|>{turn.text}{END}"
        for turn in example.prompt
    )
    return "".join(turns) + "<|assistant|>"


def longest_response(examples: Sequence[Example], encode: Encode) -> int:
    """Tokens that a response may have: half as many again as nearly all right ones need."""
    shown = [text for one in examples for text in one.demonstrations]
    sizes = sorted(len(encode(text + END)) for text in shown)
    needed = sizes[int(0.95 * (len(sizes) - 1))] if sizes else 0
    return min(max(needed * 3 // 2, _LONGEST[0]), _LONGEST[1])


def steps_of(examples: Sequence[Example], encode: Encode, warm: WarmStart) -> tuple[int, int]:
    """Steps on right responses and on habits, at most: as many as the tokens allow.

    Prose has no words that are certain, so that its loss may never be that of what is learnt.
    """
    shown = [one for one in examples if one.demonstrations]
    longest = _kept(examples, encode, warm)
    prompts = (min(len(encode(prompt_text(one))), warm.longest_prompt) for one in shown)
    said = (
        min(len(encode(text + END)), longest) / len(one.demonstrations)
        for one in shown
        for text in one.demonstrations
    )
    size = warm.batch * (sum(prompts) + math.fsum(said)) / len(shown)
    return (
        max(1, min(warm.skill_steps, int(warm.skill_tokens / size))),
        max(1, min(warm.habit_steps, int(warm.habit_tokens / size))),
    )


def _kept(examples: Sequence[Example], encode: Encode, warm: WarmStart) -> int:
    return max(warm.longest_response, longest_response(examples, encode))


def batches(
    examples: Sequence[Example], encode: Encode, warm: WarmStart, draw: random.Random, *, good: bool
) -> Iterator[list[Pair]]:
    """Batches without end: tokens of a prompt, and of a response to it.

    Args:
        examples: What is drawn from; those without demonstrations only where habits are shown.
        encode: From text to tokens.
        warm: Sizes.
        draw: Where chance comes from.
        good: Right responses alone; else good and bad habits.
    """
    shown = [one for one in examples if one.demonstrations] if good else list(examples)
    longest = _kept(examples, encode, warm)
    prompts = {id(one): encode(prompt_text(one))[-warm.longest_prompt :] for one in shown}
    while True:
        pool: list[Pair] = []
        for one in draw.choices(shown, k=_POOLED * warm.batch):
            said = (
                draw.choice(one.demonstrations)
                if good
                else habits.warm_response(one, examples, draw)
            )
            pool.append((prompts[id(one)], encode(said + END)[:longest]))
        pool.sort(key=lambda pair: len(pair[0]) + len(pair[1]))
        cut = [pool[start : start + warm.batch] for start in range(0, len(pool), warm.batch)]
        draw.shuffle(cut)
        yield from cut
