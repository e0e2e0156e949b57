"""A Ray cluster on this machine and the embedded engine give the same corpus, byte for byte."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.seeded import seeded_documents

PROGRAM = str(Path(sys.executable).with_name("nova-rft"))

CORPUS = """\
sources:
  - {name: law, files: "law/*.jsonl", weight: 2}
  - {name: notes, files: "notes/*.md"}
quality: {min_words: 90, min_alphabetic: null, min_word_length: null}
chunks: {tokens: 150}
shards: {megabytes: 0.5}
"""


def test_ray_and_the_embedded_engine_agree(tmp_path: Path) -> None:
    texts, copies = seeded_documents(2_000, 200, seed=11)
    (tmp_path / "law").mkdir()
    (tmp_path / "notes").mkdir()
    for place, (key, text) in enumerate(texts.items()):
        if place % 10 == 3:
            (tmp_path / "notes" / f"{key}.md").write_text(f"# Note {key}\n\n{text}\n")
            continue
        with (tmp_path / "law" / f"{place % 7}.jsonl").open("a") as stream:
            stream.write(json.dumps({"text": text}) + "\n")
    (tmp_path / "corpus.yaml").write_text(CORPUS)
    found = {}
    for runner in ("embedded", "ray"):
        words = ["data", "corpus", "--out", runner, "--runner", runner, "--json"]
        done = subprocess.run([PROGRAM, *words], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found[runner] = json.loads(done.stdout)
    assert {**found["ray"], "folder": ""} == {**found["embedded"], "folder": ""}
    near = sum(one["dropped"].get("near", 0) for one in found["ray"]["sources"].values())
    exact = sum(one["dropped"].get("exact", 0) for one in found["ray"]["sources"].values())
    assert near + exact > 0.8 * len(copies)
    names = [
        {str(file.relative_to(tmp_path / runner)) for file in (tmp_path / runner).rglob("*.jsonl")}
        for runner in found
    ]
    assert names[0] == names[1]
    assert len(names[0]) >= 6
    for name in names[0]:
        one, other = (tmp_path / runner / name for runner in found)
        assert one.read_bytes() == other.read_bytes(), name
