"""Files: text lines and bulk formats."""

from __future__ import annotations

from typing import Any

from headrace.common.serialization import BulkWriterFactory, Encoder
from headrace.common.time import Duration, millis_of
from headrace.common.typeinfo import TypeInformation, Types
from headrace.datastream.connectors.base import (
    Sink,
    Source,
    StreamTransformer,
    SupportsPreprocessing,
)
from headrace.datastream.functions import SinkFunction

__all__ = [
    "BucketAssigner",
    "BulkFormat",
    "DefaultRollingPolicy",
    "FileCompactStrategy",
    "FileCompactor",
    "FileEnumeratorProvider",
    "FileSink",
    "FileSource",
    "FileSourceBuilder",
    "FileSplitAssignerProvider",
    "OnCheckpointRollingPolicy",
    "OutputFileConfig",
    "RollingPolicy",
    "StreamFormat",
    "StreamingFileSink",
]


class _Settings:
    """A part of a file connector, as the options that express it."""

    def __init__(self, options: dict[str, str]) -> None:
        self._options = options


class FileCompactor(_Settings):
    """How small files become one; a sink with one begins a new file at every checkpoint."""

    @staticmethod
    def concat_file_compactor(file_delimiter: bytes | None = None) -> FileCompactor:
        """One behind the other, the delimiter in between."""
        options = {"compaction.compactor": "concat"}
        if file_delimiter:
            options["compaction.delimiter"] = file_delimiter.hex()
        return FileCompactor(options)

    @staticmethod
    def identical_file_compactor() -> FileCompactor:
        """As they are: for single files."""
        return FileCompactor({"compaction.compactor": "identical"})


class FileCompactStrategy(_Settings):
    """When small files become one.

    >>> FileCompactStrategy.builder().set_size_threshold(1024).build()._options
    {'compaction.file-size': '1024 b'}
    """

    @staticmethod
    def builder() -> FileCompactStrategy.Builder:
        """Starts a strategy."""
        return FileCompactStrategy.Builder()

    class Builder:
        """Builds a FileCompactStrategy."""

        def __init__(self) -> None:
            self._options: dict[str, str] = {}

        def build(self) -> FileCompactStrategy:
            """The strategy."""
            if not {"compaction.file-size", "compaction.checkpoints"} & set(self._options):
                raise ValueError(
                    "a FileCompactStrategy needs enable_compaction_on_checkpoint() or "
                    "set_size_threshold()"
                )
            return FileCompactStrategy(dict(self._options))

        def enable_compaction_on_checkpoint(
            self, num_checkpoints_before_compaction: int
        ) -> FileCompactStrategy.Builder:
            """After so many checkpoints."""
            self._options["compaction.checkpoints"] = str(num_checkpoints_before_compaction)
            return self

        def set_size_threshold(self, size_threshold: int) -> FileCompactStrategy.Builder:
            """Once there are so many bytes."""
            self._options["compaction.file-size"] = f"{size_threshold} b"
            return self

        def set_num_compact_threads(self, num_compact_threads: int) -> FileCompactStrategy.Builder:
            """With so many threads."""
            self._options["compaction.parallelism"] = str(num_compact_threads)
            return self


class OutputFileConfig(_Settings):
    """The names of files.

    >>> OutputFileConfig.builder().with_part_prefix("p").build().get_part_prefix()
    'p'
    """

    def __init__(self, part_prefix: str, part_suffix: str) -> None:
        super().__init__({"sink.part-prefix": part_prefix, "sink.part-suffix": part_suffix})

    @staticmethod
    def builder() -> OutputFileConfig.OutputFileConfigBuilder:
        """Starts a configuration."""
        return OutputFileConfig.OutputFileConfigBuilder()

    def get_part_prefix(self) -> str:
        """What names begin with."""
        return self._options["sink.part-prefix"]

    def get_part_suffix(self) -> str:
        """What names end with."""
        return self._options["sink.part-suffix"]

    class OutputFileConfigBuilder:
        """Builds an OutputFileConfig."""

        def __init__(self) -> None:
            self.part_prefix = "part"
            self.part_suffix = ""

        def with_part_prefix(self, prefix: str) -> OutputFileConfig.OutputFileConfigBuilder:
            """What names begin with."""
            self.part_prefix = prefix
            return self

        def with_part_suffix(self, suffix: str) -> OutputFileConfig.OutputFileConfigBuilder:
            """What names end with."""
            self.part_suffix = suffix
            return self

        def build(self) -> OutputFileConfig:
            """The configuration."""
            return OutputFileConfig(self.part_prefix, self.part_suffix)


