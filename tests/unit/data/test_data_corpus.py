"""Corpora: what goes and why, near duplicates with known truth, cutting, mixing, the same bytes."""

from __future__ import annotations

import gzip
import itertools
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nova_rft.data import Asked, check_records_of, record_source
from nova_rft.data.corpus import CorpusReport, near_duplicates_among, prepare_corpus
from nova_rft.data.corpus._chunk import chunks_of, tokens_of
from nova_rft.data.corpus._mix import shares_kept
from nova_rft.data.corpus._near import similarity
from nova_rft.data.corpus._quality import quality_problem
from nova_rft.data.corpus._text import clean, documents
from nova_rft.errors import UsageError
from nova_rft.spec import Chunks, CorpusSpec, InvalidSpec, Quality, load_corpus
from tests.seeded import seeded_documents

MAKE = Callable[..., CorpusReport]


def spec_of(**settings: Any) -> CorpusSpec:
    settings.setdefault("sources", [{"name": "papers", "files": "*.md"}])
    return CorpusSpec.model_validate(settings)


@pytest.fixture
def make(tmp_path: Path) -> MAKE:
    def made(out: str = "out", **settings: Any) -> CorpusReport:
        return prepare_corpus(spec_of(**settings), tmp_path, tmp_path / out)

    return made


def prose(seed: int, words: int = 120) -> str:
    rng = random.Random(seed)
    said = [rng.choice(WORDS) for _ in range(words)]
    return " ".join(word + ("." if n % 12 == 11 else "") for n, word in enumerate(said))


_SAID = """\
patient doctor treatment risk court judge contract clause party trial evidence study result mean value
blood heart test dose symptom appeal ruling statute damages liability therapy"""
WORDS = _SAID.split()


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_every_document_that_goes_has_its_reason_and_can_be_read(
    make: MAKE, tmp_path: Path
) -> None:
    for seed in range(3):
        (tmp_path / f"{seed}.md").write_text(f"# Study {seed}\n\n{prose(seed)}")
    (tmp_path / "7.md").write_text((tmp_path / "0.md").read_text() + "  \r\n")
    (tmp_path / "8.md").write_text(f"# Study 1\n\n{prose(1)} Amended since.")
    (tmp_path / "a.md").write_text("Too short to learn from.")
    (tmp_path / "b.md").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "c.md").write_text(" \n\u0000")
    (tmp_path / "d.md").write_text("Der Hund und die Katze gehen heute in den Garten. " * 8)
    found = make(languages=["en"])
    counts = found.sources["papers"]
    assert counts.dropped == {
        "exact": 1,
        "language": 1,
        "near": 1,
        "no_text": 1,
        "not_read": 1,
        "quality.min_words": 1,
    }
    assert (counts.documents, counts.kept, counts.chunks) == (9, 3, 3)
    dropped = tmp_path / "out" / "dropped"
    assert {file.stem for file in dropped.iterdir()} == set(counts.dropped)
    (near,) = lines(dropped / "near.jsonl")
    assert (near["doc"], near["detail"][:28]) == (
        "000/papers/8.md#000000000",
        "000/papers/1.md#000000000 (0",
    )
    assert lines(dropped / "language.jsonl")[0]["detail"] == "de"
    (shard,) = (tmp_path / "out" / "shards").iterdir()
    check = check_records_of(record_source(shard), "s", Asked("cpt", training=False))
    assert (check.records, check.findings) == (3, [])
    origins = lines(tmp_path / "out" / "provenance" / "part-00000.jsonl")
    texts = [line["text"] for line in lines(shard)]
    for origin, text in zip(origins, texts, strict=True):
        assert f"Study {origin['doc'][len('000/papers/')]}" in text
    told = json.loads((tmp_path / "out" / "corpus.json").read_text())
    assert told["sources"] == found.as_dict()["sources"]
    assert not (tmp_path / "out" / "work").exists()


