"""The tiny policy: a transformer warmed up on the spot, kept under the digest of what it is made of."""

from __future__ import annotations

import math
import random
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from nova_rft.errors import UsageError
from nova_rft.rehearse._examples import Example
from nova_rft.rehearse._extra import torch as late_torch
from nova_rft.rehearse._settings import WarmStart
from nova_rft.rehearse._tokenizer import CHAT_TEMPLATE, END, PAD, train_tokenizer
from nova_rft.rehearse._warm import Pair, batches, corpus, steps_of, warm_digest

Told = Callable[[str, int, int], None]

_WARMING: Final = 30
_MEAN_OF: Final = 20
# Of the learning rate: what is left at the end of the cosine, and for the habits.
_REST: Final = 0.1
_GENTLE: Final = 0.25
_IGNORED: Final = -100


def warmed_up(
    examples: Sequence[Example],
    warm: WarmStart,
    seed: int,
    kept: Path,
    told: Told = lambda *_: None,
) -> tuple[Path, bool]:
    """The folder of the warmed-up policy, and whether it was there already.

    Args:
        examples: The training records.
        warm: Its sizes.
        seed: Of its weights and of what it is shown.
        kept: Where such folders lie.
        told: Told a phase's name, its steps so far and at most.

    Raises:
        UsageError: no record says what a right response is, or the extra is not installed.
    """
    if not any(one.demonstrations for one in examples):
        raise UsageError(
            "no record has a reference answer or demonstrations, so the tiny policy cannot be warmed "
            "up; add the field demonstrations, or name a model: --policy FOLDER"
        )
    torch = late_torch()
    import transformers

    place = kept / warm_digest(examples, warm, seed, (torch.__version__, transformers.__version__))
    if (place / "model.safetensors").is_file():
        return place, True
    model, tokenizer = _fresh(examples, warm, seed)
    _warm_up(model, tokenizer, examples, warm, seed, told)
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept, prefix=".") as scratch:
        part = Path(scratch) / "policy"
        model.save_pretrained(part)
        tokenizer.save_pretrained(part)
        if not place.exists():
            part.replace(place)
    return place, False


def _fresh(examples: Sequence[Example], warm: WarmStart, seed: int) -> tuple[Any, Any]:
    """Weights by chance, and a tokenizer of the records."""
    torch = late_torch()
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    made = Tokenizer.from_str(train_tokenizer(corpus(examples, seed), warm.vocabulary))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token=PAD, eos_token=END, padding_side="left"
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    torch.manual_seed(seed)
    model = Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=len(tokenizer),
            hidden_size=warm.hidden,
            intermediate_size=2 * warm.hidden,
            num_hidden_layers=warm.layers,
            num_attention_heads=warm.heads,
            num_key_value_heads=warm.heads,
            max_position_embeddings=2048,
            # Far above a large model's: so small a one stays at its start with less.
            initializer_range=0.08,
            tie_word_embeddings=True,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
        )
    )
    return model, tokenizer


def _warm_up(
    model: Any,
    tokenizer: Any,
    examples: Sequence[Example],
    warm: WarmStart,
    seed: int,
    told: Told,
) -> None:
    """First the skill, on right responses; then the habits, gently, so that the skill stays."""
    torch = late_torch()
    draw = random.Random(seed)  # noqa: S311 - habits are no secrets
    optimizer = torch.optim.AdamW(model.parameters(), lr=warm.learning_rate, weight_decay=0.01)
    model.train()

    def steps(good: bool, rates: Sequence[float]) -> Iterator[float]:
        shown = batches(examples, tokenizer.encode, warm, draw, good=good)
        for number, (rate, pairs) in enumerate(zip(rates, shown, strict=False), start=1):
            told("skill" if good else "habits", number, len(rates))
            yield _step(model, optimizer, pairs, rate, tokenizer.pad_token_id)

    skill, habit = steps_of(examples, tokenizer.encode, warm)
    last: deque[float] = deque(maxlen=_MEAN_OF)
    for loss in steps(True, _rates(warm.learning_rate, skill)):
        last.append(loss)
        if len(last) == _MEAN_OF and math.fsum(last) / _MEAN_OF <= warm.learnt:
            break
    for _ in steps(False, [_GENTLE * warm.learning_rate] * habit):
        pass
    model.eval()


def _rates(highest: float, steps: int) -> list[float]:
    """The learning rate of each skill step: up in a line, then down a cosine."""
    return [
        highest
        * min(1.0, (step + 1) / _WARMING)
        * (_REST + (1 - _REST) * (1 + math.cos(math.pi * step / steps)) / 2)
        for step in range(steps)
    ]


def _step(model: Any, optimizer: Any, pairs: Sequence[Pair], rate: float, pad: int) -> float:
    """One step on the responses' tokens; the loss before it, in nats a token."""
    torch = late_torch()
    size = len(pairs), max(len(prompt) + len(said) for prompt, said in pairs)
    ids, labels = torch.full(size, pad), torch.full(size, _IGNORED)
    there = torch.zeros(size, dtype=torch.long)
    for row, (prompt, said) in enumerate(pairs):
        whole = torch.tensor(prompt + said)
        ids[row, : len(whole)] = whole
        there[row, : len(whole)] = 1
        labels[row, len(prompt) : len(whole)] = whole[len(prompt) :]
    for group in optimizer.param_groups:
        group["lr"] = rate
    loss = model(input_ids=ids, attention_mask=there, labels=labels).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return float(loss.detach())
