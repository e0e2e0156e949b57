"""What a spec says of distillation: whose answers are learnt, and which of them."""

from pydantic import Field

from nova_rft.spec._base import SpecModel
from nova_rft.spec._models import Budget, JudgeModelSpec


class DistillationSpec(SpecModel):
    """Records from a teacher's answers: several to each prompt, the best by the spec's own reward."""

    teacher: JudgeModelSpec = Field(
        description=(
            "The model that answers, with its settings; a temperature above 0 makes answers differ. Its "
            "price stands among reward.prices."
        )
    )
    samples: int = Field(4, ge=1, le=64, description="Answers to each prompt (best of n).")
    min_reward: float | None = Field(
        None, description="A prompt whose best answer has a lower reward makes no record."
    )
    pair_margin: float | None = Field(
        None,
        gt=0,
        description=(
            "Write a DPO pair of the best and the worst answer where their rewards differ by this much; "
            "left out, no pairs."
        ),
    )
    budget: Budget | None = Field(
        None, description="Money past which nothing more is asked, teacher and judges together."
    )