def test_the_same_files_give_the_same_bytes(make: MAKE, tmp_path: Path) -> None:
    for seed in range(30):
        (tmp_path / f"{seed}.md").write_text("\n\n".join(prose(seed * 9 + n) for n in range(9)))
    asked = {"chunks": {"tokens": 100}, "shards": {"megabytes": 0.02, "compress": "gzip"}}
    for out in ("one", "two"):
        make(out, **asked)
    one, two = (
        {file.name: file.read_bytes() for file in (tmp_path / out / "shards").iterdir()}
        for out in ("one", "two")
    )
    assert one == two
    assert len(one) > 3
    make("three", seed=2, **asked)
    texts = [
        [line for file in sorted((tmp_path / out / "shards").iterdir()) for line in unpacked(file)]
        for out in ("one", "three")
    ]
    assert texts[0] != texts[1]
    assert sorted(texts[0]) == sorted(texts[1])


def unpacked(file: Path) -> list[bytes]:
    return gzip.decompress(file.read_bytes()).splitlines()


def test_weights_hold_in_tokens(make: MAKE, tmp_path: Path) -> None:
    for name, count in (("a", 400), ("b", 100)):
        records = [json.dumps({"body": prose(n + 1_000 * count)}) for n in range(count)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(records))
    sources = [
        {"name": "a", "files": "a.jsonl", "field": "body", "weight": 1},
        {"name": "b", "files": "b.jsonl", "field": "body", "weight": 1},
    ]
    found = make(sources=sources).sources
    assert (found["b"].chunks, found["b"].mixed_out) == (100, 0)
    assert found["a"].chunks + found["a"].mixed_out == 400
    # By chance of each chunk: 100 of 400 are expected, with a deviation of 9.
    assert 60 < found["a"].chunks < 140


@given(
    st.dictionaries(
        st.sampled_from("abcd"), st.tuples(st.integers(0, 10**9), st.floats(0.01, 100)), min_size=1
    )
)
def test_mixing_keeps_weights_and_as_much_as_it_can(
    sources: dict[str, tuple[int, float]],
) -> None:
    tokens = {name: count for name, (count, _) in sources.items()}
    weights = {name: weight for name, (_, weight) in sources.items()}
    kept = shares_kept(tokens, weights)
    there = [name for name, count in tokens.items() if count]
    assert all(0 <= share <= 1 for share in kept.values())
    assert not there or max(kept[name] for name in there) == pytest.approx(1)
    units = [kept[name] * tokens[name] / weights[name] for name in there]
    assert not units or max(units) == pytest.approx(min(units))


def test_near_duplicates_are_found_and_others_are_not() -> None:
    texts, copies = seeded_documents(3_000, 300, seed=3)
    found = near_duplicates_among(texts, threshold=0.7, words=5)
    right = copies.keys() & found.keys()
    assert len(right) / len(copies) > 0.95
    assert len(right) / len(found) > 0.95
    assert all(found[copy][0] == copies[copy] for copy in right)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 6))
def test_likeness_is_symmetric_and_whole_for_equal_texts(seed: int, count: int, words: int) -> None:
    one, other = prose(seed, count), prose(seed + 1, count)
    assert similarity(one, one, words) == 1.0
    assert similarity(one, other, words) == similarity(other, one, words)


def test_scripts_without_spaces_are_told_apart_by_characters() -> None:
    said = "東京都は日本の首都であり人口が最も多い都市です毎年多くの観光客が訪れています"
    texts = {
        "a": said,
        "b": said + "よ",
        "c": "大阪は西日本の中心都市で食べ物がとても有名なことで知られています",
    }
    found = near_duplicates_among(texts, threshold=0.7, words=5)
    assert {doc: first for doc, (first, _) in found.items()} == {"b": "a"}


GOOD_TEXT = prose(1)
BOUNDS = [
    ("min_words", "A few words."),
    ("max_words", "word " * 100_001),
    ("min_word_length", "a b c d e f g h i j " * 10),
    ("max_word_length", "incomprehensibilities " * 60),
    ("max_symbols", GOOD_TEXT + " #tag" * 40),
    ("min_alphabetic", GOOD_TEXT + " 12345" * 60),
    (
        "max_bullets",
        "- patient and doctor agree\n" * 1 + "".join(f"- {w} is said here\n" for w in WORDS),
    ),
    (
        "max_ellipses",
        "".join(f"{w} is what they said and then ...\n" for w in WORDS[:9]),
    ),
    ("max_repeated_lines", GOOD_TEXT + "\n" + GOOD_TEXT),
]


