package redis

import (
	"context"
	"errors"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// lookupSource finds rows by key.
type lookupSource struct {
	*layout
	columns []int // of the table
}

var _ connector.LookupSource = (*lookupSource)(nil)

func newLookup(t *connector.Table) (*lookupSource, error) {
	l, err := newLayout(t)
	if err != nil {
		return nil, err
	}
	if !l.keyed() {
		return nil, errs.Userf("table '%s': rows of 'structure' = '%s' have no keys to be looked up by",
			t.Name, l.structure).Fix("look up in strings or hashes")
	}
	s := &lookupSource{layout: l}
	for i := range l.schema.Fields {
		s.columns = append(s.columns, i)
	}
	if l.format == nil {
		return s, nil
	}
	if l.format.NewDecoder == nil {
		return nil, errs.Userf("table '%s': format '%s' cannot be read, only written", t.Name,
			l.format.Name)
	}
	_, err = l.format.NewDecoder(&l.config)
	return s, err
}

// Schema implements connector.LookupSource.
func (s *lookupSource) Schema() *types.Schema { return connector.ProjectSchema(s.schema, s.columns) }

// Project implements connector.LookupSource.
func (s *lookupSource) Project(columns []int) (connector.LookupSource, error) {
	out := *s
	out.columns = connector.Picked(s.columns, columns)
	return &out, nil
}

// NewLookup implements connector.LookupSource.
func (s *lookupSource) NewLookup(ctx *connector.LookupContext) (connector.Lookup, error) {
	l := &lookup{src: s, asked: ctx.Keys}
	for _, k := range s.keys {
		at := slices.IndexFunc(ctx.Keys, func(c int) bool { return s.columns[c] == k })
		if at < 0 {
			return nil, errs.Userf("table '%s': the lookup join has no equality on the key column '%s'",
				s.table.Name, s.schema.Fields[k].Name).
				Fix("rows are found by all columns of the key in Redis")
		}
		l.keyAt = append(l.keyAt, at)
	}
	for _, c := range s.columns {
		if !slices.Contains(s.keys, c) {
			l.values = append(l.values, c)
		}
	}
	l.client = s.client.open(ctx.Concurrency)
	return l, nil
}

// lookup asks for the values of many keys with one round trip.
type lookup struct {
	src    *lookupSource
	client *redis.Client
	asked  []int // columns of the source that rows are asked for by
	keyAt  []int // for each column of the key, its position in asked
	values []int // columns of the table that come from values
}

// most is how many keys go into one round trip.
const most = 1000

// Find implements connector.Lookup.
func (l *lookup) Find(ctx context.Context, keys *batch.Batch) (connector.Found, error) {
	cols := make([]*batch.Column, len(l.keyAt))
	for i, at := range l.keyAt {
		cols[i] = keys.Cols[at]
	}
	texts := make([]string, keys.Len())
	for i := range texts {
		key, err := l.src.appendKey(nil, cols, i)
		if err != nil {
			return connector.Found{}, err
		}
		texts[i] = string(key)
	}
	read := l.hashes
	if l.src.format != nil {
		read = l.strings
	}
	var found connector.Found
	rows, err := read(ctx, texts, &found.Of)
	if err != nil || len(found.Of) == 0 {
		return connector.Found{}, err
	}
	found.Rows = l.join(rows, keys, found.Of)
	return l.matching(found, keys), nil
}

// strings decodes values; a value may hold several rows.
func (l *lookup) strings(ctx context.Context, keys []string, of *[]int32) (*batch.Batch, error) {
	config := l.src.config
	config.Columns = make([]int, len(l.values))
	for i, c := range l.values {
		config.Columns[i] = slices.Index(l.src.layout.values, c)
	}
	d, err := l.src.format.NewDecoder(&config)
	if err != nil {
		return nil, err
	}
	for from := 0; from < len(keys); from += most {
		values, err := l.client.MGet(ctx, keys[from:min(from+most, len(keys))]...).Result()
		if err != nil {
			return nil, l.src.client.wrap(err)
		}
		for i, v := range values {
			text, ok := v.(string)
			if !ok {
				continue
			}
			before := d.Len()
			if err := d.DecodeOne([]byte(text)); err != nil {
				return nil, l.bad(err, keys[from+i])
			}
			for range d.Len() - before {
				*of = append(*of, int32(from+i))
			}
		}
	}
	return d.Finish(), nil
}

func (l *lookup) bad(err error, key string) error {
	var record *format.RecordError
	if errors.As(err, &record) {
		return record.At("Redis key '" + key + "'")
	}
	return err
}

// hashes reads the fields of hashes.
func (l *lookup) hashes(ctx context.Context, keys []string, of *[]int32) (*batch.Batch, error) {
	schema := connector.ProjectSchema(l.src.schema, l.values)
	texts := make([]*batch.Builder, len(l.values))
	for i, f := range schema.Fields {
		if texts[i] = batch.NewBuilder(types.String(), len(keys)); f.Type.IsBytes() {
			texts[i] = batch.NewBuilder(types.Of(types.Varbinary), len(keys))
		}
	}
	for from := 0; from < len(keys); from += most {
		answers := make([]*redis.MapStringStringCmd, 0, most)
		_, err := l.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, k := range keys[from:min(from+most, len(keys))] {
				answers = append(answers, p.HGetAll(ctx, k))
			}
			return nil
		})
		if err != nil {
			return nil, l.src.client.wrap(err)
		}
		for i, a := range answers {
			hash := a.Val()
			if len(hash) == 0 {
				continue
			}
			*of = append(*of, int32(from+i))
			for k, f := range schema.Fields {
				if v, ok := hash[f.Name]; ok {
					texts[k].AppendString(v)
				} else {
					texts[k].AppendNull()
				}
			}
		}
	}
	cols := make([]*batch.Column, len(texts))
	for i, f := range schema.Fields {
		c := texts[i].Finish()
		if cols[i] = c.WithType(f.Type); f.Type.IsString() || f.Type.IsBytes() {
			continue
		}
		v, err := kernel.Cast(kernel.NewContext(clock.System{}), kernel.ColVec(c), c.Len(),
			f.Type.Nullable(true), false)
		if err != nil {
			return nil, l.badField(f, c, keys, *of)
		}
		cols[i] = v.Column(c.Len()).WithType(f.Type)
	}
	return batch.New(schema, cols, len(*of)), nil
}

