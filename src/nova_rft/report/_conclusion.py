"""What came out: the verdict of each step, and one paragraph of them all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from nova_rft.report._costs import totals
from nova_rft.report._wording import counted, duration, figure, money, number, percent

if TYPE_CHECKING:
    from nova_rft.report._summary import Summary

Mood = Literal["good", "warning", "bad", "plain", "missing"]

_NOT_DONE: Final = "not done"
_THEN: Final = ", then "
_COMPARE: Final = f"nova-rft serve-model{_THEN}nova-rft evaluate"
_FINDINGS: Final[dict[str, tuple[Mood, str]]] = {
    "real gain": ("good", "The trained model is better than its base on held-out prompts."),
    "worse": ("bad", "The trained model is worse than its base on held-out prompts."),
    "no gain shown": ("warning", "No gain of the trained model over its base is shown."),
    "cannot tell": ("warning", "Whether the trained model is better cannot be told yet."),
}
_VERDICTS: Final[dict[str, Mood]] = {"learns": "good", "hacks": "bad"}
_FITNESS: Final[dict[str | None, Mood]] = {"fit": "good", "not fit": "bad", None: "missing"}


@dataclass(frozen=True, slots=True)
class Stood:
    """How one step stands.

    Attributes:
        id: Of its section on the page.
        title: Its name.
        words: Its verdict in a word or a few.
        mood: Whether that is good; `missing` where the step was not done.
        sentence: The same in a sentence; empty where there is nothing to add.
        todo: The command that does the step, where it was not done.
    """

    id: str
    title: str
    words: str
    mood: Mood
    sentence: str = ""
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a reader takes away who reads no further.

    Attributes:
        headline: One sentence.
        mood: Whether that is good.
        following: What to give next: a command, or several parted by `, then `; empty where there is
            nothing to do.
        text: What each step found, in a paragraph.
        steps: How each step stands, in their order.
    """

    headline: str
    mood: Mood
    following: str
    text: str
    steps: list[Stood]

    @property
    def commands(self) -> tuple[str, ...]:
        """The commands of `following`, one by one, for the page and the terminal alike."""
        return tuple(self.following.split(_THEN)) if self.following else ()


def conclusion(summary: Summary, *, trained: bool) -> Conclusion:
    """What came out of a run.

    Args:
        summary: All that is known of it.
        trained: Whether the job's result holds weights of the model's own.
    """
    steps = list(_steps(summary))
    headline, mood = _headline(summary, steps, trained=trained)
    text = " ".join(one.sentence for one in steps if one.sentence)
    return Conclusion(headline, mood, _following(summary, steps, trained=trained), text, steps)


def _steps(summary: Summary) -> Iterator[Stood]:
    rewarded = summary.asked.reward is not None
    yield _asked(summary)
    yield _checked(summary)
    if rewarded:
        yield _calibrated(summary)
        yield _rehearsed(summary)
        yield _signal(summary)
    yield _trained(summary)
    if rewarded:
        yield _rewarded(summary)
    yield _compared(summary)
    yield _cost(summary)
    if rewarded:
        shown = counted(summary.rollouts, "rollout")
        yield Stood("rollouts", "Rollouts", shown, "plain" if summary.rollouts else "missing")


def _asked(summary: Summary) -> Stood:
    asked = summary.asked
    terms = f", rewarded by {_listed([one.name for one in summary.terms])}" if summary.terms else ""
    into = "into" if asked.teacher else "of"
    return Stood(
        "asked",
        "Asked",
        asked.technique_plain,
        "plain",
        f"{asked.technique_plain} {into} {asked.model} was asked for{terms}.",
    )


def _checked(summary: Summary) -> Stood:
    checks = summary.checked
    if not checks:
        return Stood("checked", "Checked", _NOT_DONE, "missing", todo="nova-rft check")
    errors, warnings = sum(one.errors for one in checks), sum(one.warnings for one in checks)
    mood: Mood = "bad" if errors else "warning" if warnings else "good"
    found = [counted(errors, "error")] if errors else []
    found += [counted(warnings, "warning")] if warnings else []
    words = ", ".join(found) or "no findings"
    records = counted(sum(one.records for one in checks), "record")
    return Stood("checked", "Checked", words, mood, f"A check of {records} has {words}.")


def _calibrated(summary: Summary) -> Stood:
    judges = summary.judged
    todo = "nova-rft calibrate LABELS"
    if not judges:
        words = "no judge" if not any(one.judge for one in summary.terms) else "not asked"
        return Stood("calibrated", "Calibrated", words, "plain")
    moods = {_FITNESS.get(one.fitness, "warning") for one in judges}
    order: tuple[Mood, ...] = ("bad", "missing", "warning", "good")
    mood = next(one for one in order if one in moods)
    words = _listed(list(dict.fromkeys(one.fitness or "not calibrated" for one in judges)))
    told = [
        f"{one.term} is {one.fitness} by {counted(one.rows, 'label')} of people"
        if one.fitness
        else f"{one.term} was not compared with people in its present form"
        for one in judges
    ]
    sentence = f"The {'judge' if len(judges) == 1 else 'judges'} {_listed(told)}."
    return Stood(
        "calibrated", "Calibrated", words, mood, sentence, todo if mood == "missing" else ""
    )


def _rehearsed(summary: Summary) -> Stood:
    found = summary.rehearsed
    if found is None:
        return Stood("rehearsed", "Rehearsed", _NOT_DONE, "missing", todo="nova-rft rehearse")
    mood = _VERDICTS.get(found.verdict, "warning")
    sentence = f"In a rehearsal a small policy {_RESULT.get(found.verdict, found.verdict)}."
    return Stood("rehearsed", "Rehearsed", found.verdict, mood, sentence)


