package server

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/runtime/job"
)

type object = map[string]any

func began(j *job.Job) int64 {
	if h := j.History(); len(h) > 0 {
		return h[0].AtMs
	}
	return 0
}

// times are when a job began, when it ended (-1: not yet) and how long it has lasted.
func times(j *job.Job) (start, end, duration int64) {
	h := j.History()
	if len(h) == 0 {
		return 0, -1, 0
	}
	start, end = h[0].AtMs, -1
	last := h[len(h)-1]
	if last.Status.Final() {
		return start, last.AtMs, last.AtMs - start
	}
	return start, end, time.Now().UnixMilli() - start
}

func (s *Server) overview() any {
	n := map[job.Status]int{}
	slots := 0
	for _, j := range s.all() {
		status := j.Status()
		if !status.Final() {
			for _, v := range j.Vertices() {
				slots = max(slots, v.Parallelism)
			}
			status = job.Running
		}
		n[status]++
	}
	return object{"taskmanagers": 1, "slots-total": slots, "slots-available": 0,
		"jobs-running": n[job.Running], "jobs-finished": n[job.Finished],
		"jobs-cancelled": n[job.Canceled], "jobs-failed": n[job.Failed],
		"headrace-version": s.version}
}

func (s *Server) list() any {
	out := []object{}
	for _, j := range s.all() {
		out = append(out, object{"id": j.ID, "status": j.Status()})
	}
	return object{"jobs": out}
}

func (s *Server) jobsOverview() any {
	out := []object{}
	for _, j := range s.all() {
		start, end, duration := times(j)
		tasks := 0
		for _, v := range j.Vertices() {
			tasks += v.Parallelism
		}
		h := j.History()
		out = append(out, object{"jid": j.ID, "name": j.Name, "start-time": start, "end-time": end,
			"duration": duration, "state": j.Status(), "last-modification": h[len(h)-1].AtMs,
			"tasks": object{"total": tasks}})
	}
	return object{"jobs": out}
}

func detail(j *job.Job, _ *http.Request) (int, any, error) {
	start, end, duration := times(j)
	at := map[job.Status]int64{}
	for _, h := range j.History() {
		at[h.Status] = h.AtMs
	}
	vertices := []object{}
	for _, v := range j.Vertices() {
		vertices = append(vertices, object{"id": v.ID, "name": v.Name,
			"parallelism": v.Parallelism, "maxParallelism": v.MaxParallelism, "status": j.Status()})
	}
	return http.StatusOK, object{"jid": j.ID, "name": j.Name, "isStoppable": false,
		"state": j.Status(), "start-time": start, "end-time": end, "duration": duration,
		"now": time.Now().UnixMilli(), "timestamps": at, "vertices": vertices}, nil
}

func exceptions(j *job.Job, _ *http.Request) (int, any, error) {
	entries := []object{}
	for _, h := range slices.Backward(j.History()) {
		if h.Err != nil && (h.Status == job.Failing || h.Status == job.Failed ||
			h.Status == job.Restarting) {
			entries = append(entries, object{"exceptionName": h.Err.Error(), "timestamp": h.AtMs,
				"stacktrace": h.Err.Error()})
		}
	}
	return http.StatusOK, object{"exceptionHistory": object{"entries": entries,
		"truncated": false}}, nil
}

func accumulators(j *job.Job, _ *http.Request) (int, any, error) {
	out := []object{}
	for name, v := range j.Accumulators() {
		out = append(out, object{"name": name, "type": "Long", "value": strconv.FormatInt(v, 10)})
	}
	slices.SortFunc(out, func(a, b object) int {
		return strings.Compare(a["name"].(string), b["name"].(string))
	})
	return http.StatusOK, object{"job-accumulators": []object{},
		"user-task-accumulators": out}, nil
}

// metrics lists the names of all metrics, or the values of those that ?get= names.
func metrics(j *job.Job, r *http.Request) (int, any, error) {
	get := r.URL.Query().Get("get")
	wanted := strings.Split(get, ",")
	out := []object{}
	for _, m := range j.Metrics() {
		switch {
		case get == "":
			out = append(out, object{"id": m.Name})
		case slices.Contains(wanted, m.Name):
			out = append(out, object{"id": m.Name, "value": strconv.FormatInt(m.Value, 10)})
		}
	}
	return http.StatusOK, out, nil
}

func checkpoints(j *job.Job, _ *http.Request) (int, any, error) {
	n := j.SnapshotCounts()
	latest := object{"completed": nil, "savepoint": nil, "failed": nil}
	all := append(j.Snapshots(), j.FailedSnapshots()...)
	slices.SortStableFunc(all, func(a, b job.Snapshot) int { return int(b.ID - a.ID) })
	history := []object{}
	for _, s := range all {
		e := checkpointOf(&s)
		history = append(history, e)
		kind := "completed"
		switch {
		case s.Err != nil:
			kind = "failed"
		case s.Savepoint:
			kind = "savepoint"
		}
		if latest[kind] == nil {
			latest[kind] = e
		}
	}
	return http.StatusOK, object{"counts": object{"total": n.Begun, "completed": n.Completed,
		"failed": n.Failed, "in_progress": n.Begun - n.Completed - n.Failed},
		"latest": latest, "history": history}, nil
}

// checkpoint shows one of the checkpoints that checkpoints lists.
func checkpoint(j *job.Job, r *http.Request) (int, any, error) {
	id := r.PathValue("id")
	for _, s := range append(j.Snapshots(), j.FailedSnapshots()...) {
		if strconv.FormatInt(s.ID, 10) == id {
			return http.StatusOK, checkpointOf(&s), nil
		}
	}
	return 0, nil, errs.Userf("checkpoint %s is not among those that are remembered", id).
		Wrap(errNotFound)
}

// checkpointOf shows a checkpoint as Flink does; alignment and synchronous duration are those of the
// slowest task.
func checkpointOf(s *job.Snapshot) object {
	kind := "CHECKPOINT"
	switch {
	case s.Savepoint:
		kind = "SAVEPOINT"
	case s.Unaligned:
		kind = "UNALIGNED_CHECKPOINT"
	}
	e := object{"id": s.ID, "status": "COMPLETED", "is_savepoint": s.Savepoint,
		"checkpoint_type": kind, "trigger_timestamp": s.StartMs,
		"latest_ack_timestamp": s.EndMs, "end_to_end_duration": s.EndMs - s.StartMs,
		"num_subtasks": s.Subtasks, "unaligned": s.Unaligned, "alignment_duration": s.AlignMs,
		"sync_duration": s.SyncMs, "persisted_data": s.InFlightBytes}
	if s.Err != nil {
		e["status"], e["failure_message"], e["failure_timestamp"] = "FAILED", s.Err.Error(), s.EndMs
		return e
	}
	e["external_path"], e["checkpointed_size"], e["state_size"] = s.Path, s.NewBytes, s.SizeBytes
	return e
}
