"""The command line: one Typer app, errors turned into one sentence and an exit status."""

from __future__ import annotations

import errno
import os
import sys
from typing import Final, NoReturn

import typer

from nova_rft.cli import (
    calibrate,
    check,
    data,
    deploy,
    destroy,
    diff,
    doctor,
    evaluate,
    forecast,
    init,
    jobs,
    judge,
    label,
    local,
    pipeline,
    preview,
    refine,
    rehearse,
    report,
    reward,
    schema,
    score,
    serve_model,
    signal,
    stop,
    submit,
    ui,
    watch,
)
from nova_rft.errors import NovaRftError

_INTERRUPTED: Final = 130

app = typer.Typer(
    name="nova-rft",
    help="Customise Amazon Nova with an LLM as the judge: one spec from records to a trained model.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command()(init.init)
app.command()(doctor.doctor)
app.command()(check.check)
app.command()(schema.schema)
app.command()(score.score)
app.command()(label.label)
app.command()(calibrate.calibrate)
app.command()(refine.refine)
app.command()(preview.preview)
app.command()(signal.signal)
app.command()(forecast.forecast)
app.command()(rehearse.rehearse)
app.command()(deploy.deploy)
app.command()(diff.diff)
app.command()(destroy.destroy)
app.command()(submit.submit)
app.add_typer(jobs.app, name="jobs")
app.add_typer(pipeline.app, name="pipeline")
app.command()(watch.watch)
app.command()(ui.ui)
app.command()(stop.stop)
app.command()(evaluate.evaluate)
app.command()(report.report)
app.command("serve-model")(serve_model.serve_model)
app.command()(serve_model.invoke)
app.add_typer(data.app, name="data")
app.add_typer(judge.app, name="judge")
app.add_typer(reward.app, name="reward")
app.add_typer(local.app, name="local")


@app.callback(invoke_without_command=True)
def _root(
    stage: str = typer.Option(
        "",
        "--stage",
        metavar="STAGE",
        help="The stage, in place of the spec's; as NOVA_RFT_STAGE. Settings: stages.yaml.",
    ),
    version: bool = typer.Option(False, "--version", help="Print the version and leave."),
) -> None:
    if stage:
        # Late: the spec's models take a tenth of a second, and `--help` needs none.
        from nova_rft.spec import STAGE_VARIABLE

        # So that the CDK app, which is another program, is told as well.
        os.environ[STAGE_VARIABLE] = stage
    if version:
        from nova_rft import __version__

        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Runs the command line.

    Exit status: 0 fine, 1 findings, 2 wrong usage, 3 AWS refused, 130 interrupted.
    """
    try:
        app()
    except KeyboardInterrupt:
        _interrupted()
    except SystemExit as leaving:
        if leaving.code == _INTERRUPTED:  # Typer's own way with Ctrl-C, which says nothing.
            _interrupted()
        raise
    except NovaRftError as error:
        _say(str(error))
        sys.exit(error.exit_status)
    except BrokenPipeError:
        # The reader of our output has gone, as with `| head`; that is no error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS):
            raise
        place = error.filename or "this machine's disk"
        _say(f"{place}: cannot be written: {error.strerror}; make room and run the same again")
        sys.exit(2)


def _interrupted() -> NoReturn:
    _say("interrupted")
    if "daft" in sys.modules:
        # Its threads still run Python, which an interpreter that ends in order does not bear.
        sys.stderr.flush()
        os._exit(_INTERRUPTED)
    sys.exit(_INTERRUPTED)


def _say(message: str) -> None:
    sys.stderr.write(f"nova-rft: {message}\n")
