"""From spec to request: pure functions, nothing is called."""

from nova_rft.jobs._identity import (
    ATTEMPT_TAG,
    DIGEST_TAG,
    PROJECT_TAG,
    RECORDS_TAG,
    STAGE_TAG,
    TECHNIQUE_TAG,
    VERSION_TAG,
    Identity,
    Records,
    identify,
    tags_for,
)
from nova_rft.jobs._place import Place
from nova_rft.jobs.requests._bedrock import bedrock_request
from nova_rft.jobs.requests._hub import evaluator_request, evaluator_version
from nova_rft.jobs.requests._hyperpod import hyperpod_command, hyperpod_connect
from nova_rft.jobs.requests._open_weight import open_weight_request
from nova_rft.jobs.requests._overrides import override_problems
from nova_rft.jobs.requests._recipe_job import recipe_job_request
from nova_rft.jobs.requests._rlaif import rlaif_request
from nova_rft.jobs.requests._serverless import SERVERLESS_TECHNIQUES, serverless_request

__all__ = [
    "ATTEMPT_TAG",
    "DIGEST_TAG",
    "PROJECT_TAG",
    "RECORDS_TAG",
    "SERVERLESS_TECHNIQUES",
    "STAGE_TAG",
    "TECHNIQUE_TAG",
    "VERSION_TAG",
    "Identity",
    "Place",
    "Records",
    "bedrock_request",
    "evaluator_request",
    "evaluator_version",
    "hyperpod_command",
    "hyperpod_connect",
    "identify",
    "open_weight_request",
    "override_problems",
    "recipe_job_request",
    "rlaif_request",
    "serverless_request",
    "tags_for",
]
