"""`python -m nova_rft.local_aws`: the embedded AWS in the foreground; started by `local up`."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
from pathlib import Path

from nova_rft.errors import NovaRftError
from nova_rft.files import write_whole
from nova_rft.local_aws._server import Server


def main() -> int:
    """Serves until a signal ends it; the file given by --state appears once it answers."""
    parser = argparse.ArgumentParser(prog="python -m nova_rft.local_aws")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--policy")
    parser.add_argument("--enforce-iam", action="store_true")
    parser.add_argument("--state", type=Path, required=True, help="written once it answers")
    parser.add_argument("--folder", type=Path, help="what is kept on disk; default: beside --state")
    parser.add_argument("--token", default=secrets.token_hex(16), help="proves who answers")
    given = parser.parse_args()
    folder = given.folder or given.state.absolute().parent
    try:
        server = Server(
            folder, given.port, given.policy, given.token, enforce_iam=given.enforce_iam
        )
    except NovaRftError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"port {given.port} cannot be used: {error.strerror}", file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    known = {
        "pid": os.getpid(),
        "port": server.port,
        "policy": given.policy,
        "enforces_iam": given.enforce_iam,
        "token": given.token,
    }
    write_whole(given.state, json.dumps(known))
    server.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
