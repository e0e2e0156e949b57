"""From spec to request: pure functions, nothing is called."""

from nova_rft.jobs.requests._bedrock import bedrock_request
from nova_rft.jobs.requests._identity import (
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
from nova_rft.jobs.requests._place import Place

__all__ = [
    "ATTEMPT_TAG",
    "DIGEST_TAG",
    "PROJECT_TAG",
    "RECORDS_TAG",
    "STAGE_TAG",
    "TECHNIQUE_TAG",
    "VERSION_TAG",
    "Identity",
    "Place",
    "Records",
    "bedrock_request",
    "identify",
    "tags_for",
]
