// Package session serves one environment of a user: its catalog and configuration, the rows that
// it put into the engine, its jobs and their results. Requests come as the JSON form of
// planpb.Request, answers go back as JSON.
package session

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"sync"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	_ "github.com/headrace/headrace/core/connector/all" // registers the connectors
	"github.com/headrace/headrace/core/connector/collection"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/runtime/job"
	"github.com/headrace/headrace/core/sql/catalog"
	"github.com/headrace/headrace/core/udf"
)

// Options are what the host gives a session.
type Options struct {
	// Config is the environment's configuration, under Flink's keys.
	Config map[string]string
	// UDF makes the host of user functions of a subtask; nil: no Python.
	UDF func(ctx *udf.Context) (udf.Host, error)
	// Describe says what function the attribute "module.attr" is; nil: no Python.
	Describe func(path string) (*planpb.Function, error)
	// DescribeConnector makes sources and sinks that are Python classes; nil: no Python.
	DescribeConnector connector.Describer
	// CallClass calls methods of Python classes; nil: no Python.
	CallClass connector.Caller
	// Stdout is where print sinks write; default os.Stdout.
	Stdout io.Writer
	Log    *slog.Logger
	// Serve is called before a job starts, with its configuration: it may offer the session's jobs
	// to others. Nil: nobody does.
	Serve func(cfg map[string]string, s *Session) error
	// Closed is called when the session has been closed; may be nil.
	Closed func(s *Session)
}

// Session is one environment. Its methods may be called from any goroutine; requests are served
// one after the other but for those that wait for a job.
type Session struct {
	opts Options

	mu      sync.Mutex
	config  map[string]string
	catalog *catalog.Manager
	modules moduleList
	sources map[string]*collection.Source
	results map[string]*result
	jobs    map[string]*running
	named   map[string]int // jobs that go on from their latest checkpoint, by name
	next    int
}

// running is a job with what belongs to it.
type running struct {
	job     *job.Job
	results []*result
}

// Open starts a session.
func Open(o Options) *Session {
	tuneHeap()
	if o.Stdout == nil {
		o.Stdout = os.Stdout
	}
	s := &Session{
		opts: o, config: map[string]string{}, catalog: catalog.NewManager(),
		modules: newModules(),
		sources: map[string]*collection.Source{}, results: map[string]*result{},
		jobs: map[string]*running{}, named: map[string]int{},
	}
	maps.Copy(s.config, o.Config)
	return s
}

// Call serves a request. An error's mark says whose it is; one that user code raised has the
// host's own error type in its chain.
func (s *Session) Call(ctx context.Context, request []byte) ([]byte, error) {
	var r planpb.Request
	if err := protojson.Unmarshal(request, &r); err != nil {
		return nil, errs.Internalf("request is not of plan.proto's form").Wrap(err)
	}
	answer, err := s.serve(ctx, &r)
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}

// Answer is what a request gives; which fields are set depends on it.
type Answer struct {
	// Kind is success, rows (a finished, small result), result (rows of a running job), job or
	// text.
	Kind    string   `json:"kind,omitempty"`
	Job     string   `json:"job,omitempty"`
	Handle  string   `json:"handle,omitempty"` // of rows and result, for Fetch
	Schema  string   `json:"schema,omitempty"` // a ROW type
	Text    string   `json:"text,omitempty"`
	Names   []string `json:"names,omitempty"`
	Streams bool     `json:"streams,omitempty"` // result: rows may be taken back
	// NullAsEmpty: print nothing for NULL.
	NullAsEmpty bool `json:"nullAsEmpty,omitempty"`
	// Key lists the upsert key's columns.
	Key         []string          `json:"key,omitempty"`
	Status      string            `json:"status,omitempty"`
	Path        string            `json:"path,omitempty"`
	RuntimeMs   int64             `json:"runtimeMs,omitempty"`
	Found       bool              `json:"found,omitempty"`
	Options     map[string]string `json:"options,omitempty"`
	Descriptor  json.RawMessage   `json:"descriptor,omitempty"`
	Metrics     map[string]any    `json:"metrics,omitempty"`
	Watermarks  []string          `json:"watermarks,omitempty"`
	PrimaryKey  []string          `json:"primaryKey,omitempty"`
	IsView      bool              `json:"isView,omitempty"`
	Used        int               `json:"used,omitempty"` // of Names: modules in use
	Comments    []string          `json:"comments,omitempty"`
	Extras      []string          `json:"extras,omitempty"` // of schema: AS …, METADATA …
	Transitions []string          `json:"transitions,omitempty"`
}

