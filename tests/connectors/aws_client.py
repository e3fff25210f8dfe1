"""Amazon's own client, run by the Python that has it: aws_client.py ADDRESS COMMAND ARGUMENT…"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import boto3

ROLE = "arn:aws:iam::123456789012:role/r"
BUCKET = "arn:aws:s3:::bucket"


def client(address: str, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=address,
        region_name="eu-central-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )


def create(kinesis: Any, name: str, shards: str) -> None:
    kinesis.create_stream(StreamName=name, ShardCount=int(shards))
    kinesis.get_waiter("stream_exists").wait(StreamName=name)


def put(kinesis: Any, name: str, start: str, end: str) -> None:
    """The numbers of a range, each its own partition key."""
    numbers = [str(n) for n in range(int(start), int(end))]
    for at in range(0, len(numbers), 500):
        kinesis.put_records(
            StreamName=name,
            Records=[{"Data": n.encode(), "PartitionKey": n} for n in numbers[at : at + 500]],
        )


def open_shards(kinesis: Any, name: str) -> list[Any]:
    shards = kinesis.list_shards(StreamName=name)["Shards"]
    return [s for s in shards if "EndingSequenceNumber" not in s["SequenceNumberRange"]]


def split(kinesis: Any, name: str) -> None:
    """The first open shard in two."""
    shard = open_shards(kinesis, name)[0]
    keys = shard["HashKeyRange"]
    middle = (int(keys["StartingHashKey"]) + int(keys["EndingHashKey"])) // 2
    kinesis.split_shard(
        StreamName=name, ShardToSplit=shard["ShardId"], NewStartingHashKey=str(middle)
    )
    kinesis.get_waiter("stream_exists").wait(StreamName=name)


def merge(kinesis: Any, name: str) -> None:
    """Two open shards that are neighbours."""
    shards = open_shards(kinesis, name)
    shards.sort(key=lambda s: int(s["HashKeyRange"]["StartingHashKey"]))
    kinesis.merge_shards(
        StreamName=name,
        ShardToMerge=shards[0]["ShardId"],
        AdjacentShardToMerge=shards[1]["ShardId"],
    )
    kinesis.get_waiter("stream_exists").wait(StreamName=name)


def read(kinesis: Any, name: str) -> None:
    """Prints the values of a stream."""
    values: list[str] = []
    for shard in kinesis.list_shards(StreamName=name)["Shards"]:
        at = kinesis.get_shard_iterator(
            StreamName=name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while at:
            got = kinesis.get_records(ShardIterator=at, Limit=1000)
            values += [r["Data"].decode() for r in got["Records"]]
            at = got.get("NextShardIterator") if got["Records"] else None
    print(json.dumps(values))


def delivery(address: str, name: str) -> None:
    """Makes a delivery stream into a bucket."""
    client(address, "s3").create_bucket(
        Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    client(address, "firehose").create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE,
            "BucketARN": BUCKET,
        },
    )


def bucket(address: str) -> None:
    """Prints what lies in the bucket, in one piece."""
    s3 = client(address, "s3")
    parts = []
    for item in s3.list_objects_v2(Bucket="bucket").get("Contents", []):
        parts.append(s3.get_object(Bucket="bucket", Key=item["Key"])["Body"].read().decode())
    print(json.dumps("".join(parts)))


def main(address: str, command: str, *arguments: str) -> None:
    """Runs a command."""
    if command in ("delivery", "bucket"):
        globals()[command](address, *arguments)
        return
    kinesis = client(address, "kinesis")
    for attempt in range(5):  # throttled
        try:
            globals()[command](kinesis, *arguments)
            return
        except kinesis.exceptions.LimitExceededException:
            time.sleep(2**attempt)
    raise SystemExit("the server refuses for too long")


if __name__ == "__main__":
    main(*sys.argv[1:])
