"""Which findings go on to people and to use, and which end a run."""

from __future__ import annotations

import numpy as np
import pytest

from nova_rft.errors import FindingsError
from nova_rft.evaluate import (
    Comparison,
    Contrast,
    Evaluation,
    Finding,
    How,
    JudgeFacts,
    gains,
)
from nova_rft.evaluate import Verdict as Compared
from nova_rft.evaluate._measures import Measure
from nova_rft.pipeline import Verdict
from nova_rft.pipeline._fitness import by_evaluation, by_its_job
from nova_rft.spec import GainThresholds, Pipeline

ROSE = Verdict(True, 0.1, ("the training reward rose by 0.100",))
SILENT = Verdict(None, None, ("the job tells no figures",))
NOTHING_ASKED = GainThresholds()
NOBODY = Pipeline(approval=False)


def evaluation(finding: Finding, difference: float) -> Evaluation:
    (gain,) = gains(np.full((40, 1), difference) + np.linspace(-0.02, 0.02, 40)[:, None], How())
    primary = Comparison(Measure("reward", "reward"), 0.5, 0.5 + difference, gain, gain.p)
    verdict = Compared(finding, primary, 0.05, 10, (f"{finding}: as measured.",))
    contrast = Contrast("custom", verdict, (), (), (), (), None)
    return Evaluation(
        "p", "b.jsonl", 40, 1, (), JudgeFacts("", False, "", ()), (contrast,), spent=1.5
    )


BETTER = evaluation(Finding.REAL_GAIN, 0.2)
ALIKE = evaluation(Finding.NO_GAIN, 0.0)
UNKNOWN = evaluation(Finding.CANNOT_TELL, 0.0)
WORSE = evaluation(Finding.WORSE, -0.2)


@pytest.mark.parametrize(
    ("settings", "thresholds", "own", "found"),
    [
        (Pipeline(), NOTHING_ASKED, ROSE, BETTER),
        (Pipeline(), GainThresholds(gain=0.1), ROSE, BETTER),
        # A person decides.
        (Pipeline(), NOTHING_ASKED, SILENT, UNKNOWN),
        # The job's own figures rose, and nothing speaks against it.
        (NOBODY, NOTHING_ASKED, ROSE, ALIKE),
        # Nobody is asked, and there are no figures: a real gain is enough.
        (NOBODY, NOTHING_ASKED, SILENT, BETTER),
        # Nothing is served, so nobody has to be asked.
        (Pipeline(approval=False, serve=False), NOTHING_ASKED, SILENT, UNKNOWN),
    ],
)
def test_what_goes_on(
    settings: Pipeline, thresholds: GainThresholds, own: Verdict, found: Evaluation
) -> None:
    fitness = by_evaluation(settings, thresholds, own, found, "s3://b/evaluations/r/")
    assert fitness.address == "s3://b/evaluations/r/"
    assert str(found.verdict.finding) in fitness.said and own.said[0] in fitness.said
    assert "Spent: 1.50 USD" in fitness.said


@pytest.mark.parametrize(
    ("settings", "thresholds", "own", "found", "why"),
    [
        (Pipeline(), NOTHING_ASKED, ROSE, WORSE, "worse: as measured"),
        (Pipeline(), GainThresholds(gain=0.0), ROSE, UNKNOWN, "more than 0 is asked for"),
        (Pipeline(), GainThresholds(gain=0.3), ROSE, BETTER, "more than 0.3 is asked for"),
        # What could not be measured is not reached.
        (Pipeline(), GainThresholds(win_rate=0.5), ROSE, BETTER, "win rate is not known"),
        (NOBODY, NOTHING_ASKED, SILENT, UNKNOWN, "nobody is asked"),
    ],
)
def test_what_ends_a_run(
    settings: Pipeline, thresholds: GainThresholds, own: Verdict, found: Evaluation, why: str
) -> None:
    with pytest.raises(FindingsError, match=why):
        by_evaluation(settings, thresholds, own, found, "s3://b/evaluations/r/")


def test_without_a_comparison_the_job_s_figures_decide() -> None:
    said = by_its_job(NOBODY, ROSE, "there are no records").said
    assert said.endswith("not compared with its base: there are no records")
    with pytest.raises(FindingsError, match="nobody is asked"):
        by_its_job(NOBODY, SILENT, "there are no records")
    assert by_its_job(Pipeline(), SILENT, "there are no records").address is None
