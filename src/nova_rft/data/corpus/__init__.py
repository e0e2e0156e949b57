"""Corpora for continued pre-training: documents judged, told apart, cut, mixed and written as shards."""

from nova_rft.data.corpus._near import near_duplicates_among
from nova_rft.data.corpus._prepare import CorpusReport, SourceCounts, prepare_corpus

__all__ = ["CorpusReport", "SourceCounts", "near_duplicates_among", "prepare_corpus"]
