"""A policy that can be trained: a model and its tokenizer, from a folder or, on a GPU, by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nova_rft.errors import UsageError
from nova_rft.rehearse._examples import Example
from nova_rft.rehearse._extra import torch as late_torch

# For models that were never taught to chat.
_PLAIN_TEMPLATE: Final = (
    "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What is trained.

    Attributes:
        model: Of transformers.
        tokenizer: Its tokenizer, which pads on the left and has a chat template.
        longest_prompt: Tokens that it is shown of a prompt, the last ones; None: all.
    """

    model: Any
    tokenizer: Any
    longest_prompt: int | None = None

    def shown(self, example: Example) -> list[dict[str, str]]:
        """The turns of a prompt as the policy sees them."""
        if self.longest_prompt is None:
            return example.messages
        return last_turns(example.messages, self.tokenizer, self.longest_prompt)

    def sample(
        self,
        examples: Sequence[Example],
        *,
        longest: int,
        temperature: float,
        seed: int,
        batch: int,
    ) -> list[tuple[str, int]]:
        """One response to each prompt, and its tokens; the trainer's own chance is left as it was."""
        torch = late_torch()
        found: list[tuple[str, int]] = []
        training = self.model.training
        self.model.eval()
        with _own_chance(torch, seed), torch.no_grad():
            for start in range(0, len(examples), batch):
                found += self._some(examples[start : start + batch], longest, temperature)
        self.model.train(training)
        return found

    def _some(
        self, examples: Sequence[Example], longest: int, temperature: float
    ) -> Iterator[tuple[str, int]]:
        asked = self.tokenizer.apply_chat_template(
            [self.shown(one) for one in examples],
            add_generation_prompt=True,
            padding=True,
            return_tensors="pt",
            return_dict=True,
        ).to(self.model.device)
        told = self.model.generate(
            input_ids=asked["input_ids"],
            attention_mask=asked["attention_mask"],
            max_new_tokens=longest,
            do_sample=True,
            temperature=temperature,
            top_k=0,
            pad_token_id=self.tokenizer.pad_token_id,
            eos_token_id=self.tokenizer.eos_token_id,
        )
        for row in told[:, asked["input_ids"].shape[1] :].tolist():
            end = self.tokenizer.eos_token_id
            said = row[: row.index(end) + 1] if end in row else row
            yield self.tokenizer.decode(said, skip_special_tokens=True), len(said)


def last_turns(
    turns: Sequence[dict[str, str]], tokenizer: Any, longest: int
) -> list[dict[str, str]]:
    """The end of a conversation: whole turns as far as the tokens go, then the end of one."""
    kept: list[dict[str, str]] = []
    left = longest
    for turn in reversed(turns):
        said = tokenizer.encode(turn["content"])
        if len(said) > left:
            end = tokenizer.decode(said[-left:]) if left else ""
            return [{**turn, "content": end}, *kept] if end else kept
        kept.insert(0, turn)
        left -= len(said)
    return kept


@contextmanager
def _own_chance(torch: Any, seed: int) -> Iterator[None]:
    devices = list(range(torch.cuda.device_count()))
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


def load_policy(place: str | Path, longest_prompt: int | None = None) -> Policy:
    """Reads a model of transformers.

    Args:
        place: A folder; where there is a GPU also a name, which is then fetched.
        longest_prompt: Tokens that it is shown of a prompt, the last ones; None: all.

    Raises:
        UsageError: it is no folder and there is no GPU, or it holds no model.
    """
    torch = late_torch()
    from transformers import AutoModelForCausalLM, AutoTokenizer

    gpu = torch.cuda.is_available()
    if not Path(place).is_dir() and not gpu:
        raise UsageError(
            f"--policy {place}: no such folder, and without a GPU no model is fetched by its name; use "
            "tiny, or a folder that holds a Hugging Face model"
        )
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, padding_side="left")
        model = AutoModelForCausalLM.from_pretrained(
            place, dtype=torch.bfloat16 if gpu else torch.float32
        )
    except (OSError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise UsageError(f"--policy {place}: holds no model that can be read: {first}") from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    if tokenizer.chat_template is None:
        tokenizer.chat_template = _PLAIN_TEMPLATE
    return Policy(model.to("cuda") if gpu else model, tokenizer, longest_prompt)
