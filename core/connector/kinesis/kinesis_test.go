package kinesis_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	_ "github.com/headrace/headrace/core/connector/kinesis" // registers itself
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	_ "github.com/headrace/headrace/core/format/json" // likewise
	_ "github.com/headrace/headrace/core/format/raw"
)

func source(t *testing.T, table *connector.Table) connector.Source {
	t.Helper()
	s, err := connector.NewSource(table)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func numbers(from, to int) []string {
	var out []string
	for i := from; i < to; i++ {
		out = append(out, fmt.Sprintf("%03d", i))
	}
	return out
}

// until steps until so many rows have been read, or there is an error.
func until(t *testing.T, r *connectortest.Run, rows int) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for len(r.Rows) < rows {
		if _, err := r.Step(3); err != nil {
			return err
		}
		if ctx.Err() != nil {
			t.Fatalf("%d rows, want %d: %v", len(r.Rows), rows, r.Rows)
		}
	}
	return nil
}

// has fails unless exactly the values have been read, in any order.
func has(t *testing.T, r *connectortest.Run, values []string) {
	t.Helper()
	if err := until(t, r, len(values)); err != nil {
		t.Fatal(err)
	}
	want := make([]string, len(values))
	for i, v := range values {
		want[i] = "+I|" + v
	}
	slices.Sort(want)
	if got := slices.Sorted(slices.Values(r.Rows)); !slices.Equal(got, want) {
		t.Fatalf("\n got %q\nwant %q", got, want)
	}
}

func fails(t *testing.T, table *connector.Table, parts ...string) {
	t.Helper()
	r := connectortest.Start(t, source(t, table), 1, nil)
	defer r.Close()
	err := until(t, r, 1)
	if err == nil {
		t.Fatal("there is no error", r.Rows)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("%v, want %q", err, p)
		}
	}
}

// TestRestoredAnywhere: a checkpoint behind any batch, and the rest read at another parallelism.
func TestRestoredAnywhere(t *testing.T) {
	s := start(t)
	s.create("in", 3)
	all := numbers(0, 40)
	s.put("in", all...)
	for at := 0; at < 15; at += 2 {
		first := connectortest.Start(t, source(t, s.reading()), 2, nil)
		for first.Batches < at {
			if _, err := first.Step(3); err != nil {
				t.Fatal(err)
			}
		}
		state, rows := first.Checkpoint(), slices.Clone(first.Rows)
		if _, err := first.Step(3); err != nil { // lost with the attempt
			t.Fatal(err)
		}
		first.Close()
		second := connectortest.Start(t, source(t, s.reading("scan.shard-assigner", "uniform")), 1+at%3,
			state)
		second.Rows = rows
		has(t, second, all)
		second.Close()
	}
}

// TestResharding: children are read when their parents have been, by whichever reader, also when the
// job fails in between.
func TestResharding(t *testing.T) {
	s := start(t)
	s.create("in", 2)
	s.put("in", numbers(0, 20)...)
	s.split("in", 0) // shards 2 and 3
	s.put("in", numbers(20, 40)...)
	s.merge("in", 3, 1) // shard 4
	s.put("in", numbers(40, 60)...)
	table := s.reading()
	table.Schema = types.NewSchema(types.F("v", types.String()), types.F("shard", types.String()))
	table.Metadata["shard"] = "shard-id"
	parents := map[string][]string{"2": {"0"}, "3": {"0"}, "4": {"3", "1"}}
	for at := 0; at < 18; at += 2 {
		r := connectortest.Start(t, source(t, table), 1+at%3, nil)
		for r.Batches < at {
			if _, err := r.Step(3); err != nil {
				t.Fatal(err)
			}
		}
		state, rows := r.Checkpoint(), r.Rows
		r.Close()
		r = connectortest.Start(t, source(t, table), 1+(at+1)%3, state)
		r.Rows = rows
		if err := until(t, r, 60); err != nil {
			t.Fatal(err)
		}
		left := map[string]int{}
		for _, row := range r.Rows {
			left[row[len(row)-1:]]++
		}
		seen := map[string]bool{}
		for _, row := range r.Rows {
			id := row[len(row)-1:]
			left[id]--
			for _, p := range parents[id] {
				if left[p] > 0 {
					t.Fatalf("%d: a record of shard %s before the last of shard %s: %v", at, id, p, r.Rows)
				}
			}
			seen[row[3:6]] = true
		}
		if len(seen) != 60 {
			t.Fatalf("%d: %d values", at, len(seen))
		}
		r.Close()
	}
}