class StreamFormat:
    """A format that is read from one end of a file to the other."""

    def __init__(self, options: dict[str, str], type_info: TypeInformation | None) -> None:
        self._options = options
        self._type_info = type_info

    @staticmethod
    def text_line_format(charset_name: str = "UTF-8") -> StreamFormat:
        """One string a line."""
        return StreamFormat({"format": "raw", "raw.charset": charset_name}, Types.STRING())


class BulkFormat:
    """A format that is read in batches."""

    def __init__(self, options: dict[str, str], type_info: TypeInformation | None) -> None:
        self._options = options
        self._type_info = type_info


class FileEnumeratorProvider(_Settings):
    """How files are found and split."""

    @staticmethod
    def default_splittable_file_enumerator() -> FileEnumeratorProvider:
        """The engine splits files where their format allows it."""
        return FileEnumeratorProvider({"source.splittable": "true"})

    @staticmethod
    def default_non_splittable_file_enumerator() -> FileEnumeratorProvider:
        """Each file is read by one subtask."""
        return FileEnumeratorProvider({"source.splittable": "false"})


class FileSplitAssignerProvider(_Settings):
    """Which subtask reads which file."""

    @staticmethod
    def locality_aware_split_assigner() -> FileSplitAssignerProvider:
        """The next free one: all files are near on one machine."""
        return FileSplitAssignerProvider({})


class FileSource(Source):
    """Files and directories.

    >>> fmt = StreamFormat.text_line_format()
    >>> FileSource.for_record_stream_format(fmt, "a.txt").build()._options["path"]
    'a.txt'
    """

    @staticmethod
    def for_record_stream_format(stream_format: StreamFormat, *paths: str) -> FileSourceBuilder:
        """Reads a stream format."""
        return FileSourceBuilder(stream_format, paths)

    @staticmethod
    def for_bulk_file_format(bulk_format: BulkFormat, *paths: str) -> FileSourceBuilder:
        """Reads a bulk format."""
        return FileSourceBuilder(bulk_format, paths)


class FileSourceBuilder:
    """Builds a FileSource."""

    def __init__(self, format: StreamFormat | BulkFormat, paths: tuple[str, ...]) -> None:
        if not isinstance(format, (StreamFormat, BulkFormat)):
            raise TypeError(
                f"a format is needed, as StreamFormat.text_line_format(), not {format!r}"
            )
        if not paths:
            raise ValueError("FileSource needs at least one path behind the format")
        self._format = format
        self._options = {"path": ";".join(str(path) for path in paths), **format._options}

    def monitor_continuously(self, discovery_interval: Duration) -> FileSourceBuilder:
        """Looks for new files, and never ends."""
        interval = millis_of(discovery_interval, "discovery_interval")
        self._options["source.monitor-interval"] = f"{interval} ms"
        return self

    def process_static_file_set(self) -> FileSourceBuilder:
        """Reads the files that are there, and ends."""
        self._options.pop("source.monitor-interval", None)
        return self

    def set_file_enumerator(self, file_enumerator: FileEnumeratorProvider) -> FileSourceBuilder:
        """Says how files are found and split."""
        self._options.update(file_enumerator._options)
        return self

    def set_split_assigner(self, split_assigner: FileSplitAssignerProvider) -> FileSourceBuilder:
        """Says which subtask reads which file."""
        self._options.update(split_assigner._options)
        return self

    def build(self) -> FileSource:
        """The source."""
        return FileSource("filesystem", self._options, self._format._type_info)


class RollingPolicy(_Settings):
    """When a file is closed and the next one begun."""

    @staticmethod
    def default_rolling_policy(
        part_size: int = 1024 * 1024 * 128,
        rollover_interval: int = 60 * 1000,
        inactivity_interval: int = 60 * 1000,
    ) -> DefaultRollingPolicy:
        """By size in bytes, age and idleness in milliseconds."""
        prefix = "sink.rolling-policy."
        return DefaultRollingPolicy(
            {
                prefix + "file-size": f"{part_size} b",
                prefix + "rollover-interval": f"{rollover_interval} ms",
                prefix + "inactivity-interval": f"{inactivity_interval} ms",
            }
        )

    @staticmethod
    def on_checkpoint_rolling_policy() -> OnCheckpointRollingPolicy:
        """At every checkpoint: what was written can be read when it is complete."""
        return OnCheckpointRollingPolicy({"sink.rolling-policy.on-checkpoint": "true"})


