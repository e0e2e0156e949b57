"""Serverless RLAIF: a judge of the service's own reads a prompt, and no Lambda is called.

Open-weight models alone have recipes for it; none of Nova's does (sagemaker-hyperpod-recipes, commit
2631995), so that no combination of the capability table leads here.
"""

from __future__ import annotations

from typing import Any

from nova_rft.jobs._identity import Identity
from nova_rft.jobs._place import Place
from nova_rft.jobs.requests._serverless import serverless_request
from nova_rft.spec import Spec


def rlaif_request(spec: Spec, identity: Identity, place: Place, *, judge: str) -> dict[str, Any]:
    """The serverless request for RFT, with a judge in the place of the reward Lambda.

    Args:
        spec: A spec of serverless RFT.
        identity: The job's.
        place: Its evaluator is of the kind `RewardPrompt`.
        judge: The judge model, by Bedrock's id.
    """
    request = serverless_request(spec, identity, place)
    request["ServerlessJobConfig"]["CustomizationTechnique"] = "RLAIF"
    request["HyperParameters"]["judge_model_id"] = f"bedrock/{judge}"
    return request
