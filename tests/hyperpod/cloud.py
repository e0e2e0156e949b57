"""AWS at the HTTP boundary, as far as starting a HyperPod job goes: S3, stacks, one cluster, the hub.

The hub's recipes are AWS's own tables (tests/data/recipes): each recipe with places for the values that
may be given, and the ranges of these, in the form in which the `sagemaker` package reads them.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from nova_rft.spec import RECIPES, Recipe
from tests.hyperpod.tables import AWS_RECIPES, allowed

IMAGE = "708977205387.dkr.ecr.us-east-1.amazonaws.com/nova-fine-tune-repo:SM-HP-latest"
HUB = "jumpstart-recipes"
# By the name that the table of allowed values has, what the recipe calls it where it has another name.
PLACES = {
    "learning_rate": ("lr",),
    "lora_alpha": ("alpha",),
    "learning_rate_ratio": ("loraplus_lr_ratio", "lora_plus_lr_ratio"),
    "validation_s3_path": ("validation_data_s3_path",),
    "reward_lambda_arn": ("reward_lambda_arn", "lambda_arn"),
}
HUB_NAMES = {
    "amazon.nova-2-lite-v1:0:256k": "nova-textgeneration-lite-v2",
    "amazon.nova-lite-v1:0:300k": "nova-textgeneration-lite",
    "amazon.nova-micro-v1:0:128k": "nova-textgeneration-micro",
    "amazon.nova-pro-v1:0:300k": "nova-textgeneration-pro",
}
TECHNIQUES = {"cpt": "CPT", "sft": "SFT", "dpo": "DPO", "rft": "RLVR"}


@dataclass
class Cloud:
    """What is there, and what was asked.

    Attributes:
        groups: Instance types of the cluster's restricted groups, and how many of each.
        objects: S3, by bucket and key.
        calls: Operations, in order.
    """

    endpoint: str = ""
    groups: dict[str, int] = field(default_factory=lambda: {"ml.p5.48xlarge": 32})
    objects: dict[str, bytes] = field(default_factory=dict)
    stacks: dict[str, dict[str, str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        """What leads clients here."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "NO_PROXY": "127.0.0.1",
        }


