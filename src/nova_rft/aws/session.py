"""The one place where boto3 clients are made."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Literal, overload

import boto3
from botocore.config import Config

from nova_rft.aws.errors import aws_errors
from nova_rft.errors import UsageError

if TYPE_CHECKING:
    from mypy_boto3_bedrock import BedrockClient
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient


class Aws:
    """Clients for one region, made when first asked for; safe to share between threads.

    Endpoints are boto3's own matter: `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` count.
    """

    def __init__(self, region: str | None = None) -> None:
        """Settles the region.

        Args:
            region: The spec's; without one, what AWS_REGION or the AWS profile says.

        Raises:
            UsageError: no region is named anywhere; none is invented.
        """
        self._session = boto3.session.Session(region_name=region)
        if not self._session.region_name:
            raise UsageError("no AWS region is named; write region into the spec or set AWS_REGION")
        self.region: str = self._session.region_name
        self._clients: dict[tuple[str, int], Any] = {}
        self._lock = threading.Lock()

    @overload
    def client(self, service: Literal["bedrock"]) -> BedrockClient: ...
    @overload
    def client(self, service: Literal["cloudformation"]) -> CloudFormationClient: ...
    @overload
    def client(self, service: Literal["cloudwatch"]) -> CloudWatchClient: ...
    @overload
    def client(self, service: Literal["lambda"]) -> LambdaClient: ...
    @overload
    def client(self, service: Literal["s3"]) -> S3Client: ...
    @overload
    def client(self, service: Literal["sts"]) -> STSClient: ...
    def client(self, service: str) -> Any:
        """The client of a service, with botocore's standard retries."""
        return self._client(
            service, 10, Config(retries={"mode": "standard", "total_max_attempts": 5})
        )

    def judge_client(
        self, *, connections: int, timeout_s: float, attempts: int
    ) -> BedrockRuntimeClient:
        """A bedrock-runtime client for many calls at once."""
        config = Config(
            retries={"mode": "standard", "total_max_attempts": attempts},
            max_pool_connections=connections,
            connect_timeout=min(timeout_s, 10),
            read_timeout=timeout_s,
        )
        client: BedrockRuntimeClient = self._client("bedrock-runtime", connections, config)
        return client

    def _client(self, service: str, connections: int, config: Config) -> Any:
        key = (service, connections)
        with self._lock, aws_errors():
            if key not in self._clients:
                self._clients[key] = self._session.client(service, config=config)  # type: ignore[call-overload]
            return self._clients[key]

    def account(self) -> str:
        """The account that the credentials belong to; asked of STS, never assumed."""
        with aws_errors():
            return self.client("sts").get_caller_identity()["Account"]
