package worker

import (
	"bytes"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

// One turn: a batch of 1,024 numbers there and back.
func BenchmarkTurn(b *testing.B) {
	h := spawn(b, &bytes.Buffer{})
	p := newProcess(b, h, types.Of(types.BigInt))
	rows := udf.Rows{Value: batch.MakeFixed(types.Of(types.BigInt), make([]int64, 1024), nil)}
	b.ReportAllocs()
	for b.Loop() {
		if err := p.FeedRows(rows); err != nil {
			b.Fatal(err)
		}
		if _, err := p.Run(udf.ProcessClock{}, 1024, 1<<20); err != nil {
			b.Fatal(err)
		}
		if out, err := p.Take(0); err != nil || out.Len() != 1024 {
			b.Fatal(out, err)
		}
	}
}