var success = &Answer{Kind: "success"}

func (s *Session) serve(ctx context.Context, r *planpb.Request) (*Answer, error) {
	switch q := r.GetRequest().(type) {
	case *planpb.Request_Job: // may wait: not under the lock
		return s.jobRequest(ctx, q.Job)
	case *planpb.Request_Savepoint: // reads files: not under the lock either
		return s.savepointRequest(q.Savepoint)
	case *planpb.Request_Config:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.configure(q.Config)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch q := r.GetRequest().(type) {
	case *planpb.Request_ExecuteSql:
		return s.executeSQL(ctx, q.ExecuteSql.GetText())
	case *planpb.Request_Table:
		return s.table(ctx, q.Table)
	case *planpb.Request_Catalog:
		return s.catalogRequest(q.Catalog)
	case *planpb.Request_Execute:
		return s.execute(ctx, q.Execute)
	case *planpb.Request_Explain:
		return s.explainRequest(q.Explain)
	}
	return nil, errs.Internalf("empty request")
}

func (s *Session) configure(r *planpb.ConfigRequest) (*Answer, error) {
	maps.Copy(s.config, r.GetSet())
	for _, k := range r.GetUnset() {
		delete(s.config, k)
	}
	if r.GetGet() {
		return &Answer{Kind: "success", Options: s.config}, nil
	}
	return success, nil
}

// PutBatches keeps rows for sources that name the handle.
func (s *Session) PutBatches(schema *types.Schema, batches []*batch.Batch) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.handle("rows")
	s.sources[h] = collection.New(schema, batches)
	return h
}

// PutObjects keeps live objects, as the elements of a stream.
func (s *Session) PutObjects(c *batch.Column) string {
	schema := types.NewSchema(types.F(plan.ValueColumn, c.Type))
	return s.PutBatches(schema, []*batch.Batch{batch.New(schema, []*batch.Column{c}, c.Len())})
}

func (s *Session) handle(kind string) string {
	s.next++
	return fmt.Sprintf("%s-%d", kind, s.next)
}

// inline finds rows that were put in.
func (s *Session) inline(handle string) (connector.Source, error) {
	src, ok := s.sources[handle]
	if !ok {
		return nil, errs.Internalf("there are no rows under '%s'", handle)
	}
	return src, nil
}

// Fetch returns the next batch of a result, waiting until ctx is done; false at its end. The
// caller takes over the batch's reference.
func (s *Session) Fetch(ctx context.Context, handle string) (*batch.Batch, bool, error) {
	s.mu.Lock()
	r := s.results[handle]
	s.mu.Unlock()
	if r == nil {
		return nil, false, errs.Userf("result '%s' is not known: it was closed, or read to its end",
			handle)
	}
	b, ok, err := r.next(ctx)
	if !ok && ctx.Err() == nil {
		s.mu.Lock()
		delete(s.results, handle)
		s.mu.Unlock()
	}
	return b, ok, err
}

// Drain waits until no job of the session runs, and says whether all have finished: those that
// failed or were cancelled have left errors behind.
func (s *Session) Drain() (finished bool) {
	for j := s.unfinished(); j != nil; j = s.unfinished() {
		<-j.Done()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.jobs {
		if r.job.Status() != job.Finished {
			return false
		}
	}
	return true
}

func (s *Session) unfinished() *job.Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.jobs {
		select {
		case <-r.job.Done():
		default:
			return r.job
		}
	}
	return nil
}

// Close cancels the session's jobs and waits for them.
func (s *Session) Close() {
	s.mu.Lock()
	jobs := maps.Clone(s.jobs)
	s.mu.Unlock()
	for _, r := range jobs {
		r.job.Cancel()
		for _, res := range r.results {
			res.close()
		}
	}
	for _, r := range jobs {
		<-r.job.Done()
	}
	s.mu.Lock()
	for _, src := range s.sources {
		src.Release()
	}
	clear(s.sources)
	s.mu.Unlock()
	_ = s.catalog.Close() // connections that were only read from
	if s.opts.Closed != nil {
		s.opts.Closed(s)
	}
}