_RESULT: Final = {
    "learns": "learnt what the reward is meant to teach",
    "stalls": "stalled: the reward did not rise",
    "hacks": "earned reward without getting better",
    "cannot tell": "showed nothing that can be told apart from chance",
}


def _signal(summary: Summary) -> Stood:
    found = summary.known_signal
    if found is None or found.without_signal is None:
        return Stood("signal", "Signal", _NOT_DONE, "missing", todo="nova-rft preview")
    share = percent(found.without_signal)
    mood: Mood = "warning" if found.warnings else "good"
    sentence = f"Before training, {share} of the prompts had nothing to teach."
    return Stood("signal", "Signal", f"{share} without", mood, sentence)


def _trained(summary: Summary) -> Stood:
    job = summary.job
    if job is None:
        return Stood("trained", "Trained", _NOT_DONE, "missing", todo="nova-rft submit")
    mood: Mood = "bad" if job.failure else "good" if job.status == "Completed" else "plain"
    lasted = f" after {duration(job.duration_s)}" if job.duration_s is not None else ""
    done = "completed" if job.status == "Completed" else f"stands at {job.status}"
    sentence = f"The job {job.name} {done}{lasted}{_course(summary)}."
    return Stood("trained", "Trained", job.status, mood, sentence)


def _course(summary: Summary) -> str:
    for one in summary.measured:
        if one.name in ("reward", "loss") and one.count > 1:
            return f"; its {one.plain.lower()} went from {figure(one.first)} to {figure(one.last)}"
    return ""


def _rewarded(summary: Summary) -> Stood:
    share = summary.signal.share_without_signal
    if summary.reward is None:
        return Stood("rewarded", "Rewarded", "no rollouts", "missing")
    words = f"mean {number(summary.reward.mean, 2)}"
    sentence = (
        f"The mean reward of {counted(summary.scored, 'rollout')} is {number(summary.reward.mean)}"
    )
    if share:
        sentence += f"; {percent(share)} of the groups taught nothing"
    return Stood("rewarded", "Rewarded", words, "plain", f"{sentence}.")


def _of_this_job(summary: Summary) -> bool:
    """Whether the model that was evaluated is this job's; without a name it is taken to be."""
    found, job = summary.compared, summary.job
    return found is not None and not (found.job and job and found.job != job.name)


def _compared(summary: Summary) -> Stood:
    found = summary.compared
    if found is not None and not _of_this_job(summary):
        sentence = f"An evaluation is there, of {found.job}: another job."
        return Stood("compared", "Compared", "of another job", "warning", sentence)
    if found is None:
        return Stood("compared", "Compared", _NOT_DONE, "missing", todo="nova-rft evaluate")
    mood, _ = _FINDINGS.get(found.finding, ("warning", ""))
    return Stood("compared", "Compared", found.finding, mood, found.says[0] if found.says else "")


def _cost(summary: Summary) -> Stood:
    known = totals(summary.costs)
    words = " + ".join(money(amount, currency) for currency, amount in known.items())
    unknown = [one.what.lower() for one in summary.costs if one.amount is None]
    if not words:
        missing = "no price is known" if unknown else "nothing spent"
        return Stood("cost", "Cost", missing, "plain")
    rest = f", without {_listed(unknown)}, whose price is not known" if unknown else ""
    return Stood("cost", "Cost", words, "plain", f"{words} were spent{rest}.")


def _headline(summary: Summary, steps: list[Stood], *, trained: bool) -> tuple[str, Mood]:
    job = summary.job
    if job is None:
        return _before(steps)
    if job.failure:
        return f"Training ended {job.status}: there is no model.", "bad"
    if not job.ended:
        return "Training is under way.", "plain"
    if not trained:
        return "This was a trial run: the model that was asked for was not trained.", "warning"
    if summary.compared is not None and _of_this_job(summary):
        mood, said = _FINDINGS.get(summary.compared.finding, ("warning", "See the comparison."))
        return said, mood
    if job.status != "Completed":
        return f"Training ended {job.status}.", "warning"
    return "Trained, and not yet compared with its base.", "warning"


def _following(summary: Summary, steps: list[Stood], *, trained: bool) -> str:
    """Of a job that completed, to compare its model; before one, the first step that was not done.

    A trial run is gone through to its end alike: the model that nobody trained can be deployed too.
    """
    job = summary.job
    if job is None:
        return next((one.todo for one in steps if one.mood == "missing" and one.todo), "")
    if not job.ended:
        return "nova-rft watch"
    if job.failure or job.status != "Completed":
        return "nova-rft submit --again"
    if not _of_this_job(summary):
        return _COMPARE
    gained = summary.compared is not None and summary.compared.finding == "real gain"
    return "nova-rft serve-model" if gained and trained else ""


def _before(steps: list[Stood]) -> tuple[str, Mood]:
    """Whether to spend money: no job has run."""
    against = [one.title.lower() for one in steps if one.mood == "bad"]
    if against:
        return f"Not trained, and not ready to be: see {_listed(against)}.", "bad"
    early = ("checked", "calibrated", "rehearsed", "signal")
    left = [one.title.lower() for one in steps if one.mood == "missing" and one.id in early]
    if left:
        return f"Not trained yet; still to be {_listed(left)}.".replace(
            "signal", "previewed"
        ), "plain"
    return "Not trained yet; nothing found here speaks against it.", "good"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
