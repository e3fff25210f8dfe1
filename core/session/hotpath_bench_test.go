package session

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// BenchmarkFilterProject is a whole job over rows at hand: a filter that half the rows pass, a sum,
// and a black hole.
func BenchmarkFilterProject(b *testing.B) {
	const rows, each = 1 << 22, 1 << 16
	s := Open(Options{})
	defer s.Close()
	big := types.Of(types.BigInt)
	schema := types.NewSchema(types.F("a", big), types.F("b", big))
	rng := rand.New(rand.NewPCG(1, 1))
	var batches []*batch.Batch
	for range rows / each {
		x, y := make([]int64, each), make([]int64, each)
		for i := range each {
			x[i], y[i] = rng.Int64N(1000), rng.Int64N(1000)
		}
		batches = append(batches, batch.New(schema, []*batch.Column{
			batch.MakeFixed(big, x, nil), batch.MakeFixed(big, y, nil)}, each))
	}
	view, err := json.Marshal(map[string]any{"table": map[string]any{"verb": "create_view",
		"name": "t", "rel": map[string]any{"inline": map[string]any{
			"handle": s.PutBatches(schema, batches)}}}})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.Call(b.Context(), view); err != nil {
		b.Fatal(err)
	}
	call(b, s, "SET 'parallelism.default' = '1'")
	call(b, s, "CREATE TABLE nowhere (y BIGINT) WITH ('connector' = 'blackhole')")
	b.ReportAllocs()
	n, least := 0, math.Inf(1)
	for b.Loop() {
		from := processorSeconds(b)
		wait(b, s, call(b, s, "INSERT INTO nowhere SELECT a + b FROM t WHERE a < 500"))
		least = min(least, processorSeconds(b)-from)
		n++
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(n*rows), "ns/row")
	b.ReportMetric(least*1e9/rows, "least-cpu-ns/row")
}

// processorSeconds is what the process has used of the processors: on a machine that others use it
// says more than the time that went by, and its least value of several runs says most.
func processorSeconds(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}
