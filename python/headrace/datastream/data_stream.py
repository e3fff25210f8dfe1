"""Streams and what is made of them."""

from headrace.datastream._cached import CachedDataStream
from headrace.datastream._collect import CloseableIterator
from headrace.datastream._connected import (
    BroadcastConnectedStream,
    BroadcastStream,
    ConnectedStreams,
)
from headrace.datastream._joined import CoGroupedStreams, IntervalJoin, JoinedStreams
from headrace.datastream._keyed import KeyedStream
from headrace.datastream._partitioned import (
    KeyedPartitionWindowedStream,
    Order,
    PartitionWindowedStream,
)
from headrace.datastream._sink import DataStreamSink
from headrace.datastream._stream import DataStream
from headrace.datastream._windowed import AllWindowedStream, WindowedStream

__all__ = [
    "AllWindowedStream",
    "BroadcastConnectedStream",
    "BroadcastStream",
    "CachedDataStream",
    "CloseableIterator",
    "CoGroupedStreams",
    "ConnectedStreams",
    "DataStream",
    "DataStreamSink",
    "IntervalJoin",
    "JoinedStreams",
    "KeyedPartitionWindowedStream",
    "KeyedStream",
    "Order",
    "PartitionWindowedStream",
    "WindowedStream",
]
