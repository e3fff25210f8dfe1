package kafka

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// rows decodes records into batches.
type rows struct {
	src        *Source
	out        *types.Schema
	value, key format.Decoder // key nil: no column comes from it
	cols       []column
	keyUsed    bool

	records []*kgo.Record // those that gave rows since the last batch
	from    []int32       // for each row, its record in records
	values  []int32       // for each row, its row in value, -1: there is none
	kinds   []types.RowKind
	holes   bool // some of values are -1, or not 0, 1, 2, …
}

// column says where an output column comes from.
type column struct {
	value, key int    // position in the decoder's output, -1: not there
	meta       string // else: metadata of the record
	typ        types.Type
}

func newRows(s *Source, dropped func()) (*rows, error) {
	r := &rows{src: s, out: s.Schema()}
	valueConfig := s.value.config
	valueConfig.Columns, valueConfig.Meta, valueConfig.Dropped = []int{}, nil, dropped
	var keyColumns []int
	for _, c := range s.columns {
		f := s.table.Schema.Fields[c]
		col := column{value: -1, key: -1, typ: f.Type}
		switch key, isMeta := s.table.Metadata[f.Name]; {
		case s.table.Stream:
			if s.value.wrapped {
				valueConfig.Columns = nil
			} else {
				valueConfig.Columns = []int{0}
			}
			col.value = 0
		case isMeta && metadata[key].Kind != types.Null:
			col.meta = key
		case isMeta:
			valueConfig.Meta = append(valueConfig.Meta,
				format.Meta{Key: key[len("value."):], Column: f})
			col.value = -1 - len(valueConfig.Meta) // behind the columns, whose number is not known yet
		default:
			if at := slices.Index(s.value.columns, c); at >= 0 {
				col.value = len(valueConfig.Columns)
				valueConfig.Columns = append(valueConfig.Columns, at)
			}
			if s.key != nil && (col.value < 0 || s.upsert) {
				if at := slices.Index(s.key.columns, c); at >= 0 {
					col.key = len(keyColumns)
					keyColumns = append(keyColumns, at)
				}
			}
		}
		r.cols = append(r.cols, col)
	}
	for i, c := range r.cols {
		if c.value < -1 {
			r.cols[i].value = len(valueConfig.Columns) - 2 - c.value
		}
	}
	r.keyUsed = len(keyColumns) > 0
	var err error
	if r.value, err = s.value.format.NewDecoder(&valueConfig); err != nil {
		return nil, err
	}
	if s.key != nil {
		keyConfig := s.key.config
		keyConfig.Columns = append([]int{}, keyColumns...)
		key, err := s.key.format.NewDecoder(&keyConfig)
		if err != nil {
			return nil, err
		}
		if r.keyUsed {
			r.key = key
		}
	}
	return r, nil
}

func (r *rows) len() int { return len(r.from) }

// add decodes a record.
func (r *rows) add(rec *kgo.Record) error {
	before := r.value.Len()
	delete := rec.Value == nil && r.src.upsert
	switch {
	case delete:
	case rec.Value == nil && r.src.value.format.Name != "raw":
		return nil // a record without a value is no row
	default:
		if err := r.value.DecodeOne(rec.Value); err != nil {
			return err
		}
	}
	n := r.value.Len() - before
	if n == 0 && !delete {
		return nil
	}
	at := int32(len(r.records))
	if r.key != nil {
		if err := r.decodeKey(rec); err != nil {
			return err
		}
	}
	r.records = append(r.records, rec)
	if delete {
		r.push(at, -1, types.Delete)
		return nil
	}
	for i := range n {
		r.push(at, int32(before+i), types.UpdateAfter)
	}
	return nil
}

func (r *rows) push(record, value int32, kind types.RowKind) {
	if int(value) != len(r.from) {
		r.holes = true
	}
	r.from = append(r.from, record)
	r.values = append(r.values, value)
	if r.src.upsert {
		r.kinds = append(r.kinds, kind)
	}
}

// decodeKey adds one row to the key's decoder.
func (r *rows) decodeKey(rec *kgo.Record) error {
	want := r.key.Len() + 1
	if rec.Key != nil || r.src.key.format.Name == "raw" {
		if err := r.key.DecodeOne(rec.Key); err != nil {
			return err
		}
	}
	if r.key.Len() != want {
		return format.BadField(r.src.key.format.Name, 0, "", rec.Key,
			"is the key of the record and does not hold the key columns")
	}
	return nil
}

// finish returns the rows decoded since the last call.
func (r *rows) finish() *batch.Batch {
	n := len(r.from)
	values := r.value.Finish()
	cols := make([]*batch.Column, len(r.cols))
	var keys *batch.Batch
	if r.key != nil {
		keys = r.key.Finish()
	}
	for i, c := range r.cols {
		switch {
		case r.src.table.Stream && r.src.value.wrapped:
			cols[i] = batch.MakeRow(c.typ, n, values.Cols, nil)
		case c.key >= 0:
			cols[i] = batch.Take(keys.Cols[c.key], r.from).WithType(c.typ)
		case c.value >= 0 && r.holes:
			cols[i] = batch.Take(values.Cols[c.value], r.values)
		case c.value >= 0:
			cols[i] = values.Cols[c.value]
		default:
			cols[i] = batch.Take(r.metadata(c.meta, c.typ), r.from)
		}
	}
	out := batch.New(r.out, cols, n)
	out.Kinds = values.Kinds
	if r.src.upsert {
		out.Kinds = r.kinds
	}
	if r.src.table.Stream {
		out.Times = make([]int64, n)
		for i, at := range r.from {
			out.Times[i] = r.records[at].Timestamp.UnixMilli()
		}
	}
	r.records, r.from, r.values, r.kinds, r.holes = nil, r.from[:0], r.values[:0], nil, false
	return out
}

// metadata is a metadata column of the records.
func (r *rows) metadata(key string, t types.Type) *batch.Column {
	b := batch.NewBuilder(metadata[key], len(r.records))
	for _, rec := range r.records {
		switch key {
		case metaTopic:
			b.AppendString(rec.Topic)
		case metaPartition:
			batch.Append(b, rec.Partition)
		case metaLeaderEpoch:
			if rec.LeaderEpoch < 0 {
				b.AppendNull()
			} else {
				batch.Append(b, rec.LeaderEpoch)
			}
		case metaOffset:
			batch.Append(b, rec.Offset)
		case metaTimestamp:
			batch.Append(b, rec.Timestamp.UnixMilli())
		case metaTimestampType:
			b.AppendString(timestampType(rec.Attrs.TimestampType()))
		case metaHeaders:
			for i, h := range rec.Headers {
				if slices.ContainsFunc(rec.Headers[i+1:],
					func(o kgo.RecordHeader) bool { return o.Key == h.Key }) {
					continue // the last of equal keys counts
				}
				b.Child(0).AppendString(h.Key)
				if h.Value == nil {
					b.Child(1).AppendNull()
				} else {
					b.Child(1).AppendBytes(h.Value)
				}
			}
			b.CloseList()
		}
	}
	return connector.ConvertMetadata(b.Finish(), t)
}

func timestampType(t int8) string {
	return map[int8]string{0: "CreateTime", 1: "LogAppendTime"}[t]
}