@pytest.mark.parametrize(("bound", "text"), BOUNDS)
def test_each_bound_of_quality_is_broken_alone(bound: str, text: str) -> None:
    alone = Quality(**{name: None for name in Quality.model_fields if name != bound})
    assert quality_problem(text, alone) == bound
    assert quality_problem(GOOD_TEXT, Quality()) == ""
    without = Quality.model_validate({**Quality().model_dump(), bound: None})
    assert quality_problem(text, without) != bound


@settings(max_examples=60)
@given(
    st.lists(st.text(min_size=1, max_size=200), min_size=1, max_size=30).map("\n\n".join),
    st.integers(16, 200),
    st.booleans(),
)
def test_no_piece_is_longer_than_it_may_be_and_nothing_is_lost(
    text: str, tokens: int, markdown: bool
) -> None:
    text = clean(text)
    pieces = list(chunks_of(text, Chunks(tokens=tokens), markdown=markdown))
    assert all(tokens_of(piece) <= tokens for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_markdown_is_cut_at_its_sections() -> None:
    text = "\n\n".join(f"# Part {n}\n\n{prose(n, 60)}" for n in range(6))
    pieces = list(chunks_of(text, Chunks(tokens=120), markdown=True))
    assert [piece.split("\n")[0] for piece in pieces] == [f"# Part {n}" for n in range(6)]


def test_an_overlap_repeats_the_end_of_the_piece_before() -> None:
    text = prose(5, 400)
    pieces = list(chunks_of(text, Chunks(tokens=100, overlap=20), markdown=False))
    assert all(piece[:20] in before for before, piece in itertools.pairwise(pieces))


def test_html_is_read_without_its_frame(tmp_path: Path) -> None:
    page = (
        "<html><head><title>T</title><script>var x</script></head><body><nav>Home | About</nav>"
        f"<h1>Dosage</h1><p>{prose(1, 60)}</p><table><tr><th>drug</th><th>dose</th></tr>"
        "<tr><td>aspirin</td><td>100 mg</td></tr></table></body></html>"
    )
    (tmp_path / "a.html").write_text(page)
    (found,) = documents(tmp_path / "a.html", "auto", "text")
    assert found.text.startswith("# Dosage")
    assert "| aspirin | 100 mg |" in found.text
    assert "var x" not in found.text
    assert "Home" not in found.text


def test_records_say_which_line_was_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "one"}\n\n{broken\n{"body": "x"}\n["x"]\n')
    found = list(documents(tmp_path / "a.jsonl", "auto", "text"))
    assert [(one.place, one.dropped) for one in found] == [
        (1, ""),
        (3, "not_read"),
        (4, "no_text"),
        (5, "no_text"),
    ]


def test_nothing_is_left_behind_when_nothing_is_left(make: MAKE, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Short.")
    with pytest.raises(UsageError, match=r"no document is left \(quality.min_words\)"):
        make()
    assert [file.name for file in tmp_path.iterdir()] == ["a.md"]


def test_a_source_without_files_is_named(make: MAKE) -> None:
    with pytest.raises(
        UsageError, match=r"sources\[0\].files: papers has no documents: nothing matches \*.md"
    ):
        make()


def test_a_corpus_is_not_written_over(make: MAKE, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(UsageError, match="is there already; name a new folder"):
        make()


def test_a_corpus_file_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    file = tmp_path / "corpus.yaml"
    file.write_text(
        "sources:\n  - {name: a, files: x}\n  - {name: a, files: y}\nchunk: 3\n"
        "chunks: {tokens: 20, overlap: 20}\n"
    )
    with pytest.raises(InvalidSpec) as invalid:
        load_corpus(file)
    said = str(invalid.value)
    assert "corpus.yaml:4: chunk: is not a key of the spec (did you mean chunks?)" in said
    assert "corpus.yaml:5: chunks: overlap 20 must be less than tokens 20" in said
