"""Calibration: the spec's judges, or others in their place, against people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nova_rft.errors import UsageError
from nova_rft.project._base import with_judge
from nova_rft.project._rewards import Rewards
from nova_rft.spec import JUDGE_TERMS, JudgeModelSpec, JudgeTerm, JuryTerm, PreferenceTerm

# Late, in the methods: a notebook that only checks records should not wait for boto3.
if TYPE_CHECKING:
    from nova_rft.calibrate import Attacked, Calibration, How, Labels, Standing, Took
    from nova_rft.calibrate.asking import Clock
    from nova_rft.judge import JudgeModel
    from nova_rft.reward import JudgeModels


@dataclass(frozen=True, slots=True)
class Candidate:
    """A judge to be calibrated: a term of the reward, with its own model or another.

    Attributes:
        name: What it is called in tables.
        term: Its settings, the model put in.
        model: In place of the spec's; None where it is the spec's own.
    """

    name: str
    term: JudgeTerm
    model: JudgeModelSpec | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """How judges are asked.

    Attributes:
        repeats: How often each question is asked.
        attacks: On how many of the labels' prompts known attacks are tried; 0: none.
        recorder: Wraps each judge model, such as `RecordingModel`.
        progress: Told which judge, and how many rows of how many are done.
    """

    repeats: int = 1
    attacks: int = 0
    recorder: Callable[[JudgeModel], JudgeModel] = field(default=lambda model: model)
    progress: Callable[[str, int, int], None] = field(default=lambda judge, done, of: None)


class Calibrates(Rewards):
    """What people's labels say of a project's judges."""

    def candidates(
        self, terms: Sequence[str] = (), judges: Sequence[JudgeModelSpec] = ()
    ) -> list[Candidate]:
        """Judges to be calibrated: each term with its own model, or with each of some others.

        Args:
            terms: Names of the reward's judges; left out, all of them.
            judges: Models in place of the spec's.

        Raises:
            UsageError: the reward has no judge, or none of that name.
        """
        found = {t.name: t for t in self.spec.required_reward.terms if isinstance(t, JUDGE_TERMS)}
        unknown = [name for name in terms if name not in found]
        if unknown or not found:
            known = ", ".join(found) or "none: add one to its terms"
            raise UsageError(
                f"{self.file}: the reward has no judge {', '.join(unknown)}; it has {known}"
            )
        chosen = [found[name] for name in terms or found]
        if not judges:
            return [Candidate(term.name, term) for term in chosen]
        made = []
        for term in chosen:
            for judge in judges:
                name = f"{term.name} ({_name(judge)})" if len(judges) > 1 else term.name
                changed = with_judge(self.spec, judge).required_reward.terms
                made += [Candidate(name, t, judge) for t in changed if t.name == term.name]  # type: ignore[arg-type]
        return made

    def calibrate(
        self, labels: Labels, candidate: Candidate, how: How, asking: Asking | None = None
    ) -> tuple[Calibration, dict[str, Calibration]]:
        """Asks a judge about labelled responses and holds what it says against people.

        Args:
            labels: People's.
            candidate: The judge, of `candidates`.
            how: How labels are looked at.
            asking: How the judge is asked.

        Returns:
            The judge, and of a jury each juror by its name.

        Raises:
            JudgeUnavailable: the judge did not answer.
            UsageError: it cannot be made as asked.
        """
        from nova_rft.calibrate import calibrate
        from nova_rft.calibrate.asking import Asker, Clock, Timed

        asking = asking or Asking()
        clock = Clock()
        models = self.judge_models(
            candidate.model, recorder=lambda model: Timed(asking.recorder(model), clock)
        )
        asker = Asker(candidate.name, candidate.term, models, self.folder, asking.repeats)
        asked = asker.ask(
            labels, how.order, lambda done, of: asking.progress(candidate.name, done, of)
        )
        took = _took(models, clock)
        attacks = _attacked(candidate, models, labels, asking.attacks, self.folder)
        found = calibrate(
            asked,
            candidate.name,
            how,
            attacks=attacks,
            took=took,
            model=_model_of(candidate.term),
        )
        jurors = candidate.term.judges if isinstance(candidate.term, JuryTerm) else ()
        return found, {
            juror.name: calibrate(
                asked, f"{candidate.name}.{juror.name}", how, model=_model_of(juror)
            )
            for juror in jurors
        }

    def standing(self) -> Standing:
        """Where the reward's judges stand by what was calibrated before.

        Raises:
            UsageError: the file is none that `nova-rft calibrate` wrote.
        """
        from nova_rft.calibrate import standing

        return standing(self.spec, self.folder)

    def keep_calibration(self, found: Sequence[tuple[Candidate, Calibration]]) -> Path:
        """Writes what was found of judges into the file that the spec names; its path."""
        from nova_rft.calibrate import write_calibrations

        path = self.folder / self.spec.calibration.file
        write_calibrations(path, [(one.term, calibration) for one, calibration in found])
        return path


def _name(judge: JudgeModelSpec) -> str:
    return getattr(judge, "id", "") or getattr(judge, "file", "") or judge.provider


def _model_of(term: JudgeTerm) -> str:
    """The model's identifier; a jury has several, and no family."""
    return "" if isinstance(term, JuryTerm) else _name(term.model)


def _took(models: JudgeModels, clock: Clock) -> Took:
    from statistics import quantiles

    from nova_rft.calibrate import Took

    totals, seconds = models.totals, clock.seconds
    usage = totals.usage
    cuts = quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else seconds * 19
    return Took(
        calls=totals.calls,
        kept=totals.kept,
        input_tokens=usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens,
        output_tokens=usage.output_tokens,
        cost=None if totals.unpriced else totals.cost,
        median_s=cuts[9] if cuts else None,
        slow_s=cuts[18] if cuts else None,
    )


def _attacked(
    candidate: Candidate, models: JudgeModels, labels: Labels, prompts: int, folder: Path
) -> Attacked | None:
    """Known attacks on some of the labels' prompts."""
    if not prompts:
        return None
    from nova_rft.calibrate import Attacked
    from nova_rft.data import Rollout
    from nova_rft.judge.attacks import probe
    from nova_rft.reward import Resources, build_term

    term = candidate.term
    rows = list({row.prompt_text: row for row in labels.rows}.values())[:prompts]
    fields = [t.comparisons for t in _singles(term) if isinstance(t, PreferenceTerm)]
    tasks = [
        Rollout(
            row.id,
            row.group,
            row.prompt,
            "",
            row.reference,
            {**row.fields, **dict.fromkeys(fields, row.responses[0])},
        )
        for row in rows
    ]
    found = probe(build_term(term, Resources(models, folder)), term, tasks)
    tried = [one for one in found if one.tried]
    paid = [f"{one.family}: {one.name}" for one in tried if one.paid]
    return Attacked(len(tried), len(paid), tuple(paid))


def _singles(term: JudgeTerm) -> Sequence[JudgeTerm]:
    return term.judges if isinstance(term, JuryTerm) else (term,)
