"""The whole plan: read, judge, tell equal ones apart, cut, mix, write; everything dropped is counted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nova_rft.data.corpus import _stages as stages
from nova_rft.data.corpus._engine import daft_module, start
from nova_rft.data.corpus._mix import shares_kept
from nova_rft.data.corpus._near import near_duplicates
from nova_rft.data.corpus._shards import write_shards
from nova_rft.data.source import line_of
from nova_rft.errors import UsageError
from nova_rft.spec import CorpusSpec

if TYPE_CHECKING:
    import daft

_SAMPLES: Final = 5
_SHOWN: Final = 2_000


@dataclass(slots=True)
class SourceCounts:
    """What became of one source.

    Attributes:
        documents: Read, those that could not be included.
        dropped: Documents that went, by reason.
        kept: Documents that stayed.
        chunks: Of them, in the corpus.
        tokens: Of those chunks, estimated.
        mixed_out: Chunks that the weights left out.
    """

    documents: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    kept: int = 0
    chunks: int = 0
    tokens: int = 0
    mixed_out: int = 0


@dataclass(slots=True)
class CorpusReport:
    """What a corpus is made of.

    Attributes:
        sources: What became of each source.
        shards: Files written.
    """

    sources: dict[str, SourceCounts]
    shards: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The report as documented for `data corpus --json`."""
        return asdict(self)


def prepare_corpus(
    spec: CorpusSpec, folder: Path, out: Path, progress: Callable[[str], None] = lambda _: None
) -> CorpusReport:
    """Makes a corpus: `shards/`, `provenance/`, `dropped/` (samples to read) and `corpus.json`.

    The same spec and files give the same bytes, whatever runs the plan. On a cluster `out` must lie
    where all workers reach it.

    Args:
        spec: What is asked for.
        folder: What its files are relative to.
        out: A new folder, there whole or not at all.
        progress: Told each step in a few words.

    Raises:
        UsageError: a source has no files, `out` is there already, or a library is missing.
    """
    if out.exists():
        raise UsageError(f"{out}: is there already; name a new folder")
    start(spec.engine)
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        report = _Run(spec, folder, partial.resolve(), progress).run()
        shutil.rmtree(partial / "work")
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return report


