"""Judge models by what a spec says of them; the one on Bedrock is made only when it is named."""

from __future__ import annotations

from collections.abc import Callable

from nova_rft.aws.secrets import api_key
from nova_rft.aws.session import Aws
from nova_rft.judge import JudgeModel, OpenAIModel, ReplayModel, ScriptedModel
from nova_rft.spec import BedrockJudge, JudgeModelSpec, OpenAIJudge, ReplayJudge, ScriptedJudge


def judge_models(aws: Callable[[], Aws]) -> Callable[[JudgeModelSpec], JudgeModel]:
    """A factory of judge models.

    Args:
        aws: Gives the session; called only for a judge on Bedrock, or for a key in a secret, so that
            every other judge works without a region or credentials.
    """

    def make(spec: JudgeModelSpec) -> JudgeModel:
        match spec:
            case BedrockJudge():
                # Late: it is the heaviest import here, and a laptop's replay needs none of it.
                from nova_rft.aws.converse import BedrockModel

                return BedrockModel(spec, aws())
            case OpenAIJudge():
                return OpenAIModel(spec, lambda arn: api_key(aws(), arn))
            case ReplayJudge():
                return ReplayModel(spec.file)
            case ScriptedJudge():
                return ScriptedModel()

    return make
