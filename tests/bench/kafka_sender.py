#!/usr/bin/env python3
"""Sends records that bear the time of their sending; a process of its own beside what measures.

usage: kafka_sender.py ADDRESS TOPIC PARTITIONS RATE SECONDS      (RATE 0: as many as go)"""

from __future__ import annotations

import sys
import time

from confluent_kafka import Producer


def main(address: str, topic: str, partitions: int, rate: int, seconds: float) -> None:
    """Sends until the time is over; prints how many there were."""
    # Requests of a few records each would keep a broker on the same machine busy at high rates.
    linger = 20 if not rate else 0 if rate <= 10_000 else 5
    producer = Producer({"bootstrap.servers": address, "linger.ms": linger})
    begin, n = time.monotonic(), 0
    while (now := time.monotonic() - begin) < seconds:
        due = now * rate if rate else n + 1000
        while n < due:
            text = b'{"sent":%d,"price":%d}' % (time.time_ns(), n)
            try:
                producer.produce(topic, text, partition=n % partitions)
            except BufferError:  # the broker is behind
                producer.poll(0.01)
                continue
            n += 1
        producer.poll(0.001 if rate else 0)
    producer.flush()
    print(n)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
