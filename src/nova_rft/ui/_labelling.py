"""Labelling in the browser: what can be labelled, and the sittings that are open."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from nova_rft.errors import UsageError
from nova_rft.loopback import Refused
from nova_rft.project import Project, state_folder
from nova_rft.ui._feed import Seen

if TYPE_CHECKING:
    from nova_rft.label import Answers, Places, Session, Set
    from nova_rft.spec import RewardSpec

PROGRAM: Final = "nova-rft ui"
HOME: Final = "/labelling"
_MOST: Final = 2_000
_KINDS: Final = {"": None, "pairs": "pairs", "singles": "responses"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to label.

    Attributes:
        labels: The labels file; its set is gone on with where there is one.
        annotator: Who labels.
        events: A file of rollouts to draw from, or
        job: A job whose kept rollouts are drawn from; both empty where a set is gone on with.
        kind: `pairs`, `responses`, or None: what the spec's judges need.
        most: How many.
    """

    labels: Path
    annotator: str
    events: str = ""
    job: str = ""
    kind: str | None = None
    most: int | None = None


def read_asked(given: Mapping[str, Any]) -> Asked:
    """What a browser sent.

    Raises:
        Refused: it makes no sense; says which field.
    """
    texts = {name: given.get(name, "") for name in ("labels", "annotator", "events", "job", "kind")}
    for name, value in texts.items():
        if not isinstance(value, str) or len(value) > 4_000 or "\0" in value:
            raise Refused(400, f"{name}: should be a text")
    labels = texts["labels"].strip()
    if not labels.endswith(".jsonl"):
        raise Refused(400, "labels: name a file that ends in .jsonl")
    if texts["kind"] not in _KINDS:
        raise Refused(400, "kind: should be pairs or singles")
    most = given.get("count")
    if most is not None and (type(most) is not int or not 1 <= most <= _MOST):
        raise Refused(400, f"count: should be a whole number of 1 to {_MOST:,}")
    return Asked(
        Path(labels),
        texts["annotator"].strip(),
        texts["events"].strip(),
        texts["job"].strip(),
        _KINDS[texts["kind"]],
        most,
    )


class Sittings:
    """Annotators before their sets; each is an application below `/label/NUMBER/`."""

    def __init__(self, project: Project) -> None:
        self._project = project
        # Beginning may take minutes; what is open is looked up meanwhile.
        self._beginning = threading.Lock()
        self._lock = threading.Lock()
        self._open: dict[str, tuple[ASGIApp, Session]] = {}
        self._numbers: dict[tuple[Path, str], str] = {}
        self._next = count(1)

    def begin(self, asked: Asked) -> str:
        """Takes up a set, or draws one; where its page is.

        Raises:
            UsageError: there is nothing to draw from, or the annotator is at work elsewhere.
            AwsRefused: AWS refused to hand a job's rollouts out.
            OSError: the disk refused.
        """
        who = asked.labels.absolute(), asked.annotator
        with self._beginning:
            number = self._numbers.get(who)
            if number is None:
                number = self._take_up(asked, who)
        return f"/label/{number}/"

    def _take_up(self, asked: Asked, who: tuple[Path, str]) -> str:
        from nova_rft.label import Answers, Places, Wanted, label_app, read_candidates, take_set

        reward = Project.load(self._project.file).spec.required_reward
        places = Places(asked.labels)
        # A name that cannot be used is refused before rollouts are read.
        file = places.answers(asked.annotator)
        wanted = Wanted(asked.kind, asked.most)  # type: ignore[arg-type] # one of two words
        found = take_set(
            places, reward, lambda: read_candidates(self._events(asked), reward), wanted
        )
        session = _session(found, places, asked.annotator, Answers(file), reward)
        app = label_app(session, lambda: self._finish(who), program=PROGRAM, home=HOME)
        number = str(next(self._next))
        with self._lock:
            self._open[number], self._numbers[who] = (app, session), number
        return number

    def _events(self, asked: Asked) -> Path:
        if asked.job:
            return self._project.keep_traces(asked.job)
        if not asked.events:
            raise UsageError("there is nothing to draw from; name a file of rollouts, or a job")
        return Path(asked.events)

    def _finish(self, who: tuple[Path, str]) -> None:
        with self._lock:
            number = self._numbers.pop(who, None)
            if number is not None:
                self._open.pop(number)[1].close()

    def close(self) -> None:
        """Ends all of them; everything that was said is written."""
        for who in list(self._numbers):
            self._finish(who)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands a request below `/label` to its sitting."""
        root = scope.get("root_path", "")
        number, slash, _ = scope["path"].removeprefix(f"{root}/").partition("/")
        found = self._open.get(number)
        if found is None or not slash:
            raise Refused(404, "this labelling is finished; begin it again to go on")
        scope["root_path"] = f"{root}/{number}"
        await found[0](scope, receive, send)


def _session(
    found: Set, places: Places, annotator: str, answers: Answers, reward: RewardSpec
) -> Session:
    from nova_rft.label import Session, shows_reference

    session = Session(found.items, places, annotator, answers, reference=shows_reference(reward))
    try:
        session.write()
    except BaseException:
        session.close()
        raise
    return session


def labelling_look(project: Project) -> Seen:
    """What can be labelled, and how far it is."""
    folders = dict.fromkeys((project.folder.absolute(), Path.cwd()))
    sets = dict.fromkeys(file for folder in folders for file in sorted(folder.glob("*.set.jsonl")))
    state = {
        "sets": [_set(file) for file in sets],
        "rollouts": [_shown(file) for file in dict.fromkeys(_rollouts(folders))],
        "rewarded": project.spec.reward is not None,
    }
    return Seen(state)


def _rollouts(folders: Mapping[Path, None]) -> Iterator[Path]:
    """Files that hold rollouts, by the names that commands and examples give them."""
    for folder in folders:
        yield from sorted(folder.glob("rollouts*.jsonl*"))
        yield from sorted(folder.glob("*/rollouts*.jsonl*"))
    state = state_folder().absolute()
    yield from sorted(state.glob("runs/*/rollouts.jsonl"))
    yield from sorted(state.glob("rehearsals/*/before.jsonl"))


def _set(file: Path) -> dict[str, Any]:
    from nova_rft.label import Places, read_answers

    places = Places(file.with_name(file.name.removesuffix(".set.jsonl") + ".jsonl"))
    with file.open("rb") as lines:
        items = sum(1 for _ in lines)
    said = {name: len(read_answers(places.answers(name)).said) for name in places.annotators()}
    return {"labels": _shown(places.labels), "items": items, "annotators": said}


def _shown(file: Path) -> str:
    """As the user would name it from here."""
    return str(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)
