"""Stack updates and deletions in the order of what refers to what, as CloudFormation does them.

moto adds what is new before it changes what is there, so a Lambda version would be published before its
function had the new code; and it removes first, whatever a resource's DeletionPolicy says. It deletes a
stack in no order at all, so a function could go before its own versions, which then are not found; it
forgets a stack that cannot be deleted, and makes all of a deleted one anew when that is looked at. What
an update exports, other stacks never see.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Callable, Iterator
from typing import Any

from moto.cloudformation import models, parsing


def register() -> None:
    """Puts the update and the deletion below in the place of moto's."""
    parsing.ResourceMap.update = _update  # type: ignore[assignment, method-assign]
    parsing.ResourceMap.delete = _delete  # type: ignore[assignment, method-assign]
    plain = models.CloudFormationBackend.delete_stack

    def delete_stack(self: Any, name_or_stack_id: str) -> None:
        named = (one for one in self.stacks.values() if _called(one, name_or_stack_id))
        stack = next(named, None)
        if stack is None:
            plain(self, name_or_stack_id)
        else:
            _delete_stack(self, stack)

    models.CloudFormationBackend.delete_stack = delete_stack  # type: ignore[method-assign]
    models.Stack.update = _exporting(models.Stack.update)  # type: ignore[method-assign]


def _exporting(update: Callable[..., None]) -> Callable[..., None]:
    """An update that sees what the others export by now, and exports what it adds."""

    @functools.wraps(update)
    def exporting(stack: Any, *args: Any, **kwargs: Any) -> None:
        known = models.cloudformation_backends[stack.account_id][stack.region_name].exports
        stack.resource_map.cross_stack_resources = known
        before = {export.name for export in stack.exports}
        update(stack, *args, **kwargs)
        now = {export.name: export for export in stack.exports}
        for name in before - now.keys():
            known.pop(name, None)
        known.update(now)

    return exporting


def _called(stack: Any, name_or_id: str) -> bool:
    return name_or_id in (stack.name, stack.stack_id)


def _delete_stack(backend: Any, stack: Any) -> None:
    """Deletes a stack, or leaves it as one that could not be deleted."""
    exports = [export.name for export in stack.exports]
    try:
        _refuse_imported(backend, stack, exports)
        stack.delete()
    except Exception as error:  # Whatever a service refuses it for is the reason.
        stack.status = "DELETE_FAILED"
        stack._add_stack_event("DELETE_FAILED", resource_status_reason=str(error))
        return
    del backend.stacks[stack.stack_id]
    backend.deleted_stacks[stack.stack_id] = stack
    for name in exports:
        backend.exports.pop(name, None)
    # An output that is looked at makes what it names.
    stack.output_map._output_json_map = {}


def _refuse_imported(backend: Any, stack: Any, exports: list[str]) -> None:
    for other in backend.stacks.values():
        imported = {
            name for name in _imports(other.template_dict) if other is not stack and name in exports
        }
        if imported:
            name = sorted(imported)[0]
            raise ValueError(f"Export {name} cannot be deleted as it is in use by {other.name}")


def _imports(value: Any) -> Iterator[str]:
    """What a template imports by name."""
    if isinstance(value, list):
        for item in value:
            yield from _imports(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Fn::ImportValue":
                yield item if isinstance(item, str) else json.dumps(item)
            else:
                yield from _imports(item)


def _update(
    stack: parsing.ResourceMap, template: dict[str, Any], parameters: dict[str, Any] | None = None
) -> None:
    before = stack._resource_json_map
    changes = stack.build_resource_diff(template, parameters)
    stack._template = template
    if parameters:
        stack.input_parameters = parameters
    stack.load_mapping()
    stack.load_parameters()
    stack.load_conditions()
    stack._resource_json_map = template["Resources"]
    for name in _ordered({*changes["Add"], *changes["Modify"]}, template["Resources"]):
        if name in changes["Add"]:
            # Being looked up is what makes a resource.
            _ = stack[name]
        else:
            _modify(stack, name)
    for name in reversed(_ordered(set(changes["Remove"]), before)):
        _remove(stack, name, before[name])


def _delete(stack: parsing.ResourceMap) -> None:
    resources = stack._resource_json_map
    for name in reversed(_ordered(set(resources), resources)):
        held = stack._parsed_resources.get(name)
        if held is None or isinstance(held, str):
            continue
        if resources[name].get("DeletionPolicy") != "Retain":
            stack._delete_resource(held, resources[name])
            # Only now: a deletion that failed is begun again from here.
            del stack._parsed_resources[name]


def _ordered(names: set[str], resources: dict[str, Any]) -> list[str]:
    """Each after all that it refers to."""
    pending, ordered = set(names), list[str]()
    while pending:
        ready = _ready(pending, resources)
        ordered += ready
        pending -= set(ready)
    return ordered


def _ready(pending: set[str], resources: dict[str, Any]) -> list[str]:
    """Those that refer to none that still waits; all of them where they refer to each other."""
    ready = [
        name for name in sorted(pending) if not (pending - {name}) & set(_refers(resources[name]))
    ]
    return ready or sorted(pending)


def _refers(value: Any) -> Iterator[str]:
    """Logical ids that a resource mentions."""
    if isinstance(value, list):
        for item in value:
            yield from _refers(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in ("Ref", "DependsOn") and isinstance(item, str):
                yield item
            elif key == "Fn::GetAtt":
                yield item.split(".")[0] if isinstance(item, str) else item[0]
            elif key == "DependsOn":
                yield from item
            else:
                yield from _refers(item)


def _modify(stack: parsing.ResourceMap, name: str) -> None:
    changed: Any = parsing.parse_and_update_resource(
        name, stack._resource_json_map[name], stack, stack._account_id, stack._region_name
    )
    if changed is not None:
        stack._parsed_resources[name] = changed


def _remove(stack: parsing.ResourceMap, name: str, resource: dict[str, Any]) -> None:
    held = stack._parsed_resources.pop(name, None)
    if held is None or resource.get("DeletionPolicy") == "Retain":
        return
    # moto has no deletion for some types; what stays of them does no harm. A bucket that is not empty
    # stays in AWS too, and the update is as good as any.
    with contextlib.suppress(NotImplementedError, AttributeError, TypeError, ValueError):
        stack._delete_resource(held, resource)
