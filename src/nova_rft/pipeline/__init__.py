"""The pipeline: a project's steps from records to a served model, run by a state machine in AWS."""

from nova_rft.pipeline._ended import job_ended, run_ended
from nova_rft.pipeline._on_deploy import WARNING, Deployed, on_deploy
from nova_rft.pipeline._pack import Pack, pack, unpack
from nova_rft.pipeline._place import Place, place_of
from nova_rft.pipeline._run import STEPS, Run, State, StepState
from nova_rft.pipeline._runs import Runs, Superseded
from nova_rft.pipeline._start import decide, find, resume, start, stop
from nova_rft.pipeline._steps import take_step
from nova_rft.pipeline._verdict import Verdict, verdict
from nova_rft.pipeline._whether import asked_models, compared_models, not_evaluated
from nova_rft.pipeline._workplace import Passing, Workplace

__all__ = [
    "STEPS",
    "WARNING",
    "Deployed",
    "Pack",
    "Passing",
    "Place",
    "Run",
    "Runs",
    "State",
    "StepState",
    "Superseded",
    "Verdict",
    "Workplace",
    "asked_models",
    "compared_models",
    "decide",
    "find",
    "job_ended",
    "not_evaluated",
    "on_deploy",
    "pack",
    "place_of",
    "resume",
    "run_ended",
    "start",
    "stop",
    "take_step",
    "unpack",
    "verdict",
]
