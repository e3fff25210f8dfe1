package rabbitmq

import (
	"math"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// Sink writes to a queue.
type Sink struct {
	*client
	of     *connector.Table
	format *format.Format
	config *format.Config
	field  int // of a DataStream's ROW, -1: all
	mode   uint8
}

var (
	_ connector.Sink          = (*Sink)(nil)
	_ connector.ChangelogSink = (*Sink)(nil)
)

func newSink(t *connector.Table) (*Sink, error) {
	o := t.OptionReader()
	s := &Sink{of: t, field: int(o.Int("field-index", -1, 0)), mode: amqp.Persistent}
	if o.Enum("delivery-mode", "persistent", "persistent", "transient") == "transient" {
		s.mode = amqp.Transient
	}
	var err error
	if s.client, err = newClient(t, o); err != nil {
		return nil, err
	}
	schema, err := s.elements()
	if err != nil {
		return nil, err
	}
	f, options, err := formatOf(t)
	if err != nil {
		return nil, err
	}
	if f.NewEncoder == nil {
		return nil, errs.Userf("table '%s': format '%s' cannot be written, only read", t.Name, f.Name)
	}
	s.format = f
	s.config = &format.Config{Table: t.Name, Schema: schema, Options: options, Zone: t.Zone}
	if _, err := f.NewEncoder(s.config); err != nil {
		return nil, err
	}
	return s, o.Err()
}

// elements are the columns that a message holds.
func (s *Sink) elements() (*types.Schema, error) {
	schema, err := connector.Elements(s.of)
	if err != nil || s.field < 0 {
		return schema, err
	}
	if !s.of.Stream || s.of.Schema.Fields[0].Type.Kind != types.Row || s.field >= schema.Len() {
		return nil, errs.Userf("table '%s': 'field-index' = '%d', but elements have no such field",
			s.table, s.field).Fix("it is for ROWs of a DataStream, whose first field is 0")
	}
	return connector.ProjectSchema(schema, []int{s.field}), nil
}

// rows are those of a batch as messages hold them.
func (s *Sink) rows(b *batch.Batch) *batch.Batch {
	cols := connector.ElementsOf(s.of, b)
	if s.field >= 0 {
		cols = cols[s.field : s.field+1]
	}
	return b.WithColumns(s.config.Schema, cols)
}

// Accepts implements connector.ChangelogSink.
func (s *Sink) Accepts() connector.Kinds { return max(s.format.Writes, connector.InsertOnly) }

// NewCommitter implements connector.Sink: writing is all there is to do.
func (s *Sink) NewCommitter(*connector.WriterContext) (connector.Committer, error) {
	return nil, nil
}

// NewWriter implements connector.Sink.
func (s *Sink) NewWriter(ctx *connector.WriterContext) (connector.Writer, error) {
	e, err := s.format.NewEncoder(s.config)
	if err != nil {
		return nil, err
	}
	w := &writer{sink: s, encoder: e, log: ctx.Log}
	lots := connector.Buffering{Rows: lotMax, Eager: true, Whole: true, Pause: s.pause, Constant: true}
	if s.recovers {
		lots.Retries = math.MaxInt
	}
	w.Buffered = connector.NewBuffered(s.table, lots, ctx, w.send)
	return w, nil
}