@contextmanager
def cloud() -> Iterator[Cloud]:
    """AWS, while it is needed."""
    made = Cloud()
    for recipe in RECIPES:
        if "hyperpod" in recipe.backends:
            made.objects[f"{HUB}/{recipe.name}.yaml"] = template(recipe).encode()
            made.objects[f"{HUB}/{recipe.name}.json"] = json.dumps(allowed(recipe)).encode()
    handler = type("Handler", (_Handler,), {"cloud": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    made.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def template(recipe: Recipe) -> str:
    """A recipe as the hub keeps it: inside a chart, with places for what may be given."""
    places = {leaf: name for name in allowed(recipe) for leaf in PLACES.get(name, (name,))}
    tree = _with_places(AWS_RECIPES[f"{recipe.path}.yaml"], places, "")
    body = "".join(f"    {line}\n" for line in yaml.safe_dump(tree).splitlines())
    return (
        "---\n# Source: nova/templates/training-config.yaml\nkind: ConfigMap\ndata:\n"
        f"  config.yaml: |-\n{body}"
        "---\n# Source: nova/templates/training.yaml\nkind: PyTorchJob\n"
        f"containers:\n  - name: pytorch\n    image: {IMAGE}\n"
    )


def _with_places(tree: dict[str, Any], places: dict[str, str], parent: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            found[key] = _with_places(value, places, key)
        # An optimiser has a name too.
        elif key in places and (key != "name" or parent == "run"):
            found[key] = f"{{{{{places[key]}}}}}"
        else:
            found[key] = value
    return found


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cloud: Cloud

    def do_GET(self) -> None:
        path, asked = urlsplit(self.path).path.strip("/"), parse_qs(urlsplit(self.path).query)
        self.cloud.calls.append(f"{self.command} {path}")
        if "list-type" in asked:
            prefix = f"{path}/{asked.get('prefix', [''])[0]}"
            count = sum(key.startswith(prefix) for key in self.cloud.objects)
            return self._xml(f"<ListBucketResult><KeyCount>{count}</KeyCount></ListBucketResult>")
        body = self.cloud.objects.get(path)
        if body is None:
            return self._xml("<Error><Code>NoSuchKey</Code></Error>", 404)
        return self._reply(body, "application/octet-stream")

    do_HEAD = do_GET

    def do_PUT(self) -> None:
        path = urlsplit(self.path).path.strip("/")
        body = self._body()
        self.cloud.calls.append(f"PUT {path}")
        if self.headers.get("if-none-match") == "*" and path in self.cloud.objects:
            return self._xml("<Error><Code>PreconditionFailed</Code></Error>", 412)
        self.cloud.objects[path] = body
        return self._xml("")

    def do_DELETE(self) -> None:
        path = urlsplit(self.path).path.strip("/")
        self.cloud.calls.append(f"DELETE {path}")
        self.cloud.objects.pop(path, None)
        self._reply(b"", "application/xml", 204)

    def do_POST(self) -> None:
        body = self._body()
        target = self.headers.get("x-amz-target")
        if target:
            operation = target.rsplit(".", 1)[-1]
            self.cloud.calls.append(operation)
            return self._sagemaker(operation, json.loads(body))
        asked = parse_qs(body.decode())
        self.cloud.calls.append(asked["Action"][0])
        if "StackName" in asked:
            return self._stacks(asked["StackName"][0])
        # Of a user, unlike a role, the package asks nothing more.
        who = "<Arn>arn:aws:iam::123456789012:user/me</Arn><Account>123456789012</Account>"
        result = f"<GetCallerIdentityResult>{who}</GetCallerIdentityResult>"
        return self._xml(f"<GetCallerIdentityResponse>{result}</GetCallerIdentityResponse>")

    def _sagemaker(self, operation: str, asked: dict[str, Any]) -> None:
        if operation == "DescribeCluster" and asked["ClusterName"] == "rigs":
            return self._json(_cluster(self.cloud.groups))
        if operation == "DescribeHubContent" and asked["HubContentName"] in HUB_NAMES.values():
            return self._json(_hub_content(asked["HubContentName"]))
        refused = {"__type": "ResourceNotFound", "message": f"nothing for {operation}"}
        return self._json(refused, 400)

    def _stacks(self, name: str) -> None:
        if name not in self.cloud.stacks:
            said = f"Stack with id {name} does not exist"
            code = f"<Code>ValidationError</Code><Message>{said}</Message>"
            return self._xml(f"<ErrorResponse><Error>{code}</Error></ErrorResponse>", 400)
        outputs = "".join(
            f"<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>"
            for key, value in self.cloud.stacks[name].items()
        )
        stack = (
            f"<StackId>arn:aws:cloudformation:us-east-1:123456789012:stack/{name}/1</StackId>"
            f"<StackName>{name}</StackName><CreationTime>2026-11-01T00:00:00Z</CreationTime>"
            f"<StackStatus>CREATE_COMPLETE</StackStatus><Outputs>{outputs}</Outputs>"
        )
        stacks = f"<Stacks><member>{stack}</member></Stacks>"
        result = f"<DescribeStacksResult>{stacks}</DescribeStacksResult>"
        return self._xml(f"<DescribeStacksResponse>{result}</DescribeStacksResponse>")

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            raw = self.rfile.read(int(self.headers.get("content-length", 0)))
            signed = "aws-chunked" in self.headers.get("content-encoding", "")
            return _unchunked(raw) if signed else raw
        found = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return found

    def _json(self, value: dict[str, Any], status: int = 200) -> None:
        self._reply(json.dumps(value).encode(), "application/x-amz-json-1.1", status)

    def _xml(self, text: str, status: int = 200) -> None:
        self._reply(text.encode(), "application/xml", status)

    def _reply(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


def _unchunked(raw: bytes) -> bytes:
    """The content of a body in signed chunks."""
    found = b""
    while raw:
        head, _, raw = raw.partition(b"\r\n")
        size = int(head.split(b";")[0], 16)
        if not size:
            break
        found, raw = found + raw[:size], raw[size + 2 :]
    return found


def _cluster(groups: dict[str, int]) -> dict[str, Any]:
    return {
        "ClusterArn": "arn:aws:sagemaker:us-east-1:123456789012:cluster/abcdefghijkl",
        "ClusterName": "rigs",
        "ClusterStatus": "InService",
        "InstanceGroups": [],
        "RestrictedInstanceGroups": [
            {
                "InstanceGroupName": f"group-{kind}",
                "InstanceType": kind,
                "CurrentCount": count,
                "TargetCount": count,
                "Status": "InService",
            }
            for kind, count in groups.items()
        ],
    }


def _hub_content(name: str) -> dict[str, Any]:
    arn = f"arn:aws:sagemaker:us-east-1:aws:hub-content/SageMakerPublicHub/Model/{name}/1.0.0"
    return {
        "HubName": "SageMakerPublicHub",
        "HubArn": "arn:aws:sagemaker:us-east-1:aws:hub/SageMakerPublicHub",
        "HubContentName": name,
        "HubContentArn": arn,
        "HubContentVersion": "1.0.0",
        "HubContentType": "Model",
        "DocumentSchemaVersion": "2.0.0",
        "HubContentStatus": "Available",
        "CreationTime": 1,
        "HubContentDocument": json.dumps(
            {"RecipeCollection": [_entry(one) for one in _of(name)]},
        ),
    }


def _of(name: str) -> list[Recipe]:
    """A model's recipes for clusters, one for each technique and adapter."""
    found: dict[tuple[str, str], Recipe] = {}
    for one in RECIPES:
        if "hyperpod" in one.backends and HUB_NAMES[one.model] == name:
            found.setdefault((one.technique, one.adapter), one)
    return list(found.values())


def _entry(recipe: Recipe) -> dict[str, Any]:
    entry = {
        "Name": recipe.name,
        "DisplayName": recipe.name,
        "CustomizationTechnique": TECHNIQUES[recipe.technique],
        "HpEksPayloadTemplateS3Uri": f"s3://{HUB}/{recipe.name}.yaml",
        "HpEksOverrideParamsS3Uri": f"s3://{HUB}/{recipe.name}.json",
    }
    return {**entry, "Peft": "LORA"} if recipe.adapter == "lora" else entry
