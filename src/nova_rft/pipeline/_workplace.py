"""What the steps of one project's pipeline work with."""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nova_rft.aws.session import Aws
from nova_rft.aws.storage import get
from nova_rft.aws.tell import tell_all
from nova_rft.errors import NovaRftError
from nova_rft.pipeline._pack import key_of, project_in, unpack
from nova_rft.pipeline._runs import Runs
from nova_rft.project import Project
from nova_rft.spec import Pipeline

_LOG: Final = logging.getLogger(__name__)


class Passing(NovaRftError):
    """A refusal that a later try may not meet; the state machine tries again by this name."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """What the steps of one project's pipeline work with.

    Attributes:
        aws: The account and region.
        runs: The table of runs.
        bucket: Where what was packed lies.
        settings: The stage's.
        scratch: A folder on this machine.
        topic: The SNS topic that is told.
        slack_secret: The secret that holds a Slack webhook's address.
    """

    aws: Aws
    runs: Runs
    bucket: str
    settings: Pipeline
    scratch: Path
    topic: str | None = None
    slack_secret: str | None = None

    def project(self, digest: str) -> Project:
        """The project that a run was started with."""
        folder = self.scratch / digest
        if not folder.is_dir():
            self.scratch.mkdir(parents=True, exist_ok=True)
            partial = Path(tempfile.mkdtemp(dir=self.scratch))
            unpack(get(self.aws, self.bucket, key_of(digest)), partial)
            try:
                partial.rename(folder)
            except OSError:
                # Another one was faster, where they share a disk.
                if not folder.is_dir():
                    raise
        return project_in(folder)

    def tell(self, subject: str, text: str) -> list[str]:
        """Tells whoever is to be told; what went wrong is logged, and stops nothing."""
        problems = tell_all(
            self.aws, topic=self.topic, slack_secret=self.slack_secret, subject=subject, text=text
        )
        for problem in problems:
            _LOG.warning("not told: %s", problem)
        return problems
