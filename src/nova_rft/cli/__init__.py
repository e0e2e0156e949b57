"""The command line: one file for each command; what takes long to import is imported in them."""

import sys


def main() -> None:
    """Runs the command line; see `nova_rft.cli._app.main`.

    Ctrl-C is one word from the first moment on: the commands take a moment to be imported.
    """
    try:
        from nova_rft.cli._app import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("nova-rft: interrupted\n")
        sys.exit(130)


__all__ = ["main"]
