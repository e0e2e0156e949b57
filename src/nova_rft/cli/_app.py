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
from nova_rft.cli._common import in_stage, work_in
from nova_rft.cli._examples import Examples, command
from nova_rft.errors import NoRegion, NovaRftError

_INTERRUPTED: Final = 130

app = typer.Typer(
    name="nova-rft",
    help="Customise Amazon Nova with an LLM as the judge: one spec from records to a trained model.",
    epilog=Examples("nova-rft init tone --template support-tone", "nova-rft doctor"),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
command(app, "nova-rft init --list", "nova-rft init tone --template support-tone")(init.init)
command(app, "nova-rft doctor")(doctor.doctor)
command(app, "nova-rft check", "nova-rft check --page records.html")(check.check)
command(app, "nova-rft schema > nova-rft.schema.json")(schema.schema)
command(
    app,
    "nova-rft score data/rollouts.jsonl --judge scripted",
    "nova-rft score data/rollouts.jsonl --engine lambda --out scores.jsonl",
)(score.score)
command(app, "nova-rft label data/rollouts.jsonl --out labels.jsonl --annotator anna")(label.label)
command(
    app,
    "nova-rft calibrate labels.jsonl",
    "nova-rft calibrate labels.jsonl --replay --page calibration.html",
)(calibrate.calibrate)
command(app, "nova-rft refine labels.jsonl --out better.yaml")(refine.refine)
command(app, "nova-rft preview --estimate", "nova-rft preview --prompts 16")(preview.preview)
command(app, "nova-rft signal preview/rollouts.jsonl")(signal.signal)
command(app, "nova-rft forecast preview/rollouts.jsonl")(forecast.forecast)
command(app, "nova-rft rehearse", "nova-rft rehearse --task format --flaw length")(
    rehearse.rehearse
)
command(app, "nova-rft deploy")(deploy.deploy)
command(app, "nova-rft diff")(diff.diff)
command(app, "nova-rft --stage test destroy")(destroy.destroy)
command(app, "nova-rft submit")(submit.submit)
app.add_typer(jobs.app, name="jobs")
app.add_typer(pipeline.app, name="pipeline")
command(app, "nova-rft watch", "nova-rft watch --all --once")(watch.watch)
command(app, "nova-rft ui --no-browser")(ui.ui)
command(app, "nova-rft stop")(stop.stop)
command(app, "nova-rft evaluate --estimate", "nova-rft evaluate --threshold 0")(evaluate.evaluate)
command(app, "nova-rft report --out report.html")(report.report)
command(app, "nova-rft serve-model", "nova-rft serve-model --list", name="serve-model")(
    serve_model.serve_model
)
command(app, 'nova-rft invoke "What is 7 times 8?"', 'nova-rft invoke "What is 7 times 8?" --base')(
    serve_model.invoke
)
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
        help="The stage to work in, in place of the spec's; NOVA_RFT_STAGE does the same.",
    ),
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
) -> None:
    if stage:
        # Late: the spec's models take a tenth of a second, and `--help` needs none.
        from nova_rft.spec import STAGE_VARIABLE, check_stage_name

        check_stage_name(stage, f"--stage {stage}")
        work_in(stage)
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
        if isinstance(error, NoRegion):
            _name_embedded()
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
    except Exception as error:
        # Ctrl-C while pydantic builds a schema comes out wrapped; importing its class costs time.
        if type(error).__name__ != "SchemaError" or "KeyboardInterrupt" not in str(error):
            raise
        _interrupted()


def _name_embedded() -> None:
    """Where an embedded AWS runs in this folder, how this shell comes to use it."""
    from nova_rft.local_aws import status
    from nova_rft.project import state_folder

    if status(state_folder()) is not None:
        _say('an embedded AWS runs here; this shell uses it after: eval "$(nova-rft local env)"')


def _interrupted() -> NoReturn:
    _say("interrupted")
    if "daft" in sys.modules:
        # Its threads still run Python, which an interpreter that ends in order does not bear.
        sys.stderr.flush()
        os._exit(_INTERRUPTED)
    sys.exit(_INTERRUPTED)


def _say(message: str) -> None:
    sys.stderr.write(f"nova-rft: {in_stage(message)}\n")
