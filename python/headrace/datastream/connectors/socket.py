"""Lines from a TCP connection."""

from __future__ import annotations

from headrace.common.typeinfo import Types
from headrace.datastream.connectors.base import Source

__all__ = ["SocketSource"]


class SocketSource(Source):
    """Text that a server sends, cut at a delimiter.

    >>> SocketSource("localhost", 9999)._options["port"]
    '9999'
    """

    def __init__(self, hostname: str, port: int, delimiter: str = "\n", max_retry: int = 0) -> None:
        if not 0 < port < 65536:
            raise ValueError(f"port must be 1 to 65535, not {port}")
        options = {
            "hostname": hostname,
            "port": str(port),
            "delimiter": delimiter,
            "max-retry": str(max_retry),
        }
        super().__init__("socket", options, Types.STRING())
