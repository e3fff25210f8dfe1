// Package blackhole is a sink that drops what it gets: for benchmarks.
package blackhole

import (
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
)

func init() {
	connector.Register(&connector.Factory{
		Name:    "blackhole",
		Doc:     "Drops every row.",
		NewSink: func(*connector.Table) (connector.Sink, error) { return Sink{}, nil },
	})
}

// Sink drops rows.
type Sink struct{}

// Accepts implements connector.ChangelogSink.
func (Sink) Accepts() connector.Kinds { return connector.UpsertOnly }

// NewWriter implements connector.Sink.
func (Sink) NewWriter(*connector.WriterContext) (connector.Writer, error) { return writer{}, nil }

// NewCommitter implements connector.Sink: there is nothing to commit.
func (Sink) NewCommitter(*connector.WriterContext) (connector.Committer, error) { return nil, nil }

type writer struct{ connector.PlainWriter }

func (writer) Write(*batch.Batch) error { return nil }
