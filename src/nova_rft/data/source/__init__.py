"""Files of records, whatever their format: numbered JSON objects, nothing skipped, flat memory."""

from nova_rft.data.source._lines_file import file_source
from nova_rft.data.source._pick import is_lines, record_source, suffix_of
from nova_rft.data.source._shaped import Conversion, line_of
from nova_rft.data.source._source import LONGEST, Numbered, Source, Unread, objects

__all__ = [
    "LONGEST",
    "Conversion",
    "Numbered",
    "Source",
    "Unread",
    "file_source",
    "is_lines",
    "line_of",
    "objects",
    "record_source",
    "suffix_of",
]
