"""Programs that try to get out, and programs that are merely wrong; none may harm another."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from nova_rft.sandbox import Case, Isolation, Kind, Limits, LocalRunner, Ran, SandboxDenied
from nova_rft.sandbox import _run as running

ROOT = Path(__file__).parents[3]
QUICK = Limits(time_s=3.0, memory_mb=256, output_kb=16)


def run(*cases: Case, limits: Limits = QUICK, deadline: float | None = None) -> list[Ran | None]:
    return LocalRunner().run(cases, limits, deadline=deadline)


def script(source: str, given: str = "", **limits: float) -> Ran:
    made = Limits(**{"time_s": 3.0, "memory_mb": 256, "output_kb": 16, **limits})  # type: ignore[arg-type]
    (ran,) = run(Case(source, Kind.SCRIPT, given), limits=made)
    assert ran is not None
    return ran


def test_scripts_calls_and_tests() -> None:
    double = "def double(x):\n    return 2 * x"
    ran = run(
        Case("print(int(input()) * 2)", Kind.SCRIPT, "21\n"),
        Case(double, Kind.CALL, "double([1, {'a': None}])"),
        Case(double, Kind.TEST, "assert double(2) == 4"),
        Case(double, Kind.TEST, "assert double(2) == 5, 'not five'"),
        Case("def (", Kind.TEST, ""),
        Case("import sys; print(sys.stdin.read() == '')", Kind.TEST, ""),
    )
    assert ran[:3] == [Ran(True, "42\n"), Ran(True, '[1, {"a": null}, 1, {"a": null}]'), Ran(True)]
    assert ran[3] == Ran(False, "", "AssertionError: not five")
    assert ran[4] is not None and ran[4].problem.startswith("SyntaxError")
    assert ran[5] is not None and ran[5].output == "True\n"


def test_a_large_input_and_output_go_through() -> None:
    text = "x" * 500_000
    ran = script("import sys; print(len(sys.stdin.read()))", text)
    assert ran == Ran(True, "500000\n")
    ran = script("print('y' * 500_000)", output_kb=600)
    assert len(ran.output) == 500_001


@pytest.mark.parametrize("leave", ["sys.exit(0)", "os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_ending_early_is_no_pass(leave: str) -> None:
    (ran,) = run(Case(f"import os, sys\n{leave}", Kind.TEST, "assert False"))
    assert ran is not None
    assert not ran.finished


def test_printing_a_made_up_ending_is_no_pass() -> None:
    lies = "print('\\n' + '0' * 32)\nimport os\nos._exit(0)"
    (ran,) = run(Case(lies, Kind.TEST, "assert False"))
    assert ran is not None
    assert not ran.finished


def test_an_object_that_equals_everything_passes_no_call() -> None:
    """The value is compared outside, as JSON: what it says of itself does not count."""
    source = (
        "class Yes:\n    def __eq__(self, other): return True\n"
        "class Seven(int):\n    def __eq__(self, other): return True\n"
        "import json\njson.dumps = lambda *a, **k: '4'\n"
        "def f(): return Yes()\ndef g(): return Seven(7)"
    )
    yes, seven = run(Case(source, Kind.CALL, "f()"), Case(source, Kind.CALL, "g()"))
    assert yes is not None and "not JSON serializable" in yes.problem
    assert seven == Ran(True, "7")


ESCAPES = {
    "a file of the machine": (
        f"print(open({str(ROOT / 'README.md')!r}).read())",
        "FileNotFoundError",
    ),
    "credentials": ("print(open('/root/.aws/credentials').read())", "FileNotFoundError"),
    "users": ("print(open('/etc/passwd').read())", "FileNotFoundError"),
    "the parent's environment": ("print(open('/proc/1/environ').read())", "FileNotFoundError"),
    "writing to the system": ("open('/usr/lib/x', 'w')", "Read-only file system"),
    "writing to the root": ("open('/x', 'w')", "Read-only file system"),
    "writing to the harness": ("open('/harness.py', 'w')", "Read-only file system"),
    "a socket to this machine": (
        "import socket; socket.create_connection(('127.0.0.1', 22), 1)",
        "Network is unreachable",
    ),
    "a socket to the metadata service": (
        "import socket; socket.create_connection(('169.254.169.254', 80), 1)",
        "Network is unreachable",
    ),
    "a name on the network": (
        "import socket; socket.getaddrinfo('example.com', 80)",
        "Temporary failure in name resolution",
    ),
    "another root": (
        "import os; os.chroot('/tmp')",
        "Operation not permitted",
    ),
    "a namespace of its own": (
        "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "assert libc.unshare(0x10000000) == 0, os.strerror(ctypes.get_errno())",
        "Operation not permitted",
    ),
    "another user": ("import os; os.setuid(0)", "[Errno "),
    "endless output": ("while True: print('x' * 1000)", "printed more than 16 kB"),
    "endless errors": (
        "import sys\nwhile True: sys.stderr.write('x' * 1000)",
        "printed more than 16 kB",
    ),
    "endless time": ("while True: pass", "ran longer than 1 s"),
    "endless sleep": ("import time; time.sleep(600)", "ran longer than 1 s"),
    "endless memory": ("x = bytearray(10 ** 10)", "MemoryError"),
    "an endless file": (
        "f = open('/tmp/f', 'wb')\nwhile True: f.write(b'x' * 10 ** 6)",
        "File too large",
    ),
    "endless files": (
        "n = 0\nwhile True:\n    open(f'/tmp/{n}', 'wb').write(b'x' * 10 ** 6); n += 1",
        "No space left on device",
    ),
    "endless recursion": ("def f(): f()\nf()", "RecursionError"),
}


@pytest.mark.parametrize("name", ESCAPES)
def test_an_escape_fails(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    source, said = ESCAPES[name]
    beside: list[Ran | None] = []
    honest = threading.Thread(target=lambda: beside.extend(run(Case("print(1)", Kind.SCRIPT, ""))))
    honest.start()
    ran = script(source, time_s=1.0)
    honest.join()
    assert not ran.finished
    assert said in ran.problem
    assert beside == [Ran(True, "1\n")]


def test_the_environment_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    ran = script(
        "import os\nprint(sorted(set(os.environ) - {'LC_CTYPE', 'PYTHONHASHSEED'}), os.getuid())"
    )
    assert ran.output == "[] 65534\n"


def test_a_fork_bomb_burns_out() -> None:
    bomb = (
        "import os, time\ncount = 0\n"
        "try:\n    while True:\n        if os.fork() == 0: time.sleep(60)\n        count += 1\n"
        "except OSError: print(count)"
    )
    ran = script(bomb)
    assert ran.finished
    assert 1 <= int(ran.output) <= 40


def test_what_a_program_leaves_running_ends_with_it(tmp_path: Path) -> None:
    """A daemon that outlives its parent would still be there to see the next program."""
    daemon = (
        "import os, time\n"
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        time.sleep(54321)\n    os._exit(0)\n"
        "print('left')"
    )
    before = _sleepers()
    assert script(daemon).output == "left\n"
    until = time.monotonic() + 5
    while _sleepers() - before and time.monotonic() < until:
        time.sleep(0.05)
    assert not _sleepers() - before


def _sleepers() -> set[str]:
    """Processes that run our harness."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and b"harness.py" in (entry / "cmdline").read_bytes():
                found.add(entry.name)
        except OSError:
            continue
    return found


