package cassandra

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/apache/cassandra-gocql-driver/v2"

	"github.com/headrace/headrace/core/base/errs"
)

// session is a connection to the cluster, made when it is needed.
type session struct {
	sink *Sink
	open *gocql.Session
}

func (s *session) get() (*gocql.Session, error) {
	if s.open != nil {
		return s.open, nil
	}
	var err error
	if s.open, err = s.sink.cluster.CreateSession(); err != nil {
		s.open = nil
		return nil, s.sink.wrap(err)
	}
	return s.open, nil
}

func (s *session) close() {
	if s.open != nil {
		s.open.Close()
		s.open = nil
	}
}

// run runs the writes that are not done, many at a time; it returns when all are over, with the
// first error.
func (s *session) run(ctx context.Context, writes []*write) error {
	open, err := s.get()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	permits := make(chan struct{}, s.sink.most)
	var all sync.WaitGroup
	for _, w := range writes {
		if w.done {
			continue
		}
		if err := s.admit(ctx, permits); err != nil {
			cancel(err)
			break
		}
		all.Add(1)
		go func() {
			defer all.Done()
			if err := s.sink.execute(ctx, open, w); err != nil {
				cancel(err)
			} else {
				w.done = true
			}
			<-permits
		}()
	}
	all.Wait()
	return context.Cause(ctx)
}

// admit waits until fewer requests are under way than may be.
func (s *session) admit(ctx context.Context, permits chan struct{}) error {
	var late <-chan time.Time
	if s.sink.patient > 0 {
		timer := time.NewTimer(s.sink.patient)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case permits <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-late:
		return errs.Transientf("table '%s': %d requests have been under way for %s", s.sink.table.Name,
			s.sink.most, s.sink.patient).Fix("raise 'max-concurrent-requests' or its timeout")
	}
}

func (s *Sink) execute(ctx context.Context, open *gocql.Session, w *write) error {
	q := open.Bind(w.text, w.bind).Consistency(s.level).WithTimestamp(w.at).Idempotent(true)
	if s.trace {
		q = q.Trace(gocql.NewTraceWriter(open, io.Discard))
	}
	if err := q.ExecContext(ctx); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return s.wrap(err)
	}
	return nil
}

// passing are the refusals that another try may not get.
var passing = map[int]bool{gocql.ErrCodeServer: true, gocql.ErrCodeUnavailable: true,
	gocql.ErrCodeOverloaded: true, gocql.ErrCodeBootstrapping: true, gocql.ErrCodeWriteTimeout: true,
	gocql.ErrCodeReadTimeout: true, gocql.ErrCodeReadFailure: true, gocql.ErrCodeWriteFailure: true,
	gocql.ErrCodeCDCWriteFailure: true, gocql.ErrCodeCASWriteUnknown: true,
	gocql.ErrCodeUnprepared: true}

// wrap marks an error: what a broken connection or a server that is busy says may pass.
func (s *Sink) wrap(err error) error {
	e := errs.Userf("table '%s': Cassandra at %v, port %d", s.table.Name, s.cluster.Hosts,
		s.cluster.Port).Wrap(err)
	var refusal gocql.RequestError
	if errors.As(err, &refusal) {
		if passing[refusal.Code()] {
			e.Mark = errs.Transient
		}
		switch refusal.Code() {
		case gocql.ErrCodeCredentials:
			return e.Fix("check 'username' and 'password'")
		case gocql.ErrCodeUnauthorized:
			return e.Fix("the user has no permission for that")
		}
		return e
	}
	var marshal gocql.MarshalError
	if errors.As(err, &marshal) {
		e.Mark = errs.Data
		return e.Fix("the columns' types are those of the table: see its DESCRIBE")
	}
	var name *net.DNSError
	if errors.As(err, &name) && name.IsNotFound {
		return e.Fix("check the name of the host")
	}
	e.Mark = errs.Transient
	if errors.Is(err, gocql.ErrNoConnectionsStarted) && s.cluster.Keyspace != "" {
		return e.Fix("see whether the servers run and the keyspace '%s' is there", s.cluster.Keyspace)
	}
	return e
}
