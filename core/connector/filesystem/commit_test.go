package filesystem_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
)

// TestSuccessFileSomeTimeAfterTheFirstRow: by the clock a partition is complete a delay after it was
// begun, over a restart too, and again when rows come late; at the end all are.
func TestSuccessFileSomeTimeAfterTheFirstRow(t *testing.T) {
	fs := fsys.NewMem()
	tbl := table(fs, "id INT, p STRING", "sink.partition-commit.policy.kind", "success-file",
		"sink.partition-commit.delay", "1 h", "sink.partition-commit.success-file.name", "_DONE")
	tbl.PartitionKeys = []string{"p"}
	hands := clock.NewManual(0)
	done := func(p string) bool {
		_, err := fs.Stat("/d/p=" + p + "/_DONE")
		return err == nil
	}
	ctx := connector.WriterContext{JobID: "job", Clock: hands}
	w := connectortest.Open(t, sink(t, tbl), ctx, nil)
	w.Write(numbers(0, 1, "a"))
	hands.Advance(50 * time.Minute)
	w.Write(numbers(1, 2, "b"))
	tokens, state := w.Barrier(false)
	w.Commit(tokens)
	if done("a") || done("b") {
		t.Error("complete before the delay is over")
	}
	w.Close()
	ctx.Attempt, ctx.RestoredCheckpoint, ctx.Restored = 1, 1, [][]byte{state}
	w = connectortest.Open(t, sink(t, tbl), ctx, tokens)
	hands.Advance(11 * time.Minute)
	tokens, _ = w.Barrier(false)
	w.Commit(tokens)
	if !done("a") || done("b") {
		t.Error("61 minutes:", done("a"), done("b"))
	}
	if err := fs.Remove("/d/p=a/_DONE"); err != nil {
		t.Fatal(err)
	}
	w.Write(numbers(2, 3, "a"))
	tokens, _ = w.Barrier(true)
	w.Commit(tokens)
	w.Close()
	if !done("a") || !done("b") {
		t.Error("at the end:", done("a"), done("b"))
	}
}

// A policy and an extractor of one's own: called in the order of the policies, again where it failed,
// with the partition; the extractor's time is compared with the watermark.
func TestOwnPolicyAndTime(t *testing.T) {
	fs := fsys.NewMem()
	tbl := table(fs, "id INT, p STRING", "sink.partition-commit.policy.kind", "custom, success-file",
		"sink.partition-commit.policy.class", "m:Policy", "sink.partition-commit.policy.class.parameters",
		"x; 7", "sink.partition-commit.trigger", "partition-time", "partition.time-extractor.kind", "custom",
		"partition.time-extractor.class", "m:Time")
	tbl.Name, tbl.PartitionKeys = "c.d.t", []string{"p"}
	if _, err := connector.NewSink(tbl); err == nil || !strings.Contains(err.Error(), "is in Python") {
		t.Error(err)
	}
	var calls []string
	fails := true
	tbl.Call = func(class string, parameters []string, method string, argument []byte) ([]byte, error) {
		if method == "extract" {
			return []byte("1000"), nil
		}
		if _, err := fs.Stat("/d/p=a/_SUCCESS"); err == nil {
			t.Error("the success file is there before its turn")
		}
		calls = append(calls, fmt.Sprint(class, parameters, method, string(argument)))
		if fails {
			return nil, errors.New("the catalog is away")
		}
		return nil, nil
	}
	s := sink(t, tbl)
	w := connectortest.Open(t, s, connector.WriterContext{}, nil)
	w.Write(numbers(0, 1, "a"))
	step := func(watermark int64) error {
		if err := w.Writer.Watermark(watermark); err != nil {
			t.Fatal(err)
		}
		tokens, _ := w.Barrier(false)
		_, err := w.Committer.Commit(tokens)
		return err
	}
	if err := step(999); err != nil || len(calls) > 0 {
		t.Fatal(err, calls)
	}
	if err := step(1000); err == nil || !strings.Contains(err.Error(), "partition 'p=a': the catalog is away") {
		t.Fatal(err)
	}
	fails = false
	if err := step(1001); err != nil {
		t.Fatal(err)
	}
	if err := step(1002); err != nil {
		t.Fatal(err)
	}
	want := `m:Policy[x 7]commit{"catalog_name":"c","database_name":"d","partition_keys":["p"],` +
		`"partition_path":"/d/p=a","partition_values":["a"],"table_name":"t"}`
	if !slices.Equal(calls, []string{want, want}) {
		t.Errorf("%q", calls)
	}
	if _, err := fs.Stat("/d/p=a/_SUCCESS"); err != nil {
		t.Error(err)
	}
	w.Close()
	for missing, says := range map[string]string{
		"sink.partition-commit.policy.class": "needs the option 'sink.partition-commit.policy.class'",
		"partition.time-extractor.kind":      "is for 'partition.time-extractor.kind' = 'custom'",
	} {
		value := tbl.Options[missing]
		delete(tbl.Options, missing)
		if _, err := connector.NewSink(tbl); err == nil || !strings.Contains(err.Error(), says) {
			t.Error(missing, err)
		}
		tbl.Options[missing] = value
	}
}
