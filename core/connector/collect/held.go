package collect

import (
	"fmt"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
)

// heldWriter keeps rows back until they are committed.
type heldWriter struct {
	*writer
	name  string
	held  []*batch.Batch
	bytes int64
}

func (w *heldWriter) Write(b *batch.Batch) error {
	b.Retain()
	w.held = append(w.held, b)
	w.bytes += b.MemBytes()
	return nil
}

func (w *heldWriter) Prepare(id int64) ([][]byte, error) {
	if len(w.held) == 0 {
		return nil, nil
	}
	token := fmt.Sprintf("%s.%d", w.name, id)
	w.results.mu.Lock()
	defer w.results.mu.Unlock()
	w.results.prepared[token] = w.held
	w.held, w.bytes = nil, 0
	return [][]byte{[]byte(token)}, nil
}

func (w *heldWriter) Close() error {
	for _, b := range w.held {
		b.Release()
	}
	w.held = nil
	return nil
}

// endWriter is of batch mode, where all rows wait for the end: it gives rows out once it holds more
// than the capacity. Then a restart fails.
type endWriter struct {
	heldWriter
	subtask int
}

func (w *endWriter) Write(b *batch.Batch) error {
	if err := w.heldWriter.Write(b); err != nil {
		return err
	}
	if w.bytes > w.results.capacity {
		w.giveOut()
	}
	return nil
}

func (w *endWriter) giveOut() {
	r := w.results
	r.mu.Lock()
	r.out[w.subtask] = true
	r.mu.Unlock()
	for _, b := range w.held {
		r.put(b)
		b.Release()
	}
	w.held = nil // and w.bytes stays: what follows is given out at once
}

func (w *endWriter) Ready() bool { return w.held != nil || w.bytes == 0 || w.writer.Ready() }

// checkpointWriter keeps rows back until their checkpoint is complete. When it holds more than the
// capacity it asks for a checkpoint before its time. Behind the barrier of one it takes as many rows
// again, and then none until it knows what became of that; before a barrier it takes all, for the
// barrier comes behind them.
type checkpointWriter struct {
	heldWriter
	ctx   *connector.WriterContext
	asked bool
	open  []checkpoint // that rows wait for
}

type checkpoint struct {
	id      int64
	aborted bool // its rows go with the next one
}

var (
	_ connector.CheckpointListener = (*checkpointWriter)(nil)
	_ connector.AbortListener      = (*checkpointWriter)(nil)
)

func (w *checkpointWriter) Write(b *batch.Batch) error {
	if w.results.dropping() {
		return nil
	}
	if err := w.heldWriter.Write(b); err != nil {
		return err
	}
	if !w.asked && w.bytes > w.results.capacity && w.ctx.RequestCheckpoint != nil {
		w.asked = true
		w.ctx.RequestCheckpoint()
	}
	return nil
}

// Ready says no while there are rows enough to read, or in checkpoints that are under way.
func (w *checkpointWriter) Ready() bool {
	if k := len(w.open); k > 0 && !w.open[k-1].aborted && w.bytes > w.results.capacity {
		return w.results.dropping()
	}
	return w.writer.Ready()
}

func (w *checkpointWriter) Prepare(id int64) ([][]byte, error) {
	if w.bytes > 0 {
		w.open = append(w.open, checkpoint{id: id})
	}
	w.asked = false
	return w.heldWriter.Prepare(id)
}

// CheckpointComplete implements connector.CheckpointListener: a commit follows.
func (w *checkpointWriter) CheckpointComplete(id int64) error {
	for len(w.open) > 0 && w.open[0].id <= id {
		w.open = w.open[1:]
	}
	w.ctx.Wake()
	return nil
}

// CheckpointAborted implements connector.AbortListener.
func (w *checkpointWriter) CheckpointAborted(id int64) {
	for i := range w.open {
		if w.open[i].id == id {
			w.open[i].aborted = true
		}
	}
	w.asked = false // the next row asks again
	w.ctx.Wake()
}