class _Run:
    def __init__(
        self, spec: CorpusSpec, folder: Path, out: Path, progress: Callable[[str], None]
    ) -> None:
        self._spec = spec
        self._folder = folder
        self._out = out
        self._say = progress
        self._report = CorpusReport({source.name: SourceCounts() for source in spec.sources})

    def run(self) -> CorpusReport:
        from daft import col

        self._say("reading and judging documents")
        everything = self._kept_as("read", stages.read(self._spec, self._folder))
        self._count_read(everything)
        kept = everything.where(col("reason") == "")
        self._say("looking for equal documents")
        kept = self._without(kept, "exact", self._equal(kept))
        if self._spec.near_duplicates:
            self._say("looking for near duplicates")
            kept = self._without(kept, "near", self._near(kept))
        self._say("cutting")
        chunks = self._kept_as("chunks", stages.cut(kept, self._spec))
        corpus = stages.mixed(chunks, self._shares(chunks))
        self._say("mixing and writing")
        rows = corpus.select("text", "doc", "chunk", "source", "tokens").iter_rows()
        self._report.shards = write_shards(map(self._counted, rows), self._out, self._spec.shards)
        self._finish()
        return self._report

    def _kept_as(self, name: str, table: daft.DataFrame) -> daft.DataFrame:
        """The table, computed once, on disk: the stages after it read it several times."""
        place = str(self._out / "work" / name)
        table.write_parquet(place)
        return daft_module().read_parquet(f"{place}/*.parquet")

    def _count_read(self, everything: daft.DataFrame) -> None:
        from daft import col

        counted = everything.groupby("source", "reason").agg(col("doc").count("all").alias("n"))
        for row in counted.sort(["source", "reason"]).to_pylist():
            source = self._report.sources[row["source"]]
            source.documents += row["n"]
            if row["reason"]:
                source.dropped[row["reason"]] = row["n"]
            else:
                source.kept = row["n"]
        for place, (name, source) in enumerate(self._report.sources.items()):
            if not source.documents:
                asked = self._spec.sources[place].files
                raise UsageError(
                    f"sources[{place}].files: {name} has no documents: nothing matches {asked}, "
                    "or the files are empty"
                )
        gone = everything.where(col("reason") != "")
        self._sample(gone.select("doc", "reason", "detail", "text"))

    def _equal(self, kept: daft.DataFrame) -> dict[str, str]:
        found = stages.equal(kept).to_pydict()
        return dict(zip(found["doc"], found["of"], strict=True))

    def _near(self, kept: daft.DataFrame) -> dict[str, str]:
        bounds = self._spec.near_duplicates
        assert bounds is not None  # noqa: S101 - asked before
        found = near_duplicates(
            kept.select("doc", "text"), threshold=bounds.threshold, words=bounds.words
        )
        return {doc: f"{first} ({likeness:.2f})" for doc, (first, likeness) in found.items()}

    def _without(self, kept: daft.DataFrame, reason: str, gone: dict[str, str]) -> daft.DataFrame:
        """The documents that stay; the others counted and sampled."""
        daft = daft_module()
        if not gone:
            return kept
        table = daft.from_pydict({"doc": list(gone), "detail": list(gone.values())})
        for doc in gone:
            source = self._report.sources[doc.split("/", 2)[1]]
            source.dropped[reason] = source.dropped.get(reason, 0) + 1
            source.kept -= 1
        dropped = kept.select("doc", "text").join(table, on="doc")
        self._sample(dropped.with_column("reason", daft.lit(reason)))
        return kept.join(table, on="doc", how="anti")

    def _shares(self, chunks: daft.DataFrame) -> dict[str, float]:
        from daft import col

        counted = chunks.groupby("source").agg(
            col("tokens").sum().alias("tokens"), col("doc").count("all").alias("n")
        )
        tokens = dict.fromkeys(self._report.sources, 0)
        for row in counted.to_pylist():
            tokens[row["source"]] = row["tokens"]
            self._report.sources[row["source"]].mixed_out = row["n"]
        return shares_kept(tokens, {one.name: one.weight for one in self._spec.sources})

    def _counted(self, row: dict[str, Any]) -> dict[str, Any]:
        source = self._report.sources[row["source"]]
        source.chunks += 1
        source.tokens += row["tokens"]
        source.mixed_out -= 1
        return row

    def _sample(self, dropped: daft.DataFrame) -> None:
        """Keeps a few of each reason to read, chosen by a hash of their names."""
        from daft import col
        from daft.functions import hash as hash_of
        from daft.functions import row_number
        from daft.window import Window

        by_chance = Window().partition_by("reason").order_by("chance")
        chosen = (
            dropped.with_column("chance", hash_of(col("doc"), seed=self._spec.seed))
            .with_column("rank", row_number().over(by_chance))
            .where(col("rank") <= _SAMPLES)
            .sort(["reason", "rank"])
        )
        (self._out / "dropped").mkdir(exist_ok=True)
        for row in chosen.select("doc", "reason", "detail", "text").to_pylist():
            with (self._out / "dropped" / f"{row['reason']}.jsonl").open("ab") as stream:
                stream.write(line_of({**row, "text": row["text"][:_SHOWN]}))

    def _finish(self) -> None:
        if not self._report.shards:
            reasons = sorted({r for one in self._report.sources.values() for r in one.dropped})
            raise UsageError(
                f"no document is left ({', '.join(reasons) or 'all sources are empty'}); look at "
                "the bounds of quality and languages"
            )
        said = {"spec": self._spec.model_dump(mode="json"), **self._report.as_dict()}
        text = json.dumps(said, indent=2, ensure_ascii=False)
        (self._out / "corpus.json").write_text(text + "\n", encoding="utf-8")
