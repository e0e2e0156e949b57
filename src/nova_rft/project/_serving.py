"""What a job made, put to use: deployed, listed, asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from nova_rft.errors import FindingsError
from nova_rft.project._jobs import Jobs

# Late, in the methods: a notebook that only checks records should not wait for boto3.
if TYPE_CHECKING:
    from nova_rft.data import Message
    from nova_rft.jobs import Served
    from nova_rft.spec import JudgeModelSpec


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said.

    Attributes:
        model: Who said it, as the service names it.
        text: The answer.
        input_tokens: Tokens billed for the question.
        output_tokens: Tokens billed for the answer.
    """

    model: str
    text: str
    input_tokens: int
    output_tokens: int

    def as_dict(self) -> dict[str, Any]:
        """As documented for `invoke --json`."""
        return asdict(self)


class Serving(Jobs):
    """What a project's models can be asked."""

    def serve(self, name: str | None = None, *, wait_s: float = 1800.0, **more: Any) -> Served:
        """Deploys a job's model for use on demand, or finds it; see `nova_rft.jobs.serve`."""
        from nova_rft.aws.stacks import deployment
        from nova_rft.jobs import serve

        role = deployment(self.aws, self.spec).job_role_arn
        job = self.job(name)
        return serve(self.aws, self.spec, job, role_arn=role, wait_s=wait_s, **more)

    def served(self) -> list[Served]:
        """The deployments of the project's models, the newest first."""
        from nova_rft.jobs import served_models

        return list(served_models(self.aws, self.spec))

    def find_served(self, name: str) -> str | None:
        """The ARN of a deployment by its name, or None."""
        from nova_rft.aws.deployments import find_deployment

        known = find_deployment(self.aws, name)
        return str(known["customModelDeploymentArn"]) if known else None

    def unserve(self, name: str) -> None:
        """Deletes a deployment; the model stays."""
        from nova_rft.jobs import unserve

        unserve(self.aws, name)

    def invoke(
        self,
        prompt: str,
        name: str | None = None,
        *,
        base: bool = False,
        system: str | None = None,
    ) -> Answer:
        """Asks a job's deployed model, or the base model.

        Raises:
            UsageError: the job has made no model.
            FindingsError: its model is not deployed.
            JudgeError: the model gave no answer.
        """
        from nova_rft.aws.judges import judge_models
        from nova_rft.data import Message
        from nova_rft.judge import free_question

        turns = [*([Message("system", system)] if system else []), Message("user", prompt)]
        if self.spec.backend == "bedrock-openai":
            return self._chat(turns, self.spec.model if base else None, name)
        model = self._model_spec(name, base=base)
        asked = free_question(turns)
        reply = judge_models(lambda: self.aws)(model).ask(asked)
        return Answer(
            getattr(model, "id", ""),
            reply.text,
            reply.usage.input_tokens,
            reply.usage.output_tokens,
        )

    def _chat(self, turns: Sequence[Message], model: str | None, name: str | None) -> Answer:
        """Asks an open-weight model, which answers without a deployment."""
        from nova_rft.aws.mantle import MantleClient
        from nova_rft.jobs import start_of

        asked = model or start_of(self.job(name))
        said = MantleClient(self.aws).chat(
            asked, [{"role": turn.role, "content": turn.text} for turn in turns]
        )
        usage = said.get("usage") or {}
        return Answer(
            asked,
            said["choices"][0]["message"]["content"] or "",
            usage.get("prompt_tokens", 0),
            usage.get("completion_tokens", 0),
        )

    def _model_spec(self, name: str | None, *, base: bool) -> JudgeModelSpec:
        """The model as something that answers."""
        from nova_rft.jobs import served_models
        from nova_rft.spec import BedrockJudge

        if base:
            # The base model of a customization names its context; on demand it goes without.
            return BedrockJudge(provider="bedrock", id=self.spec.model.rsplit(":", 1)[0])
        job = self.job(name)
        for served in served_models(self.aws, self.spec):
            if served.name == job.name and served.status == "Active":
                return BedrockJudge(provider="bedrock", id=served.model_id)
        raise FindingsError(f"{job.name} is not deployed; deploy it first: nova-rft serve-model")
