"""The manual as a site: built strictly, whole, with nothing from elsewhere; links lead somewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.pages import DOCS, ROOT

DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *DOCS.rglob("*.md"),
        *ROOT.glob("examples/*/*.md"),
        *ROOT.glob("bench/*.md"),
    ]
)
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_FETCHED = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)=["']?(?:https?:)?//""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    program = Path(sys.executable).with_name("mkdocs")
    started = time.process_time()
    done = subprocess.run(
        [program, "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.process_time() - started < 20
    return folder


def test_every_page_is_there(site: Path) -> None:
    for page in DOCS.rglob("*.md"):
        assert (site / page.relative_to(DOCS)).with_suffix(".html").is_file(), page


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    pages = [*site.rglob("*.html")]
    assert pages
    assert [page.name for page in pages if _FETCHED.search(page.read_text())] == []


def test_no_program_is_published(site: Path) -> None:
    assert [*site.rglob("*.py")] == []


def test_a_search_finds_words_of_every_page_without_a_server(site: Path) -> None:
    index = (site / "search" / "search_index.js").read_text()
    for page in DOCS.rglob("*.md"):
        assert f'"{page.relative_to(DOCS).with_suffix(".html")}' in index, page


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: str(one.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    broken = [link for link in links(document) if not leads(document, link)]
    assert broken == []


def links(document: Path) -> Iterator[str]:
    """Relative links and anchors, as GitHub would follow them."""
    for found in _LINK.finditer(prose(document)):
        if not re.match(r"[a-z]+:", found[1]):
            yield found[1]


def leads(document: Path, link: str) -> bool:
    """Whether the file is there, and in it the heading."""
    name, _, anchor = link.partition("#")
    target = (document.parent / name).resolve() if name else document
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or (target.suffix == ".md" and anchor in anchors(target))


@cache
def anchors(document: Path) -> frozenset[str]:
    """Of every heading."""
    found: list[str] = []
    for title in re.findall(r"^#{1,6} +(.+?) *#*$", prose(document), re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "").replace("*", "")
        slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        taken = found.count(slug)
        found += [slug, f"{slug}-{taken}"] if taken else [slug]
    return frozenset(found)


def prose(document: Path) -> str:
    """Without blocks of code."""
    return re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)
