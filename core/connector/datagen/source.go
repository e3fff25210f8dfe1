// Package datagen is a source of made-up rows: random values within bounds, or sequences.
package datagen

import (
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
	return connector.NewListEnumerator(connector.StridedSplits(s.rows, ctx.Parallelism), restored)
}

// NewReader implements connector.Source.
func (s *Source) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	rows := batch.NewRowBuilder(s.table.Schema, 0)
	return connector.NewStrided(ctx, s.rows, s.rate, func(first, step int64, n int) *batch.Batch {
		now := ctx.Clock.NowMs()
		for i, f := range s.fields {
			for k := range n {
				f.make(rows.Cols[i], uint64(first+int64(k)*step), now)
			}
		}
		return rows.Finish()
	}), nil
}
