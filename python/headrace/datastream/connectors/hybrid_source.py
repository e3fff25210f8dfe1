"""Several sources, one after the other."""

from __future__ import annotations

import json

from headrace.datastream.connectors.base import Source

__all__ = ["HybridSource", "HybridSourceBuilder"]


class HybridSource(Source):
    """Reads bounded sources to their ends, then the last one.

    >>> from headrace.datastream.connectors.number_seq import NumberSequenceSource
    >>> first, second = NumberSequenceSource(1, 2), NumberSequenceSource(3, 4)
    >>> source = HybridSource.builder(first).add_source(second).build()
    """

    def __init__(self, sources: list[Source]) -> None:
        parts = [{"connector": s._connector, "options": s._options} for s in sources]
        super().__init__("hybrid", {"sources": json.dumps(parts)}, sources[0]._type_info)

    @staticmethod
    def builder(first_source: Source) -> HybridSourceBuilder:
        """Starts with the first source."""
        return HybridSourceBuilder([first_source])


class HybridSourceBuilder:
    """Builds a HybridSource."""

    def __init__(self, sources: list[Source]) -> None:
        self._sources = sources

    def add_source(self, source: Source) -> HybridSourceBuilder:
        """The source to read next."""
        if not isinstance(source, Source):
            raise TypeError(f"add_source() takes a Source, not {source!r}")
        self._sources.append(source)
        return self

    def build(self) -> HybridSource:
        """The source."""
        return HybridSource(list(self._sources))
