"""What a job asks of its training by reward, and what a step is told as."""

from __future__ import annotations

from dataclasses import dataclass

Step = dict[str, float]


@dataclass(frozen=True, slots=True)
class Rewarded:
    """What a job asks for.

    Attributes:
        region: Where the grader is.
        grader_arn: The function, with its version.
        batch_size: Prompts in one step.
        samples: Rollouts for each prompt; None: the service chooses, and takes what the policy has.
        epochs: Passes over the records.
        steps: Ends the training after so many, whatever the epochs; None: the epochs decide.
        eval_every: Steps between two looks at the validation records; None: there is no look.
        nested: Whether a record's other fields travel under `metadata`, as Bedrock sends them, or
            beside the messages, as SageMaker does.
        learning_rate: Of weights that are trained; None: the policy's own.
        max_new_tokens: Longest response of a policy that is sampled; None: its own.
    """

    region: str
    grader_arn: str
    batch_size: int
    samples: int | None
    epochs: int = 1
    steps: int | None = None
    eval_every: int | None = None
    nested: bool = True
    learning_rate: float | None = None
    max_new_tokens: int | None = None
