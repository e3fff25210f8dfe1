// Package datagen is a source of made-up rows: random values within bounds, or sequences.
package datagen

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

func init() {
	connector.Register(&connector.Factory{
		Name: "datagen",
		Doc: "Made-up rows. Random values follow from the table's name and the row's number, so " +
			"that a restart repeats none and changes none.",
		Options: []connector.Option{
			{Name: "rows-per-second", Type: "float", Default: "10000",
				Doc: "Rows a second over all readers."},
			{Name: "number-of-rows", Type: "int", Doc: "Rows in all; not set: without end."},
			{Name: "fields.", Type: "string", Prefix: true, Doc: "Of a column, as in " +
				"'fields.price.min': kind (random|sequence), min, max, max-past, length, var-len, " +
				"null-rate, start, end. Inside a column: fields.a.element.min, fields.m.key.length, " +
				"fields.m.value.max, fields.r.x.kind."},
		},
		NewSource: func(t *connector.Table) (connector.Source, error) { return newSource(t) },
	})
}

// Source makes rows.
type Source struct {
	table  *connector.Table
	rate   float64
	rows   int64 // MaxInt64: without end
	fields []field
}

func newSource(t *connector.Table) (*Source, error) {
	o := t.OptionReader()
	s := &Source{table: t, rate: o.Float("rows-per-second", 10000),
		rows: o.Int("number-of-rows", math.MaxInt64, 0)}
	known := map[string]bool{}
	for i, f := range t.Schema.Fields {
		g := &generators{options: o, known: known, seed: uint64(i+1) * 0x9e3779b97f4a7c15}
		h := fnv.New64a()
		h.Write([]byte(t.Name))
		g.seed ^= h.Sum64()
		made, err := g.field("fields."+f.Name, f.Type)
		if err != nil {
			return nil, errs.Userf("table '%s': column '%s'", t.Name, f.Name).Wrap(err)
		}
		if made.limit >= 0 {
			s.rows = min(s.rows, made.limit)
		}
		s.fields = append(s.fields, made)
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(known))
	for k := range t.Options {
		if strings.HasPrefix(k, "fields.") && !known[k] {
			err := errs.Userf("table '%s': connector 'datagen' has no option '%s'", t.Name, k)
			if hint := errs.DidYouMean(k, names); hint != "" {
				return nil, err.Fix("%s", hint)
			}
			return nil, err.Fix("write 'fields.<column>.<kind, min, max, length, start, end, …>'")
		}
	}
	return s, nil
}

// Schema implements connector.Source.
func (s *Source) Schema() *types.Schema { return s.table.Schema }

// Bounded implements connector.Source.
func (s *Source) Bounded() bool { return s.rows != math.MaxInt64 }

// NewEnumerator implements connector.Source: reader i of n makes the rows i, i+n, i+2n, …
func (s *Source) NewEnumerator(
	ctx *connector.EnumeratorContext, restored []byte,
) (connector.Enumerator, error) {
	n := int64(max(ctx.Parallelism, 1))
	var splits []connector.Split
	for i := range n {
		if i < s.rows {
			p := part{next: i, step: n}
			splits = append(splits, connector.Split{ID: fmt.Sprint(i), State: p.encode()})
		}
	}
	return connector.NewListEnumerator(splits, restored)
}

// part is the rows next, next+step, …
type part struct {
	id         string
	next, step int64
}

func (p part) encode() []byte {
	return binary.AppendVarint(binary.AppendVarint(nil, p.next), p.step)
}

// NewReader implements connector.Source.
func (s *Source) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	return &reader{src: s, ctx: ctx, rows: batch.NewRowBuilder(s.table.Schema, 0),
		pace: connector.Pace{PerSecond: s.rate / float64(max(ctx.Parallelism, 1))}}, nil
}

type reader struct {
	src    *Source
	ctx    *connector.ReaderContext
	parts  []part
	turn   int
	noMore bool
	pace   connector.Pace
	rows   *batch.RowBuilder
}

func (r *reader) Add(splits []connector.Split) error {
	for _, s := range splits {
		next, k := binary.Varint(s.State)
		if k <= 0 {
			return errs.Corruptf("split '%s' of a generator cannot be read", s.ID)
		}
		step, _ := binary.Varint(s.State[k:])
		r.parts = append(r.parts, part{s.ID, next, step})
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
	r.turn = (r.turn + 1) % len(r.parts) // after a rescale a reader has several
	p := &r.parts[r.turn]
	left := (r.src.rows-p.next-1)/p.step + 1 // rounded up; never beyond an int64
	n, wait := r.pace.Allow(int(min(int64(maxRows), left)), r.ctx.Clock.NowNs())
	if n == 0 {
		r.ctx.Clock.AfterFunc(wait, r.ctx.Wake)
		return connector.Polled{Status: connector.Waiting}, nil
	}
	now := r.ctx.Clock.NowMs()
	for i, f := range r.src.fields {
		for k := range n {
			f.make(r.rows.Cols[i], uint64(p.next+int64(k)*p.step), now)
		}
	}
	p.next += int64(n) * p.step
	id := p.id
	if p.next >= r.src.rows {
		r.parts = append(r.parts[:r.turn], r.parts[r.turn+1:]...)
	}
	return connector.Polled{Batch: r.rows.Finish(), Split: id}, nil
}

func (r *reader) Snapshot() ([]connector.Split, error) {
	out := make([]connector.Split, len(r.parts))
	for i, p := range r.parts {
		out[i] = connector.Split{ID: p.id, State: p.encode()}
	}
	return out, nil
}

func (r *reader) Close() error { return nil }
