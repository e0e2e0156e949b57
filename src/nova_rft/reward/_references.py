"""Records whose own reference answer the verifiers do not pay in full: found before money is spent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

from nova_rft.data import (
    Finding,
    Rollout,
    Severity,
    json_lines,
    read_bytes_lines,
    record_rollout,
    reference_text,
)
from nova_rft.errors import UsageError
from nova_rft.judge import JudgeModel, ScriptedModel
from nova_rft.outcome import Abstention, Cause, Outcome
from nova_rft.reward._build import build_follower, build_term
from nova_rft.reward._curves import curves_of
from nova_rft.reward._resources import Resources
from nova_rft.reward._term import Term
from nova_rft.sandbox import SandboxDenied
from nova_rft.spec import (
    JUDGE_TERMS,
    CodeTerm,
    FollowingTerm,
    JudgeModelSpec,
    RewardSpec,
    VerifierTerm,
)

_AT_ONCE = 64
# A program takes a hundred times as long as any other check.
_PROGRAMS = 512


def check_references(
    reward: RewardSpec, file: str | Path, folder: Path, *, deep: bool = False
) -> Iterator[Finding]:
    """A finding for each record and verifier where the reference, as a response, gets too little.

    Less than full marks are an error where the verifier compares with the reference or runs the
    record's tests: then no response can be paid in full, or the record is wrong. They are a warning
    where it looks at form: a reference may be a bare answer, where a response has to be more.

    Args:
        reward: Its verifiers are asked; judges and penalties are not.
        file: Records, JSON Lines; lines that are none are other findings.
        folder: What files that the reward names are relative to.
        deep: Whether the programs of all records are run, which takes its time, or of the first few.

    Raises:
        UsageError: the file is missing.
    """
    made = list(_verifiers(reward, folder))
    done: set[str] = set()
    records = _as_responses(file)
    seen = 0
    while some := list(islice(records, _AT_ONCE)):
        seen += len(some)
        for spec, term in made:
            if spec.name in done:
                continue
            if isinstance(spec, CodeTerm) and seen > _PROGRAMS and not deep:
                done.add(spec.name)
                few = f"only the first {seen - len(some)} were run (term {spec.name}); --deep runs all"
                yield Finding(str(file), 0, "", "rft.reference_score", "warning", few)
                continue
            try:
                yield from _checked(spec, term, some, str(file))
            except SandboxDenied as error:
                done.add(spec.name)
                yield Finding(
                    str(file), 0, "", "rft.reference_score", "warning", f"not scored: {error}"
                )


def check_terms(reward: RewardSpec, folder: Path, file: str | Path) -> Iterator[Finding]:
    """A finding for each file that is missing, and each term that cannot be made as asked.

    Args:
        reward: Judges are left out: they need a model.
        folder: What files and modules that the reward names are relative to.
        file: The spec's, for the findings.
    """
    resources = Resources(lambda _: ScriptedModel(), folder)
    for name in reward.files:
        if not (folder / name).is_file():
            missing = f"{folder / name} is missing; put it there, or take it out of files"
            yield Finding(str(file), 0, "reward.files", "reward.files", "error", missing)
    for place, term in enumerate(reward.terms):
        try:
            if isinstance(term, FollowingTerm):
                build_follower(term, resources)
            elif not isinstance(term, JUDGE_TERMS):
                build_term(term, resources, reward.terms)
            else:
                curves_of([term], folder)
        except UsageError as error:
            yield Finding(
                str(file), 0, f"reward.terms[{place}]", "reward.term", "error", str(error)
            )


def _verifiers(reward: RewardSpec, folder: Path) -> Iterator[tuple[VerifierTerm, Term]]:
    """Those that can be made; that others cannot is a finding of `check_terms`."""
    for spec in reward.terms:
        if isinstance(spec, VerifierTerm):
            with suppress(UsageError):
                yield spec, build_term(spec, Resources(_no_model, folder), reward.terms)


def _as_responses(file: str | Path) -> Iterator[tuple[int, Rollout]]:
    """The line and the rollout of each record that has a reference, with it as the response."""
    for line in json_lines(read_bytes_lines(file)):
        rollout = None if line.problem else record_rollout(line.value)
        text = reference_text(rollout.reference) if rollout else None
        if rollout is not None and text is not None:
            yield line.number, replace(rollout, response=text)


def _checked(
    spec: VerifierTerm, term: Term, some: Sequence[tuple[int, Rollout]], file: str
) -> Iterator[Finding]:
    for (line, _), outcome in zip(some, term.score([r for _, r in some]), strict=True):
        problem = _problem(outcome)
        if problem:
            certain = spec.needs_reference or isinstance(spec, CodeTerm)
            severity: Severity = "error" if certain else "warning"
            message = f"{problem} (term {spec.name})"
            yield Finding(file, line, "reference_answer", "rft.reference_score", severity, message)


def _problem(outcome: Outcome) -> str:
    if isinstance(outcome, Abstention):
        # What the record lacks for a term that needs no reference is that term's own rule.
        known = outcome.cause in (Cause.UNREADABLE_REFERENCE, Cause.TERM_FAILED, Cause.NO_REFERENCE)
        return f"cannot be scored: {outcome.detail}" if known else ""
    if outcome.value >= 1:
        return ""
    shown = outcome.details.get("problems") or outcome.details.get("problem")
    why = shown[0] if isinstance(shown, list) and shown else shown
    return f"gets {outcome.value:.3g} of 1 as a response{f': {why}' if why else ''}"


def _no_model(spec: JudgeModelSpec) -> JudgeModel:
    raise UsageError(f"a verifier asked for a judge model: {spec.provider}")
