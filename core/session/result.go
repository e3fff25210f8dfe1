package session

import (
	"context"

	"github.com/headrace/headrace/core/connector/collect"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// resultBytes is how much of a result waits in the engine before the job does.
const resultBytes = 64 << 20

// result is rows for the program: of a job, or at hand.
type result struct {
	rows   []*batch.Batch
	stream *collect.Results
}

func (r *result) next(ctx context.Context) (*batch.Batch, bool, error) {
	if r.stream != nil {
		return r.stream.Next(ctx)
	}
	if len(r.rows) == 0 {
		return nil, false, nil
	}
	b := r.rows[0]
	r.rows = r.rows[1:]
	return b, true, nil
}

func (r *result) close() {
	if r.stream != nil {
		r.stream.Close()
	}
}

// textRows makes a small result of STRING columns.
func (s *Session) textRows(columns []string, rows [][]string) *Answer {
	fields := make([]types.Field, len(columns))
	for i, c := range columns {
		fields[i] = types.F(c, types.String())
	}
	return s.smallRows(types.NewSchema(fields...), func(b *batch.RowBuilder) {
		for _, row := range rows {
			for i, v := range row {
				if v == nullText {
					b.Cols[i].AppendNull()
				} else {
					b.Cols[i].AppendString(v)
				}
			}
		}
	})
}

// nullText stands for NULL in textRows.
const nullText = "\x00"

func (s *Session) smallRows(schema *types.Schema, fill func(*batch.RowBuilder)) *Answer {
	b := batch.NewRowBuilder(schema, 16)
	fill(b)
	h := s.handle("result")
	r := &result{}
	if b.Len() > 0 {
		r.rows = []*batch.Batch{b.Finish()}
	}
	s.results[h] = r
	return &Answer{Kind: "rows", Handle: h, Schema: schema.RowType().Nullable(true).String()}
}
