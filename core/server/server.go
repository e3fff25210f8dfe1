// Package server shows the jobs of a process over HTTP and takes orders for them, under the paths
// and with the fields of Flink's REST API. It is for this machine: there is no login.
package server

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/runtime/job"
)

// Jobs knows jobs, running and over.
type Jobs interface {
	Jobs() []*job.Job
}

// Server serves the jobs of its sources.
type Server struct {
	version  string
	http     *http.Server
	addr     string
	triggers triggers

	mu      sync.Mutex
	sources []Jobs
}

// Start begins to serve at an address; port 0 finds a free one.
func Start(host string, port int, version string) (*Server, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return nil, errs.Userf("the REST server cannot listen on port %d of %s", port, host).
			Wrap(err).Fix("set rest.port to one that is free")
	}
	s := &Server{version: version, addr: l.Addr().String(),
		triggers: triggers{byID: map[string]*trigger{}}}
	s.http = &http.Server{Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.http.Serve(l) }() // ends with Close
	return s, nil
}

// Addr is where the server listens, HOST:PORT.
func (s *Server) Addr() string { return s.addr }

// Close stops serving; requests under way are cut off.
func (s *Server) Close() error { return s.http.Close() }

// Add has the jobs of a source served, too.
func (s *Server) Add(j Jobs) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.sources, j) {
		s.sources = append(s.sources, j)
	}
}

// Remove forgets a source.
func (s *Server) Remove(j Jobs) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sources = slices.DeleteFunc(s.sources, func(o Jobs) bool { return o == j })
}

// all lists the jobs in the order in which they were started.
func (s *Server) all() []*job.Job {
	s.mu.Lock()
	sources := slices.Clone(s.sources)
	s.mu.Unlock()
	var out []*job.Job
	for _, src := range sources {
		out = append(out, src.Jobs()...)
	}
	slices.SortStableFunc(out, func(a, b *job.Job) int {
		return int(began(a) - began(b))
	})
	return out
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /overview", s.plain(s.overview))
	mux.HandleFunc("GET /jobs", s.plain(s.list))
	mux.HandleFunc("GET /jobs/overview", s.plain(s.jobsOverview))
	mux.HandleFunc("PUT /slots", s.slots)
	one := func(pattern string, f func(*job.Job, *http.Request) (int, any, error)) {
		mux.HandleFunc(pattern, s.ofJob(f))
	}
	one("GET /jobs/{job}", detail)
	one("PATCH /jobs/{job}", cancel)
	one("GET /jobs/{job}/exceptions", exceptions)
	one("GET /jobs/{job}/accumulators", accumulators)
	one("GET /jobs/{job}/metrics", metrics)
	one("GET /jobs/{job}/checkpoints", checkpoints)
	one("GET /jobs/{job}/checkpoints/details/{id}", checkpoint)
	one("POST /jobs/{job}/checkpoints", s.triggerCheckpoint)
	one("GET /jobs/{job}/checkpoints/{trigger}", s.triggered)
	one("POST /jobs/{job}/savepoints", s.triggerSavepoint)
	one("GET /jobs/{job}/savepoints/{trigger}", s.triggered)
	one("POST /jobs/{job}/stop", s.triggerStop)
	one("GET /jobs/{job}/resource-requirements", requirements)
	one("PUT /jobs/{job}/resource-requirements", rescale)
	one("GET /jobs/{job}/rescales/history", rescales)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusNotFound, "Not found: "+r.URL.Path)
	})
	return mux
}

func (s *Server) plain(f func() any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, f()) }
}

// ofJob finds the job of a request.
func (s *Server) ofJob(f func(*job.Job, *http.Request) (int, any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("job")
		for _, j := range s.all() {
			if j.ID != id {
				continue
			}
			status, body, err := f(j, r)
			if err != nil {
				fail(w, statusOf(err), err.Error())
				return
			}
			answer(w, status, body)
			return
		}
		fail(w, http.StatusNotFound, "Job "+id+" not found")
	}
}

var errNotFound = errors.New("not found")

func statusOf(err error) int {
	switch {
	case errors.Is(err, errNotFound):
		return http.StatusNotFound
	case errs.MarkOf(err) == errs.User:
		return http.StatusBadRequest
	case errs.MarkOf(err) == errs.Transient, errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // who asked may be gone
}

func fail(w http.ResponseWriter, status int, msg string) {
	answer(w, status, map[string]any{"errors": []string{msg}})
}

// body reads the JSON of a request; none leaves to as it is.
func body(r *http.Request, to any) error {
	if r.ContentLength == 0 {
		return nil
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20)).Decode(to); err != nil {
		return errs.Userf("the request is not the JSON that is expected: %v", err)
	}
	return nil
}
