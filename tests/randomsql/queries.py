"""Random queries that mean the same in Flink's SQL and in DuckDB's.

What the two define differently is left out: division and AVG of integers, casts between numbers and
text, arithmetic of decimals beyond SUM, where NULLs are sorted when it is not said.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

INT, STR, DBL, DEC, DATE, BOOL = "int", "str", "dbl", "dec", "date", "bool"
TYPES = (INT, STR, DBL, DEC, DATE, BOOL)

COLUMNS = {
    "orders": [("id", INT), ("k", INT), ("s", STR), ("d", DBL), ("m", DEC), ("dt", DATE),
               ("b", BOOL)],
    "parts": [("id", INT), ("k", INT), ("s", STR), ("d", DBL), ("dt", DATE)],
    "names": [("k", INT), ("s", STR), ("b", BOOL)],
}  # fmt: skip
WORDS = ("a", "b", "ab", "Ab", "ba", "", "abc", "x y", "é")


@dataclass
class Scope:
    """The columns that an expression may use, by their type."""

    columns: dict[str, list[str]] = field(default_factory=dict)

    def add(self, alias: str, columns: list[tuple[str, str]]) -> None:
        for name, kind in columns:
            self.columns.setdefault(kind, []).append(f"{alias}.{name}")

    def kinds(self) -> list[str]:
        return [k for k in TYPES if self.columns.get(k)]


class Queries:
    """A generator of queries from a seed."""

    def __init__(self, seed: int, streaming: bool) -> None:
        self.rng = random.Random(seed)
        self.streaming = streaming
        self.aliases = 0

    def query(self) -> str:
        """A whole query; its columns are c0, c1, …"""
        text, _ = self.body(self.rng.choice((1, 2, 2, 3)))
        return text

    # ---- relations

    def body(self, depth: int) -> tuple[str, list[tuple[str, str]]]:
        """A query and its columns."""
        roll = self.rng.random()
        if roll < 0.15 and depth > 0:
            return self.set_operation(depth - 1)
        if roll < 0.25 and depth > 0:
            return self.top(depth - 1)
        if roll < 0.32 and depth > 0 and not self.streaming:
            return self.windowed(depth - 1)
        if roll > 0.9 and depth > 0:
            return self.ranked(depth - 1)
        return self.select(depth)

    def alias(self) -> str:
        self.aliases += 1
        return f"t{self.aliases}"

    def source(self, depth: int) -> tuple[str, str, list[tuple[str, str]]]:
        """A table or a derived table: its text, its alias, its columns."""
        alias = self.alias()
        if depth > 0 and self.rng.random() < 0.4:
            text, columns = self.body(depth - 1)
            return f"({text}) AS {alias}", alias, columns
        name = self.rng.choice(list(COLUMNS))
        return f"{name} AS {alias}", alias, COLUMNS[name]

    def chain(self, depth: int) -> tuple[str, Scope]:
        """Joins that have a key in common, and perhaps one that has not."""
        kind = self.rng.choice((INT, INT, STR, DATE))
        text, scope, keys = "", Scope(), []
        while len(keys) < self.rng.choice((2, 3, 3, 4)):
            other, alias, columns = self.source(depth)
            own = Scope()
            own.add(alias, columns)
            key = self.column(own, kind)
            if not key:
                continue
            both = Scope({k: [*scope.columns.get(k, []), *own.columns.get(k, [])] for k in TYPES})
            if keys:
                on = f"{key} = {self.rng.choice(keys)}"
                if self.rng.random() < 0.3:
                    on += f" AND {self.condition(both, 1)}"
                if self.rng.random() < 0.15:
                    on += f" AND {self.column(own, kind)} = {self.rng.choice(keys)}"
                join = self.rng.choice(
                    ("JOIN", "JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")
                )
                text += f" {join} {other} ON {on}"
            else:
                text = other
            keys.append(key)
            scope = both
        return text, scope

    def from_clause(self, depth: int) -> tuple[str, Scope]:
        if self.rng.random() < 0.2:
            return self.chain(0 if self.rng.random() < 0.7 else depth)
        text, alias, columns = self.source(depth)
        scope = Scope()
        scope.add(alias, columns)
        for _ in range(self.rng.choice((0, 0, 1, 1, 2))):
            other, alias, columns = self.source(depth)
            right = Scope()
            right.add(alias, columns)
            shared = [k for k in scope.kinds() if k in right.kinds() and k in (INT, STR, DATE)]
            if not shared:
                continue
            kind = self.rng.choice(shared)
            on = f"{self.column(scope, kind)} = {self.column(right, kind)}"
            if self.rng.random() < 0.2:
                on += f" AND {self.column(scope, kind)} = {self.column(right, kind)}"
            both = Scope({k: [*scope.columns.get(k, []), *right.columns.get(k, [])] for k in TYPES})
            if self.rng.random() < 0.3:
                on += f" AND {self.condition(both, 1, subqueries=False)}"
            join = self.rng.choice(("JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"))
            text += f" {join} {other} ON {on}"
            scope = both
        if self.rng.random() < 0.12 and INT in scope.kinds():
            alias = self.alias()
            parts = ", ".join(self.column(scope, INT) for _ in range(self.rng.randint(1, 3)))
            text += f" CROSS JOIN UNNEST(ARRAY[{parts}]) AS {alias}(e)"
            unnested = {k: list(names) for k, names in scope.columns.items()}
            scope = Scope(unnested)
            scope.add(alias, [("e", INT)])
        return text, scope

    def select(self, depth: int) -> tuple[str, list[tuple[str, str]]]:
        source, scope = self.from_clause(depth)
        where = ""
        if self.rng.random() < 0.6:
            where = f" WHERE {self.condition(scope, 2, subqueries=depth > 0)}"
        if self.rng.random() < 0.3:
            where += f"{' AND' if where else ' WHERE'} {self.narrow(scope)}"
        if self.rng.random() < 0.5:
            return self.grouped(source, where, scope)
        kinds = [self.rng.choice(scope.kinds()) for _ in range(self.rng.randint(1, 4))]
        distinct = "DISTINCT " if self.rng.random() < 0.2 else ""
        items = [self.expression(scope, k, 2) for k in kinds]
        if not distinct and depth > 0 and self.rng.random() < 0.15:
            kinds.append(INT)
            items.append(self.scalar_subquery(scope))
        return f"SELECT {distinct}{listed(items)} FROM {source}{where}", named(kinds)

    def grouped(self, source: str, where: str, scope: Scope) -> tuple[str, list[tuple[str, str]]]:
        kinds = [k for k in scope.kinds() if k != DBL]
        # Of no rows an aggregate without keys gives nothing in a stream, one row in a batch.
        if self.streaming and not kinds:
            return f"SELECT {self.column(scope, DBL)} AS c0 FROM {source}{where}", [("c0", DBL)]
        count = self.rng.randint(1 if self.streaming else 0, 2) if kinds else 0
        keys = [self.column(scope, self.rng.choice(kinds)) for _ in range(count)]
        keys = list(dict.fromkeys(keys))
        types = [next(k for k, names in scope.columns.items() if key in names) for key in keys]
        items = list(keys)
        for _ in range(self.rng.randint(0 if keys else 1, 3)):
            text, kind = self.aggregate(scope)
            items.append(text)
            types.append(kind)
        group = f" GROUP BY {', '.join(keys)}" if keys else ""
        if len(keys) == 2 and self.rng.random() < 0.25:
            # Without the set (): of no rows it gives a row in DuckDB, none in Flink.
            group = self.rng.choice(
                (f" GROUP BY GROUPING SETS (({keys[0]}), ({keys[1]}))",
                 f" GROUP BY GROUPING SETS (({', '.join(keys)}), ({keys[1]}))")
            )  # fmt: skip
        having = ""
        if self.rng.random() < 0.25:
            text, kind = self.aggregate(scope)
            having = f" HAVING {text} {self.rng.choice(('>', '<=', '<>'))} {self.literal(kind)}"
        return f"SELECT {listed(items)} FROM {source}{where}{group}{having}", named(types)

    def set_operation(self, depth: int) -> tuple[str, list[tuple[str, str]]]:
        kinds = [self.rng.choice((INT, STR, DATE)) for _ in range(self.rng.randint(1, 2))]
        word = self.rng.choice(("UNION ALL", "UNION", "INTERSECT", "EXCEPT", "INTERSECT ALL",
                                "EXCEPT ALL"))  # fmt: skip
        sides = []
        for _ in range(2):
            source, scope = self.from_clause(min(depth, 1))
            items = [self.column(scope, k) or self.literal(k) for k in kinds]
            where = f" WHERE {self.condition(scope, 1)}" if self.rng.random() < 0.4 else ""
            sides.append(f"SELECT {listed(items)} FROM {source}{where}")
        return f"({sides[0]}) {word} ({sides[1]})", named(kinds)

    def top(self, depth: int) -> tuple[str, list[tuple[str, str]]]:
        """The first rows in an order that leaves no choice between different rows."""
        text, columns = self.body(depth)
        alias = self.alias()
        order = ", ".join(
            f"{name} {self.rng.choice(('ASC', 'DESC'))} NULLS {self.rng.choice(('FIRST', 'LAST'))}"
            for name, _ in columns
        )
        limit = f"LIMIT {self.rng.randint(1, 20)}"
        if self.rng.random() < 0.3:
            limit += f" OFFSET {self.rng.randint(1, 5)}"
        return f"SELECT * FROM ({text}) AS {alias} ORDER BY {order} {limit}", columns

    def ranked(self, depth: int) -> tuple[str, list[tuple[str, str]]]:
        """The first rows of each key, in an order that leaves no choice between different rows."""
        text, columns = self.body(depth)
        alias, outer = self.alias(), self.alias()
        order = ", ".join(
            f"{alias}.{name} {self.rng.choice(('ASC', 'DESC'))} NULLS "
            f"{self.rng.choice(('FIRST', 'LAST'))}"
            for name, _ in columns
        )
        part = f"{alias}.{self.rng.choice(columns)[0]}"
        names = ", ".join(f"{alias}.{n}" for n, _ in columns)
        kept = ", ".join(f"{outer}.{n}" for n, _ in columns)
        numbered = (
            f"SELECT {names}, ROW_NUMBER() OVER (PARTITION BY {part} ORDER BY {order}) AS rn "
            f"FROM ({text}) AS {alias}"
        )
        rn = self.rng.choice(("", f", {outer}.rn AS c{len(columns)}"))
        limit = f"{outer}.rn <= {self.rng.randint(1, 3)}"
        columns = [*columns, (f"c{len(columns)}", INT)] if rn else columns
        return f"SELECT {kept}{rn} FROM ({numbered}) AS {outer} WHERE {limit}", columns

    def windowed(self, depth: int) -> tuple[str, list[tuple[str, str]]]:
        """Functions over a window whose order leaves no choice."""
        text, columns = self.body(depth)
        alias = self.alias()
        scope = Scope()
        scope.add(alias, columns)
        order = ", ".join(f"{alias}.{n} NULLS FIRST" for n, _ in columns)
        part = f"{alias}.{self.rng.choice(columns)[0]}"
        over = f"OVER (PARTITION BY {part} ORDER BY {order}"
        choice = self.rng.randrange(4)
        if choice == 0:
            item, kind = f"RANK() {over})", INT
        elif choice == 1:
            item, kind = f"COUNT(*) {over} ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)", INT
        elif choice == 2 and INT in scope.kinds():
            item = f"SUM({self.column(scope, INT)}) OVER (PARTITION BY {part})"
            kind = INT
        else:
            item, kind = f"DENSE_RANK() {over})", INT
        items = [f"{alias}.{n}" for n, _ in columns] + [item]
        kinds = [k for _, k in columns] + [kind]
        return f"SELECT {listed(items)} FROM ({text}) AS {alias}", named(kinds)

    # ---- expressions

    def column(self, scope: Scope, kind: str) -> str:
        names = scope.columns.get(kind)
        return self.rng.choice(names) if names else ""

    def literal(self, kind: str) -> str:
        if kind == INT:
            return str(self.rng.randint(-2, 12))
        if kind == STR:
            return f"'{self.rng.choice(WORDS)}'"
        if kind == DBL:
            return f"CAST({self.rng.randint(-8, 40) / 4} AS DOUBLE)"
        if kind == DEC:
            return f"CAST({self.rng.randint(-500, 2000) / 100} AS DECIMAL(10, 2))"
        if kind == DATE:
            return f"DATE '2024-01-{self.rng.randint(1, 28):02}'"
        return self.rng.choice(("TRUE", "FALSE"))

    def expression(self, scope: Scope, kind: str, depth: int) -> str:
        column = self.column(scope, kind) or self.literal(kind)
        if depth == 0 or self.rng.random() < 0.4:
            return column if self.rng.random() < 0.85 else self.literal(kind)
        a = self.expression(scope, kind, depth - 1)
        b = self.expression(scope, kind, depth - 1)
        common = (
            f"COALESCE({a}, {b})",
            f"NULLIF({a}, {b})",
            f"CASE WHEN {self.condition(scope, depth - 1)} THEN {a} ELSE {b} END",
            f"CASE WHEN {self.condition(scope, depth - 1)} THEN {a} END",
        )
        own: tuple[str, ...] = ()
        if kind == INT:
            own = (f"({a} + {b})", f"({a} - {b})", f"({a} * {self.rng.randint(-3, 3)})",
                   f"ABS({a})", f"MOD({a}, {self.rng.choice((2, 3, 7))})",
                   f"CHAR_LENGTH({self.column(scope, STR) or self.literal(STR)})")  # fmt: skip
        elif kind == STR:
            own = (f"UPPER({a})", f"LOWER({a})", f"({a} || {b})", f"TRIM({a})",
                   f"SUBSTRING({a} FROM {self.rng.randint(1, 3)} FOR {self.rng.randint(0, 3)})",
                   f"REPLACE({a}, 'a', {self.literal(STR)})")  # fmt: skip
        elif kind == DBL:
            own = (f"({a} + {b})", f"({a} - {b})", f"ABS({a})", f"FLOOR({a})")
        elif kind == BOOL:
            return self.condition(scope, depth - 1)
        return self.rng.choice(common + own * 2)

    def condition(self, scope: Scope, depth: int, subqueries: bool = False) -> str:
        roll = self.rng.random()
        if depth > 0 and roll < 0.35:
            word = self.rng.choice(("AND", "OR"))
            left = self.condition(scope, depth - 1, subqueries and word == "AND")
            right = self.condition(scope, depth - 1, subqueries and word == "AND")
            return f"({left} {word} {right})"
        if depth > 0 and roll < 0.45:
            return f"NOT ({self.condition(scope, depth - 1)})"
        if subqueries and roll < 0.75:
            return self.subquery_condition(scope)
        kind = self.rng.choice(scope.kinds())
        a = self.expression(scope, kind, max(depth - 1, 0))
        if kind == BOOL:
            return f"({a}) IS {self.rng.choice(('TRUE', 'NOT TRUE', 'FALSE', 'NOT FALSE'))}"
        b = self.expression(scope, kind, max(depth - 1, 0))
        forms = [
            f"{a} {self.rng.choice(('=', '<>', '<', '<=', '>', '>='))} {b}",
            f"{a} IS {self.rng.choice(('NULL', 'NOT NULL'))}",
            f"{a} BETWEEN {self.literal(kind)} AND {b}",
            f"{a} {self.rng.choice(('IN', 'NOT IN'))} ({self.literal(kind)}, {self.literal(kind)})",
            f"{a} IS {self.rng.choice(('', 'NOT '))}DISTINCT FROM {b}",
        ]
        if kind == STR:
            forms.append(f"{a} LIKE '{self.rng.choice(('a%', '%b', '_b%', '%', 'x_y', ''))}'")
        return self.rng.choice(forms)

    def narrow(self, scope: Scope) -> str:
        """Conditions from which others follow."""
        kind = self.rng.choice([k for k in (INT, STR, DATE) if k in scope.kinds()] or [BOOL])
        a, b = self.column(scope, kind), self.column(scope, kind)
        if kind == BOOL:
            return "TRUE"
        value, other = self.literal(kind), self.literal(kind)
        return self.rng.choice((
            f"{a} = {value}", f"{a} >= {value}", f"{a} < {value} AND {a} > {other}",
            f"{a} IN ({value}, {other})", f"{a} = {b}", f"{a} = {b} AND {b} = {value}",
            f"{a} = {value} AND {b} = {other}", f"{a} BETWEEN {value} AND {other}",
            f"({a} = {value} OR {a} = {other})", f"{a} = {value} AND {a} > {other}",
            f"{a} > {value} AND {a} >= {other} AND {b} <> {value}", f"{a} IS NOT NULL",
            f"{a} IS NULL",
        ))  # fmt: skip

    def subquery_condition(self, scope: Scope) -> str:
        source, alias, columns = self.source(0)
        inner = Scope()
        inner.add(alias, columns)
        kind = self.rng.choice([k for k in (INT, STR) if k in scope.kinds()] or [""])
        if not kind:
            return f"EXISTS (SELECT 1 FROM {source} WHERE {self.condition(inner, 1)})"
        outer, own = self.column(scope, kind), self.column(inner, kind)
        where = f" WHERE {self.condition(inner, 1)}" if self.rng.random() < 0.6 else ""
        choice = self.rng.randrange(4)
        if choice == 0:
            return f"{outer} IN (SELECT {own} FROM {source}{where})"
        if choice == 1:
            return f"{outer} NOT IN (SELECT {own} FROM {source}{where})"
        link = f"{own} = {outer}"
        where = f"{where} AND {link}" if where else f" WHERE {link}"
        where = where if " OR " not in where else f" WHERE {link}"
        word = self.rng.choice(("EXISTS", "NOT EXISTS"))
        return f"{word} (SELECT 1 FROM {source}{where})"

    def scalar_subquery(self, scope: Scope) -> str:
        source, alias, columns = self.source(0)
        inner = Scope()
        inner.add(alias, columns)
        kind = INT if INT in scope.kinds() else ""
        forms = [f"MAX({self.column(inner, INT)})", f"SUM({self.column(inner, INT)})"]
        if kind or not self.streaming:
            forms.append("COUNT(*)")  # of no rows without keys: NULL in a stream
        value = self.rng.choice(forms)
        link = f" WHERE {self.column(inner, kind)} = {self.column(scope, kind)}" if kind else ""
        return f"(SELECT {value} FROM {source}{link})"

    def aggregate(self, scope: Scope) -> tuple[str, str]:
        kind = self.rng.choice(scope.kinds())
        arg = self.expression(scope, kind, 1)
        forms = [("COUNT(*)", INT), (f"COUNT({arg})", INT), (f"COUNT(DISTINCT {arg})", INT)]
        if kind != BOOL:
            forms += [(f"MIN({arg})", kind), (f"MAX({arg})", kind)]
        if kind in (INT, DBL):
            forms += [(f"SUM({arg})", kind), (f"SUM(DISTINCT {arg})", kind)]
        if kind == DBL:
            forms.append((f"AVG({arg})", kind))
        text, result = self.rng.choice(forms)
        if self.rng.random() < 0.25:
            text += f" FILTER (WHERE {self.condition(scope, 1)})"
        return text, result


def listed(items: list[str]) -> str:
    return ", ".join(f"{item} AS c{i}" for i, item in enumerate(items))


def named(kinds: list[str]) -> list[tuple[str, str]]:
    return [(f"c{i}", kind) for i, kind in enumerate(kinds)]
