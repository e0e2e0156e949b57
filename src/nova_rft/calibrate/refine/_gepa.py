"""The search by reflection: GEPA (arXiv 2507.19457) over the words of a judge.

`gepa` keeps the population, chooses parents by their Pareto front over the prompts to choose by, and
accepts what does better on a handful of prompts; what is judged, how it scores and how a part is
rewritten is said here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Final

from gepa.api import optimize
from gepa.core.adapter import EvaluationBatch, GEPAAdapter
from gepa.core.result import GEPAResult
from gepa.core.state import GEPAState
from gepa.logging.logger import LoggerProtocol
from gepa.utils import StopperProtocol

from nova_rft.calibrate.refine._reflect import read_proposal, reflection_request
from nova_rft.calibrate.refine._search import EQUAL, Progress, Search
from nova_rft.calibrate.refine._split import Split
from nova_rft.calibrate.refine._texts import Refinable, Texts, criterion_of, texts_of, with_texts
from nova_rft.calibrate.refine._trial import Bench, Case
from nova_rft.errors import BudgetSpent, JudgeError
from nova_rft.judge import JudgeModel

# Prompts that a proposal is made from and first tried on.
_HANDFUL: Final = 6
# Of their cases, how many are shown.
_SHOWN: Final = 12
# Steps for each proposal, at most.
_STEPS: Final = 4


def search_by_reflection(
    bench: Bench,
    term: Refinable,
    split: Split,
    *,
    reflector: JudgeModel,
    variants: int,
    seed: int,
    progress: Progress,
) -> Search:
    """Has a model rewrite the judge's words, part by part, and keeps what agrees better with people.

    Args:
        bench: Where variants are tried.
        term: The judge as it is.
        split: The prompts.
        reflector: The model that rewrites.
        variants: How many proposals are made at most.
        seed: Of all that is left to chance.
        progress: Told after each.

    Raises:
        JudgeError: the judge or the other model did not answer.
    """
    run = _Run(bench, term, reflector, variants, progress)
    try:
        found: GEPAResult[None, int] = optimize(
            seed_candidate=texts_of(term),
            trainset=list(split.learn),
            valset=list(split.choose),
            adapter=run,
            reflection_minibatch_size=min(_HANDFUL, len(split.learn)),
            stop_callbacks=_Stop(run),
            logger=_Silent(),
            track_best_outputs=False,
            raise_on_exception=False,
            seed=seed,
        )
    except BudgetSpent as spent:
        return Search(None, 0, str(spent))
    if run.failure is not None:
        raise run.failure
    scores = found.val_aggregate_scores
    better = scores[found.best_idx] > scores[0] + EQUAL
    best = with_texts(term, found.candidates[found.best_idx]) if better else None
    return Search(best, run.tried, run.ended)


class _Run(GEPAAdapter[str, tuple[Case, ...], None]):
    """GEPA's adapter: judges prompts, tells where the judge differs from people, has parts rewritten.

    Attributes:
        tried: Proposals so far.
        ended: Why the search ended.
        failure: What ended it that nobody expected.
        propose_new_texts: The last of the three, as `gepa` wants it.
    """

    def __init__(
        self,
        bench: Bench,
        term: Refinable,
        reflector: JudgeModel,
        variants: int,
        progress: Progress,
    ) -> None:
        self.tried = 0
        self.ended = f"{variants} proposals were made"
        self.failure: Exception | None = None
        self.propose_new_texts = self._propose
        self._bench = bench
        self._term = term
        self._reflector = reflector
        self._variants = variants
        self._progress = progress

    def evaluate(
        self, batch: list[str], candidate: Texts, capture_traces: bool = False
    ) -> EvaluationBatch[tuple[Case, ...], None]:
        """How far a variant agrees with people on each of some prompts."""
        try:
            trial = self._bench.try_out(with_texts(self._term, candidate), batch)
        except Exception as error:
            # Of what goes wrong in a step `gepa` says nothing, and makes the next one.
            self.fail(error)
            raise
        by_prompt = trial.by_prompt()
        cases = [by_prompt.get(group, ()) for group in batch]
        scores = [fmean(case.points for case in each) if each else 0.0 for each in cases]
        return EvaluationBatch([None] * len(batch), scores, cases)

    def make_reflective_dataset(
        self,
        candidate: Texts,
        eval_batch: EvaluationBatch[tuple[Case, ...], None],
        components_to_update: list[str],
    ) -> Mapping[str, Sequence[Mapping[str, Case]]]:
        """By part the cases that are about it, those that the judge got wrong first."""
        cases = [case for each in eval_batch.trajectories or () for case in each]
        found = {}
        for part in components_to_update:
            criterion = criterion_of(self._term, part)
            about = [
                case
                for case in cases
                if criterion is None or case.row.criterion in ("", criterion.name)
            ]
            about.sort(key=lambda case: case.right)
            found[part] = [{"case": case} for case in about[:_SHOWN]]
        return found

    def _propose(
        self,
        candidate: Texts,
        reflective_dataset: Mapping[str, Sequence[Mapping[str, Case]]],
        components_to_update: list[str],
    ) -> Texts:
        """The rewritten parts; none where there is nothing wrong, or nothing usable came back."""
        term = with_texts(self._term, candidate)
        found: Texts = {}
        for part in components_to_update:
            cases = [record["case"] for record in reflective_dataset[part]]
            if all(case.right for case in cases):
                continue
            request = reflection_request(term, part, cases, self.tried)
            try:
                reply = self._reflector.ask(request)
            except JudgeError as error:
                self.fail(error)
                return {}
            self.tried += 1
            found |= read_proposal(reply, request, term, part) or {}
        return found

    def fail(self, error: Exception) -> None:
        """Ends the search; an end of the budget is no failure."""
        if isinstance(error, BudgetSpent):
            self.ended = str(error)
        else:
            self.failure = self.failure or error
        self._variants = 0

    def is_over(self, state: GEPAState[None, int]) -> bool:
        """Whether to stop, asked before each step."""
        best = max(state.program_full_scores_val_set)
        self._progress(self.tried, len(state.program_candidates) - 1)
        if best >= 1 - EQUAL:
            self.ended = "a variant says what people say on every prompt that it is chosen by"
            return True
        if state.i >= _STEPS * self._variants > 0:
            self.ended = "judge and people agree on most handfuls; there is little to learn from"
            return True
        return self.tried >= self._variants


class _Stop(StopperProtocol):
    """Asks the run whether it is over."""

    def __init__(self, run: _Run) -> None:
        self._run = run

    def __call__(self, gepa_state: GEPAState[None, int]) -> bool:
        return self._run.is_over(gepa_state)


class _Silent(LoggerProtocol):
    """A log that nobody reads."""

    def log(self, message: str) -> None:
        """Nothing."""
