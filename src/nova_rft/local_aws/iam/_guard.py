"""Who calls, and whether they may: sessions of roles, users with keys, and the account's own master.

Credentials that moto does not know, such as `embedded`, are the developer's own, and may do anything;
only those that look like AWS's own temporary or long-term keys must be known.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs

from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.exceptions import NotFoundException

from nova_rft.local_aws.iam._actions import Needed, needed
from nova_rft.local_aws.iam._calls import ApiCall
from nova_rft.local_aws.iam._policy import Unsupported, Verdict, trusts, verdict

_OURS: Final = ("ASIA", "AKIA", "LSIA")
_API_KEY: Final = "bedrock-api-key-"
# The longest that a session may last; nothing here ends one.
_SESSION_S: Final = 43_200
_ACCOUNT_ROOT: Final = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:root"


class Denied(Exception):
    """A call is refused; the message is AWS's.

    Attributes:
        code: The error's, as most services have it.
    """

    def __init__(self, message: str, code: str = "AccessDenied") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with policies: the session of a role, or a user.

    Attributes:
        arn: As error messages name them.
        principal: The ARN of the role or user itself.
        holder: moto's role or user.
        session: Policies that were given with the session.
        context: Condition keys that come with each of their calls.
    """

    arn: str
    principal: str
    holder: Any
    session: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)

    def policies(self) -> list[str]:
        """Their identity policies as they are now: inline, attached and, of users, their groups'."""
        holders = [self.holder]
        if ":user/" in self.principal:
            holders += _iam().get_groups_for_user(self.holder.name)
        return [
            document
            for holder in holders
            for document in (
                *map(_json, holder.policies.values()),
                *map(_document, holder.managed_policies.values()),
            )
        ]

    def boundary(self) -> list[str] | None:
        """The policy that bounds them; None where nothing does."""
        arn = getattr(self.holder, "permissions_boundary_arn", None)
        return [_document(_iam().managed_policies[arn])] if arn else None


class Guard:
    """Holds every caller to their policies."""

    def __init__(self) -> None:
        # What comes with the calls of a session that a service made, by its key.
        self._contexts: dict[str, Mapping[str, str]] = {}

    def caller(self, key: str, token: str | None = None) -> Caller | None:
        """Whose credentials these are; None for the account's own master.

        Raises:
            Denied: they look like AWS's, and are nobody's.
        """
        found = _session(key)
        if found is not None:
            if token != found.session_token:
                raise Denied(
                    "The security token included in the request is invalid", "InvalidToken"
                )
            return _in_session(found, self._contexts.get(key, {}))
        user = _iam().get_user_from_access_key_id(key)
        if user is not None:
            return Caller(user.arn, user.arn, user)
        if key.startswith(_OURS):
            raise Denied(
                "The security token included in the request is invalid.", "InvalidClientTokenId"
            )
        return None

    def caller_of_key(self, api_key: str) -> tuple[Caller | None, str]:
        """Whose credentials an API key of Bedrock's was made of, and the region that it is for.

        Returns:
            None in the caller's place for the account's own master, and for a key that is not made of
            credentials.

        Raises:
            Denied: they are nobody's.
        """
        try:
            signed = base64.b64decode(api_key.removeprefix(_API_KEY), validate=True).decode()
        except (binascii.Error, ValueError):
            return None, ""
        query = parse_qs(signed.partition("?")[2])
        key, _, region, *_ = [*query.get("X-Amz-Credential", [""])[0].split("/"), "", "", ""]
        return self.caller(key, query.get("X-Amz-Security-Token", [None])[0]), region

    def check(self, caller: Caller, call: ApiCall) -> None:
        """Lets a call through, or refuses it.

        Raises:
            Denied: the caller's policies do not allow it, or it is not known what it needs.
        """
        needs = needed(call)
        if needs is None:
            raise Denied(
                f"the embedded AWS does not know which rights {call.service} {call.operation} needs; "
                "map it in nova_rft/local_aws/iam/_actions.py"
            )
        if (call.service, call.operation) == ("sts", "AssumeRole"):
            self._check_trust(caller, call)
        self.require(caller, needs, call.region)

    def require(self, caller: Caller, needs: Iterable[Needed], region: str) -> None:
        """Refuses a caller who may not do all that is needed.

        Raises:
            Denied: in AWS's words.
        """
        for one in needs:
            context = {
                "aws:PrincipalAccount": DEFAULT_ACCOUNT_ID,
                "aws:PrincipalArn": caller.principal,
                "aws:RequestedRegion": region,
                "aws:ResourceAccount": DEFAULT_ACCOUNT_ID,
                # Stands for it: nothing leaves this machine.
                "aws:SecureTransport": "true",
                **caller.context,
                **one.context,
            }
            if one.action.startswith("s3:"):
                context["s3:ResourceAccount"] = DEFAULT_ACCOUNT_ID
            why = _objection(caller, one, {key.lower(): value for key, value in context.items()})
            if why:
                raise Denied(
                    f"User: {caller.arn} is not authorized to perform: {one.action} "
                    f"on resource: {one.resource} {why}"
                )

    def assume(
        self,
        role_arn: str,
        service: str,
        name: str,
        *,
        source: str | None = None,
        context: Mapping[str, str] | None = None,
    ) -> Caller:
        """A session of a role, made by a service.

        Args:
            role_arn: The role's.
            service: The service's principal, such as `bedrock.amazonaws.com`.
            name: The session's.
            source: The resource for which it acts, where the service says so: a job's ARN.
            context: Condition keys that come with each call of the session.

        Raises:
            Denied: there is no such role, or its trust policy does not let the service assume it.
        """
        known: dict[str, str] = {}
        if source is not None:
            known = {"aws:sourceaccount": source.split(":")[4], "aws:sourcearn": source}
        _check_trusts(role_arn, {"Service": (service,)}, known, service)
        role = _iam().get_role_by_arn(role_arn)
        arn = f"arn:aws:sts::{DEFAULT_ACCOUNT_ID}:assumed-role/{role.name}/{name}"
        return Caller(arn, role_arn, role, context=context or {})

    def credentials(
        self,
        role_arn: str,
        service: str,
        name: str,
        context: Mapping[str, str],
        *,
        source: str | None = None,
    ) -> dict[str, str]:
        """The same as variables of an environment, for code that calls over HTTP.

        Raises:
            Denied: there is no such role, or its trust policy does not let the service assume it.
        """
        self.assume(role_arn, service, name, source=source)
        made = get_backend("sts")[DEFAULT_ACCOUNT_ID]["aws"].assume_role(
            region_name="us-east-1",
            role_session_name=name,
            role_arn=role_arn,
            policy="",
            duration=_SESSION_S,
            external_id="",
        )
        self._contexts[made.access_key_id] = context
        return {
            "AWS_ACCESS_KEY_ID": made.access_key_id,
            "AWS_SECRET_ACCESS_KEY": made.secret_access_key,
            "AWS_SESSION_TOKEN": made.session_token,
        }

    def check_master(self, call: ApiCall) -> None:
        """What even the account's own master may not do: assume a role that does not trust it.

        Raises:
            Denied: the call is such a one.
        """
        if (call.service, call.operation) == ("sts", "AssumeRole"):
            self._check_trust(None, call)

    def _check_trust(self, caller: Caller | None, call: ApiCall) -> None:
        names = [_ACCOUNT_ROOT, DEFAULT_ACCOUNT_ID]
        names += [caller.arn, caller.principal] if caller else []
        external = call.parameters.get("ExternalId")
        keys = {
            "aws:principalarn": caller.principal if caller else _ACCOUNT_ROOT,
            "aws:principalaccount": DEFAULT_ACCOUNT_ID,
            **({"sts:externalid": str(external)} if external else {}),
        }
        who = caller.arn if caller else _ACCOUNT_ROOT
        _check_trusts(str(call.parameters.get("RoleArn")), {"AWS": tuple(names)}, keys, who)