// TestReshardingWhileItIsRead also has a shard that ends without a record.
func TestReshardingWhileItIsRead(t *testing.T) {
	s := start(t)
	s.create("in", 2)
	r := connectortest.Start(t, source(t, s.reading("flink.stream.initpos", "LATEST")), 2, nil)
	defer r.Close()
	for !r.Asked() {
		if _, err := r.Step(3); err != nil {
			t.Fatal(err)
		}
	}
	s.put("in", numbers(0, 10)...)
	has(t, r, numbers(0, 10))
	s.split("in", 1)
	s.split("in", 2)
	s.put("in", numbers(10, 30)...)
	has(t, r, numbers(0, 30))
	s.merge("in", 4, 5)
	s.put("in", numbers(30, 50)...)
	has(t, r, numbers(0, 50))
}

// nextMilli waits for the next millisecond to begin: times of iterators are no finer.
func nextMilli() time.Time {
	for now := time.Now(); ; time.Sleep(50 * time.Microsecond) {
		if at := time.Now().Truncate(time.Millisecond); at.After(now) {
			return at
		}
	}
}

func TestWhereReadingBegins(t *testing.T) {
	s := start(t)
	s.create("in", 2)
	s.put("in", numbers(0, 10)...)
	s.split("in", 0)
	s.put("in", numbers(10, 20)...)
	middle := nextMilli()
	s.put("in", numbers(20, 30)...)
	seconds := fmt.Sprintf("%.3f", float64(middle.UnixMilli())/1000)
	for _, x := range []struct {
		options []string
		want    []string
	}{
		{nil, numbers(0, 30)},
		{[]string{"scan.stream.initpos", "AT_TIMESTAMP", "scan.stream.initpos.timestamp", seconds},
			numbers(20, 30)},
		{[]string{"flink.stream.initpos", "AT_TIMESTAMP", "flink.stream.initpos.timestamp",
			middle.UTC().Format("2006-01-02T15:04:05.000") + "Z"}, numbers(20, 30)},
		{[]string{"flink.stream.initpos", "AT_TIMESTAMP", "flink.stream.initpos.timestamp.format",
			"yyyy-MM-dd HH:mm:ss.SSS XXX", "flink.stream.initpos.timestamp",
			middle.In(time.FixedZone("", 7200)).Format("2006-01-02 15:04:05.000") + " +02:00"},
			numbers(20, 30)},
	} {
		r := connectortest.Start(t, source(t, s.reading(x.options...)), 2, nil)
		has(t, r, x.want)
		r.Close()
	}

	nextMilli()
	// What comes between LATEST and the first record is not lost over a restore.
	r := connectortest.Start(t, source(t, s.reading("scan.stream.initpos", "LATEST")), 2, nil)
	for !r.Asked() {
		if _, err := r.Step(3); err != nil {
			t.Fatal(err)
		}
	}
	state := r.Checkpoint()
	r.Close()
	s.put("in", numbers(30, 40)...)
	r = connectortest.Start(t, source(t, s.reading("scan.stream.initpos", "LATEST")), 1, state)
	has(t, r, numbers(30, 40))
	state = r.Checkpoint()
	r.Close()

	// A stream that the checkpoint does not know is read from its beginning, or as is said.
	s.create("more", 1)
	s.put("more", "m")
	nextMilli()
	r = connectortest.Start(t, source(t, s.reading("stream", "more;in")), 2, state)
	has(t, r, []string{"m"})
	r.Close()
	r = connectortest.Start(t, source(t, s.reading("stream", "more", "scan.stream.initpos", "LATEST",
		"scan.stream.initpos-for-new-streams", "true")), 1, state)
	for !r.Asked() {
		if _, err := r.Step(3); err != nil {
			t.Fatal(err)
		}
	}
	s.put("more", "n")
	has(t, r, []string{"n"})
	r.Close()
}