// badField names the first field of a hash that is not of its column's type.
func (l *lookup) badField(f types.Field, c *batch.Column, keys []string, of []int32) error {
	for i := range c.Len() {
		one := kernel.ColVec(batch.Take(c, []int32{int32(i)}))
		_, err := kernel.Cast(kernel.NewContext(clock.System{}), one, 1, f.Type.Nullable(true), false)
		if err != nil {
			e := errs.Dataf("field '%s': '%s' is not a %s", f.Name, c.Str(i), f.Type.Nullable(true))
			e.Place = "Redis key '" + keys[of[i]] + "'"
			return e
		}
	}
	return errs.Internalf("redis: field '%s' cannot be read", f.Name)
}

// join puts the columns of the key, as they were asked for, beside those of the values.
func (l *lookup) join(rows, keys *batch.Batch, of []int32) *batch.Batch {
	cols := make([]*batch.Column, len(l.src.columns))
	schema := l.src.Schema()
	for i, c := range l.src.columns {
		if k := slices.Index(l.src.keys, c); k >= 0 {
			cols[i] = batch.Take(keys.Cols[l.keyAt[k]], of).WithType(schema.Fields[i].Type)
			continue
		}
		cols[i] = rows.Cols[slices.Index(l.values, c)]
	}
	return batch.New(schema, cols, len(of))
}

// matching leaves out rows that differ in what was asked for beside the key.
func (l *lookup) matching(found connector.Found, keys *batch.Batch) connector.Found {
	if len(l.asked) == len(l.src.keys) {
		return found
	}
	var keep, of []int32
	var a, b []byte
	for i, k := range found.Of {
		a, b = a[:0], b[:0]
		for at, c := range l.asked {
			a = kernel.AppendValue(a, found.Rows.Cols[c], i)
			b = kernel.AppendValue(b, keys.Cols[at], int(k))
		}
		if string(a) == string(b) {
			keep, of = append(keep, int32(i)), append(of, k)
		}
	}
	return connector.Found{Rows: found.Rows.Take(keep), Of: of}
}

// Close implements connector.Lookup.
func (l *lookup) Close() error { return l.client.Close() }
