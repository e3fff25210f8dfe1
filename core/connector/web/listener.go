package web

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
)

// listener is the reader of a webhook: a server whose requests wait in a queue.
type listener struct {
	src          *Webhook
	ctx          *connector.ReaderContext
	byCheckpoint bool
	server       *http.Server
	queue        chan *delivery
	quit         chan struct{}
	noMore       bool

	current *delivery   // rows of it are left
	at      int         // rows of current that have been given
	given   []*delivery // all rows of which have been given, since the last snapshot
	id      int64       // of the checkpoint that a snapshot is for
	sealed  []sealed
}

// delivery is the rows of a request; done is closed when it may be answered.
type delivery struct {
	rows *batch.Batch
	done chan struct{}
}

// sealed are the deliveries whose rows a checkpoint covers.
type sealed struct {
	id         int64
	deliveries []*delivery
}

var (
	_ connector.Reader             = (*listener)(nil)
	_ connector.CheckpointListener = (*listener)(nil)
	_ connector.Numbered           = (*listener)(nil)
)

// Add implements connector.Reader: the one split is the permission to listen.
func (l *listener) Add(splits []connector.Split) error {
	if len(splits) == 0 || l.server != nil {
		return nil
	}
	port, err := net.Listen("tcp", l.src.address)
	if err != nil {
		return errs.Transientf("table '%s': %s cannot be listened on", l.src.table.Name, l.src.address).
			Wrap(err).Fix("set another 'port'")
	}
	l.server = &http.Server{Handler: l, ReadHeaderTimeout: 30 * time.Second}
	go func() {
		if err := l.server.Serve(port); !errors.Is(err, http.ErrServerClosed) {
			l.ctx.Log.Error("webhook: the server has ended", "table", l.src.table.Name, "error", err)
		}
	}()
	return nil
}

// NoMoreSplits implements connector.Reader.
func (l *listener) NoMoreSplits() { l.noMore = true }

// retryAfter is what a sender is asked to wait, in seconds.
const retryAfter = 5

// ServeHTTP takes a request and answers when its rows are safe.
func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, why string) {
		if status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
		}
		http.Error(w, why, status)
	}
	switch {
	case r.URL.Path != l.src.path:
		refuse(http.StatusNotFound, "post to "+l.src.path)
		return
	case r.Method != http.MethodPost && r.Method != http.MethodPut:
		w.Header().Set("Allow", "POST, PUT")
		refuse(http.StatusMethodNotAllowed, "use POST or PUT")
		return
	case !l.src.allowed(r):
		w.Header().Set("WWW-Authenticate", `Basic realm="headrace"`)
		refuse(http.StatusUnauthorized, "who are you?")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, l.src.maxBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			refuse(http.StatusRequestEntityTooLarge, err.Error())
		}
		return // else the sender has gone
	}
	rows, err := l.src.rows(body, "request of "+r.RemoteAddr)
	if err != nil {
		l.ctx.Log.Warn("webhook: a request is refused", "table", l.src.table.Name, "error", err)
		refuse(http.StatusBadRequest, err.Error())
		return
	}
	if rows.Len() > 0 && !l.deliver(r.Context(), rows) {
		refuse(http.StatusServiceUnavailable, "the job does not take rows now; send them again")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// deliver puts rows into the queue and waits until they are safe; false: they may not be.
func (l *listener) deliver(ctx context.Context, rows *batch.Batch) bool {
	d := &delivery{rows: rows, done: make(chan struct{})}
	patience := time.NewTimer(l.src.wait)
	defer patience.Stop()
	select {
	case l.queue <- d:
		l.ctx.Wake()
	case <-patience.C:
		return false
	case <-l.quit:
		return false
	case <-ctx.Done():
		return false
	}
	select {
	case <-d.done:
		return true
	case <-l.quit:
		return false
	case <-ctx.Done():
		return false
	}
}

// Poll implements connector.Reader.
func (l *listener) Poll(maxRows, _ int) (connector.Polled, error) {
	if l.server == nil {
		if l.noMore {
			return connector.Polled{Status: connector.Done}, nil
		}
		return connector.Polled{Status: connector.Starved}, nil
	}
	if l.current == nil {
		select {
		case l.current = <-l.queue:
			l.at = 0
		default:
			return connector.Polled{Status: connector.Waiting}, nil
		}
	}
	n := min(l.current.rows.Len()-l.at, maxRows)
	b := l.current.rows.Slice(l.at, l.at+n)
	l.at += n
	if l.at == l.current.rows.Len() {
		if l.byCheckpoint {
			l.given = append(l.given, l.current)
		} else {
			close(l.current.done)
		}
		l.current = nil
	}
	return connector.Polled{Batch: b, Split: "0"}, nil
}

// CheckpointBegins implements connector.Numbered.
func (l *listener) CheckpointBegins(id int64) { l.id = id }

// Snapshot implements connector.Reader: there is nothing to go back to, senders send again.
func (l *listener) Snapshot() ([]connector.Split, error) {
	if l.server == nil {
		return nil, nil
	}
	if len(l.given) > 0 {
		l.sealed = append(l.sealed, sealed{l.id, l.given})
		l.given = nil
	}
	return []connector.Split{{ID: "0"}}, nil
}

// CheckpointComplete implements connector.CheckpointListener.
func (l *listener) CheckpointComplete(id int64) error {
	for len(l.sealed) > 0 && l.sealed[0].id <= id {
		for _, d := range l.sealed[0].deliveries {
			close(d.done)
		}
		l.sealed = l.sealed[1:]
	}
	return nil
}

// Close implements connector.Reader: requests that wait are refused.
func (l *listener) Close() error {
	close(l.quit)
	if l.server == nil {
		return nil
	}
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	if l.server.Shutdown(ctx) != nil {
		return l.server.Close()
	}
	return nil
}
