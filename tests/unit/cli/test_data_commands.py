"""`nova-rft data`: checking a file, a corrected copy, the rules."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.seeded import seeded_documents
from tests.support import PROGRAM, run_program

ASKED = {"messages": [{"role": "user", "content": "Why?"}], "reference_answer": "So."}


def data(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return run_program("data", *words, folder=folder)


def write(folder: Path, *records: object, end: str = "\n") -> Path:
    file = folder / "r.jsonl"
    file.write_bytes("".join(json.dumps(record) + end for record in records).encode())
    return file


def test_findings_for_programs_and_for_people(tmp_path: Path) -> None:
    write(tmp_path, ASKED, *({**ASKED, "id": n} for n in range(9)))
    done = data("check", "r.jsonl", "--validation", "--json", folder=tmp_path)
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert found["records"] == 10
    assert found["findings"][0] == {
        **{"file": "r.jsonl", "line": 2, "path": "id", "rule": "rft.id", "severity": "error"},
        "message": "0 should be a string",
    }
    said = data("check", "r.jsonl", "--validation", folder=tmp_path).stderr
    assert said.count("[rft.id]") == 5
    assert "r.jsonl: 4 more of rft.id; --json lists all" in said


def test_a_corrected_copy_says_what_was_changed(tmp_path: Path) -> None:
    moved = {"messages": [*ASKED["messages"], {"role": "assistant", "content": "So."}]}
    records = [
        {**ASKED, "id": 7},
        {**ASKED, "id": "a", "n": 1},
        {**ASKED, "id": "a", "n": 2},
        moved,
    ]
    write(tmp_path, *records, {**ASKED, "note": "a\0b"}, {**ASKED, "id": 7}, end="\r\n")
    done = data("check", "r.jsonl", "--validation", "--fix", "new.jsonl", "--json", folder=tmp_path)
    found = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    rules = {(change["line"], change["rule"]) for change in found["changes"]}
    assert rules >= {
        *((line, "file.crlf") for line in range(1, 7)),
        *((1, "rft.id"), (3, "record.id_twice"), (4, "rft.last_turn"), (5, "text.nul")),
        (6, "record.twice"),
    }
    new = [json.loads(line) for line in (tmp_path / "new.jsonl").read_text().splitlines()]
    assert [record.get("id") for record in new] == ["7", "a", "a-line-3", None, None]
    assert new[3] == {**ASKED}
    assert new[4]["note"] == "ab"
    assert (tmp_path / "r.jsonl").read_bytes().count(b"\r\n") == 6


def test_what_needs_a_guess_stays_as_it_is(tmp_path: Path) -> None:
    both = {
        **ASKED,
        "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
    }
    file = write(tmp_path, both)
    done = data("check", "r.jsonl", "--validation", "--fix", "new.jsonl", folder=tmp_path)
    assert done.returncode == 1
    assert (tmp_path / "new.jsonl").read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "nofile.jsonl"), "nofile.jsonl: no such file; name an existing one"),
        (("check", "r.jsonl", "--technique", "ppo"), "--technique ppo is not known; use rft, sft"),
        (("check", "r.jsonl", "--fix", "r.jsonl"), "r.jsonl: is there already; name a new file"),
    ],
)
def test_wrong_use_is_said(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    write(tmp_path, ASKED)
    done = data(*words, folder=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(file.name for file in tmp_path.iterdir()) == ["r.jsonl"]


def test_rules_are_listed_with_their_sources(tmp_path: Path) -> None:
    rules = json.loads(data("rules", "--json", folder=tmp_path).stdout)
    assert all(set(rule) == {"id", "severity", "text", "source", "techniques"} for rule in rules)
    some = json.loads(data("rules", "--technique", "cpt", "--json", folder=tmp_path).stdout)
    assert {"cpt.text", "file.bom"} <= {rule["id"] for rule in some}
    assert not any(rule["id"].startswith(("rft", "sft", "dpo", "conv")) for rule in some)


def test_csv_becomes_records_and_what_is_lost_is_counted(tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text('question,answer,level\n"Why, so?",Because,1\nWho?,"I\nam",2\n')
    words = ("--from", "columns", "--map", "prompt=question", "--map", "completion=answer")
    done = data(
        "convert", "q.csv", *words, "--to", "sft", "--out", "t.jsonl", "--json", folder=tmp_path
    )
    assert json.loads(done.stdout) == {
        "records": 2,
        "lost": {"level": 2},
        "left_out": {},
        "file": "t.jsonl",
    }
    check = data("check", "t.jsonl", "--technique", "sft", "--validation", folder=tmp_path)
    assert check.returncode == 0, check.stderr


def test_a_record_that_cannot_be_converted_leaves_no_file(tmp_path: Path) -> None:
    write(tmp_path, ASKED, {"messages": []})
    done = data(
        *("convert", "r.jsonl", "--from", "chat", "--to", "sft", "--out", "t.jsonl"),
        folder=tmp_path,
    )
    assert (done.returncode, done.stderr) == (2, "nova-rft: r.jsonl:2: has no messages\n")
    assert [file.name for file in tmp_path.iterdir()] == ["r.jsonl"]


def test_what_is_no_record_of_the_target_is_not_passed_on_as_one(tmp_path: Path) -> None:
    write(tmp_path, {"prompt": "Why?", "chosen": "So.", "rejected": "No."})
    done = data("convert", "r.jsonl", "--to", "dpo", "--out", "t.jsonl", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("nova-rft: r.jsonl:1 is no record for dpo (")
    assert "say what it is with --from chat" in done.stderr
    done = data(
        *("convert", "r.jsonl", "--from", "pairs", "--to", "dpo", "--out", "t.jsonl"),
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    # What it has become is one already, in whatever format.
    again = data("convert", "t.jsonl", "--to", "dpo", "--out", "u.jsonl", folder=tmp_path)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "u.jsonl").read_bytes() == (tmp_path / "t.jsonl").read_bytes()


def test_a_split_holds_every_record_once(tmp_path: Path) -> None:
    records = [{**ASKED, "n": n, "who": n % 40} for n in range(400)]
    file = write(tmp_path, *records)
    done = data("split", "r.jsonl", "--share", "0.25", "--by", "who", "--json", folder=tmp_path)
    counts = json.loads(done.stdout)
    sides = [
        (tmp_path / f"{name}.jsonl").read_bytes().splitlines() for name in ("train", "validation")
    ]
    assert [len(side) for side in sides] == [counts["train"], counts["validation"]]
    assert sorted(sides[0] + sides[1]) == sorted(file.read_bytes().splitlines())
    people = [{json.loads(line)["who"] for line in side} for side in sides]
    assert not people[0] & people[1]


def test_a_table_is_checked_as_what_it_will_be(tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text('question,answer\n"Why?",Because\n"",So\n')
    words = ("--technique", "sft", "--map", "prompt=question", "--map", "completion=answer")
    done = data("check", "q.csv", *words, "--validation", "--json", folder=tmp_path)
    found = json.loads(done.stdout)
    assert found["records"] == 2
    assert [(one["line"], one["rule"]) for one in found["findings"]] == [
        (3, "shape.needs"),
        (0, "file.format"),
    ]
    assert done.returncode == 1


def test_near_duplicates_leaks_and_a_page(tmp_path: Path) -> None:
    text = "the quick brown fox jumps over the lazy dog while nine grey cats watch it go"
    words = text.split(" ")

    def asked(*turn: str) -> dict[str, object]:
        return {"messages": [{"role": "user", "content": " ".join(turn)}], "reference_answer": "A"}

    write(tmp_path, asked(*words), asked("Who", "was", "it?"), asked(*words, "now"))
    (tmp_path / "v.jsonl").write_text(
        json.dumps(asked("well", *words)) + "\n" + json.dumps(asked("Something", "else?")) + "\n"
    )
    done = data("check", "r.jsonl", "--validation", "--deep", "--json", folder=tmp_path)
    (found,) = json.loads(done.stdout)["findings"]
    assert (found["line"], found["rule"]) == (3, "deep.near_twice")
    assert found["message"] == "asks nearly the same as line 1 (likeness 0.93)"
    words_of = ("check", "v.jsonl", "--validation", "--against", "r.jsonl", "--deep")
    done = data(*words_of, "--page", "v.html", folder=tmp_path)
    assert "asks nearly what line 1 of the training set does" in done.stderr
    page = (tmp_path / "v.html").read_text()
    assert "deep.near_leak" in page
    assert page.count("<svg") == 2
    assert "https://" not in page.replace('xmlns="http', "")


def test_a_page_needs_a_deep_look(tmp_path: Path) -> None:
    write(tmp_path, ASKED)
    done = data("check", "r.jsonl", "--page", "r.html", folder=tmp_path)
    assert (done.returncode, "give both" in done.stderr) == (2, True)
    assert not (tmp_path / "r.html").exists()


def test_a_corpus_is_told_and_counted(tmp_path: Path) -> None:
    said = (
        "The court held that the tenant may end the lease when repairs were refused twice in a year"
    )
    texts = [" ".join(f"{said} ({n}-{m})." for m in range(6)) for n in range(4)]
    write(tmp_path, *({"text": text} for text in (*texts, texts[0], "Short.")))
    (tmp_path / "corpus.yaml").write_text(
        "sources: [{name: law, files: r.jsonl}]\nnear_duplicates: null\n"
    )
    done = data("corpus", "--out", "out", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "law: 1 dropped: exact" in done.stderr
    assert "law: 1 dropped: quality.min_words" in done.stderr
    assert "1 shards in out/shards; what went, to read: out/dropped" in done.stderr
    done = data("corpus", "--out", "out", folder=tmp_path)
    assert (done.returncode, "is there already" in done.stderr) == (2, True)
    done = data("corpus", "--out", "new", "--runner", "spark", folder=tmp_path)
    assert (done.returncode, "use embedded or ray" in done.stderr) == (2, True)


def test_without_the_extra_all_else_is_still_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nova_rft.data import record_source
    from nova_rft.data.check import near_leaks, near_twice

    source = record_source(write(tmp_path, ASKED, ASKED))
    monkeypatch.setitem(sys.modules, "daft", None)
    (found,) = near_twice(source, "r.jsonl")
    assert (found.line, found.rule, found.severity) == (0, "deep.near_twice", "warning")
    assert "pip install 'nova-rft[corpora]'" in found.message
    assert list(near_leaks(source, source, "r.jsonl")) == []


def test_interrupted_a_corpus_leaves_nothing_behind(tmp_path: Path) -> None:
    texts = seeded_documents(8_000, 10, seed=1)[0]
    write(tmp_path, *({"text": text} for text in texts.values()))
    (tmp_path / "corpus.yaml").write_text("sources: [{name: law, files: r.jsonl}]\n")
    command = [PROGRAM, "data", "corpus", "--out", "out"]
    running = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / ".out.partial").exists() and running.poll() is None:
        time.sleep(0.01)
    time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    said = running.communicate(timeout=60)[1]
    assert (running.returncode, said.splitlines()[-1]) == (130, "nova-rft: interrupted")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["corpus.yaml", "r.jsonl"]
