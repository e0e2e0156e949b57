"""`python -m bench [NAME ...]`: measures, writes `results.jsonl` and the table `results.md`.

Each bench runs in a process of its own, so that one that fails does not lose the others. Without names
all run; with names, their lines take the place of those that are there. Exit status 1 when a bound is
broken or a bench failed. `--smoke`: the small variants, held to the ratios that `smoke.json` keeps;
`--keep` writes those. `--one NAME` is what each process runs.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from pathlib import Path

from bench import _smoke
from bench._results import NAMES, broken, run_each, table, write_table

RESULTS = Path(__file__).with_name("results.jsonl")
PAGE = Path(__file__).with_name("results.md")


def main() -> int:
    """Runs the benches that are named, or all."""
    asked = _arguments()
    # As an installed package has it: what is compiled is kept, or every process compiles us anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if asked.one:
        for figure in importlib.import_module(f"bench.{asked.one}").measure():
            sys.stdout.write(json.dumps(figure.as_dict()) + "\n")
        return 0
    if asked.smoke:
        return _smoke.main(asked.names, keep=asked.keep)
    measured = run_each(asked.names or NAMES, RESULTS)
    write_table(RESULTS, PAGE)
    sys.stdout.write(table(measured))
    return 1 if broken(measured) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--one", choices=NAMES, help=argparse.SUPPRESS)
    parser.add_argument("--smoke", action="store_true", help="the small variants")
    parser.add_argument("--keep", action="store_true", help="with --smoke: keep their ratios")
    found = parser.parse_args()
    if unknown := set(found.names) - set(NAMES):
        parser.error(f"there is no bench {', '.join(sorted(unknown))}")
    return found


if __name__ == "__main__":
    sys.exit(main())
