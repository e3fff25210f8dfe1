"""map, filter, map over tuples of scalars."""
import flinkapi

flinkapi.of_stream(
    "headrace",
    lambda s: s.map(lambda x: (x, x * 2)).filter(lambda e: e[0] >= 0).map(lambda e: (e[1], "v")),
    2_000_000,
)
