"""What makes a job this job and no other: its name, its token, its tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nova_rft.jobs._place import Place
from nova_rft.spec import Spec, digest

# Which version of the reward a job calls: traces and metrics are kept by it.
VERSION_TAG: Final = "nova-rft:reward-version"
PROJECT_TAG: Final = "nova-rft:project"
STAGE_TAG: Final = "nova-rft:stage"
DIGEST_TAG: Final = "nova-rft:digest"
ATTEMPT_TAG: Final = "nova-rft:attempt"
RECORDS_TAG: Final = "nova-rft:records"
TECHNIQUE_TAG: Final = "nova-rft:technique"


@dataclass(frozen=True, slots=True)
class Records:
    """One file of records: its content's digest, how many it holds."""

    digest: str
    count: int


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes a job this job and no other.

    Attributes:
        digest: Of the resolved spec, the records and the reward's version.
        attempt: From 1; raised by `--again` after a failure.
    """

    project: str
    stage: str
    digest: str
    attempt: int = 1

    @property
    def name(self) -> str:
        """The job's name, 63 characters at most; it finds the job again without any local file."""
        return f"{self.project}-{self.stage}-{self.digest[:12]}-{self.attempt}"

    @property
    def token(self) -> str:
        """Bedrock's `clientRequestToken`: the same request sent twice makes one job."""
        return digest([self.project, self.stage, self.digest, self.attempt])


def identify(
    spec: Spec, training: Records, validation: Records | None, reward_version_arn: str | None
) -> str:
    """Digest of everything that a job's result depends on.

    File names do not count, their content does; nor do prices, thresholds of calibration, how the
    model is evaluated, and where runs are logged.
    """
    apart = {"data", "prices", "mlflow", "calibration", "evaluation"}
    asked = spec.model_dump(mode="json", exclude=apart)
    held = validation.digest if validation else None
    return digest([asked, training.digest, held, reward_version_arn])


def tags_for(spec: Spec, identity: Identity, place: Place) -> dict[str, str]:
    """The tags by which a job, and the model that it makes, say where they come from."""
    tags = {
        **place.tags,
        PROJECT_TAG: spec.project,
        STAGE_TAG: spec.stage,
        DIGEST_TAG: identity.digest,
        ATTEMPT_TAG: str(identity.attempt),
        RECORDS_TAG: str(place.records),
        TECHNIQUE_TAG: spec.technique,
    }
    if place.reward_version_arn:
        tags[VERSION_TAG] = place.reward_version_arn.rsplit(":", 1)[-1]
    return tags
