"""Which models a call of Bedrock's runtime reaches: a profile's in every region that it routes to.

(Bedrock User Guide, "Prerequisites for inference profiles" and "Supported Regions and models for
inference profiles", read 2026-11-23.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from moto.core.models import DEFAULT_ACCOUNT_ID

from nova_rft.spec import PROFILE_GEOGRAPHIES

# Where the profiles of a geography are known to route; the calling region is always among them. Of the
# geographies that are not here, the embedded AWS routes to the calling region alone.
_ROUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "us": ("us-east-1", "us-east-2", "us-west-2"),
    "eu": ("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3"),
}


def invoked_models(asked: str, region: str) -> Iterator[tuple[str, str | None]]:
    """ARNs that a call must be allowed on, each with the profile through which it is reached.

    Args:
        asked: A model, inference profile or deployment: its id or ARN.
        region: Where it is called.
    """
    name = asked.rsplit("/", 1)[-1]
    geography, _, model = name.partition(".")
    if geography in PROFILE_GEOGRAPHIES and ":application-inference-profile/" not in asked:
        profile = f"arn:aws:bedrock:{region}:{DEFAULT_ACCOUNT_ID}:inference-profile/{name}"
        yield profile, None
        for place in sorted({*_ROUTES.get(geography, ()), region}):
            yield f"arn:aws:bedrock:{place}::foundation-model/{model}", profile
    elif asked.startswith("arn:"):
        yield asked, None
    else:
        yield f"arn:aws:bedrock:{region}::foundation-model/{asked}", None
