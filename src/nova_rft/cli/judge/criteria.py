"""`nova-rft judge criteria`: the library of ready criteria."""

from __future__ import annotations

from nova_rft.cli._common import JsonOption, console, print_json


def criteria(json: JsonOption = False) -> None:
    """Print the ready criteria: question, kind, anchors, and what must be quoted.

    Name one in a spec as it is, or with changes: {use: tone, weight: 0.5}.
    """
    from nova_rft.spec import CRITERIA, Criterion

    found = [Criterion.model_validate({"name": name, **CRITERIA[name]}) for name in CRITERIA]
    if json:
        print_json([criterion.model_dump(mode="json") for criterion in found])
        return
    out = console()
    for criterion in found:
        gate = ", gate" if criterion.gate is not False else ""
        out.print(f"[bold]{criterion.name}[/] ({criterion.kind}{gate})")
        out.print(f"  {criterion.question}", markup=False)
        for number, means in sorted(criterion.anchors.items()):
            out.print(f"    {number}: {means}", markup=False)
        out.print(f"  quote: {criterion.evidence}", markup=False, style="dim")
