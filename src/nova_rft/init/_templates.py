"""What a project may begin with: the examples, under the names of what people want."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_CHECK: Final = "nova-rft check"
_SCORE: Final = "nova-rft score data/rollouts.jsonl --judge scripted"


@dataclass(frozen=True, slots=True)
class Template:
    """A project to begin with.

    Attributes:
        name: What `init --template` takes.
        title: What is learnt, and what it is judged by.
        example: The example's folder.
        spec: The example's file that becomes `nova-rft.yaml`.
        without: Files of the example that this project does without.
        then: Commands that run at once, without credentials, in their order.
    """

    name: str
    title: str
    example: str
    spec: str = "nova-rft.yaml"
    without: frozenset[str] = field(default_factory=frozenset)
    then: tuple[str, ...] = (_CHECK, _SCORE)


TEMPLATES: Final[Mapping[str, Template]] = {
    one.name: one
    for one in (
        Template(
            "summaries",
            "summaries, judged by preference against others",
            "summaries",
            spec="preference.yaml",
            without=frozenset({"README.md", "rubric.yaml", "nova-rft.yaml"}),
        ),
        Template(
            "summaries-quiz",
            "summaries, judged by a quiz on what they should hold",
            "summaries",
            without=frozenset({"README.md", "rubric.yaml", "preference.yaml"}),
        ),
        Template(
            "support-tone",
            "support mail, judged by a rubric of tone and promises behind a safety gate",
            "support-tone",
        ),
        Template(
            "contract-review",
            "contract comments, checked by a schema and judged by a rubric",
            "contract-review",
        ),
        Template(
            "maths",
            "sums in several steps, checked by a verifier",
            "arithmetic",
            then=(_CHECK, "nova-rft score data/rollouts.jsonl", "nova-rft rehearse"),
        ),
        Template(
            "code-debugging",
            "programs to be mended, run in a sandbox",
            "code-debugging",
            then=(_CHECK, "nova-rft score data/rollouts.jsonl"),
        ),
        Template(
            "domain-knowledge",
            "a field of knowledge: continued pre-training, then fine-tuning",
            "domain-knowledge",
            then=("nova-rft check cpt.yaml", _CHECK),
        ),
        Template(
            "distillation",
            "a large model's answers, learnt by a small one",
            "distillation",
            then=(_CHECK,),
        ),
    )
}
