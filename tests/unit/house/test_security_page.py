"""The pages on security and monitoring: what of them can be checked is true."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from nova_rft.spec import RewardMetric

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "src" / "nova_rft"
SECURITY = (ROOT / "docs" / "security.md").read_text()
MONITORING = (ROOT / "docs" / "monitoring.md").read_text()
# Whatever opens connections by itself, or starts programs that may.
OPENS = {
    *("aiohttp", "boto3", "botocore", "daft", "datasets", "ftplib", "http", "httpx"),
    *("huggingface_hub", "mlflow", "openai", "paramiko", "ray", "requests", "s3transfer"),
    *("sagemaker", "smtplib", "socket", "socketserver", "ssl", "subprocess", "transformers"),
    *("urllib", "urllib3", "uvicorn", "webbrowser", "websockets", "xmlrpc"),
}
# Parts of them that open nothing.
HARMLESS = {
    *("botocore.config", "botocore.exceptions", "daft.functions", "daft.window"),
    *("http.cookies", "mlflow.entities", "mlflow.exceptions", "urllib.parse"),
}


def test_every_place_that_opens_a_connection_is_on_the_page() -> None:
    rows = _table("| module | with | to |")
    said = {module.strip("`"): set(libraries.split(", ")) for module, libraries, _ in rows}
    assert said == {name: libraries for name, one in _ours() if (libraries := _opening(one))}


def test_every_service_that_is_called_is_on_the_page() -> None:
    said = {name for name, _ in _table("| service | for |")}
    called = {service for _, one in _ours() for service in _services(ast.parse(one.read_text()))}
    assert said == called


def test_every_test_that_the_pages_name_is_there() -> None:
    named = re.findall(r"`(tests/[\w/.]+)`((?:,\s+`test_\w+`)*)", SECURITY)
    assert len(named) > 10
    for place, tests in named:
        file = ROOT / place
        assert file.exists(), place
        sources = sorted(file.rglob("test_*.py")) if file.is_dir() else [file]
        text = "".join(source.read_text() for source in sources)
        for test in re.findall(r"test_\w+", tests):
            assert f"def {test}(" in text, f"{place}: {test}"


def test_the_metrics_of_the_page_are_those_that_are_emitted() -> None:
    rows = [f"| `{metric.value}` | {metric.unit} | {metric.meaning} |" for metric in RewardMetric]
    assert "\n".join(rows) in MONITORING


def test_the_alarms_of_the_page_are_those_that_are_made() -> None:
    source = (ROOT / "infra" / "alarms.py").read_text()
    page = {row[0].strip("`") for row in _table("| name | rings when |", MONITORING)}
    assert sorted(page) == sorted(re.findall(r'^    [A-Z_]+ = "([a-z-]+)"$', source, re.M))
    assert len(page) == 9


def _ours() -> Iterator[tuple[str, Path]]:
    """Every module that may run, by the name that the page calls it; the embedded AWS is none."""
    for folder, root in ((PACKAGE, PACKAGE), (ROOT / "lambdas", ROOT), (ROOT / "infra", ROOT)):
        for source in sorted(folder.rglob("*.py")):
            if "local_aws" not in source.parts:
                yield source.relative_to(root).as_posix(), source


def _table(head: str, page: str = SECURITY) -> list[tuple[str, ...]]:
    """The rows of the only table with this head."""
    _, found, rest = page.partition(head)
    assert found and head not in rest
    rows = rest.partition("\n\n")[0].splitlines()[2:]
    return [tuple(cell.strip() for cell in row.strip("|").split(" | ")) for row in rows]


def _opening(source: Path) -> set[str]:
    """What a module imports, outside what is for type checkers alone, that opens connections."""
    return {
        name.partition(".")[0]
        for name in _imported(ast.parse(source.read_text()))
        if name.partition(".")[0] in OPENS and name not in HARMLESS
    }


def _imported(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and not child.level:
            yield child.module or ""
        yield from _imported(child)


def _services(tree: ast.Module) -> Iterator[str]:
    """The first argument of whatever is called `client` or `_client`, where it is written there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            known = node.func.attr in ("client", "_client") and node.args
            if known and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)
