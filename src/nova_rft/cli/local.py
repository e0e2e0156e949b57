"""`nova-rft local`: the embedded AWS."""

from __future__ import annotations

import json as json_module
from typing import TYPE_CHECKING, Annotated

import typer

from nova_rft.cli._common import JsonOption, console, print_json
from nova_rft.cli._examples import Examples, command

if TYPE_CHECKING:
    from nova_rft.local_aws import Running

app = typer.Typer(
    help="The embedded AWS: up, down, status, env, fault.",
    epilog=Examples("nova-rft local up --policy tiny", 'eval "$(nova-rft local env)"'),
    no_args_is_help=True,
)


@command(app, "nova-rft local up --policy tiny")
def up(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Its port; 0 takes a free one.")] = 0,
    policy: Annotated[
        str | None,
        typer.Option(
            help="What jobs train by reward: tiny (made and warmed up on the job's records), a folder "
            "that holds a Hugging Face model, or recorded:FILE, which replays and trains nothing."
        ),
    ] = None,
    enforce_iam: Annotated[
        bool,
        typer.Option(
            "--enforce-iam",
            help="Hold roles and users to their policies; your own credentials may do everything.",
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Start the embedded AWS; it runs on until `local down`."""
    from nova_rft.local_aws import up as start
    from nova_rft.project import state_folder

    out = console()
    with out.status("starting the embedded AWS"):
        running = start(state_folder(), port, policy, enforce_iam=enforce_iam)
    if json:
        print_json(_as_dict(running))
        return
    out.print(f"[green]The embedded AWS answers[/] at {running.endpoint}")
    none = "none; a job with a reward needs one: nova-rft local down, then local up --policy tiny"
    policy = (
        "tiny, which the first job makes: minutes" if running.policy == "tiny" else running.policy
    )
    out.print(f"Policy of rewarded jobs: {policy or none}", markup=False, soft_wrap=True)
    if running.enforces_iam:
        out.print("Roles and users are held to their policies.")
    out.print('Next: eval "$(nova-rft local env)"', markup=False)


@command(app, "nova-rft local down")
def down() -> None:
    """End the embedded AWS; what was in it is gone."""
    from nova_rft.local_aws import down as end
    from nova_rft.project import state_folder

    ended = end(state_folder())
    console().print("The embedded AWS has ended." if ended else "No embedded AWS runs here.")


@command(app, "nova-rft local status")
def status(json: JsonOption = False) -> None:
    """Say whether an embedded AWS runs here; exit status 1 where none does."""
    from nova_rft.local_aws import status as look
    from nova_rft.project import state_folder

    running = look(state_folder())
    if json:
        print_json(_as_dict(running) if running else {"endpoint": None})
    elif running:
        console().print(
            f"{running.endpoint}, process {running.pid}, {running.policy or 'no policy'}"
        )
    else:
        console().print("No embedded AWS runs here. Start one: nova-rft local up")
    if running is None:
        raise typer.Exit(1)


@command(app, 'eval "$(nova-rft local env)"')
def env(json: JsonOption = False) -> None:
    """Print the variables that make boto3, the AWS command line and the CDK speak to it."""
    from nova_rft.local_aws import environment

    variables = environment(_running().endpoint)
    if json:
        print_json(variables)
        return
    # Standard error is not for the shell: whoever evaluates this reads it.
    console().print("In this shell AWS is the embedded one now. Next: nova-rft deploy")
    # With this set botocore refuses plain HTTP to Bedrock, whatever else is set.
    # Each with its end: in an eval without quotes the lines become one.
    typer.echo("unset AWS_BEARER_TOKEN_BEDROCK;")
    for name, value in variables.items():
        typer.echo(f"export {name}={json_module.dumps(value)};")


@command(app, "nova-rft local fault bedrock GetModelCustomizationJob --times 3")
def fault(
    service: Annotated[str, typer.Argument(help="Such as bedrock, sagemaker or bedrock-mantle.")],
    operation: Annotated[
        str,
        typer.Argument(
            help="Such as GetModelCustomizationJob; * for all; Job makes the next job fail."
        ),
    ],
    code: Annotated[str, typer.Option(help="The error's code.")] = "ThrottlingException",
    message: Annotated[str, typer.Option(help="Its message.")] = "Rate exceeded",
    times: Annotated[int, typer.Option(min=1, help="How many calls are refused.")] = 1,
    seconds: Annotated[
        float | None, typer.Option(min=0, help="Refuse for so long instead, however many.")
    ] = None,
) -> None:
    """Have the embedded AWS refuse calls, to see what becomes of it."""
    from nova_rft.local_aws import ask_fault

    ask_fault(
        _running().endpoint,
        service=service,
        operation=operation,
        code=code,
        message=message,
        times=times,
        seconds=seconds,
    )
    until = f"for {seconds:g} s" if seconds is not None else f"{times} times"
    console().print(f"{service} {operation} is refused {until} ({code}).", markup=False)


def _as_dict(running: object) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(running)  # type: ignore[call-overload, no-any-return]


def _running() -> Running:
    """The embedded AWS of this folder.

    Raises:
        UsageError: none runs here; one that runs for a folder above is named.
    """
    from nova_rft.errors import UsageError
    from nova_rft.local_aws import status as look
    from nova_rft.project import state_folder

    home = state_folder()
    running = look(home)
    if running is not None:
        return running
    here = home.absolute().parent
    other = next((one for one in here.parents if look(one / home.name)), None)
    if other is not None:
        raise UsageError(
            f"no embedded AWS runs for {here}; one runs for {other}: go there, or start one here: "
            "nova-rft local up"
        )
    raise UsageError(f"no embedded AWS runs for {here}; start one: nova-rft local up")
