"""`nova-rft label`: people's labels, where there are none yet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecOption, console, print_json
from nova_rft.cli._page import NoBrowserOption, PortOption, announce

if TYPE_CHECKING:
    from nova_rft.label import Places, Session, Set
    from nova_rft.spec import RewardSpec


def label(
    events: Annotated[
        Path, typer.Argument(help="Reward events or traces: a file (.gz), or a folder of them.")
    ],
    out: Annotated[Path, typer.Option(help="The labels file, for nova-rft calibrate.")],
    spec: SpecOption = SPEC_FILE,
    annotator: Annotated[
        str, typer.Option(help="Who labels; annotators do not see each other's labels.")
    ] = "",
    scores: Annotated[
        Path | None,
        typer.Option(help="What nova-rft score --json wrote of these events; traces have scores."),
    ] = None,
    pairs: Annotated[
        bool | None,
        typer.Option(
            "--pairs/--singles",
            help="Ask which of two is better, or about one response by the spec's criteria; by default "
            "singles where a rubric judges.",
        ),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option(
            min=1, max=2_000, help="How many to label, by default 60; more of them extend a set."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds draw equal sets.")] = 0,
    draw_only: Annotated[
        bool,
        typer.Option("--draw-only", help="Only write the set to --out, for other tools; no page."),
    ] = False,
    port: PortOption = 0,
    no_browser: NoBrowserOption = False,
    json: JsonOption = False,
) -> None:
    """Draw the most informative rollouts, label them in a local page, write a labels file.

    Run it again to go on, or with another --annotator for a second opinion. Ctrl-C leaves with
    everything written.
    """
    from nova_rft.label import Places, Wanted, read_candidates, take_set
    from nova_rft.label import draw_only as draw
    from nova_rft.spec import load

    reward = load(spec).required_reward
    kind = None if pairs is None else "pairs" if pairs else "responses"
    wanted = Wanted(kind, count, seed)  # type: ignore[arg-type] # one of two words
    places = Places(out)
    if not draw_only:
        # A name that cannot be used is refused before rollouts are read.
        places.answers(annotator)

    def rollouts() -> Any:
        with console().status("reading rollouts"):
            return read_candidates(events, reward, scores)

    if draw_only:
        found = draw(out, reward, rollouts, wanted)
        _tell_drawn(found, out, events)
        if json:
            print_json(_drawn(found, out))
        return
    found = take_set(places, reward, rollouts, wanted)
    _tell_drawn(found, places.set, events)
    _label(found, places, annotator, reward, (port, seed), browse=not no_browser, json=json)


def _label(
    found: Set,
    places: Places,
    annotator: str,
    reward: RewardSpec,
    numbers: tuple[int, int],
    *,
    browse: bool,
    json: bool,
) -> None:
    """Serves the page until the annotator leaves; what is labelled is written whatever ends us."""
    from nova_rft.label import Answers, Session, serve, shows_reference

    port, seed = numbers
    with Answers(places.answers(annotator)) as answers:
        session = Session(
            found.items,
            places,
            annotator,
            answers,
            seed=seed,
            reference=shows_reference(reward),
        )
        session.write()
        with serve(session, port) as serving:
            says = "Label at (Ctrl-C leaves; run the same again to go on):"
            announce(serving.url, says, browse=browse)
            try:
                serving.wait()
            finally:
                _tell_progress(session, places, json=json, drawn=_drawn(found, places.set))


def _tell_drawn(found: Set, path: Path, events: Path) -> None:
    out = console()
    what = "pairs" if found.kind == "pairs" else "single responses"
    fresh = len(found.items) - found.before
    drawn = f"{found.before:,} drawn before" + (f", {fresh:,} more now" if fresh else "")
    out.print(
        f"{len(found.items):,} {what} in {path}: {drawn if found.before else 'drawn now'}",
        markup=False,
        soft_wrap=True,
    )
    out.print(
        "  " + "; ".join(f"{n:,} {cell}" for cell, n in sorted(found.cells.items())), markup=False
    )
    if len(found.items) < found.wanted:
        out.print(f"  {found.wanted:,} were wanted; there are no more")
    if found.near:
        out.print(f"  {found.near:,} passed over: nearly the same as another")
    read = found.read
    if read is None:
        return
    if read.unread:
        out.print(f"  {read.unread:,} items hold no rollout; {read.problem}", markup=False)
    if all(one.reward is None and not one.values for one in read.candidates):
        out.print(
            "  nothing is known of their scores, so chance decided; better: nova-rft score "
            f"{events} --json > scores.json, then --scores scores.json",
            markup=False,
        )


def _tell_progress(session: Session, places: Places, *, json: bool, drawn: dict[str, Any]) -> None:
    rows = session.write()
    progress, agreed = session.progress(), session.agreement()
    out = console()
    for name, one in progress.items():
        skipped = f", {one.skipped:,} skipped" if one.skipped else ""
        out.print(f"{name}: {one.labelled:,} of {one.total:,} labelled{skipped}", markup=False)
    for each in agreed:
        out.print(str(each), markup=False)
    if rows:
        out.print(f"{rows:,} rows in {places.labels}. Next:", markup=False, soft_wrap=True)
        out.print(f"nova-rft calibrate {places.labels}", markup=False, soft_wrap=True)
    if json:
        print_json(
            {
                "labels": str(places.labels),
                "rows": rows,
                **drawn,
                "annotators": {name: one.as_dict() for name, one in progress.items()},
                "agreement": [each.as_dict() for each in agreed],
            }
        )


def _drawn(found: Set, path: Path) -> dict[str, Any]:
    return {
        "set": str(path),
        "kind": found.kind,
        "items": len(found.items),
        "cells": found.cells,
        "before": found.before,
        "near": found.near,
        "unread": found.read.unread if found.read else 0,
    }
