"""Random streaming programs: those of queries.py, and what only streams have.

Each form gives the query, its columns' types and, where the query has a meaning for the tables as
they are in the end, its text for DuckDB. Order-dependent functions stand over tables of one split.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import queries
from executions import Program
from queries import BOOL, DATE, DBL, DEC, INT, STR

CASTS = {INT: "BIGINT", STR: "STRING", DBL: "DOUBLE", DEC: "DECIMAL(38, 2)", DATE: "DATE",
         BOOL: "BOOLEAN"}  # fmt: skip
B, S, D, T = "BIGINT", "STRING", "DOUBLE", "TIMESTAMP(3)"
WINDOWED = ("orders", "late")
AGGREGATES = [
    ("COUNT(*)", B), ("COUNT(DISTINCT k)", B), ("SUM(k)", B), ("MIN(d)", D), ("MAX(id)", B),
    ("SUM(d)", D), ("AVG(d)", D), ("SUM(k) FILTER (WHERE d > 3)", B),
    ("COUNT(DISTINCT d) FILTER (WHERE id > 20)", B), ("SUM(DISTINCT k)", B),
]  # fmt: skip
ORDERED = [
    ("FIRST_VALUE(id)", B), ("LAST_VALUE(d)", D), ("LISTAGG(CAST(id AS STRING))", S),
    ("COLLECT(k)", "MULTISET<INT>"), ("ARRAY_AGG(id)", "ARRAY<INT>"), ("py_sum(k)", B),
]  # fmt: skip


class Pipelines:
    """A generator of programs from a seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = random.Random(seed)

    def program(self) -> Program:
        forms: list[Callable[[], Program]] = [
            self.tumble, self.hop, self.cumulate, self.session, self.over, self.interval_join,
            self.temporal_join, self.window_join, self.window_top, self.dedup, self.matched,
            self.ordered_group, self.upserted, self.enriched, self.cascade, self.table_function,
            self.set_windows, self.legacy_window,
        ]  # fmt: skip
        if self.rng.random() < 0.4:
            return self.query()
        return self.rng.choice(forms)()

    # ---- what has a meaning for tables

    def query(self) -> Program:
        made = queries.Queries(self.seed, streaming=True)
        text, columns = made.body(self.rng.choice((1, 2, 2, 3)))
        items = ", ".join(f"CAST({name} AS {CASTS[kind]}) AS {name}" for name, kind in columns)
        return Program(
            f"SELECT {items} FROM ({text}) AS q", [CASTS[k] for _, k in columns], duck=text
        )

    def upserted(self) -> Program:
        """A group aggregate into a sink that knows its key."""
        table, key = self.rng.choice((("orders", "id"), ("parts", "id"), ("names", "k")))
        columns = {"orders": "k", "parts": "d", "names": "s"}
        v = columns[table]
        key = f"COALESCE({key}, -9)" if self.rng.random() < 0.5 else f"MOD(COALESCE({key}, -9), 7)"
        text = (
            f"SELECT {key} AS c0, COUNT(*) AS c1, MIN({v}) AS c2, MAX({v}) AS c3, "
            f"COUNT(DISTINCT {v}) AS c4 FROM {table} GROUP BY {key}"
        )
        if self.rng.random() < 0.4:
            text += f" HAVING COUNT(*) {self.rng.choice(('>', '<'))} 2"
        kind = {"k": "INT", "d": D, "s": S}[v]
        # No key can be NULL, which the planner is not told by MOD.
        types = ["INT", B, kind, kind, B]
        return Program(text, types, [0], self.rng.choice(("upsert", "all")), text)

    def enriched(self) -> Program:
        """Joins by a unique key, into a sink whose key is not that of the changes."""
        join = self.rng.choice(("LEFT JOIN", "JOIN"))
        on = self.rng.choice(("o.k = p.id", "o.k = p.id AND p.d > 1", "o.k = p.id AND o.d < p.d"))
        text = (
            "SELECT o.id AS c0, p.s AS c1, p.d AS c2, o.k AS c3 "
            f"FROM orders AS o {join} parts AS p ON {on}"
        )
        if self.rng.random() < 0.4:
            text = (
                "SELECT p.id AS c0, r.s AS c1, COUNT(*) AS c2 FROM parts AS p "
                f"{join} (SELECT k, s FROM names) AS r ON p.k = r.k "
                "GROUP BY p.id, r.s"
            )
            return Program(text, ["INT", S, B], duck=text)
        return Program(text, ["INT", S, D, "INT"], [0], self.rng.choice(("upsert", "all")), text)

    def ordered_group(self) -> Program:
        """Aggregates that go by the order of arrival, or keep many values."""
        table = self.rng.choice(("orders", "late"))
        items = self.rng.sample(ORDERED, 2) + self.rng.sample(AGGREGATES, 2)
        key = self.rng.choice(("k", "MOD(id, 5)"))
        listed = ", ".join(f"{text} AS c{i + 1}" for i, (text, _) in enumerate(items))
        types = ["INT", *(kind for _, kind in items)]
        text = f"SELECT {key} AS c0, {listed} FROM {table} GROUP BY {key}"
        if self.rng.random() < 0.5:  # aggregates of what is taken back
            inner = (
                "SELECT MOD(id, 9) AS id, MAX(k) AS k, MIN(d) AS d FROM orders GROUP BY MOD(id, 9)"
            )
            kept = [("py_sum(k)", B), ("COLLECT(k)", "MULTISET<INT>")]
            items = self.rng.sample(AGGREGATES, 3) + kept
            listed = ", ".join(f"{text} AS c{i + 1}" for i, (text, _) in enumerate(items))
            types = ["INT", *(kind for _, kind in items)]
            text = f"SELECT MOD(id, 2) AS c0, {listed} FROM ({inner}) GROUP BY MOD(id, 2)"
        return Program(text, types)

    def table_function(self) -> Program:
        table = self.rng.choice(("parts", "names", "orders"))
        join = self.rng.choice(("LEFT JOIN", "JOIN"))
        text = (
            f"SELECT CAST(o.k AS BIGINT) AS c0, CAST(t.e AS BIGINT) AS c1, COUNT(*) AS c2 "
            f"FROM (SELECT py_inc(k) AS k FROM {table}) AS o "
            f"{join} LATERAL TABLE(py_upto(o.k)) AS t(e) ON TRUE GROUP BY o.k, t.e"
        )
        return Program(text, [B, B, B])

    # ---- windows

    def aggregates(self, ordered: bool = True) -> tuple[str, list[str]]:
        pool = AGGREGATES + (ORDERED if ordered else [])
        items = self.rng.sample(pool, self.rng.randint(1, 4))
        return (
            ", ".join(f"{text} AS a{i}" for i, (text, _) in enumerate(items)),
            [kind for _, kind in items],
        )

    def over_window(self, function: str, ordered: bool = True) -> Program:
        items, types = self.aggregates(ordered)
        key = self.rng.choice(("k", "MOD(id, 3)", ""))
        group = f"{key}, " if key else ""
        named = f"{key} AS g, " if key else ""
        text = (
            f"SELECT {named}window_start AS ws, window_end AS we, {items} FROM TABLE({function}) "
            f"GROUP BY {group}window_start, window_end"
        )
        if self.rng.random() < 0.2:
            text += " HAVING COUNT(*) > 2"
        return Program(text, [*(["INT"] if key else []), T, T, *types])

    def table(self) -> str:
        return self.rng.choice(WINDOWED)

    def tumble(self) -> Program:
        offset = self.rng.choice(("", ", INTERVAL '3' SECOND"))
        size = self.rng.choice((2, 10, 60))
        return self.over_window(
            f"TUMBLE(TABLE {self.table()}, DESCRIPTOR(ts), INTERVAL '{size}' SECOND{offset})"
        )

    def hop(self) -> Program:
        slide, size = self.rng.choice(((2, 6), (5, 10), (10, 60), (4, 10)))
        return self.over_window(
            f"HOP(TABLE {self.table()}, DESCRIPTOR(ts), INTERVAL '{slide}' SECOND, "
            f"INTERVAL '{size}' SECOND)", ordered=size % slide == 0,
        )  # fmt: skip

    def cumulate(self) -> Program:
        return self.over_window(
            f"CUMULATE(TABLE {self.table()}, DESCRIPTOR(ts), INTERVAL '5' SECOND, "
            "INTERVAL '20' SECOND)"
        )

    def session(self) -> Program:
        items, types = self.aggregates(ordered=False)
        gap = self.rng.choice((1, 3, 8))
        table = self.table()
        part = self.rng.choice(("PARTITION BY k, ", ""))
        part = f"TABLE {table} {part.replace(', ', '')}, "
        key = "k AS g, " if "PARTITION" in part else ""
        text = (
            f"SELECT {key}window_start AS ws, window_end AS we, {items} FROM TABLE(SESSION("
            f"{part}DESCRIPTOR(ts), INTERVAL '{gap}' SECOND)) "
            f"GROUP BY {'k, ' if key else ''}window_start, window_end"
        )
        return Program(text, [*(["INT"] if key else []), T, T, *types])

    def legacy_window(self) -> Program:
        items, types = self.aggregates(ordered=False)
        function = self.rng.choice(
            ("TUMBLE(ts, INTERVAL '10' SECOND)", "SESSION(ts, INTERVAL '3' SECOND)",
             "HOP(ts, INTERVAL '5' SECOND, INTERVAL '15' SECOND)")
        )  # fmt: skip
        start = function.replace("(ts", "_START(ts", 1)
        text = f"SELECT k AS g, {start} AS ws, {items} FROM {self.table()} GROUP BY k, {function}"
        return Program(text, ["INT", T, *types])

    def cascade(self) -> Program:
        outer = self.rng.choice(
            (
                "TUMBLE({}, DESCRIPTOR(rt), INTERVAL '30' SECOND)",
                "HOP({}, DESCRIPTOR(rt), INTERVAL '10' SECOND, INTERVAL '30' SECOND)",
            )
        )
        inner = (
            "SELECT k, window_time AS rt, COUNT(*) AS n, MAX(d) AS m FROM TABLE(TUMBLE("
            f"TABLE {self.table()}, DESCRIPTOR(ts), INTERVAL '5' SECOND)) "
            "GROUP BY k, window_start, window_end, window_time"
        )
        text = (
            f"WITH v AS ({inner}) SELECT k AS g, window_start AS ws, window_end AS we, "
            f"SUM(n) AS a, MAX(m) AS b FROM TABLE({outer.format('TABLE v')}) "
            "GROUP BY k, window_start, window_end"
        )
        return Program(text, ["INT", T, T, B, D])

    def window_top(self) -> Program:
        n = self.rng.randint(1, 3)
        order = self.rng.choice(("d DESC, id", "k, id DESC", "ts", "ts DESC"))
        table = "orders" if "ts" in order else self.table()
        part = self.rng.choice(("", ", k"))
        text = (
            "SELECT id, k, window_start, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY "
            f"window_start, window_end{part} ORDER BY {order}) AS rn FROM TABLE(TUMBLE("
            f"TABLE {table}, DESCRIPTOR(ts), INTERVAL '10' SECOND))) WHERE rn <= {n}"
        )
        return Program(text, ["INT", "INT", T, B])

    def set_windows(self) -> Program:
        """A top-N of a window aggregate, or grouping sets in windows."""
        if self.rng.random() < 0.5:
            text = (
                "SELECT k, b, window_start, COUNT(*), SUM(d) FROM TABLE(TUMBLE(TABLE orders, "
                "DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, "
                "GROUPING SETS ((k), (b), ())"
            )
            return Program(text, ["INT", "BOOLEAN", T, B, D])
        text = (
            "SELECT k, n, ws FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY ws, we "
            "ORDER BY n DESC, k DESC NULLS LAST) AS rn FROM "
            "(SELECT k, window_start AS ws, window_end AS we, COUNT(*) AS n "
            "FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) "
            "GROUP BY k, window_start, window_end)) WHERE rn <= 2"
        )
        return Program(text, ["INT", B, T])

    def window_join(self) -> Program:
        kind = self.rng.choice(("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI", "ANTI"))
        left, right = (
            f"(SELECT * FROM TABLE(TUMBLE(TABLE {t}, DESCRIPTOR(ts), INTERVAL '10' SECOND)))"
            for t in ("orders", "bids")
        )
        on = "l.k = r.k AND l.window_start = r.window_start AND l.window_end = r.window_end"
        if kind in ("SEMI", "ANTI"):
            word = "EXISTS" if kind == "SEMI" else "NOT EXISTS"
            other = f"SELECT 1 FROM {right} AS r WHERE {on}"
            text = f"SELECT l.id, l.k FROM {left} AS l WHERE {word} ({other})"
            return Program(text, ["INT", "INT"])
        text = f"SELECT l.id, r.id, l.window_start FROM {left} AS l {kind} {right} AS r ON {on}"
        return Program(text, ["INT", "INT", T])

    # ---- event time without windows

    def over(self) -> Program:
        frame = self.rng.choice((
            "ROWS BETWEEN 2 PRECEDING AND CURRENT ROW",
            "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
            "RANGE BETWEEN INTERVAL '5' SECOND PRECEDING AND CURRENT ROW",
            "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
        ))  # fmt: skip
        items = [a for a in AGGREGATES if "DISTINCT" not in a[0] and "FILTER" not in a[0]]
        ordered = self.rng.random() < 0.3  # these pass NULLs over, those of DuckDB do not
        if ordered:
            items = [("FIRST_VALUE(k)", B), ("LAST_VALUE(d)", D), ("COUNT(k)", B)]
        picked = self.rng.sample(items, 2)
        part = self.rng.choice(("PARTITION BY k ", ""))
        listed = ", ".join(
            f"{text} OVER ({part}ORDER BY ts {frame}) AS a{i}" for i, (text, _) in enumerate(picked)
        )
        text = f"SELECT id, {listed} FROM orders"
        duck = None if ordered else text
        if self.rng.random() < 0.3:
            text, duck = text.replace("FROM orders", "FROM late"), None
        if duck is None and self.rng.random() < 0.3:
            over = f"OVER ({part}ORDER BY ts)"
            text = f"SELECT id, LAG(d, 2) {over}, LAG(d) {over} FROM orders"
            return Program(text, ["INT", D, D])
        return Program(text, ["INT", *(kind for _, kind in picked)], duck=duck)

    def interval_join(self) -> Program:
        join = self.rng.choice(("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"))
        low, high = self.rng.choice(((5, 5), (0, 10), (20, -2), (3, 0)))
        ts = "b.ts" if join == "RIGHT JOIN" else "o.ts"
        more = self.rng.choice(("", " AND o.d < b.d", " AND o.s = b.s"))

        def bound(n: int, sign: str) -> str:
            return f"{'-' if (sign == '-') == (n >= 0) else '+'} INTERVAL '{abs(n)}' SECOND"

        text = (
            f"SELECT o.id AS c0, b.id AS c1, {ts} AS c2 FROM orders AS o {join} bids AS b "
            f"ON o.k = b.k AND o.ts BETWEEN b.ts {bound(low, '-')} "
            f"AND b.ts {bound(high, '+')}{more}"
        )
        if self.rng.random() < 0.3 and join == "JOIN":
            text = (
                f"WITH v AS ({text}) SELECT MOD(c0, 3), window_start, COUNT(*), SUM(c1) FROM TABLE("
                "TUMBLE(TABLE v, DESCRIPTOR(c2), INTERVAL '10' SECOND)) "
                "GROUP BY MOD(c0, 3), window_start, window_end"
            )
            return Program(text, ["INT", T, B, B])
        return Program(text, ["INT", "INT", T], duck=text)

    def temporal_join(self) -> Program:
        table = self.rng.choice(("orders", "bids"))
        join = self.rng.choice(("JOIN", "LEFT JOIN"))
        text = (
            f"SELECT o.id, o.k, r.rate FROM {table} AS o {join} rates "
            "FOR SYSTEM_TIME AS OF o.ts AS r ON o.k = r.k"
        )
        if self.rng.random() < 0.3:
            text += " AND r.rate > 2"
        return Program(text, ["INT", "INT", "INT"])

    def dedup(self) -> Program:
        order = self.rng.choice(("ts", "ts DESC", "d DESC, id", "d, k, id DESC"))
        part = self.rng.choice(("k", "k, b", "MOD(id, 7)"))
        n = self.rng.choice((1, 1, 3))
        rn = self.rng.choice(("", ", rn"))
        text = (
            f"SELECT id, k, d{rn} FROM (SELECT *, ROW_NUMBER() OVER "
            f"(PARTITION BY {part} ORDER BY {order}) AS rn FROM orders) WHERE rn <= {n}"
        )
        types = ["INT", "INT", D, *([B] if rn else [])]
        if n == 1 and order == "ts" and not rn:  # what it gives has times still
            text = (
                f"WITH v AS ({text.replace('id, k, d', 'id, k, d, ts')}) "
                "SELECT k, window_start, COUNT(*), SUM(id) "
                "FROM TABLE(TUMBLE(TABLE v, DESCRIPTOR(ts), INTERVAL '20' SECOND)) "
                "GROUP BY k, window_start, window_end"
            )
            return Program(text, ["INT", T, B, B])
        return Program(text, types)

    def matched(self) -> Program:
        table = self.table()
        skip = self.rng.choice(("PAST LAST ROW", "TO NEXT ROW"))
        pattern, within = self.rng.choice((
            ("A B+ C", ""), ("A B{1,3} C", " WITHIN INTERVAL '20' SECOND"), ("A C", ""),
            ("A B*? C", " WITHIN INTERVAL '1' MINUTE"),
        ))  # fmt: skip
        part = self.rng.choice(("PARTITION BY k ", ""))
        text = (
            f"SELECT a, c, n FROM {table} MATCH_RECOGNIZE ({part}ORDER BY ts MEASURES "
            "A.id AS a, C.id AS c, "
            + ("COUNT(B.id)" if "B" in pattern else "CAST(0 AS BIGINT)")
            + " AS n "
            f"ONE ROW PER MATCH AFTER MATCH SKIP {skip} PATTERN ({pattern}){within} "
            "DEFINE "
            + ("B AS B.d > A.d - 3, " if "B" in pattern else "")
            + "A AS A.d > 2, C AS C.d < A.d) AS m"
        )
        return Program(text, ["INT", "INT", B])
