"""The one place where AWS clients are made.

Clients come from botocore's session: boto3's own adds nothing to them that is used here, and costs the
reward Lambda's cold start a third more.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Literal, overload

import botocore.session
from botocore.config import Config
from botocore.exceptions import NoCredentialsError

from nova_rft.aws.errors import aws_errors
from nova_rft.errors import NoRegion

if TYPE_CHECKING:
    from botocore.credentials import ReadOnlyCredentials
    from mypy_boto3_bedrock import BedrockClient
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
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
            NoRegion: no region is named anywhere; none is invented.
        """
        self._session = botocore.session.get_session()
        # Every AWS SDK but botocore reads AWS_REGION; botocore knows AWS_DEFAULT_REGION alone.
        named = region or os.environ.get("AWS_REGION")
        named = named or self._session.get_config_variable("region")
        if not named:
            raise NoRegion(
                "no AWS region is named; write region into the spec or set AWS_REGION; without an AWS "
                "account, start an embedded one: nova-rft local up"
            )
        self.region: str = named
        self._clients: dict[tuple[str, tuple[float, ...]], Any] = {}
        self._lock = threading.Lock()

    @overload
    def client(self, service: Literal["bedrock"]) -> BedrockClient: ...
    @overload
    def client(self, service: Literal["cloudformation"]) -> CloudFormationClient: ...
    @overload
    def client(self, service: Literal["cloudwatch"]) -> CloudWatchClient: ...
    @overload
    def client(self, service: Literal["dynamodb"]) -> DynamoDBClient: ...
    @overload
    def client(self, service: Literal["lambda"]) -> LambdaClient: ...
    @overload
    def client(self, service: Literal["logs"]) -> CloudWatchLogsClient: ...
    @overload
    def client(self, service: Literal["s3"]) -> S3Client: ...
    @overload
    def client(self, service: Literal["sagemaker"]) -> SageMakerClient: ...
    @overload
    def client(self, service: Literal["sts"]) -> STSClient: ...
    @overload
    def client(self, service: Literal["secretsmanager", "sns", "stepfunctions"]) -> Any: ...
    def client(self, service: str) -> Any:
        """The client of a service, with botocore's standard retries.

        Eight attempts, with up to 20 s between two of them, outlast about a minute of throttling.
        """
        return self._client(
            service, (), Config(retries={"mode": "standard", "total_max_attempts": 8})
        )

    def judge_client(self, *, connections: int, timeout_s: float) -> BedrockRuntimeClient:
        """A bedrock-runtime client for many calls at once, without retries of its own."""
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 1},
            max_pool_connections=connections,
            connect_timeout=min(timeout_s, 10),
            read_timeout=timeout_s,
        )
        client: BedrockRuntimeClient = self._client(
            "bedrock-runtime", (connections, timeout_s), config
        )
        return client

    def invoke_client(self, *, connections: int = 32, attempts: int = 5) -> LambdaClient:
        """A Lambda client for synchronous calls, which may take the function's 15 minutes.

        Args:
            connections: Calls in flight at most.
            attempts: Tries of a call, the first included; 1 for a caller that paces itself.
        """
        config = Config(
            retries={"mode": "standard", "total_max_attempts": attempts},
            max_pool_connections=connections,
            read_timeout=910,
        )
        client: LambdaClient = self._client("lambda", (910.0, connections, attempts), config)
        return client

    def _client(self, service: str, settings: tuple[float, ...], config: Config) -> Any:
        key = (service, settings)
        with self._lock, aws_errors():
            if key not in self._clients:
                self._clients[key] = self._session.create_client(
                    service, region_name=self.region, config=config
                )
            return self._clients[key]

    def credentials(self) -> ReadOnlyCredentials:
        """What requests are signed with, as valid now.

        Raises:
            UsageError: there are none.
            AwsRefused: they could not be renewed.
        """
        with aws_errors():
            found = self._session.get_credentials()
            if found is None:
                raise NoCredentialsError
            return found.get_frozen_credentials()

    def account(self) -> str:
        """The account that the credentials belong to; asked of STS, never assumed."""
        with aws_errors():
            return self.client("sts").get_caller_identity()["Account"]

    def caller(self) -> str:
        """The ARN of whoever the credentials belong to."""
        with aws_errors():
            return self.client("sts").get_caller_identity()["Arn"]
