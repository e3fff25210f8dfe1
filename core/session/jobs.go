package session

import (
	"context"
	"strconv"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/runtime/job"
)

// jobRequest serves a request about a job. It may wait for the job.
func (s *Session) jobRequest(ctx context.Context, r *planpb.JobRequest) (*Answer, error) {
	s.mu.Lock()
	run := s.jobs[r.GetId()]
	s.mu.Unlock()
	if run == nil {
		return nil, errs.Userf("there is no job '%s'", r.GetId())
	}
	if ms := r.GetTimeoutMs(); ms > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(ms)*time.Millisecond)
		defer cancel()
	}
	j := run.job
	answer := &Answer{Kind: "job", Job: r.GetId()}
	var err error
	switch r.GetVerb() {
	case "status":
	case "wait":
		err = j.Wait(ctx)
		if ctx.Err() != nil && !j.Status().Final() {
			j.Cancel() // Ctrl-C
			return nil, ctx.Err()
		}
	case "cancel":
		for _, res := range run.results {
			res.close()
		}
		j.Cancel()
		select {
		case <-j.Done():
		case <-ctx.Done():
		}
	case "savepoint":
		answer.Path, err = j.Savepoint(ctx, r.GetOptions()["directory"])
	case "stop":
		answer.Path, err = j.Stop(ctx, r.GetOptions()["directory"], r.GetOptions()["drain"] == "true")
	case "checkpoint":
		answer.Path, err = j.TriggerCheckpoint(ctx)
	case "rescale":
		err = rescale(ctx, j, r.GetOptions())
	case "metrics":
		answer.Metrics = map[string]any{}
		for _, m := range j.Metrics() {
			answer.Metrics[m.Name] = m.Value
		}
	case "exception":
		err = j.Err()
	case "accumulators":
	default:
		err = errs.Internalf("unknown verb '%s'", r.GetVerb())
	}
	if err != nil {
		return nil, err
	}
	answer.Status = string(j.Status())
	if h := j.History(); len(h) > 0 {
		answer.RuntimeMs = h[len(h)-1].AtMs - h[0].AtMs
	}
	return answer, nil
}

// rescale gives a job another parallelism: one vertex, or all that the program did not fix.
func rescale(ctx context.Context, j *job.Job, options map[string]string) error {
	n, err := strconv.Atoi(options["parallelism"])
	if err != nil || n < 1 {
		return errs.Userf("a job cannot have parallelism '%s'", options["parallelism"])
	}
	const reason = "the program asked for it"
	if v := options["vertex"]; v != "" {
		return j.Rescale(ctx, map[string]int{v: n}, reason)
	}
	return j.RescaleAll(ctx, n, reason)
}

// Jobs lists the jobs that the session has started.
func (s *Session) Jobs() []*job.Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*job.Job, 0, len(s.jobs))
	for _, r := range s.jobs {
		out = append(out, r.job)
	}
	return out
}