class DefaultRollingPolicy(RollingPolicy):
    """By size, age and idleness."""


class OnCheckpointRollingPolicy(RollingPolicy):
    """At every checkpoint."""


class BucketAssigner(_Settings):
    """In which directory an element's file is."""

    @staticmethod
    def base_path_bucket_assigner() -> BucketAssigner:
        """The base path itself."""
        return BucketAssigner({"sink.bucket-assigner": "base-path"})

    @staticmethod
    def date_time_bucket_assigner(
        format_str: str = "yyyy-MM-dd--HH", timezone_id: str | None = None
    ) -> BucketAssigner:
        """By the clock's time, in Java's date format."""
        options = {"sink.bucket-assigner": "date-time", "sink.bucket-assigner.format": format_str}
        if timezone_id is not None:
            options["sink.bucket-assigner.zone"] = timezone_id
        return BucketAssigner(options)


class _Builder:
    """What the builders of file sinks share."""

    def __init__(self, base_path: str, options: dict[str, str], as_text: bool) -> None:
        self._options = {
            "path": str(base_path),
            "sink.bucket-assigner": "date-time",
            "sink.bucket-assigner.format": "yyyy-MM-dd--HH",
            **options,
        }
        self._as_text = as_text

    def _set(self, part: Any, kind: type[_Settings]) -> None:
        if not isinstance(part, kind):
            raise TypeError(f"a {kind.__name__} is needed, not {part!r}")
        if kind is BucketAssigner:
            for key in [k for k in self._options if k.startswith("sink.bucket-assigner")]:
                del self._options[key]
        if isinstance(part, RollingPolicy):
            self._options.pop("sink.rolling-policy.on-checkpoint", None)
        self._options.update(part._options)


class FileSink(Sink, SupportsPreprocessing):
    """Files in directories. They are hidden until the rolling policy has closed them and the next
    checkpoint is complete, or the job has ended; a restored job goes on in those that are open.

    >>> sink = FileSink.for_row_format("out", Encoder.simple_string_encoder()).build()
    >>> sink._options["path"]
    'out'
    """

    def __init__(
        self,
        options: dict[str, str],
        as_text: bool,
        transformer: StreamTransformer | None = None,
    ) -> None:
        super().__init__("filesystem", options)
        self._as_text = as_text
        self._transformer = transformer

    def get_transformer(self) -> StreamTransformer | None:
        """What changes the stream first, or None."""
        return self._transformer

    class BaseBuilder(_Builder):
        """Builds a FileSink."""

        def with_bucket_check_interval(self, interval: int) -> FileSink.BaseBuilder:
            """How often the rolling policy looks at the clock, in milliseconds."""
            self._options["sink.rolling-policy.check-interval"] = f"{interval} ms"
            return self

        def with_bucket_assigner(self, bucket_assigner: BucketAssigner) -> FileSink.BaseBuilder:
            """Says in which directory an element's file is; by default yyyy-MM-dd--HH."""
            self._set(bucket_assigner, BucketAssigner)
            return self

        def with_output_file_config(
            self, output_file_config: OutputFileConfig
        ) -> FileSink.BaseBuilder:
            """Says what files are called."""
            self._set(output_file_config, OutputFileConfig)
            return self

        def enable_compact(
            self, strategy: FileCompactStrategy, compactor: FileCompactor
        ) -> FileSink.BaseBuilder:
            """Makes small files one before they are visible."""
            self._set(strategy, FileCompactStrategy)
            self._set(compactor, FileCompactor)
            self._options["auto-compaction"] = "true"
            return self

        def disable_compact(self) -> FileSink.BaseBuilder:
            """Takes enable_compact back."""
            for key in [k for k in self._options if "compaction" in k]:
                del self._options[key]
            return self

        def with_rolling_policy(self, rolling_policy: RollingPolicy) -> FileSink.BaseBuilder:
            """Says when a file is closed."""
            self._set(rolling_policy, RollingPolicy)
            return self

        def build(self) -> FileSink:
            """The sink."""
            return FileSink(dict(self._options), self._as_text)

    class RowFormatBuilder(BaseBuilder):
        """Builds a FileSink that writes element by element."""

        def with_rolling_policy(self, rolling_policy: RollingPolicy) -> FileSink.RowFormatBuilder:
            """Says when a file is closed."""
            self._set(rolling_policy, RollingPolicy)
            return self

    class BulkFormatBuilder(BaseBuilder):
        """Builds a FileSink that writes in bulk."""

        def with_rolling_policy(self, rolling_policy: RollingPolicy) -> FileSink.BulkFormatBuilder:
            """Says when a file is closed: bulk formats close it at every checkpoint."""
            self._set(rolling_policy, OnCheckpointRollingPolicy)
            return self

    @staticmethod
    def for_row_format(base_path: str, encoder: Encoder) -> FileSink.RowFormatBuilder:
        """Writes element by element."""
        return FileSink.RowFormatBuilder(base_path, _text_options(encoder), True)

    @staticmethod
    def for_bulk_format(
        base_path: str, writer_factory: BulkWriterFactory
    ) -> FileSink.BulkFormatBuilder:
        """Writes in bulk."""
        return FileSink.BulkFormatBuilder(base_path, _bulk_options(writer_factory), False)


