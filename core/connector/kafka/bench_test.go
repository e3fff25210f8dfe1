package kafka_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/connector"
)

const (
	benchRecords = 300_000
	benchSize    = 100
)

// loaded is a broker with a full topic.
func loaded(b *testing.B) *cluster {
	b.Helper()
	c := start(b, "in")
	value := bytes.Repeat([]byte("x"), benchSize)
	for i := range benchRecords {
		c.client.Produce(context.Background(), &kgo.Record{Topic: "in", Partition: int32(i % 3),
			Value: value}, nil)
	}
	if err := c.client.Flush(limit(b)); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(benchRecords * benchSize)
	b.ResetTimer()
	return c
}

// BenchmarkBareClient is the floor: records that nobody looks at.
func BenchmarkBareClient(b *testing.B) {
	c := loaded(b)
	for range b.N {
		at := map[int32]kgo.Offset{}
		for p := range int32(3) {
			at[p] = kgo.NewOffset().AtStart()
		}
		client, err := kgo.NewClient(kgo.SeedBrokers(c.fake.ListenAddrs()...),
			kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{"in": at}))
		if err != nil {
			b.Fatal(err)
		}
		for n := 0; n < benchRecords; {
			n += client.PollFetches(context.Background()).NumRecords()
		}
		client.Close()
	}
}

// BenchmarkRawRead reads the same topic into columns.
func BenchmarkRawRead(b *testing.B) {
	c := loaded(b)
	table := c.table(textSchema, "topic", "in", "format", "raw", "scan.startup.mode",
		"earliest-offset", "scan.bounded.mode", "latest-offset")
	for range b.N {
		wake := make(chan struct{}, 1)
		signal := func() {
			select {
			case wake <- struct{}{}:
			default:
			}
		}
		src := source(b, table)
		enum, err := src.NewEnumerator(&connector.EnumeratorContext{Parallelism: 1,
			Clock: clock.System{}, Log: slog.Default(), Wake: signal}, nil)
		if err != nil {
			b.Fatal(err)
		}
		r, err := src.NewReader(&connector.ReaderContext{Parallelism: 1, Clock: clock.System{},
			Log: slog.Default(), Wake: signal})
		if err != nil {
			b.Fatal(err)
		}
		for n := 0; n < benchRecords; {
			p, err := r.Poll(4096, 1<<20)
			if err != nil {
				b.Fatal(err)
			}
			if p.Batch != nil {
				n += p.Batch.Len()
				continue
			}
			if p.Status == connector.Starved {
				splits, _, err := enum.Next(0)
				if err != nil {
					b.Fatal(err)
				}
				if len(splits) > 0 {
					if err := r.Add(splits); err != nil {
						b.Fatal(err)
					}
					continue
				}
			}
			<-wake
		}
		r.Close()
		enum.Close()
	}
}
