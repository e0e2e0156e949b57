"""What a request for a fine-tuning job may say; everything else is refused by name."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    ValidationError,
)

from nova_rft.local_aws.mantle._wire import Refused

# A version or an alias may follow (Lambda, Invoke: FunctionName).
_FUNCTION: Final = r"^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$"


def _auto(value: Any) -> Any:
    return None if value == "auto" else value


def _unsupported(value: Any) -> Any:
    if value:
        raise ValueError("is not supported")
    return None


# Of metadata, OpenAI's API reference (2026-11-23).
_Name = Annotated[str, StringConstraints(max_length=64)]
_Text = Annotated[str, StringConstraints(max_length=512)]
_Auto = BeforeValidator(_auto)
_Unsupported = Annotated[None, BeforeValidator(_unsupported)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hyperparameters(_Part):
    """The three that are documented; their ranges are not, and those of Bedrock's RFT are assumed.

    A batch may be smaller here than there: AWS's own samples ask for 4.
    """

    n_epochs: Annotated[Annotated[int, Strict(), Field(ge=1, le=50)] | None, _Auto] = None
    batch_size: Annotated[Annotated[int, Strict(), Field(ge=1, le=512)] | None, _Auto] = None
    learning_rate_multiplier: Annotated[
        Annotated[float, Strict(), Field(gt=0, le=100, allow_inf_nan=False)] | None, _Auto
    ] = None


class _Function(_Part):
    function: Annotated[str, Field(pattern=_FUNCTION)]


class _Grader(_Part):
    type: Literal["lambda"]
    lambda_: _Function = Field(alias="lambda")


class _Reinforcement(_Part):
    grader: _Grader
    hyperparameters: Hyperparameters = Hyperparameters()


class _Method(_Part):
    type: Literal["reinforcement"]
    reinforcement: _Reinforcement


class JobRequest(_Part):
    """The body of a request for a job."""

    model: str
    training_file: str
    validation_file: str | None = None
    method: _Method
    metadata: Annotated[dict[_Name, _Text], Field(max_length=16)] | None = None
    seed: int | None = None
    suffix: _Unsupported = None
    integrations: _Unsupported = None

    @property
    def function(self) -> str:
        """The grader's ARN."""
        return self.method.reinforcement.grader.lambda_.function


def read_request(body: dict[str, Any]) -> JobRequest:
    """The request, checked.

    Raises:
        Refused: it says what it may not; names the first parameter at fault.
    """
    try:
        return JobRequest.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        param = ".".join(str(part) for part in first["loc"])
        raise Refused(
            400, f"Invalid value for '{param}': {first['msg']}", code="invalid_value", param=param
        ) from None
