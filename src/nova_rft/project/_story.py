"""What a report tells beside the job: what was done before it, and after it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nova_rft.data import RecordCheck
from nova_rft.errors import NovaRftError, UsageError
from nova_rft.project._base import state_folder
from nova_rft.project._checks import Checks
from nova_rft.spec import digest

if TYPE_CHECKING:
    from nova_rft.report import ReportInput, Summary


class Story(Checks):
    """What this machine knows of a project's steps."""

    def report_so_far(
        self, out: Path | None = None, *, evaluation: Path = Path("evaluation")
    ) -> tuple[Path, Summary]:
        """Writes the page on all that comes before a job, and asks AWS nothing of jobs.

        Args:
            out: Where to write it.
            evaluation: The folder of `nova-rft evaluate`.
        """
        from nova_rft.report import ReportInput

        given = self._with_story(ReportInput(self.spec, None, ()), evaluation)
        return self._write_report(given, out or state_folder() / "report.html")

    def _write_report(self, given: ReportInput, path: Path) -> tuple[Path, Summary]:
        from nova_rft.report import summarise, write_report

        summary = summarise(given)
        return write_report(summary, path), summary

    def _with_story(self, given: ReportInput, evaluation: Path) -> ReportInput:
        """The same, with what was checked, calibrated, rehearsed, foreseen and evaluated."""
        from nova_rft.calibrate import standing

        found = _read_evaluation(evaluation / "evaluation.json", self.spec.project)
        page = evaluation / "evaluation.html"
        given = replace(
            given,
            checks=self._checks(),
            evaluation=found,
            evaluation_page=str(page) if found and page.is_file() else "",
        )
        if self.spec.technique != "rft":
            return given
        from nova_rft.rehearse import newest_rehearsal
        from nova_rft.rollouts import read_standing

        reward = digest(self.spec.required_reward)
        return replace(
            given,
            standing=standing(self.spec, self.folder),
            rehearsed=newest_rehearsal(state_folder(), reward),
            signal=read_standing(state_folder(), reward),
        )

    def _checks(self) -> list[tuple[str, RecordCheck]]:
        try:
            return self.check()
        except NovaRftError:
            # Records that cannot be had any more are no reason to have no report; the page says that
            # they were not checked, and `nova-rft check` says why.
            return []


def _read_evaluation(file: Path, project: str) -> Mapping[str, Any] | None:
    """What `nova-rft evaluate` wrote of this project; None where it wrote nothing of it."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: cannot be read ({error}); evaluate anew") from None
    if not isinstance(found, dict) or found.get("project") != project:
        return None
    return found
