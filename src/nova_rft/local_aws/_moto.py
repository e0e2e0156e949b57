"""What moto drops of a resource, or enforces wrongly, mended in its classes.

- A function's Architectures (in templates) and LoggingConfig (everywhere) are dropped, and code written
  in a template, and what is reserved for a function there, cannot be updated.
- A bucket policy is enforced without a look at its conditions, so that one that denies plain HTTP would
  refuse everything: statements with a condition are left out of the decision, and kept in the policy.
- DynamoDB's UpdateItem is atomic; moto reads and writes apart, so sums that several add to lose some.
- A role's inline policies in a template are kept as they are, not as JSON, its managed ones dropped, and
  an update leaves policies, trust and boundary alone; a log group's ARN in a template lacks its `:*`.
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
from moto.backends import get_backend
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


@functools.cache
def mend_templates() -> None:
    """Mends what only stacks use, once in a process; late, for these modules are slow to import."""
    from moto.iam.models import Role
    from moto.logs.models import LogGroup

    group: Any = LogGroup
    arn_of = group.get_cfn_attribute
    group.get_cfn_attribute = lambda self, name: (
        arn_of(self, name) + (":*" if name == "Arn" else "")
    )
    role: Any = Role
    put = role.put_policy
    role.put_policy = lambda self, name, document: put(self, name, _json(document))
    for name in ("create_from_cloudformation_json", "update_from_cloudformation_json"):
        setattr(role, name, classmethod(_whole_role(getattr(role, name).__func__)))


def _whole_role(plain: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(plain)
    def whole(cls: Any, *args: Any, **kwargs: Any) -> Any:
        role = plain(cls, *args, **kwargs)
        template = next(one for one in (*args, *kwargs.values()) if isinstance(one, dict))
        given = template["Properties"]
        role.assume_role_policy_document = _json(given["AssumeRolePolicyDocument"])
        role.permissions_boundary_arn = given.get("PermissionsBoundary", "")
        for policy in given.get("Policies", ()):
            role.put_policy(policy["PolicyName"], policy["PolicyDocument"])
        for arn in given.get("ManagedPolicyArns") or ():
            if arn not in role.managed_policies:
                _managed(arn, role).attach_to(role)
        return role

    return whole


def _managed(arn: str, role: Any) -> Any:
    """A managed policy; AWS's own are read once a role has one, for they are megabytes.

    Raises:
        KeyError: there is none of that ARN.
    """
    from moto.iam.aws_managed_policies import aws_managed_policies_data
    from moto.iam.models import AWSManagedPolicy

    known = get_backend("iam")[role.account_id]["aws"].managed_policies
    if arn not in known:
        name = arn.rsplit("/", 1)[-1]
        data = json.loads(aws_managed_policies_data)[name]
        known[arn] = AWSManagedPolicy.from_data(name, role.account_id, "us-east-1", data)
    return known[arn]


def _json(document: Any) -> str:
    # A version that YAML has read is a date.
    return document if isinstance(document, str) else json.dumps(document, default=str)


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
