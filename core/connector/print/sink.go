// Package print is a sink that writes each row as a line of text, as Flink does.
package print

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
)

func init() {
	connector.Register(&connector.Factory{
		Name: "print",
		Doc:  "Writes rows to the standard output: +I[1, a], behind the subtask when there are several.",
		Options: []connector.Option{
			{Name: "print-identifier", Type: "string", Doc: "Text in front of each row."},
			{Name: "standard-error", Type: "boolean", Default: "false",
				Doc: "Write to the standard error instead."},
		},
		NewSink: newSink,
	})
}

// Sink prints rows.
type Sink struct {
	out        *output
	identifier string
	bare       bool // elements of a stream, without a row around them
}

// output is what the subtasks share; a batch is written in one piece.
type output struct {
	sync.Mutex
	w io.Writer
}

func newSink(t *connector.Table) (connector.Sink, error) {
	o := t.OptionReader()
	s := &Sink{identifier: o.String("print-identifier", ""), bare: t.Stream}
	w := t.Stdout
	if w == nil {
		w = os.Stdout
	}
	if o.Bool("standard-error", false) {
		w = os.Stderr
	}
	s.out = &output{w: w}
	return s, o.Err()
}

// Accepts implements connector.ChangelogSink.
func (s *Sink) Accepts() connector.Kinds { return connector.AllKinds }

// NewWriter implements connector.Sink.
func (s *Sink) NewWriter(ctx *connector.WriterContext) (connector.Writer, error) {
	w := &writer{out: s.out, prefix: s.identifier, bare: s.bare}
	if ctx.Parallelism > 1 {
		if w.prefix != "" {
			w.prefix += ":"
		}
		w.prefix += fmt.Sprint(ctx.Subtask + 1)
	}
	if w.prefix != "" {
		w.prefix += "> "
	}
	return w, nil
}

// NewCommitter implements connector.Sink: there is nothing to commit.
func (s *Sink) NewCommitter(*connector.WriterContext) (connector.Committer, error) {
	return nil, nil
}

type writer struct {
	connector.PlainWriter
	out    *output
	prefix string
	bare   bool
	buf    []byte
}

// Write implements connector.Writer.
func (w *writer) Write(b *batch.Batch) error {
	w.buf = w.buf[:0]
	for i := range b.Len() {
		w.buf = append(w.buf, w.prefix...)
		if w.bare {
			w.buf = appendValue(w.buf, b.Cols[0], i)
		} else {
			w.buf = appendRow(w.buf, b.Kind(i).String(), b.Cols, i)
		}
		w.buf = append(w.buf, '\n')
	}
	w.out.Lock()
	defer w.out.Unlock()
	_, err := w.out.w.Write(w.buf)
	return err
}
