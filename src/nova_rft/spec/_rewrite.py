"""A spec's text with other words for one judge; comments, order and all else stay as they are."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString
from ruamel.yaml.util import load_yaml_guess_indent

from nova_rft.errors import UsageError
from nova_rft.spec._criteria import Criterion
from nova_rft.spec._examples import PairExample, RubricExample
from nova_rft.spec._judges import JuryTerm, PreferenceTerm, RubricTerm
from nova_rft.spec._load import InvalidSpec, parse
from nova_rft.spec._merge import merged
from nova_rft.spec._reward import RewardSpec
from nova_rft.spec._spec import Spec

# Lines are broken where the author broke them.
_NEVER: Final = 1_000_000

_Judge = RubricTerm | PreferenceTerm
_Place = tuple[int, ...]
_Style = Callable[[str], str]


def rewrite_judge(text: str, name: str, judge: _Judge, file: str = "<spec>") -> str:
    """The text with the words of another judge in the place of those of one of its judges.

    Guidance, examples, and each criterion's question and anchors are written; nothing else is.

    Args:
        text: A valid spec, as its author wrote it.
        name: Of the judge; a juror's is `JURY.JUROR`.
        judge: The same judge with other words.
        file: The spec's name in messages.

    Raises:
        UsageError: there is no such judge, or its words cannot be changed alone.
    """
    spec = parse(text, file)
    place = _place(spec, name, file)
    yaml = _like(text)
    plain, wanted = _dumped(yaml, yaml.load(text)), _changed(spec, place, judge)
    for style in _STYLES:
        tree = yaml.load(text)
        node = tree["reward"]["terms"][place[0]]
        for juror in place[1:]:
            node = node["judges"][juror]
        _write(node, _at(spec.required_reward, place), judge, style)
        written = merged(text, plain, _dumped(yaml, tree))
        if _says(written, wanted):
            return written
    raise UsageError(
        f"{file}: the words of {name} cannot be changed alone; write them out where the file has "
        "anchors or merges (&, *, <<), and run the same again"
    )


def _says(written: str, wanted: Spec) -> bool:
    try:
        return parse(written) == wanted
    except InvalidSpec:
        return False


def _place(spec: Spec, name: str, file: str) -> _Place:
    """Where a judge stands among the terms, and a juror among its jury's judges."""
    jury, _, juror = name.partition(".")
    for number, term in enumerate(spec.required_reward.terms):
        if term.name == name and isinstance(term, _Judge):
            return (number,)
        if term.name == jury and isinstance(term, JuryTerm):
            for other, one in enumerate(term.judges):
                if one.name == juror:
                    return (number, other)
    raise UsageError(f"{file}: the reward has no judge {name} whose words could be changed")


def _at(reward: RewardSpec, place: _Place) -> _Judge:
    term: Any = reward.terms[place[0]]
    for juror in place[1:]:
        term = term.judges[juror]
    return term  # type: ignore[no-any-return]


def _changed(spec: Spec, place: _Place, judge: _Judge) -> Spec:
    term: Any = judge
    if len(place) == 2:
        jury: Any = spec.required_reward.terms[place[0]]
        judges = [judge if n == place[1] else one for n, one in enumerate(jury.judges)]
        term = jury.model_copy(update={"judges": tuple(judges)})
    terms = [term if n == place[0] else one for n, one in enumerate(spec.required_reward.terms)]
    reward = spec.required_reward.model_copy(update={"terms": tuple(terms)})
    return spec.model_copy(update={"reward": reward})


def _like(text: str) -> YAML:
    """A reader and writer that keeps the text's own quotes, and mostly its indentation."""
    _, indent, offset = load_yaml_guess_indent(text)
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = _NEVER
    yaml.indent(mapping=2, sequence=indent or 2, offset=offset or 0)
    return yaml


def _dumped(yaml: YAML, tree: Any) -> str:
    stream = io.StringIO()
    yaml.dump(tree, stream)
    return stream.getvalue()


def _write(node: CommentedMap, before: _Judge, after: _Judge, style: _Style) -> None:
    for number, (old, new) in enumerate(zip(before.criteria, after.criteria, strict=True)):
        if old != new:
            _write_criterion(node["criteria"], number, old, new, style)
    if before.guidance != after.guidance:
        _put(node, "guidance", style(after.guidance))
    if before.examples != after.examples:
        _put(node, "examples", CommentedSeq(_example(one, style) for one in after.examples))


def _write_criterion(
    nodes: CommentedSeq, number: int, old: Criterion, new: Criterion, style: _Style
) -> None:
    if isinstance(nodes[number], str):
        nodes[number] = _named(nodes, number)
    node = nodes[number]
    if old.question != new.question:
        _put(node, "question", style(new.question))
    if old.anchors != new.anchors:
        if "anchors" not in node:
            _put(node, "anchors", CommentedMap(sorted(old.anchors.items())))
        keys = {int(key): key for key in node["anchors"]}
        for anchor, means in new.anchors.items():
            node["anchors"][keys[anchor]] = style(means)


def _named(nodes: CommentedSeq, number: int) -> CommentedMap:
    """The name of one of the library's as a mapping, with the comment that stands behind it."""
    named = CommentedMap({"use": nodes[number]})
    comments = nodes.ca.items.get(number)
    if nodes.fa.flow_style() or _several_lines(comments):
        named.fa.set_flow_style()
    elif comments:
        named.ca.items["use"] = [None, None, nodes.ca.items.pop(number)[0], None]
    return named


def _put(node: CommentedMap, key: str, value: Any) -> None:
    """Sets a key; a new one stands before the last where a comment follows that one."""
    if key in node:
        node[key] = value
        return
    last = len(node)
    followed = last > 0 and _ends_in_comment(node)
    node.insert(last - 1 if followed else last, key, value)


def _ends_in_comment(node: Any) -> bool:
    """Whether what stands behind the last leaf belongs to what comes next in the file."""
    if not isinstance(node, CommentedMap | CommentedSeq) or not node:
        return False
    last = next(reversed(node)) if isinstance(node, CommentedMap) else len(node) - 1
    return _several_lines(node.ca.items.get(last)) or _ends_in_comment(node[last])


def _several_lines(comments: Sequence[Any] | None) -> bool:
    """Whether comments go on below the line that they begin on, before what comes next."""
    return any(getattr(one, "value", "").count("\n") > 1 for one in comments or ())


def _example(example: RubricExample | PairExample, style: _Style) -> CommentedMap:
    """Texts as they are, in the order in which the judge reads them."""
    order = ("task", "reference", "response", "first", "second", "verdicts", "verdict", "reason")
    fields = example.model_dump(mode="json", exclude_defaults=True)
    found = CommentedMap()
    for key in order:
        if key in fields:
            found[key] = _verdicts(fields[key]) if key == "verdicts" else style(fields[key])
    return found


def _verdicts(said: Mapping[str, str]) -> CommentedMap:
    # Quoted: elsewhere than here a bare yes is a boolean, and a number is one everywhere.
    found = CommentedMap({name: DoubleQuotedScalarString(label) for name, label in said.items()})
    found.fa.set_flow_style()
    return found


def _readable(text: str) -> str:
    """Of several lines a block, where YAML can hold it so."""
    lines = text.split("\n")
    whole = all(line.isprintable() and line == line.rstrip() for line in lines)
    in_block = len(lines) > 1 and whole and not text.startswith((" ", "\n"))
    return LiteralScalarString(text) if in_block else text


# The second holds any text; ruamel writes some of the first, such as `?0`, as it cannot read them.
_STYLES: Final[tuple[_Style, ...]] = (_readable, DoubleQuotedScalarString)
