"""The verifier of JSON by a schema."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

from nova_rft.data import Rollout, loads
from nova_rft.errors import UsageError
from nova_rft.outcome import Outcome, Score
from nova_rft.reward._term import EachRollout
from nova_rft.spec import JsonSchemaTerm

_FENCE: Final = re.compile(r"^[ \t]*```[ \t]*(\w*)[ \t]*\r?\n(.*?)^[ \t]*```[ \t]*$", re.M | re.S)
_SHOWN: Final = 5


class JsonSchema(EachRollout):
    """1 when the response is JSON that the schema accepts, else 0."""

    def __init__(self, spec: JsonSchemaTerm, folder: Path) -> None:
        """Compiles the schema; one that points elsewhere is refused, nothing is fetched.

        Raises:
            UsageError: the schema cannot be read or is none.
        """
        schema: Any = spec.json_schema if spec.file is None else _from_file(folder / spec.file)
        place = f"reward term {spec.name}" if spec.file is None else str(folder / spec.file)
        try:
            jsonschema_rs.meta.validate(schema)
            self._schema = jsonschema_rs.validator_for(schema, offline=True)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            first = str(error).splitlines()[0]
            raise UsageError(f"{place}: no JSON Schema: {first}") from None
        self._fence = spec.where == "fence"

    def score_one(self, rollout: Rollout) -> Outcome:
        """1 or 0, with what the schema does not accept."""
        try:
            value = loads(self._json(rollout.response), unique_keys=True)
        except (ValueError, RecursionError) as problem:
            return Score(0.0, {"problems": [f"not JSON: {problem}"]})
        problems = []
        for error in self._schema.iter_errors(value):
            at = "/".join(map(str, error.instance_path))
            problems.append(f"{at}: {error.message}" if at else error.message)
            if len(problems) == _SHOWN:
                break
        return Score(float(not problems), {"problems": [p[:300] for p in problems]})

    def _json(self, response: str) -> str:
        if not self._fence:
            return response
        blocks = [body for kind, body in _FENCE.findall(response) if kind.lower() in ("", "json")]
        if len(blocks) > 1:
            raise ValueError("the response holds several fenced blocks")
        return blocks[0] if blocks else response


def _from_file(file: Path) -> Any:
    try:
        return loads(file.read_bytes())
    except FileNotFoundError:
        raise UsageError(f"{file}: no such schema file; put the JSON Schema there") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: cannot be read as JSON: {error}") from None
