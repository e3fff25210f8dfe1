"""map, key_by with 10,000 keys, reduce: an update an element."""
import flinkapi

flinkapi.of_stream(
    "headrace",
    lambda s: s.map(lambda x: (x % 10_000, x)).key_by(lambda e: e[0])
    .reduce(lambda a, b: (a[0], a[1] + b[1])),
    1_000_000,
)
