"""What all of a project's stages stand on: the spec, its folder, the records, the AWS region."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from nova_rft.spec import JudgeModelSpec, RewardSpec, Spec, load, with_models

# Late, in the methods: a notebook that only checks records should not wait for boto3.
if TYPE_CHECKING:
    from nova_rft.aws.records import Ready
    from nova_rft.aws.session import Aws


def state_folder() -> Path:
    """Where this machine's notes are kept: `NOVA_RFT_HOME`, else `.nova-rft` in the working folder."""
    return Path(os.environ.get("NOVA_RFT_HOME") or ".nova-rft")


class Base:
    """One spec, and what lies around it."""

    def __init__(self, spec: Spec, file: Path) -> None:
        """Takes a spec that is loaded already; `Project.load` reads one."""
        self.spec = spec
        self.file = file
        self.folder = file.parent
        self._ready: dict[str, Ready] = {}

    @classmethod
    def load(cls, path: str | Path = "nova-rft.yaml") -> Self:
        """Reads the spec.

        Raises:
            UsageError: the file is missing.
            InvalidSpec: it is no valid spec; every problem is named.
        """
        return cls(load(path), Path(path))

    @cached_property
    def aws(self) -> Aws:
        """The AWS region that the spec or the environment names."""
        from nova_rft.aws.session import Aws

        return Aws(self.spec.region)

    def records(self, name: str) -> Ready:
        """A file of records that the spec names, as JSON Lines on this machine.

        Raises:
            AwsRefused: it lies in S3 and may not be read.
            UsageError: it cannot be read.
        """
        from nova_rft.aws.records import ready

        if name not in self._ready:
            copies = state_folder() / "records"
            spec = self.spec
            self._ready[name] = ready(
                name, spec.data, spec.technique, self.folder, copies, lambda: self.aws
            )
        return self._ready[name]

    def _reward_spec(self, judge: JudgeModelSpec | None) -> RewardSpec:
        return (with_judge(self.spec, judge) if judge else self.spec).required_reward


def with_judge(spec: Spec, judge: JudgeModelSpec) -> Spec:
    """The spec with another model in every judge's place."""
    terms = tuple(with_models(term, lambda _: judge) for term in spec.required_reward.terms)
    reward = spec.required_reward.model_copy(update={"terms": terms})
    return spec.model_copy(update={"reward": reward})
