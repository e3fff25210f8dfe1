"""Functions of bitmaps: sets of 32-bit numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.table._expr.base import Base

if TYPE_CHECKING:
    from headrace.table.expression import Expression


class Bitmaps(Base):
    """Bitmaps and their aggregates."""

    def bitmap_and(self, bitmap2: Any) -> Expression:
        """The numbers that both have."""
        return self._call("bitmapAnd", bitmap2)

    def bitmap_andnot(self, bitmap2: Any) -> Expression:
        """The numbers that the other has not."""
        return self._call("bitmapAndnot", bitmap2)

    def bitmap_and_agg(self) -> Expression:
        """The numbers that all bitmaps have."""
        return self._call("bitmapAndAgg")

    def bitmap_and_cardinality_agg(self) -> Expression:
        """How many numbers all bitmaps have."""
        return self._call("bitmapAndCardinalityAgg")

    def bitmap_build(self) -> Expression:
        """A bitmap of the numbers of an array."""
        return self._call("bitmapBuild")

    def bitmap_build_agg(self) -> Expression:
        """A bitmap of the numbers of all rows."""
        return self._call("bitmapBuildAgg")

    def bitmap_build_cardinality_agg(self) -> Expression:
        """How many different numbers the rows have."""
        return self._call("bitmapBuildCardinalityAgg")

    def bitmap_cardinality(self) -> Expression:
        """How many numbers there are."""
        return self._call("bitmapCardinality")

    def bitmap_from_bytes(self) -> Expression:
        """A bitmap of its serialised form."""
        return self._call("bitmapFromBytes")

    def bitmap_or(self, bitmap2: Any) -> Expression:
        """The numbers of either."""
        return self._call("bitmapOr", bitmap2)

    def bitmap_or_agg(self) -> Expression:
        """The numbers that any bitmap has."""
        return self._call("bitmapOrAgg")

    def bitmap_or_cardinality_agg(self) -> Expression:
        """How many numbers any bitmap has."""
        return self._call("bitmapOrCardinalityAgg")

    def bitmap_to_array(self) -> Expression:
        """The numbers in order."""
        return self._call("bitmapToArray")

    def bitmap_to_bytes(self) -> Expression:
        """The serialised form."""
        return self._call("bitmapToBytes")

    def bitmap_to_string(self) -> Expression:
        """The numbers with commas in between."""
        return self._call("bitmapToString")

    def bitmap_xor(self, bitmap2: Any) -> Expression:
        """The numbers of one but not of both."""
        return self._call("bitmapXor", bitmap2)

    def bitmap_xor_agg(self) -> Expression:
        """The numbers that an odd number of bitmaps have."""
        return self._call("bitmapXorAgg")

    def bitmap_xor_cardinality_agg(self) -> Expression:
        """How many numbers an odd number of bitmaps have."""
        return self._call("bitmapXorCardinalityAgg")
