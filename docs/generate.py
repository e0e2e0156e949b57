"""Writes what of the manual is made from the code: pages of reference, tables and pictures.

Run as `python docs/generate.py` (or `make docs`).

With --check it writes nothing and says what is not what the code gives; exit status 1 if anything.
"""

from __future__ import annotations

import sys

from generators import commands, learning, metrics, notebook, penalties, rules, scale, spec


def main() -> int:
    """Writes the pages and pictures, or checks them."""
    made = {one.PAGE: one.page() for one in (commands, metrics, notebook, rules, spec)}
    made[scale.PAGE] = scale.page(scale.PAGE.read_text(encoding="utf-8"))
    for drawing in (penalties, learning):
        made |= {drawing.FOLDER / f"{name}.svg": svg for name, svg in drawing.pictures().items()}
    if "--check" in sys.argv[1:]:
        other = [
            file
            for file, text in made.items()
            if not file.is_file() or file.read_text(encoding="utf-8") != text
        ]
        for file in other:
            print(f"{file}: not what the code gives; run make docs", file=sys.stderr)
        return 1 if other else 0
    for file, text in made.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
