"""Aggregates and the properties of windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.table._expr.base import Base, given, make

if TYPE_CHECKING:
    from headrace.table.expression import Expression


class Aggregates(Base):
    """Aggregate functions over the rows of a group or window."""

    @property
    def distinct(self) -> Expression:
        """Has the aggregate in front see each value once: col("a").count.distinct."""
        return self._call("distinct")

    @property
    def sum(self) -> Expression:
        """The sum, NULL over no rows."""
        return self._call("sum")

    @property
    def sum0(self) -> Expression:
        """The sum, 0 over no rows."""
        return self._call("sum0")

    @property
    def min(self) -> Expression:
        """The least value."""
        return self._call("min")

    @property
    def max(self) -> Expression:
        """The greatest value."""
        return self._call("max")

    @property
    def count(self) -> Expression:
        """The number of values that are not NULL."""
        return self._call("count")

    @property
    def avg(self) -> Expression:
        """The mean."""
        return self._call("avg")

    @property
    def first_value(self) -> Expression:
        """The first value to arrive."""
        return self._call("firstValue")

    @property
    def last_value(self) -> Expression:
        """The last value to arrive."""
        return self._call("lastValue")

    def list_agg(self, separator: Any = None) -> Expression:
        """The texts with a separator in between, a comma unless given."""
        return self._call("listAgg", "," if separator is None else separator)

    @property
    def stddev_pop(self) -> Expression:
        """The standard deviation of a population."""
        return self._call("stddevPop")

    @property
    def stddev_samp(self) -> Expression:
        """The standard deviation of a sample."""
        return self._call("stddevSamp")

    @property
    def var_pop(self) -> Expression:
        """The variance of a population."""
        return self._call("varPop")

    @property
    def var_samp(self) -> Expression:
        """The variance of a sample."""
        return self._call("varSamp")

    @property
    def collect(self) -> Expression:
        """The values as a MULTISET."""
        return self._call("collect")

    @property
    def array_agg(self) -> Expression:
        """The values as an ARRAY."""
        return self._call("arrayAgg")

    def percentile(self, percentage: Any, frequency: Any = None) -> Expression:
        """The value below which a share of the values lies, interpolated."""
        return self._call("percentile", percentage, *given(frequency))

    @property
    def start(self) -> Expression:
        """The start of the group window that this column names."""
        return self._call("start")

    @property
    def end(self) -> Expression:
        """The end of the group window that this column names."""
        return self._call("end")

    @property
    def rowtime(self) -> Expression:
        """The time attribute of the group window: its end less one millisecond."""
        return self._call("rowtime")

    @property
    def proctime(self) -> Expression:
        """The processing-time attribute of the group window."""
        return self._call("proctime")

    def over(self, alias: Any) -> Expression:
        """The aggregate over the rows of an over window, named by a column or a string."""
        name = alias if isinstance(alias, str) else alias._json.get("column", "")
        return make({"over": {"arg": self._json, "window": name}})
