"""Runs one program inside the jail: the only code of ours that shares a process with it.

Standard library alone, started as `python -s -P -S`. Standard input holds the length of a JSON object in
ten digits, the object {source, kind, text, nonce}, and for a script its input. That the program came to
its end is said by the nonce, so that `sys.exit(0)` halfway is no pass.
"""

import json
import os
import sys


def _read(size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = os.read(0, size - len(data))
        if not chunk:
            break
        data += chunk
    return data


def main() -> None:
    task = json.loads(_read(int(_read(10))))
    nonce, kind, text = task["nonce"], task["kind"], task["text"]
    names: dict[str, object] = {"__name__": "__main__", "__builtins__": __builtins__}
    # Taken before the program could put something else in their places.
    out, dumps, write, flush = os.dup(1), json.dumps, os.write, sys.stdout.flush
    program = compile(task["source"], "<program>", "exec")
    del task
    if kind != "script":
        sys.stdin = open(os.devnull)
        names["__name__"] = "program"
    exec(program, names)
    said = ""
    if kind == "call":
        said = dumps(eval(compile(text, "<call>", "eval"), names), allow_nan=False)
    elif kind == "test":
        exec(compile(text, "<test>", "exec"), names)
    flush()
    write(out, ("\n" + nonce + said + "\n").encode())


main()
