"""Several sources, one after the other."""

from __future__ import annotations

import json

from headrace.datastream.connectors.base import Source

__all__ = ["HybridSource", "HybridSourceBuilder"]


class HybridSource(Source):
    """Reads bounded sources to their ends, then the last one, which may have no end.

    All subtasks have read a source when any begins with the next; checkpoints hold where they are.
    Until the last source begins the job counts as catching up
    (``execution.checkpointing.interval-during-backlog``).

    >>> from headrace.datastream import StreamExecutionEnvironment
    >>> from headrace.common import WatermarkStrategy
    >>> from headrace.datastream.connectors.number_seq import NumberSequenceSource
    >>> first, second = NumberSequenceSource(1, 2), NumberSequenceSource(3, 4)
    >>> source = HybridSource.builder(first).add_source(second).build()
    >>> env = StreamExecutionEnvironment.get_execution_environment()
    >>> numbers = env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers")
    >>> sorted(numbers.execute_and_collect())
    [1, 2, 3, 4]
    """

    def __init__(self, sources: list[Source]) -> None:
        parts = [{"connector": s._connector, "options": s._options} for s in sources]
        super().__init__("hybrid", {"sources": json.dumps(parts)}, sources[0]._type_info)

    @staticmethod
    def builder(first_source: Source) -> HybridSourceBuilder:
        """Starts with the first source."""
        return HybridSourceBuilder([]).add_source(first_source)


class HybridSourceBuilder:
    """Builds a HybridSource."""

    def __init__(self, sources: list[Source]) -> None:
        self._sources = sources

    def add_source(self, source: Source) -> HybridSourceBuilder:
        """The source to read next; its elements have the type of the others'."""
        if not isinstance(source, Source):
            raise TypeError(f"add_source() takes a Source, not {source!r}")
        if source._connector in ("python", "hybrid") or source._transform is not None:
            raise TypeError(
                f"a HybridSource takes sources that the engine reads (FileSource, KafkaSource, "
                f"NumberSequenceSource), not of a {type(source).__name__}: use union() for it"
            )
        if self._sources and source._type_info != self._sources[0]._type_info:
            raise TypeError(
                f"source {len(self._sources) + 1} of a HybridSource gives {source._type_info}, "
                f"the first one {self._sources[0]._type_info}: they must be the same"
            )
        self._sources.append(source)
        return self

    def build(self) -> HybridSource:
        """The source."""
        return HybridSource(list(self._sources))
