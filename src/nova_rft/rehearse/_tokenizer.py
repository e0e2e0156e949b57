"""A tokenizer made on the spot: byte-level BPE over a spec's own records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

VOCABULARY: Final = 1024
PAD: Final = "<|pad|>"
END: Final = "<|end|>"
ROLES: Final = ("<|system|>", "<|user|>", "<|assistant|>")

# In Jinja, as chat templates are; one line, for its line breaks would be text.
CHAT_TEMPLATE: Final = (
    "{% for m in messages %}<|{{ m['role'] if m['role'] in ['system', 'assistant'] else 'user' }}|>"
    "{{ m['content'] }}" + END + "{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def train_tokenizer(texts: Iterable[str], vocabulary: int = VOCABULARY) -> str:
    """The tokenizer as the JSON of Hugging Face's tokenizers; equal texts give an equal one.

    Digits stand alone, so that numbers are read and written figure by figure.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=[PAD, END, *ROLES],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(texts, trainer)
    text: str = made.to_str()
    return text
