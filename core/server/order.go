package server

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/runtime/job"
)

// trigger is an order that takes its time.
type trigger struct {
	job  string
	done bool
	path string
	err  error
	told chan struct{} // closed when somebody has heard what became of it
	once sync.Once
}

// triggersKept is how many orders are remembered.
const triggersKept = 1000

type triggers struct {
	mu    sync.Mutex
	next  int
	byID  map[string]*trigger
	order []string
}

// begin runs f and remembers what came of it under the id that it returns.
func (t *triggers) begin(j *job.Job, f func(ctx context.Context) (string, error)) object {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next++
	id := strconv.Itoa(t.next)
	one := &trigger{job: j.ID, told: make(chan struct{})}
	t.byID[id] = one
	if t.order = append(t.order, id); len(t.order) > triggersKept {
		delete(t.byID, t.order[0])
		t.order = t.order[1:]
	}
	go func() {
		path, err := f(context.Background())
		t.mu.Lock()
		defer t.mu.Unlock()
		one.done, one.path, one.err = true, path, err
	}()
	return object{"request-id": id}
}

// Settle waits until those who gave orders have heard what became of them, or for the longest time:
// the process of a job that was stopped ends with it, and nobody could ask it any more.
func (s *Server) Settle(longest time.Duration) {
	timeout := time.After(longest)
	s.triggers.mu.Lock()
	all := make([]*trigger, 0, len(s.triggers.byID))
	for _, t := range s.triggers.byID {
		all = append(all, t)
	}
	s.triggers.mu.Unlock()
	for _, t := range all {
		select {
		case <-t.told:
		case <-timeout:
			return
		}
	}
}

// triggered tells what has become of an order.
func (s *Server) triggered(j *job.Job, r *http.Request) (int, any, error) {
	s.triggers.mu.Lock()
	defer s.triggers.mu.Unlock()
	t := s.triggers.byID[r.PathValue("trigger")]
	switch {
	case t == nil || t.job != j.ID:
		return 0, nil, errs.Userf("there is no order %s", r.PathValue("trigger")).Wrap(errNotFound)
	case !t.done:
		return http.StatusOK, object{"status": object{"id": "IN_PROGRESS"}}, nil
	}
	defer t.once.Do(func() { close(t.told) })
	if t.err != nil {
		return http.StatusOK, object{"status": object{"id": "COMPLETED"}, "operation": object{
			"failure-cause": object{"class": errs.MarkOf(t.err).String(),
				"stack-trace": t.err.Error()}}}, nil
	}
	return http.StatusOK, object{"status": object{"id": "COMPLETED"},
		"operation": object{"location": t.path}}, nil
}

func (s *Server) triggerCheckpoint(j *job.Job, _ *http.Request) (int, any, error) {
	return http.StatusAccepted, s.triggers.begin(j, j.TriggerCheckpoint), nil
}

func (s *Server) triggerSavepoint(j *job.Job, r *http.Request) (int, any, error) {
	var q struct {
		Dir    string `json:"target-directory"`
		Cancel bool   `json:"cancel-job"`
	}
	if err := body(r, &q); err != nil {
		return 0, nil, err
	}
	return http.StatusAccepted, s.triggers.begin(j, func(ctx context.Context) (string, error) {
		path, err := j.Savepoint(ctx, q.Dir)
		if err == nil && q.Cancel {
			j.Cancel()
		}
		return path, err
	}), nil
}

func (s *Server) triggerStop(j *job.Job, r *http.Request) (int, any, error) {
	var q struct {
		Dir   string `json:"targetDirectory"`
		Drain bool   `json:"drain"`
	}
	if err := body(r, &q); err != nil {
		return 0, nil, err
	}
	return http.StatusAccepted, s.triggers.begin(j, func(ctx context.Context) (string, error) {
		return j.Stop(ctx, q.Dir, q.Drain)
	}), nil
}

func cancel(j *job.Job, r *http.Request) (int, any, error) {
	if mode := r.URL.Query().Get("mode"); mode != "" && mode != "cancel" {
		return 0, nil, errs.Userf("a job cannot be ended with mode '%s'", mode).
			Fix("use cancel, or POST to stop")
	}
	j.Cancel()
	return http.StatusAccepted, object{}, nil
}

type bounds struct {
	Parallelism struct {
		Lower int `json:"lowerBound"`
		Upper int `json:"upperBound"`
	} `json:"parallelism"`
}

func requirements(j *job.Job, _ *http.Request) (int, any, error) {
	out := map[string]bounds{}
	for _, v := range j.Vertices() {
		var b bounds
		b.Parallelism.Lower, b.Parallelism.Upper = 1, v.Parallelism
		out[v.ID] = b
	}
	return http.StatusOK, out, nil
}

// rescale gives the vertices the upper bounds of a request, at the next checkpoint.
func rescale(j *job.Job, r *http.Request) (int, any, error) {
	var q map[string]bounds
	if err := body(r, &q); err != nil {
		return 0, nil, err
	}
	to := map[string]int{}
	for id, b := range q {
		p := b.Parallelism
		if p.Lower > p.Upper {
			return 0, nil, errs.Userf("vertex '%s' is to have from %d to %d subtasks", id, p.Lower,
				p.Upper)
		}
		to[id] = p.Upper
	}
	ctx, stop := context.WithTimeout(r.Context(), time.Minute)
	defer stop()
	return http.StatusOK, object{}, j.Rescale(ctx, to, "resource requirements were set")
}

// slots tells all adaptive jobs how many slots there are.
func (s *Server) slots(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Slots int `json:"slots"`
	}
	err := body(r, &q)
	followed := []string{}
	if err == nil && q.Slots < 1 {
		err = errs.Userf("there cannot be %d slots", q.Slots)
	}
	ctx, stop := context.WithTimeout(r.Context(), time.Minute)
	defer stop()
	for _, j := range s.all() {
		if err != nil || j.Status().Final() || !j.Adaptive() {
			continue
		}
		if err = j.SetSlots(ctx, q.Slots); err == nil {
			followed = append(followed, j.ID)
		}
	}
	if err != nil {
		fail(w, statusOf(err), err.Error())
		return
	}
	answer(w, http.StatusOK, object{"slots": q.Slots, "jobs": followed})
}

// rescales lists the changes of parallelism, newest first.
func rescales(j *job.Job, _ *http.Request) (int, any, error) {
	names := map[string]string{}
	for _, v := range j.Vertices() {
		names[v.ID] = v.Name
	}
	out := []object{}
	for _, r := range j.Rescalings() {
		state := "IN_PROGRESS"
		switch {
		case r.Over() && r.Err == nil:
			state = "COMPLETED"
		case r.Over():
			state = "FAILED"
		}
		vertices := object{}
		for id, before := range r.Before {
			if before != r.After[id] {
				vertices[id] = object{"jobVertexName": names[id], "preRescaleParallelism": before,
					"postRescaleParallelism": r.After[id]}
			}
		}
		e := object{"rescaleAttemptId": r.ID, "triggerCause": r.Reason, "terminalState": state,
			"startTimestampInMillis": r.StartMs, "endTimestampInMillis": r.EndMs,
			"vertices": vertices}
		if r.Over() && r.StoppedMs > 0 {
			e["downtimeInMillis"] = r.EndMs - r.StoppedMs
		}
		if r.Err != nil {
			e["failureCause"] = r.Err.Error()
		}
		out = append([]object{e}, out...)
	}
	return http.StatusOK, object{"rescales": out}, nil
}
