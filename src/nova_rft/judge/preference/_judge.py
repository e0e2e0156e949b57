"""The preference judge: has responses compared, and rates them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from nova_rft.data import Rollout
from nova_rft.judge._ask import ask_all
from nova_rft.judge._judge import accounts
from nova_rft.judge._request import JudgeModel, JudgeRequest
from nova_rft.judge.preference._field import Field, Reply, fields_of
from nova_rft.judge.preference._game import position_metrics, shown
from nova_rft.judge.preference._listwise import listwise
from nova_rft.judge.preference._pairwise import round_robin, swiss
from nova_rft.judge.preference._rating import Result, borda, bradley_terry, without_length
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.spec import PreferenceTerm


class PreferenceJudge:
    """Scores each response by how it fares against others; see `PreferenceTerm` for the settings."""

    def __init__(self, spec: PreferenceTerm, model: JudgeModel) -> None:
        self._spec = spec
        self._model = model

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        """How each response fares; an abstention where it met nobody or too little could be judged."""
        fields = fields_of(self._spec, rollouts)

        def ask(requests: Sequence[JudgeRequest]) -> list[Reply]:
            return ask_all(self._model, requests, deadline=deadline)

        compare = {"round_robin": round_robin, "swiss": swiss, "listwise": listwise}
        compare[self._spec.method](self._spec, fields, ask)
        outcomes = {
            row: outcome
            for one, results in zip(fields, self._results(fields), strict=True)
            for row, outcome in zip(one.rows, self._rate(one, results), strict=True)
        }
        return [outcomes[row] for row in range(len(rollouts))]

    def _results(self, fields: Sequence[Field]) -> list[list[Result]]:
        """Each field's judged games as numbers, freed of length where the spec asks for it."""
        played = [[(g.a, g.b, g.share) for g in one.games if g.failure is None] for one in fields]
        if not self._spec.length_control:
            return played
        differences = [
            float(len(one.texts[a]) - len(one.texts[b]))
            for one, results in zip(fields, played, strict=True)
            for a, b, _ in results
        ]
        free = iter(without_length([r for results in played for r in results], differences))
        return [[next(free) for _ in results] for results in played]

    def _rate(self, one: Field, results: Sequence[Result]) -> list[Outcome]:
        players, virtual = len(one.texts), self._spec.virtual_games
        if self._spec.rating == "borda":
            values = borda(results, players, virtual)
        else:
            values = bradley_terry(results, players, virtual)
            middle = [values[place] for place in one.anchors or range(players)]
            values = [value - math.fsum(middle) / len(middle) for value in values]
        return [self._outcome(one, player, values[player]) for player in range(len(one.rows))]

    def _outcome(self, one: Field, player: int, value: float) -> Outcome:
        games = [each for each in one.games if player in (each.a, each.b)]
        if not games:
            return Abstention(Cause.NO_COMPARISON, self._met_nobody(one))
        failures = [each.failure for each in games if each.failure is not None]
        judged = 1 - len(failures) / len(games)
        if judged < self._spec.min_judged:
            why = f"{judged:.0%} of its pairs could be judged: {failures[0].detail}"
            return replace(failures[0], detail=why)
        read = [each for each in games if each.failure is None]
        return Score(
            value,
            {
                **accounts(self._model, one.replies.get(player, [])),
                "games": [shown(each, player, one.names) for each in games],
            },
            metrics={"judged": judged, **position_metrics(read)},
        )

    def _met_nobody(self, one: Field) -> str:
        if self._spec.against == "comparisons":
            return f"the record's field {self._spec.comparisons} holds no comparison response"
        return "the event holds no other response that it could be compared with"
