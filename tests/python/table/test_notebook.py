"""What a notebook shows of a table."""

from __future__ import annotations

from headrace.table import TableEnvironment
from headrace.table.expressions import col


def test_the_first_rows_of_a_table_that_ends(batch: TableEnvironment) -> None:
    table = batch.from_elements([(i, "<b>") for i in range(30)], ["n", "s"])
    batch.get_config().set("headrace.preview.rows", "3")
    html = table._repr_html_()
    assert "<th>n<br><small>BIGINT</small></th>" in html
    assert html.count("<td>&lt;b&gt;</td>") == 3
    assert "the first 3 rows; there are more" in html
    few = table.filter(col("n") < 2)._repr_html_()
    assert few.count("<tr><td>") == 2
    assert "more" not in few


def test_rows_that_were_taken_back_are_not_shown(streaming: TableEnvironment) -> None:
    table = streaming.from_elements([("k", 1), ("k", 2), ("k", None)], ["k", "v"])
    html = table.group_by(col("k")).select(col("k"), col("v").sum.alias("total"))._repr_html_()
    assert html.count("<tr><td>") == 1
    assert "<tr><td>k</td><td>3</td></tr>" in html


def test_a_table_without_end_is_not_run(streaming: TableEnvironment) -> None:
    streaming.execute_sql("CREATE TABLE ticks (`a<b` INT) WITH ('connector' = 'datagen')")
    html = streaming.from_path("ticks")._repr_html_()
    assert "<tr><td>a&lt;b</td><td>INT</td></tr>" in html
    assert "no end" in html


def test_zero_rows_run_nothing(batch: TableEnvironment) -> None:
    batch.get_config().set("headrace.preview.rows", "0")
    html = batch.from_elements([(1,)], ["n"])._repr_html_()
    assert "<tr><td>n</td><td>BIGINT</td></tr>" in html
    assert "headrace.preview.rows is 0" in html
