package kinesis

import (
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// rows decodes records into batches.
type rows struct {
	src     *Source
	out     *types.Schema
	dropped func()
	decoder format.Decoder
	columns []column
	good    []*record // that gave rows since the last batch
	from    []int32   // for each row, its record in good
}

// column says where an output column comes from.
type column struct {
	value int    // position in the decoder's output
	meta  string // or metadata of the record
	typ   types.Type
}

func newRows(s *Source, dropped func()) (*rows, error) {
	r := &rows{src: s, out: s.Schema(), dropped: dropped}
	config := s.config
	config.Columns, config.Dropped = []int{}, dropped
	for _, c := range s.columns {
		f := s.table.Schema.Fields[c]
		col := column{value: -1, meta: s.table.Metadata[f.Name], typ: f.Type}
		for at, p := range s.physical {
			if p == c {
				col.value = len(config.Columns)
				config.Columns = append(config.Columns, at)
			}
		}
		r.columns = append(r.columns, col)
	}
	var err error
	r.decoder, err = s.format.NewDecoder(&config)
	return r, err
}

func (r *rows) len() int { return len(r.from) }

// add decodes a record. After an error of it again must be called.
func (r *rows) add(rec *record) error {
	before := r.decoder.Len()
	if err := r.decoder.DecodeOne(rec.data); err != nil {
		return err
	}
	n := r.decoder.Len() - before
	for range n {
		r.from = append(r.from, int32(len(r.good)))
	}
	if n > 0 {
		r.good = append(r.good, rec)
	}
	return nil
}

// again decodes the good records anew: an error leaves a decoder in the middle of one.
func (r *rows) again() error {
	fresh, err := newRows(r.src, r.dropped)
	if err != nil {
		return err
	}
	for _, rec := range r.good {
		if err := fresh.add(rec); err != nil {
			return err
		}
	}
	*r = *fresh
	return nil
}

// finish returns the rows decoded since the last call.
func (r *rows) finish() *batch.Batch {
	n := len(r.from)
	values := r.decoder.Finish()
	cols := make([]*batch.Column, len(r.columns))
	for i, c := range r.columns {
		if c.value >= 0 {
			cols[i] = values.Cols[c.value]
		} else {
			cols[i] = batch.Take(r.metadata(c.meta, c.typ), r.from)
		}
	}
	out := batch.New(r.out, cols, n)
	out.Kinds = values.Kinds
	if r.src.table.Stream {
		out.Times = make([]int64, n)
		for i, at := range r.from {
			out.Times[i] = r.good[at].arrived
		}
	}
	r.good, r.from = nil, r.from[:0]
	return out
}

// metadata is a metadata column of the records.
func (r *rows) metadata(key string, t types.Type) *batch.Column {
	b := batch.NewBuilder(metadata[key], len(r.good))
	for _, rec := range r.good {
		switch key {
		case metaTimestamp:
			batch.Append(b, rec.arrived)
		case metaSequence:
			b.AppendString(rec.seq)
		case metaShard:
			b.AppendString(rec.shard)
		}
	}
	return connector.ConvertMetadata(b.Finish(), t)
}
