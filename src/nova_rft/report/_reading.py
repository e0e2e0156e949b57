"""Which prompts' rollouts a page holds: those that tell most, while there is room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from markupsafe import escape

from nova_rft.grpo import advantages
from nova_rft.report._columns import Columns, Floats
from nova_rft.report._examples import (
    abstained_words,
    cut,
    prompt_shown,
    reference_shown,
    term_shown,
)
from nova_rft.report._gates import came_about, closed_gates
from nova_rft.report._kinds import KINDS, Groups, groups_of, kinds_of
from nova_rft.report._marks import found_in, marked
from nova_rft.report._shown import GroupShown, Reading, RolloutShown, TermShown
from nova_rft.report._term import TermSummary
from nova_rft.spec import RewardSpec

# Bytes of the page that rollouts may take, of the 3 MB that it may have.
_ROOM: Final = 1_600_000
# More nobody reads, and a page with more elements opens slowly.
_MOST_GROUPS: Final = 40
_MOST_ROLLOUTS: Final = 200
# Characters of a response that are shown beside its siblings.
_RESPONSE: Final = 3_000
_NOTE: Final = 300
# Markup around a rollout, a term, a verdict: about so many bytes.
_AROUND: Final = 900


def reading(columns: Columns, reward: RewardSpec, terms: list[TermSummary], traces: str) -> Reading:
    """The rollouts to read side by side.

    Groups are taken kind by kind in turn, so that each kind is there however many groups the others
    have; then the rest by a checksum, since the first of a file are rarely typical.

    Args:
        columns: All rollouts.
        reward: What scored them.
        terms: The ranges of its terms' values.
        traces: Where all rollouts lie.
    """
    groups = groups_of(columns)
    kinds = kinds_of(columns, groups, reward, terms)
    # As the trainer reckons: with what went to it, stand-ins for abstentions included.
    advantage_N = advantages(columns.wire_N, columns.group_N.tolist())
    shown: list[GroupShown] = []
    room, left = _ROOM, _MOST_ROLLOUTS
    for number in _in_turn(groups, kinds):
        group = _group(columns, groups, number, kinds[number], advantage_N, reward)
        room, left = room - _bytes(group), left - len(group.rollouts)
        if shown and (room < 0 or left < 0 or len(shown) == _MOST_GROUPS):
            break
        shown.append(group)
    counts = {kind: sum(kind in one for one in kinds) for kind in KINDS}
    return Reading(
        groups=sorted(shown, key=lambda one: (-(one.high - one.low), one.event, one.name)),
        rollouts=sum(len(one.rollouts) for one in shown),
        of_rollouts=len(columns.rows),
        of_groups=len(groups.rows),
        kinds={kind: count for kind, count in counts.items() if count},
        traces=traces,
    )


def _in_turn(groups: Groups, kinds: list[list[str]]) -> Iterator[int]:
    """Every group once: one of each kind, again and again; then those of no kind."""
    rank = {
        "different": -groups.spread_G,
        "best": -groups.high_G,
        "worst": groups.low_G,
    }
    chance = groups.chance_G
    queues = [
        sorted(
            (number for number, mine in enumerate(kinds) if kind in mine),
            key=lambda number: (rank[kind][number] if kind in rank else 0.0, chance[number]),
        )
        for kind in KINDS
    ]
    queues.append(
        sorted((n for n, mine in enumerate(kinds) if not mine), key=lambda n: int(chance[n]))
    )
    seen: set[int] = set()
    for turn in range(max(map(len, queues), default=0)):
        for queue in queues:
            if turn < len(queue) and queue[turn] not in seen:
                seen.add(queue[turn])
                yield queue[turn]


def _group(
    columns: Columns,
    groups: Groups,
    number: int,
    kinds: list[str],
    advantage_N: Floats,
    reward: RewardSpec,
) -> GroupShown:
    rows = sorted(groups.rows[number], key=lambda row: (-float(columns.wire_N[row]), int(row)))
    first = columns.rows[int(rows[0])]
    return GroupShown(
        name=cut(str(first["group"]), _NOTE),
        event=int(columns.event_N[rows[0]]) + 1,
        prompt=prompt_shown(first["prompt"]),
        reference=reference_shown(first.get("reference")),
        low=float(groups.low_G[number]),
        high=float(groups.high_G[number]),
        kinds=kinds,
        rollouts=[_rollout(columns, int(row), float(advantage_N[row]), reward) for row in rows],
    )


def _rollout(columns: Columns, index: int, advantage: float, reward: RewardSpec) -> RolloutShown:
    row = columns.rows[index]
    terms = [term_shown(name, row["terms"][name]) for name in columns.terms if name in row["terms"]]
    response = cut(row["response"], _RESPONSE)
    verdicts = [one for term in terms for one in term.verdicts if one.evidence]
    places = [found_in(response, one.evidence) for one in verdicts]
    closed = closed_gates(reward, row)
    return RolloutShown(
        id=cut(str(row["id"]), _NOTE),
        reward=float(row["reward"]),
        advantage=advantage,
        abstained=abstained_words(row["abstained"]),
        length=int(columns.length_N[index]),
        pieces=marked(response, [(at, one.met) for at, one in zip(places, verdicts, strict=True)]),
        terms=terms,
        unfound=[one.criterion for at, one in zip(places, verdicts, strict=True) if not at],
        made=came_about(reward, row, closed),
        closed=tuple(closed),
    )


def _bytes(group: GroupShown) -> int:
    """About what a group takes on the page: its texts as they are written there, and their markup."""
    texts = [turn.text for turn in group.prompt]
    texts += [group.reference or "", group.prompt[-1].text[:160] if group.prompt else ""]
    size = _AROUND
    for one in group.rollouts:
        texts += [one.id, *(piece.text for piece in one.pieces)]
        size += _AROUND + 40 * len(one.pieces)
        for term in one.terms:
            texts += _texts(term)
            size += 150 + 150 * len(term.verdicts)
    return size + sum(len(str(escape(text)).encode()) for text in texts)


def _texts(term: TermShown) -> list[str]:
    told = [text for one in term.verdicts for text in (one.criterion, one.reason, one.evidence)]
    return [*told, *term.notes, term.abstained or "", term.name]
