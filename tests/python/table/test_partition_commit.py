"""Partition commit policies and time extractors written in Python."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

import pytest

from headrace.table import TableEnvironment
from headrace.table.partition_commit import (
    PartitionCommitContext,
    PartitionCommitPolicy,
    PartitionTimeExtractor,
)

HERE = __name__
SEEN: list[tuple[str, int, dict[str, str], str]] = []


class Remember(PartitionCommitPolicy):
    def __init__(self, label: str, number: int) -> None:
        self.label, self.number = label, number

    def commit(self, context: PartitionCommitContext) -> None:
        files = [p.name for p in Path(context.partition_path).iterdir() if p.name[0] not in "._"]
        assert files, "the files are there before the policy"
        SEEN.append((self.label, self.number, context.partition_spec, context.table_name))
        if self.label == "fails":
            raise RuntimeError("the catalog is away")


class Months(PartitionTimeExtractor):
    def extract(self, partition_keys: Sequence[str],
                partition_values: Sequence[str]) -> datetime.datetime:
        year, month = partition_values
        return datetime.datetime(int(year), int(month), 1)


def sink(t_env: TableEnvironment, path: Path, **options: str) -> None:
    given = {"connector": "filesystem", "path": str(path), "format": "csv",
             "sink.partition-commit.policy.kind": "custom,success-file",
             "sink.partition-commit.policy.class": f"{HERE}:Remember",
             "sink.partition-commit.policy.class.parameters": "x;3", **options}
    listed = ", ".join(f"'{k}' = '{v}'" for k, v in given.items())
    t_env.execute_sql("CREATE TABLE sink (id INT, y STRING, m STRING) PARTITIONED BY (y, m) "
                      f"WITH ({listed})")


INSERT = "INSERT INTO sink VALUES (1, '2024', '01'), (2, '2024', '02')"


def test_policy_and_extractor(streaming: TableEnvironment, tmp_path: Path) -> None:
    SEEN.clear()
    sink(streaming, tmp_path, **{
        "sink.partition-commit.trigger": "partition-time",
        "partition.time-extractor.kind": "custom",
        "partition.time-extractor.class": f"{HERE}:Months"})
    streaming.execute_sql(INSERT).wait()
    assert sorted(SEEN, key=repr) == [
        ("x", 3, {"y": "2024", "m": month}, "sink") for month in ("01", "02")]
    assert len(list(tmp_path.glob("y=2024/m=*/_SUCCESS"))) == 2


@pytest.mark.parametrize(("options", "says"), [
    ({"sink.partition-commit.policy.class.parameters": "fails;1"}, "the catalog is away"),
    ({"sink.partition-commit.policy.class.parameters": "x;y"}, "is no int"),
    ({"sink.partition-commit.policy.class": f"{HERE}:Rember"}, "did you mean 'Remember'"),
    ({"sink.partition-commit.policy.class": f"{HERE}:Months"}, "takes 0 parameters, not 2")])
def test_what_fails(batch: TableEnvironment, tmp_path: Path, options: dict[str, str],
                    says: str) -> None:
    sink(batch, tmp_path, **options)
    with pytest.raises(Exception, match=says):
        batch.execute_sql(INSERT).wait()