class StreamingFileSink(SinkFunction):
    """The old form of FileSink, for add_sink()."""

    def __init__(self, options: dict[str, str]) -> None:
        super().__init__("filesystem", options)

    class BaseBuilder(_Builder):
        """Builds a StreamingFileSink."""

        def with_bucket_check_interval(self, interval: int) -> StreamingFileSink.BaseBuilder:
            """How often the rolling policy looks at the clock, in milliseconds."""
            self._options["sink.rolling-policy.check-interval"] = f"{interval} ms"
            return self

        def with_bucket_assigner(
            self, bucket_assigner: BucketAssigner
        ) -> StreamingFileSink.BaseBuilder:
            """Says in which directory an element's file is."""
            self._set(bucket_assigner, BucketAssigner)
            return self

        def with_rolling_policy(self, policy: RollingPolicy) -> StreamingFileSink.BaseBuilder:
            """Says when a file is closed."""
            self._set(policy, RollingPolicy)
            return self

        def with_output_file_config(
            self, output_file_config: OutputFileConfig
        ) -> StreamingFileSink.BaseBuilder:
            """Says what files are called."""
            self._set(output_file_config, OutputFileConfig)
            return self

        def build(self) -> StreamingFileSink:
            """The sink."""
            return StreamingFileSink(dict(self._options))

    class DefaultRowFormatBuilder(BaseBuilder):
        """Builds a sink that writes element by element."""

        def with_rolling_policy(
            self, policy: RollingPolicy
        ) -> StreamingFileSink.DefaultRowFormatBuilder:
            """Says when a file is closed."""
            self._set(policy, RollingPolicy)
            return self

    class DefaultBulkFormatBuilder(BaseBuilder):
        """Builds a sink that writes in bulk."""

        def with_rolling_policy(
            self, policy: RollingPolicy
        ) -> StreamingFileSink.DefaultBulkFormatBuilder:
            """Says when a file is closed: bulk formats close it at every checkpoint."""
            self._set(policy, OnCheckpointRollingPolicy)
            return self

    @staticmethod
    def for_row_format(
        base_path: str, encoder: Encoder
    ) -> StreamingFileSink.DefaultRowFormatBuilder:
        """Writes element by element."""
        return StreamingFileSink.DefaultRowFormatBuilder(base_path, _text_options(encoder), True)

    @staticmethod
    def for_bulk_format(
        base_path: str, writer_factory: BulkWriterFactory
    ) -> StreamingFileSink.DefaultBulkFormatBuilder:
        """Writes in bulk."""
        options = _bulk_options(writer_factory)
        return StreamingFileSink.DefaultBulkFormatBuilder(base_path, options, False)


def _text_options(encoder: Encoder) -> dict[str, str]:
    if not isinstance(encoder, Encoder):
        raise TypeError(
            f"an Encoder is needed, as Encoder.simple_string_encoder(), not {encoder!r}"
        )
    return {
        "format": "raw",
        "raw.charset": encoder._options.get("charset", "UTF-8"),
        **RollingPolicy.default_rolling_policy()._options,
    }


def _bulk_options(factory: BulkWriterFactory) -> dict[str, str]:
    if not isinstance(factory, BulkWriterFactory):
        raise TypeError(
            "a BulkWriterFactory is needed, as ParquetBulkWriters.for_row_type(...), "
            f"not {factory!r}"
        )
    return {"format": factory._format, **factory._options}