def _check_trusts(
    role_arn: str, principal: Mapping[str, tuple[str, ...]], context: Mapping[str, str], who: str
) -> None:
    refused = f"User: {who} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
    try:
        document = _iam().get_role_by_arn(role_arn).assume_role_policy_document
        if not trusts(_json(document), principal, context):
            raise Denied(refused)
    except NotFoundException:
        raise Denied(refused) from None
    except Unsupported as reason:
        raise Denied(f"{refused}: {reason}") from None


def _objection(caller: Caller, needs: Needed, context: Mapping[str, str]) -> str | None:
    """Why something is refused, in AWS's words; None where it is allowed."""
    kinds = [
        ("identity-based policy", caller.policies()),
        ("permissions boundary", caller.boundary()),
        ("session policy", caller.session or None),
    ]
    silent = None
    for kind, documents in kinds:
        if documents is None:
            continue
        try:
            found = verdict(documents, needs.action, needs.resource, context)
        except Unsupported as reason:
            return f"because it cannot be decided: {reason}"
        a = "an" if kind.startswith("i") else "a"
        if found is Verdict.DENIED:
            return f"with an explicit deny in {a} {kind}"
        if found is Verdict.SILENT and silent is None:
            silent = f"because no {kind} allows the {needs.action} action"
    return silent


def _in_session(made: Any, context: Mapping[str, str]) -> Caller:
    try:
        role = _iam().get_role_by_arn(made.role_arn)
    except NotFoundException:
        raise Denied(f"The role {made.role_arn} does not exist", "InvalidClientTokenId") from None
    session = (made.policy,) if made.policy else ()
    return Caller(made.arn, role.arn, role, session, context)


def _session(key: str) -> Any:
    made = get_backend("sts")[DEFAULT_ACCOUNT_ID]["aws"].assumed_roles
    return next((one for one in reversed(made) if one.access_key_id == key), None)


def _document(policy: Any) -> str:
    versions = (one.document for one in policy.versions if one.is_default_version)
    return _json(next(versions))


def _json(document: Any) -> str:
    """As text: moto keeps what a template wrote as it was."""
    return document if isinstance(document, str) else json.dumps(document, default=str)


def _iam() -> Any:
    return get_backend("iam")[DEFAULT_ACCOUNT_ID]["aws"]
