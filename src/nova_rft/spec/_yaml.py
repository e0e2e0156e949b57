"""YAML 1.2 with line numbers: `5e-5` is a number, `on` is a word, a key twice is an error."""

from __future__ import annotations

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError


class YamlProblem(Exception):
    """Text that is no YAML: `line` counts from 1, `what` says what the parser met."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line
        self.what = what


def read(text: str) -> Any:
    """The document as nested mappings and lists that know their lines (`.lc`).

    Raises:
        YamlProblem: the text is not valid YAML.
    """
    try:
        return YAML(typ="rt", pure=True).load(io.StringIO(text))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise YamlProblem(line, _first_line(error.problem or "")) from None
    except YAMLError as error:
        raise YamlProblem(1, _first_line(str(error))) from None
    except RecursionError:
        raise YamlProblem(1, "nested too deeply") from None


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or ["unreadable"])[0]


def yaml_value(text: str) -> Any:
    """One value as a spec would read it: `1e-5` is a number, `true` a boolean, `[a, b]` a list.

    Raises:
        YamlProblem: the text is not valid YAML.
    """
    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise YamlProblem(1, _first_line(str(error))) from None


def yaml_text(tree: Any) -> str:
    """Plain data as YAML, with keys in their order."""
    writer = YAML(typ="rt", pure=True)
    writer.default_flow_style = False
    writer.width = 100
    text = io.StringIO()
    writer.dump(tree, text)
    return text.getvalue()
