package rabbitmq

import (
	"strconv"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// Source reads a queue.
type Source struct {
	*client
	schema    *types.Schema
	format    *format.Format
	config    *format.Config
	prefetch  int  // 0: any number
	byID      bool // correlation ids tell messages apart
	retention time.Duration
	// decodeErrors is what to do with messages that cannot be decoded.
	decodeErrors connector.DecodeErrors
}

var _ connector.Source = (*Source)(nil)

func newSource(t *connector.Table) (*Source, error) {
	o := t.OptionReader()
	s := &Source{schema: t.Schema, byID: o.Bool("use-correlation-id", false),
		prefetch:     int(o.Int("prefetch-count", 0, 0)),
		retention:    o.Duration("correlation-id.retention", time.Hour),
		decodeErrors: connector.ReadDecodeErrors(t, o)}
	if s.prefetch > 65535 {
		o.Fail("prefetch-count", "at most 65535")
	}
	var err error
	if s.client, err = newClient(t, o); err != nil {
		return nil, err
	}
	f, options, err := formatOf(t)
	if err != nil {
		return nil, err
	}
	if f.NewDecoder == nil {
		return nil, errs.Userf("table '%s': format '%s' cannot be read, only written", t.Name, f.Name)
	}
	s.format = f
	s.config = &format.Config{Table: t.Name, Schema: t.Schema, Options: options, Zone: t.Zone}
	if _, err := f.NewDecoder(s.config); err != nil {
		return nil, err
	}
	return s, o.Err()
}

// Schema implements connector.Source.
func (s *Source) Schema() *types.Schema { return s.schema }

// Bounded implements connector.Source.
func (s *Source) Bounded() bool { return false }

// Kinds implements connector.ChangelogSource.
func (s *Source) Kinds() connector.Kinds { return max(s.format.Reads, connector.InsertOnly) }

// NewEnumerator implements connector.Source. With correlation ids the queue is one split: who reads
// it knows the ids of all messages that may come again. Without, each reader has a part of its own,
// which holds nothing.
func (s *Source) NewEnumerator(ctx *connector.EnumeratorContext, restored []byte) (
	connector.Enumerator, error,
) {
	if !s.byID {
		return shares{}, nil
	}
	return connector.NewListEnumerator([]connector.Split{{ID: "0"}}, restored)
}

// shares gives every reader that asks its share of the queue.
type shares struct{}

var _ connector.Enumerator = shares{}

// Next implements connector.Enumerator.
func (shares) Next(subtask int) ([]connector.Split, bool, error) {
	return []connector.Split{{ID: strconv.Itoa(subtask)}}, false, nil
}

// AddBack implements connector.Enumerator: whoever asks gets a share.
func (shares) AddBack([]connector.Split) {}

// Snapshot implements connector.Enumerator.
func (shares) Snapshot() ([]byte, error) { return []byte{1}, nil }

// Close implements connector.Enumerator.
func (shares) Close() error { return nil }
