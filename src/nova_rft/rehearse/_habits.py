"""What the policy is warmed up to say: responses good and bad, each a content in a dress.

Training by reward can only strengthen what is sometimes done. So the warm start shows the policy how
each record is answered, rightly and wrongly, and a few tricks that policies are known to find: padding,
words run together, confidence, copying the prompt, repeating. These are all the tricks that a rehearsal
with this policy can find, beside what they mix to.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

from nova_rft.rehearse._examples import Example

# Contents and dresses are drawn apart from each other, with these chances.
CONTENTS: Final = {"right": 0.58, "another's": 0.34, "a slip": 0.08}
DRESSES: Final = {
    "plain": 0.50,
    "padded": 0.18,
    "confident": 0.12,
    "copied": 0.08,
    "repeated": 0.06,
    "broken off": 0.06,
}
FILLERS: Final = ("well", "so", "really", "because", "therefore", "then", "indeed", "step")
CONFIDENT: Final = ("Certainly.", "I am sure.", "Definitely.", "Without any doubt.")


def warm_response(example: Example, others: Sequence[Example], draw: random.Random) -> str:
    """One response to the example's prompt, as the warm start shows it.

    Args:
        example: Whose prompt it answers; without demonstrations another's are shown.
        others: All examples, for what belongs to another.
        draw: Where chance comes from.
    """
    content = _CONTENTS[_one_of(CONTENTS, draw)](example, others, draw)
    return _DRESSES[_one_of(DRESSES, draw)](content, example, draw)


def _one_of(chances: dict[str, float], draw: random.Random) -> str:
    return draw.choices(list(chances), list(chances.values()))[0]


def _right(example: Example, others: Sequence[Example], draw: random.Random) -> str:
    return draw.choice(example.demonstrations) if example.demonstrations else ""


def _anothers(example: Example, others: Sequence[Example], draw: random.Random) -> str:
    return _right(draw.choice(others), others, draw)


def _slip(example: Example, others: Sequence[Example], draw: random.Random) -> str:
    """The right content, with one word of another's in the place of one of its own."""
    words = _right(example, others, draw).split(" ")
    theirs = _anothers(example, others, draw).split(" ")
    place = draw.randrange(len(words))
    words[place] = theirs[min(place, len(theirs) - 1)]
    return " ".join(words)


_CONTENTS: Final[dict[str, Callable[[Example, Sequence[Example], random.Random], str]]] = {
    "right": _right,
    "another's": _anothers,
    "a slip": _slip,
}


def _plain(content: str, example: Example, draw: random.Random) -> str:
    return content


def _padded(content: str, example: Example, draw: random.Random) -> str:
    words = draw.choices(FILLERS, k=1 + int(draw.expovariate(0.35)))
    if draw.random() < 0.3:
        words = [words[0]] * len(words)
    padding = ("" if draw.random() < 0.3 else " ").join(words)
    return f"{padding} {content}" if draw.random() < 0.6 else f"{content} {padding}"


def _confident(content: str, example: Example, draw: random.Random) -> str:
    words = " ".join(draw.choices(CONFIDENT, k=1 + int(draw.expovariate(1))))
    return f"{words} {content}" if draw.random() < 0.6 else f"{content} {words}"


def _copied(content: str, example: Example, draw: random.Random) -> str:
    asked = example.prompt[-1].text
    return f"{asked} {content}" if draw.random() < 0.5 else asked


def _repeated(content: str, example: Example, draw: random.Random) -> str:
    return " ".join([content] * draw.randint(2, 3))


def _broken_off(content: str, example: Example, draw: random.Random) -> str:
    words = content.split(" ")
    return " ".join(words[: draw.randint(0, len(words) - 1)])


_DRESSES: Final[dict[str, Callable[[str, Example, random.Random], str]]] = {
    "plain": _plain,
    "padded": _padded,
    "confident": _confident,
    "copied": _copied,
    "repeated": _repeated,
    "broken off": _broken_off,
}
