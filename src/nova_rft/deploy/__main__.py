"""`python -m nova_rft.deploy synth|bootstrap|destroy SPEC`: what the gate and the tests need.

People have `nova-rft deploy`.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from nova_rft.deploy import bootstrap, destroy, synth
from nova_rft.errors import NovaRftError


def main() -> int:
    """Runs one of them; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m nova_rft.deploy")
    parser.add_argument("action", choices=["synth", "bootstrap", "destroy"])
    parser.add_argument("spec", type=Path)
    parser.add_argument("--account", help="synth: for this account, without asking AWS")
    parser.add_argument("--region", help="the region, where the spec names none")
    arguments = parser.parse_args()
    if arguments.region:
        os.environ["AWS_REGION"] = arguments.region
    try:
        if arguments.action == "synth":
            folder = synth(arguments.spec, account=arguments.account, validate=True, progress=_say)
            print(folder)
        elif arguments.action == "bootstrap":
            bootstrap(arguments.spec, progress=_say)
        else:
            destroy(arguments.spec, progress=_say)
    except NovaRftError as error:
        _say(f"error: {error}")
        return error.exit_status
    except KeyboardInterrupt:
        return 130
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
