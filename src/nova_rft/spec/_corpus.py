"""What a corpus file says: documents for continued pre-training, and how they are made ready."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from nova_rft.spec._base import Name, SpecModel

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class CorpusSource(SpecModel):
    """One collection of documents."""

    name: Name = Field(description="The collection's name, in counts and in the provenance.")
    files: str = Field(
        min_length=1,
        description=(
            "Which files, such as papers/**/*.md or s3://bucket/law/*.html; relative to this file."
        ),
    )
    format: Literal["auto", "text", "markdown", "html", "records"] = Field(
        "auto",
        description=(
            "auto goes by the file's name: .md, .html, records (.jsonl, .json, .csv, .parquet), else "
            "text; each may end in .gz or .zst."
        ),
    )
    field: str = Field("text", description="Where a record has its text.")
    weight: float = Field(
        1.0,
        gt=0,
        description="Its share of the corpus beside the others' weights, counted in tokens.",
    )


class Quality(SpecModel):
    """What a document must be to stay; a bound that is null is not asked for.

    The bounds are those of Rae et al. 2021 (Gopher), table A1, which were made for web pages.
    """

    min_words: int | None = Field(50, ge=0, description="Words at least.")
    max_words: int | None = Field(100_000, ge=1, description="Words at most.")
    min_word_length: float | None = Field(
        3.0, ge=0, description="Mean letters of a word, at least."
    )
    max_word_length: float | None = Field(
        10.0, gt=0, description="Mean letters of a word, at most."
    )
    max_symbols: float | None = Field(
        0.1, ge=0, description="Hash signs and ellipses for each word, at most."
    )
    min_alphabetic: Share | None = Field(
        0.8, description="Share of words with a letter in them, at least."
    )
    max_bullets: Share | None = Field(
        0.9, description="Share of lines that begin with a bullet, at most."
    )
    max_ellipses: Share | None = Field(
        0.3, description="Share of lines that end with an ellipsis, at most."
    )
    max_repeated_lines: Share | None = Field(
        0.2, description="Share of characters in lines that stood there before, at most."
    )


class NearDuplicates(SpecModel):
    """When two documents are the same but for little: MinHash over runs of words, then counted."""

    threshold: float = Field(
        0.7,
        ge=0.5,
        le=1.0,
        description="Jaccard similarity of the sets of runs from which on the later one goes.",
    )
    words: int = Field(5, ge=1, le=20, description="Words of one run.")


class Chunks(SpecModel):
    """How documents are cut: between sections, then paragraphs, then sentences, then words."""

    tokens: int = Field(
        2_000, ge=16, le=100_000, description="At most, estimated at 4 bytes for a token."
    )
    overlap: int = Field(0, ge=0, description="Tokens that a chunk repeats of the one before.")

    @model_validator(mode="after")
    def _moves_on(self) -> Self:
        if self.overlap >= self.tokens:
            raise PydanticCustomError(
                "overlap",
                "overlap {overlap} must be less than tokens {tokens}",
                {"overlap": self.overlap, "tokens": self.tokens},
            )
        return self


class Shards(SpecModel):
    """The files that are written."""

    megabytes: float = Field(256.0, gt=0, le=10_000, description="Of one file, before compression.")
    compress: Literal["none", "gzip", "zstd"] = Field("none", description="How they are packed.")


class Engine(SpecModel):
    """Where the plan runs; its outcome is the same everywhere."""

    runner: Literal["embedded", "ray"] = Field(
        "embedded", description="embedded: on this machine. ray: on a cluster."
    )
    address: str | None = Field(
        None,
        description="Of the Ray cluster, such as ray://head:10001; left out, one started here.",
    )


class CorpusSpec(SpecModel):
    """A corpus for continued pre-training."""

    sources: tuple[CorpusSource, ...] = Field(
        min_length=1, description="Where documents come from."
    )
    languages: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")], ...] = Field(
        (), description="Languages that stay, such as [en, de]; left out, all."
    )
    quality: Quality | None = Field(
        default_factory=Quality, description="What documents must be; null keeps all."
    )
    near_duplicates: NearDuplicates | None = Field(
        default_factory=NearDuplicates, description="What counts as the same; null keeps them."
    )
    chunks: Chunks = Field(default_factory=Chunks, description="How documents are cut.")
    shards: Shards = Field(default_factory=Shards, description="The files that are written.")
    engine: Engine = Field(default_factory=Engine, description="Where the plan runs.")
    seed: int = Field(1, ge=0, description="Of the order, and of what mixing leaves out.")

    @model_validator(mode="after")
    def _names_are_apart(self) -> Self:
        names = [source.name for source in self.sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise PydanticCustomError(
                "source_names",
                "two sources are called {name}; give each its own name",
                {"name": twice[0]},
            )
        return self
