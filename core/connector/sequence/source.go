// Package sequence is a source of the whole numbers from start to end, in order, shared by the
// readers in even parts.
package sequence

import (
	"encoding/binary"
	"fmt"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

func init() {
	connector.Register(&connector.Factory{
		Name: "number-sequence",
		Doc:  "The whole numbers from start to end, both included.",
		Options: []connector.Option{
			{Name: "start", Type: "int", Required: true, Doc: "First number."},
			{Name: "end", Type: "int", Required: true, Doc: "Last number."},
			{Name: "rows-per-second", Type: "float",
				Doc: "Numbers a second over all readers; not set: as many as possible."},
		},
		NewSource: newSource,
	})
}

// Source gives numbers.
type Source struct {
	schema *types.Schema
	from   int64
	to     int64
	rate   float64 // a second over all readers, 0: no limit
}

func newSource(t *connector.Table) (connector.Source, error) {
	o := t.OptionReader()
	s := &Source{schema: t.Schema, from: o.Int("start", 0, -1<<63), to: o.Int("end", 0, -1<<63),
		rate: o.Float("rows-per-second", 0)}
	if err := o.Err(); err != nil {
		return nil, err
	}
	if t.Schema.Len() != 1 || t.Schema.Fields[0].Type.Kind != types.BigInt {
		return nil, errs.Userf("table '%s': connector 'number-sequence' has one column of type "+
			"BIGINT", t.Name)
	}
	return s, nil
}

// Schema implements connector.Source.
func (s *Source) Schema() *types.Schema { return s.schema }

// Bounded implements connector.Source.
func (s *Source) Bounded() bool { return true }

// NewEnumerator implements connector.Source: one split a reader.
func (s *Source) NewEnumerator(
	ctx *connector.EnumeratorContext, restored []byte,
) (connector.Enumerator, error) {
	var splits []connector.Split
	n := int64(max(ctx.Parallelism, 1))
	count := s.to - s.from + 1
	for i := range n {
		p := part{next: s.from + count/n*i + min(i, count%n),
			end: s.from + count/n*(i+1) + min(i+1, count%n)}
		if p.next < p.end {
			splits = append(splits, connector.Split{ID: fmt.Sprint(i), State: p.encode()})
		}
	}
	return connector.NewListEnumerator(splits, restored)
}

// part is the numbers [next, end).
type part struct {
	id        string
	next, end int64
}

func (p part) encode() []byte {
	return binary.AppendVarint(binary.AppendVarint(nil, p.next), p.end)
}

// NewReader implements connector.Source.
func (s *Source) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	r := &reader{schema: s.schema, ctx: ctx}
	if s.rate > 0 {
		r.pace = connector.Pace{PerSecond: s.rate / float64(max(ctx.Parallelism, 1))}
	}
	return r, nil
}

type reader struct {
	schema *types.Schema
	ctx    *connector.ReaderContext
	parts  []part
	noMore bool
	pace   connector.Pace
}

func (r *reader) Add(splits []connector.Split) error {
	for _, s := range splits {
		next, k := binary.Varint(s.State)
		if k <= 0 {
			return errs.Corruptf("split '%s' of a number sequence cannot be read", s.ID)
		}
		end, _ := binary.Varint(s.State[k:])
		r.parts = append(r.parts, part{s.ID, next, end})
	}
	return nil
}

func (r *reader) NoMoreSplits() { r.noMore = true }

func (r *reader) Poll(maxRows, _ int) (connector.Polled, error) {
	if len(r.parts) == 0 {
		if r.noMore {
			return connector.Polled{Status: connector.Done}, nil
		}
		return connector.Polled{Status: connector.Starved}, nil
	}
	p := &r.parts[0]
	n, wait := r.pace.Allow(int(min(int64(maxRows), p.end-p.next)), r.ctx.Clock.NowNs())
	if n == 0 {
		r.ctx.Clock.AfterFunc(wait, r.ctx.Wake)
		return connector.Polled{Status: connector.Waiting}, nil
	}
	values := make([]int64, n)
	for i := range values {
		values[i] = p.next + int64(i)
	}
	p.next += int64(n)
	id := p.id
	if p.next >= p.end {
		r.parts = r.parts[1:]
	}
	col := batch.MakeFixed(r.schema.Fields[0].Type, values, nil)
	return connector.Polled{Batch: batch.New(r.schema, []*batch.Column{col}, n), Split: id}, nil
}

func (r *reader) Snapshot() ([]connector.Split, error) {
	out := make([]connector.Split, len(r.parts))
	for i, p := range r.parts {
		out[i] = connector.Split{ID: p.id, State: p.encode()}
	}
	return out, nil
}

func (r *reader) Close() error { return nil }