def test_a_program_gives_the_same_each_time() -> None:
    """The order of a set of texts changes from one Python to the next, unless it is told not to."""
    source = "print(list({chr(97 + n) * 3 for n in range(26)}))"
    ran = run(*[Case(source, Kind.SCRIPT, "")] * 4)
    assert len({one.output for one in ran if one}) == 1


def test_cases_share_nothing() -> None:
    write, read = run(
        Case("open('/tmp/left', 'w').write('x')", Kind.TEST, ""),
        Case("print(__import__('os').listdir('/tmp'))", Kind.SCRIPT, ""),
    )
    assert write == Ran(True)
    assert read == Ran(True, "[]\n")


def test_what_there_is_no_time_for_is_not_run() -> None:
    late = run(Case("print(1)", Kind.SCRIPT, ""), deadline=time.monotonic() - 1)
    assert late == [None]
    cut = run(Case("import time; time.sleep(5)", Kind.SCRIPT, ""), deadline=time.monotonic() + 0.4)
    assert cut == [None]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_it_works_without_being_root(tmp_path: Path) -> None:
    """As somebody without rights: there the user namespace comes first."""
    nobody = pwd.getpwnam("nobody").pw_uid
    # Python and the package, where nobody may read them: this interpreter may lie in /root.
    package = tmp_path / "package"
    shutil.copytree(ROOT / "src" / "nova_rft", package / "nova_rft")
    program = (
        "from nova_rft.sandbox import *\n"
        "cases = [Case('print(open(\"/etc/passwd\").read())', Kind.SCRIPT, ''),"
        " Case('import os; print(os.getuid())', Kind.SCRIPT, '')]\n"
        "for one in LocalRunner().run(cases, Limits()): print(one.finished, one.output, one.problem)"
    )
    system = next((p for p in ("/usr/bin/python3",) if Path(p).exists()), None)
    if system is None:
        pytest.skip("no Python that somebody else may run")
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == "root" and folder.is_relative_to(tempfile.gettempdir()):
            folder.chmod(folder.stat().st_mode | 0o055)
    done = subprocess.run(
        [system, "-c", program],
        env={"PYTHONPATH": str(package), "TMPDIR": "/tmp"},
        capture_output=True,
        text=True,
        user=nobody,
        cwd="/tmp",
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 3, done.stderr
    assert lines[0].startswith("False") and "No such file" in lines[0]
    assert lines[1] == "True 65534"


def test_where_the_kernel_denies_it_nothing_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A jail that cannot be built is not done without."""
    jail = tmp_path / "_jail.py"
    true_jail = Path(running.__file__).with_name("_jail.py").read_text()
    denied = true_jail.replace(
        "libc = ctypes",
        "class Denies:\n    def unshare(self, flags):\n"
        "        ctypes.set_errno(1)\n        return -1\nreal = ctypes",
        1,
    )
    denied = denied.replace("\n\n\ndef check", "\nlibc = Denies()\n\n\ndef check", 1)
    assert "libc = Denies()" in denied
    jail.write_text(denied)
    (tmp_path / "_harness.py").write_text("print('it ran')")
    monkeypatch.setattr(running, "_HERE", tmp_path)
    running._prove.cache_clear()
    try:
        with pytest.raises(SandboxDenied, match=r"does not let programs be shut in \(unshare .*\)"):
            run(Case("print(1)", Kind.SCRIPT, ""))
    finally:
        running._prove.cache_clear()


def test_only_linux_runs_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    running._prove.cache_clear()
    monkeypatch.setattr(sys, "platform", "darwin")
    try:
        with pytest.raises(SandboxDenied, match="score this reward on Linux"):
            LocalRunner().prepare()
    finally:
        running._prove.cache_clear()


def test_a_virtual_machines_own_walls() -> None:
    """In a Lambda no namespaces are made: limits hold, and nothing else is promised."""
    cases = [Case("print(1)", Kind.SCRIPT, ""), Case("while True: pass", Kind.SCRIPT, "")]
    fine, endless = LocalRunner(Isolation.MICROVM).run(cases, Limits(time_s=1.0))
    assert fine == Ran(True, "1\n")
    assert endless is not None and not endless.finished
