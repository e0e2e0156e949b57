"""Who is compared, and how its answers are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from nova_rft.errors import UsageError
from nova_rft.spec import (
    PROFILE_GEOGRAPHIES,
    BedrockJudge,
    JudgeModelSpec,
    OpenAIJudge,
    Price,
    RewardSpec,
    digest,
)

BASE: Final = "base"
CUSTOM: Final = "custom"
# Settings of a model that no answer depends on.
_OF_PATIENCE: Final = {
    *("concurrency", "timeout_s", "attempts", "requests_per_minute", "tokens_per_minute"),
    "api_key_secret",
}
# Such as `-v1:0`, or `-1:0`.
_VERSION: Final = re.compile(r"-v?\d+:\d+$")


@dataclass(frozen=True, slots=True)
class Contender:
    """A model that is compared.

    Attributes:
        name: In reports: base, custom, or the user's.
        model: What is asked, with its settings.
        serves: What stands behind it, where that can change: a deployment's model ARN.
        job: The job that made it, where it is known.
    """

    name: str
    model: JudgeModelSpec
    serves: str = ""
    job: str = ""

    @property
    def id(self) -> str:
        """The model as its service names it."""
        return str(getattr(self.model, "id", self.model.provider))

    @property
    def digest(self) -> str:
        """Of everything that its answers depend on, beside the question."""
        return _digest(self)


@lru_cache(maxsize=64)
def _digest(one: Contender) -> str:
    return digest([settings_of(one.model), one.serves])


def settings_of(model: JudgeModelSpec) -> dict[str, Any]:
    """A model's settings, those left out that no answer depends on."""
    return model.model_dump(mode="json", exclude=set(_OF_PATIENCE))


def same_model(one: JudgeModelSpec, other: JudgeModelSpec) -> bool:
    """Whether two specs name one model, whatever the endpoint, the region's profile and the settings."""
    return _bare_id(one) == _bare_id(other)


def _bare_id(model: JudgeModelSpec) -> str:
    if not isinstance(model, BedrockJudge | OpenAIJudge):
        return f"{model.provider}:{getattr(model, 'file', '')}"
    # Of an ARN the last part is the id; profiles of one model differ in where it runs, and the
    # OpenAI-compatible API names no version.
    name = _VERSION.sub("", model.id.rpartition("/")[2])
    geography, _, rest = name.partition(".")
    return rest if geography in PROFILE_GEOGRAPHIES else name


def priced(
    reward: RewardSpec, prices: Mapping[str, Price], contenders: Iterable[Contender]
) -> RewardSpec:
    """The reward with a price for each contender: by its id, by its name, or the base's for the custom.

    A custom model of Nova's is asked on demand at its base model's price (Bedrock pricing, custom model
    on-demand deployment, 2026-11-23); a price under `custom` says otherwise.
    """
    known = {**reward.prices, **prices}
    base: Price | None = None
    for one in contenders:
        price = known.get(one.id) or known.get(one.name)
        if one.name == BASE:
            base = price
        elif one.name == CUSTOM and price is None and one.serves:
            price = base
        if price is not None:
            known[one.id] = price
    return reward.model_copy(update={"prices": known})


def check_names(contenders: Iterable[Contender]) -> tuple[Contender, ...]:
    """The contenders, if there are two to compare and no two are alike.

    Raises:
        UsageError: they cannot be compared.
    """
    found = tuple(contenders)
    seen: dict[str, str] = {}
    for one in found:
        if one.digest in seen:
            raise UsageError(
                f"{one.name} and {seen[one.digest]} are the same model with the same settings, so "
                "there is nothing to compare; name another"
            )
        seen[one.digest] = one.name
    if len(found) < 2:
        raise UsageError("there is one model alone; name another: --model NAME=MODEL")
    return found
