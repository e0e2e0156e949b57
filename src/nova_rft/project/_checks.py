"""Checking: the records, the terms, the judges, before anything is spent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nova_rft.data import Finding, RecordCheck
from nova_rft.project._base import Base
from nova_rft.spec import nearest

if TYPE_CHECKING:
    from nova_rft.reward import JudgeCalls, Quizzes


class Checks(Base):
    """What can be known of a project beforehand."""

    def check(self, *, deep: bool = False) -> list[tuple[str, RecordCheck]]:
        """Checks every file of records, references scored by the verifiers; what was found, by name.

        Args:
            deep: Also what takes long: every record's program is run, and validation prompts are looked
                for among the training prompts.
        """
        files = [(self.spec.data.train, True)]
        if self.spec.data.validation:
            files.append((self.spec.data.validation, False))
        checks = [(name, self._check_file(name, training, deep)) for name, training in files]
        if deep:
            for name, found in checks:
                found.findings += self._look_deeper(name, found.findings)
        return checks

    def data_page(self, findings: Sequence[Finding], path: Path) -> Path:
        """Writes the page on the training records: what was found, lengths, turns, languages.

        Raises:
            StorageError: this machine refused to store it.
        """
        from nova_rft.data import file_source
        from nova_rft.data.check import profile_of
        from nova_rft.report import write_data_page

        name, technique = self.spec.data.train, self.spec.technique
        profile = profile_of(file_source(self.records(name).path))
        return write_data_page(profile, findings, name, technique, path)

    def check_terms(self) -> list[Finding]:
        """Makes every term that needs no judge model: its files, patterns and functions are found."""
        from nova_rft.reward import check_terms

        if self.spec.reward is None:
            return []
        return list(check_terms(self.spec.reward, self.folder, self.file))

    def check_judges(self) -> list[Finding]:
        """Asks whether each judge model exists and may be used; free calls, nothing is judged.

        Raises:
            AwsRefused: AWS could not be reached.
            UsageError: there are no credentials, or no region.
        """
        from nova_rft.aws.access import model_problems
        from nova_rft.spec import judge_models_of

        models = judge_models_of(self.spec.reward.terms if self.spec.reward else ())
        return [
            Finding(
                str(self.file),
                0,
                "reward",
                "judge.model",
                "error" if problem.certain else "warning",
                problem.message,
            )
            for problem in model_problems(models, lambda: self.aws)
        ]

    def check_hyperparameters(self) -> list[Finding]:
        """Asks SageMaker's hub what it allows today, for serverless jobs alone.

        Raises:
            AwsRefused: AWS could not be reached.
            UsageError: there are no credentials, or no region.
        """
        if self.spec.backend != "sagemaker":
            return []
        from nova_rft.aws.hub import allowed_hyperparameters
        from nova_rft.errors import FindingsError
        from nova_rft.jobs.requests import SERVERLESS_TECHNIQUES, override_problems

        cell = self.spec.cell
        asked = SERVERLESS_TECHNIQUES[cell.technique]
        try:
            allowed = allowed_hyperparameters(
                self.aws, cell.name, asked, lora=cell.adapter == "lora"
            )
            problems = override_problems(self.spec, allowed)
        except FindingsError as error:
            problems = [str(error)]
        return [
            Finding(str(self.file), 0, "training", "training.hub", "error", problem)
            for problem in problems
        ]

    def hyperparameters(self) -> dict[str, tuple[Any, bool]]:
        """Every hyperparameter by our name: what holds for the job, and whether the spec says it."""
        settled = self.spec.training.settled()
        if self.spec.backend not in ("sagemaker-recipe", "hyperpod"):
            return settled
        from nova_rft.jobs.recipes import shipped

        # A recipe does not always say what AWS's table of allowed values calls the default.
        usual = shipped(self.spec)
        return {
            name: (value if said else usual.get(name, value), said)
            for name, (value, said) in settled.items()
        }

    def quizzes(self) -> list[Quizzes]:
        """What the training records bring for the reward's quiz judges.

        Raises:
            UsageError: the file is missing or unreadable.
        """
        from nova_rft.reward import count_quizzes

        if self.spec.technique != "rft":
            return []
        return count_quizzes(self.spec.required_reward, self.records(self.spec.data.train).path)

    def judge_calls(self, rollouts: int | None = None) -> list[JudgeCalls]:
        """What the judges of the reward will be asked for the rollouts of one prompt."""
        from nova_rft.reward import judge_calls

        drawn = rollouts or self.spec.training.rollouts_per_prompt or 1
        return list(judge_calls(self.spec.reward.terms, drawn)) if self.spec.reward else []

    def _look_deeper(self, name: str, known: Sequence[Finding]) -> Iterator[Finding]:
        """Near duplicates, and of the validation records those that were trained on."""
        from nova_rft.data import file_source
        from nova_rft.data.check import leaks, near_leaks, near_twice

        there, train = self.records(name), self.records(self.spec.data.train)
        if not (there.path.is_file() and train.path.is_file()):
            return
        source, file = file_source(there.path), str(there.path)
        seen = file_source(train.path)
        found = [] if name == self.spec.data.train else list(leaks(seen, source, file))
        known = [*map(there.in_copy, known), *found]
        found += near_twice(source, file, known)
        if name != self.spec.data.train:
            found += near_leaks(seen, source, file, known)
        for finding in found:
            yield there.in_place(name, finding)

    def _check_file(self, name: str, training: bool, deep: bool) -> RecordCheck:
        there = self.records(name)
        path = there.path
        if not path.is_file():
            key = "train" if training else "validation"
            beside = [] if name.startswith("s3://") else path.parent.glob("*")
            guess = nearest(path.name, (one.name for one in beside))
            message = f"no such file; data.{key} of {self.file.name} names it{guess}"
            finding = Finding(str(path), 0, "", "data.missing", "error", message)
            return RecordCheck(0, [finding])
        from nova_rft.reward import check_records_for

        found = check_records_for(self.spec, path, training=training, folder=self.folder, deep=deep)
        found.findings = [
            *there.findings,
            *(there.in_place(name, finding) for finding in found.findings),
        ]
        return found
