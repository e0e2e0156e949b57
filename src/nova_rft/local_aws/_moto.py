"""What moto drops of a resource, or enforces wrongly, mended in its classes.

- A function's Architectures (in templates) and LoggingConfig (everywhere) are dropped, and code written
  in a template, and what is reserved for a function there, cannot be updated.
- A bucket policy is enforced without a look at its conditions, so that one that denies plain HTTP would
  refuse everything: statements with a condition are left out of the decision, and kept in the policy.
- DynamoDB's UpdateItem is atomic; moto reads and writes apart, so sums that several add to lose some.
- A KMS key's tags are called otherwise in a template than in a request; moto takes the latter alone. Its
  policy from a template is no text there, so that the key could not be described.
"""

from __future__ import annotations

import base64
import functools
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.dynamodb.models import DynamoDBBackend
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.kms.models import Key
from moto.s3.models import FakeBucket


@functools.cache
def mend() -> None:
    """Mends moto's classes, once in a process."""
    function: Any = LambdaFunction
    function.__init__ = _after(function.__init__, _made)
    function.update_configuration = _after(function.update_configuration, _configured)
    for name in ("create_from_cloudformation_json", "update_from_cloudformation_json"):
        setattr(function, name, classmethod(_from_template(name)))
    tables: Any = DynamoDBBackend
    tables.update_item = _one_at_a_time(tables.update_item)
    bucket: Any = FakeBucket
    bucket.get_permission = _permission
    key: Any = Key
    key.create_from_cloudformation_json = classmethod(_key_from_template())


def _after(method: Callable[..., Any], then: Callable[..., None]) -> Callable[..., Any]:
    """A method that does what it did, and then something more with the same arguments."""

    @functools.wraps(method)
    def both(*args: Any, **kwargs: Any) -> Any:
        result = method(*args, **kwargs)
        then(*args, **kwargs)
        return result

    return both


def _one_at_a_time(method: Callable[..., Any]) -> Callable[..., Any]:
    lock = threading.Lock()

    @functools.wraps(method)
    def alone(*args: Any, **kwargs: Any) -> Any:
        with lock:
            return method(*args, **kwargs)

    return alone


def _made(function: Any, account_id: str, spec: Mapping[str, Any], *_: Any, **__: Any) -> None:
    _configured(function, spec)


def _configured(function: Any, settings: Mapping[str, Any]) -> None:
    group = (settings.get("LoggingConfig") or {}).get("LogGroup")
    if group:
        function.logs_group_name = group


def _from_template(name: str) -> Callable[..., Any]:
    plain = getattr(LambdaFunction, name).__func__

    @functools.wraps(plain)
    def made(cls: Any, *args: Any, **kwargs: Any) -> Any:
        template = next(one for one in (*args, *kwargs.values()) if isinstance(one, dict))
        code = template["Properties"]["Code"]
        if name.startswith("update") and "ZipFile" in code:
            # Code in the template itself, which moto packs when a function is made, and then forgets.
            packed = base64.b64encode(cls._create_zipfile_from_plaintext_code(code["ZipFile"]))
            template["Properties"]["Code"] = {**code, "ZipFile": packed}
        function = plain(cls, *args, **kwargs)
        function.architectures = template["Properties"].get("Architectures", ["x86_64"])
        reserved = template["Properties"].get("ReservedConcurrentExecutions")
        function.reserved_concurrency = reserved
        _configured(function, template["Properties"])
        return function

    return made


def _key_from_template() -> Callable[..., Any]:
    method: Any = Key.create_from_cloudformation_json
    plain = method.__func__

    @functools.wraps(plain)
    def made(cls: Any, name: str, template: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        given = template["Properties"]
        tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in given.get("Tags", ())]
        # A policy is text wherever it is asked for.
        policy = json.dumps(given["KeyPolicy"])
        template = {**template, "Properties": {**given, "Tags": tags, "KeyPolicy": policy}}
        return plain(cls, name, template, *args, **kwargs)

    return made


def _permission(bucket: Any, action: str, resource: str) -> PermissionResult:
    """Stands in for `FakeBucket.get_permission`."""
    document = json.loads(bucket.policy or b"{}")
    statements = document.get("Statement", [])
    statements = statements if isinstance(statements, list) else [statements]
    plain = [statement for statement in statements if not statement.get("Condition")]
    if not plain:
        return PermissionResult.NEUTRAL
    policy = IAMPolicy(json.dumps({**document, "Statement": plain}))
    return policy.is_action_permitted(action, resource)