// TestPassingTrouble: throttled requests and iterators that are too old cost time only.
func TestPassingTrouble(t *testing.T) {
	s := start(t)
	s.create("in", 3)
	s.put("in", numbers(0, 30)...)
	s.throttle = map[string]int{"ListShards": 3, "GetShardIterator": 2, "GetRecords": 7}
	s.expire = true
	r := connectortest.Start(t, source(t, s.reading("scan.shard.getrecords.maxrecordcount", "4")), 2, nil)
	has(t, r, numbers(0, 30))
	r.Close()

	s.throttle["GetRecords"] = 1 << 30
	fails(t, s.reading("scan.shard.getrecords.maxretries", "3"), "shard 'in/shardId-",
		"ProvisionedThroughputExceededException")
}

func TestWrongUse(t *testing.T) {
	s := start(t)
	s.create("in", 1)
	fails(t, s.reading("stream", "im"), "there is no stream 'im'", "did you mean 'in'")
	fails(t, s.reading("aws.credentials.basic.accesskeyid", "other"), "security token is invalid",
		"check the credentials")
	for _, x := range []struct{ name, value, want string }{
		{"flink.stream.initpo", "LATEST", "did you mean 'flink.stream.initpos'"},
		{"scan.stream.initpo", "LATEST", "did you mean 'scan.stream.initpos'"},
		{"flink.stream.initpos", "NEWEST", "'flink.stream.initpos' = 'NEWEST' is not one of LATEST"},
		{"scan.stream.initpos", "AT_TIMESTAMP", "'scan.stream.initpos.timestamp'"},
		{"flink.stream.recordpublisher", "EFO", "enhanced fan-out is not built in"},
		{"scan.shard.getrecords.backoff.expconst", "0.5", "at least 1"},
		{"aws.credentials.provider", "BASIK", "did you mean 'BASIC'"},
		{"aws.credentials.provider", "ASSUME_ROLE", "'aws.credentials.role.arn'"},
		{"aws.credentials.provider.basic.accesskey", "x", "did you mean 'aws.credentials.provider.basic."},
		{"stream", " ", "the name of a stream"},
		{"format", "parquet", "there is no format 'parquet'"},
	} {
		_, err := connector.NewSource(s.reading(x.name, x.value))
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s = %s: %v", x.name, x.value, err)
		}
	}
	table := s.reading()
	table.Metadata["v"] = "shard"
	if _, err := connector.NewSource(table); err == nil || !strings.Contains(err.Error(), "has no metadata") {
		t.Error(err)
	}
	delete(table.Options, "aws.region")
	delete(table.Options, "aws.endpoint")
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	if _, err := connector.NewSource(table); err == nil || !strings.Contains(err.Error(), "names no region") {
		t.Error(err)
	}
}

func TestKeysOfTheEnvironmentAndOfProfiles(t *testing.T) {
	s := start(t)
	s.create("in", 1)
	s.put("in", "x")
	without := func(options ...string) *connector.Table {
		table := s.reading(options...)
		delete(table.Options, "aws.credentials.basic.accesskeyid")
		delete(table.Options, "aws.credentials.basic.secretkey")
		return table
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
	fails(t, without(), "has no credentials", "AWS_ACCESS_KEY_ID")
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	for _, table := range []*connector.Table{without(), without("aws.credentials.provider", "ENV_VAR"),
		s.reading("aws.credentials.provider.basic.accesskeyid", "key")} {
		r := connectortest.Start(t, source(t, table), 1, nil)
		has(t, r, []string{"x"})
		r.Close()
	}
}

// TestColumns: formats, metadata, projection and records that cannot be decoded.
func TestColumns(t *testing.T) {
	s := start(t)
	s.create("in", 1)
	s.put("in", `{"a": 1, "b": "x"}`, `{"a": "?"}`, `{"a": 3, "b": "z"}`)
	table := s.reading("format", "json")
	table.Schema = types.NewSchema(types.F("s", types.String()), types.F("a", types.Of(types.Int)),
		types.F("at", types.Of(types.BigInt)), types.F("b", types.String()), types.F("n", types.String()))
	maps.Copy(table.Metadata, map[string]string{"s": "shard-id", "at": "timestamp", "n": "sequence-number"})
	fails(t, table, "shard 'in/shardId-000000000000', sequence number 4954", "field 'a': '\"?\"'")
	table.Options["scan.decode-error.policy"] = "skip"
	src, err := source(t, table).(connector.ProjectionPushDown).Project([]int{3, 0, 1})
	if err != nil {
		t.Fatal(err)
	}
	r := connectortest.Start(t, src, 1, nil)
	defer r.Close()
	if err := until(t, r, 2); err != nil {
		t.Fatal(err)
	}
	want := []string{"+I|x|shardId-000000000000|1", "+I|z|shardId-000000000000|3"}
	if !slices.Equal(r.Rows, want) {
		t.Error(r.Rows)
	}
}

// TestElementsHaveTheTimeOfTheirArrival: as sources of the DataStream API have.
func TestElementsHaveTheTimeOfTheirArrival(t *testing.T) {
	s := start(t)
	s.create("in", 1)
	before := time.Now().UnixMilli()
	s.put("in", "x")
	table := s.reading()
	table.Stream = true
	src := source(t, table)
	e, err := src.NewEnumerator(&connector.EnumeratorContext{Parallelism: 1, Clock: clock.System{},
		Log: slog.Default(), Wake: func() {}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	r, err := src.NewReader(&connector.ReaderContext{Parallelism: 1, Clock: clock.System{},
		Log: slog.Default(), Wake: func() {}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		splits, _, err := e.Next(0)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Add(splits); err != nil {
			t.Fatal(err)
		}
		p, err := r.Poll(10, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if p.Batch != nil {
			if at := p.Batch.Times[0]; at < before || at > time.Now().UnixMilli() {
				t.Errorf("time %d, put at %d", at, before)
			}
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// TestAggregates: records that Amazon's producer library packs are read one by one, and a restore
// goes on in the middle of them.
func TestAggregates(t *testing.T) {
	s := start(t)
	s.create("in", 1)
	var want []string
	for i := range 5 {
		var packed []string
		for k := range 7 {
			packed = append(packed, strconv.Itoa(i)+"-"+strconv.Itoa(k))
		}
		want = append(want, packed...)
		s.put("in", string(aggregate(packed...)), "plain"+strconv.Itoa(i))
		want = append(want, "plain"+strconv.Itoa(i))
	}
	broken := aggregate("a", "b")
	broken[len(broken)-1] ^= 1 // no aggregate after all
	for at := 0; at < 14; at += 3 {
		r := connectortest.Start(t, source(t, s.reading()), 1, nil)
		for r.Batches < at {
			if _, err := r.Step(3); err != nil {
				t.Fatal(err)
			}
		}
		state, rows := r.Checkpoint(), r.Rows
		r.Close()
		r = connectortest.Start(t, source(t, s.reading()), 1, state)
		r.Rows = rows
		has(t, r, want)
		r.Close()
	}
	s.put("in", string(broken))
	r := connectortest.Start(t, source(t, s.reading()), 1, nil)
	has(t, r, append(want, string(kernel.AppendUTF8(nil, broken)))) // as text
	r.Close()

	// The key of a packed record may belong to another shard since a resharding.
	s.create("two", 2)
	s.mu.Lock()
	for _, sh := range s.streams["two"] {
		sh.records = []serverRecord{{seq: "1", data: aggregate("a", "b", "c", "d"), arrived: time.Now()}}
	}
	s.mu.Unlock()
	r = connectortest.Start(t, source(t, s.reading("stream", "two")), 2, nil)
	has(t, r, []string{"a", "b", "c", "d"})
	r.Close()
}
