package checkpoint

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/state"
)

// Ledger knows the complete checkpoints of a job and which files belong to which. Its methods
// decide only: the caller does what they return, in any order but after the new manifest is there.
type Ledger struct {
	// Retained are the complete checkpoints that are kept, oldest first.
	Retained []Entry
	// lastUse is, for each file that is not owned by one checkpoint alone, the newest checkpoint
	// (complete or not) that was told to use it.
	lastUse map[string]int64
}

// Entry is a complete checkpoint.
type Entry struct {
	ID    int64
	Files []string // paths
}

// NewLedger starts from the checkpoints found at a start.
func NewLedger(retained ...Entry) *Ledger {
	l := &Ledger{Retained: retained, lastUse: map[string]int64{}}
	for _, e := range retained {
		l.Use(e.ID, e.Files)
	}
	return l
}

// Use notes that a subtask has written files for a checkpoint that is not complete yet. Only files
// that were noted are ever deleted by Complete: a file that is being written belongs to a
// checkpoint to come.
func (l *Ledger) Use(id int64, files []string) {
	for _, f := range files {
		l.lastUse[f] = max(l.lastUse[f], id)
	}
}

// Complete adds a complete checkpoint and keeps the newest retain ones. It returns the checkpoints
// to drop and the files that nothing uses any more. Files of aborted checkpoints stay until a
// later one is complete without them: the next increments build on them.
func (l *Ledger) Complete(e Entry, retain int) (drop []int64, unused []string) {
	l.Use(e.ID, e.Files)
	l.Retained = append(l.Retained, e)
	sort.SliceStable(l.Retained, func(a, b int) bool { return l.Retained[a].ID < l.Retained[b].ID })
	for len(l.Retained) > max(retain, 1) {
		drop = append(drop, l.Retained[0].ID)
		l.Retained = l.Retained[1:]
	}
	return drop, l.sweep(e.ID)
}

// Drop forgets a complete checkpoint (found corrupt, or disposed of).
func (l *Ledger) Drop(id int64) (unused []string) {
	l.Retained = slices.DeleteFunc(l.Retained, func(e Entry) bool { return e.ID == id })
	if len(l.Retained) == 0 {
		return nil // files may be wanted for finding out what happened
	}
	return l.sweep(l.Retained[len(l.Retained)-1].ID)
}

// sweep returns the files last used by checkpoint upTo or older that no retained one has.
func (l *Ledger) sweep(upTo int64) []string {
	used := map[string]bool{}
	for _, e := range l.Retained {
		for _, f := range e.Files {
			used[f] = true
		}
	}
	var unused []string
	for f, id := range l.lastUse {
		if id <= upTo && !used[f] {
			unused = append(unused, f)
			delete(l.lastUse, f)
		}
	}
	sort.Strings(unused)
	return unused
}

// NextID is the number of the next checkpoint after those on disk: one that was begun and not
// completed counts, for its files may be there.
func NextID(names []string) int64 {
	next := int64(1)
	for _, n := range names {
		if id, ok := checkpointID(n); ok {
			next = max(next, id+1)
		}
	}
	return next
}

// Orphans returns the shared files, among those listed, that earlier attempts left behind: not
// used by a retained checkpoint and written by an attempt before this one. It is asked once the
// first checkpoint of an attempt is complete: then nothing older is still being written.
func Orphans(listed []string, retained []Entry, attempt int) []string {
	used := map[string]bool{}
	for _, e := range retained {
		for _, f := range e.Files {
			used[f] = true
		}
	}
	var out []string
	for _, name := range listed {
		by, ok := attemptOf(name)
		if path := sharedDir + "/" + name; ok && by < attempt && !used[path] {
			out = append(out, path)
		}
	}
	return out
}

// sharedName is the name of a shared file: the attempt and the checkpoint that it was written for
// come first.
func sharedName(attempt int, id int64, name string) string {
	return fmt.Sprintf("a%d-%d-%s", attempt, id, name)
}

func attemptOf(name string) (int, bool) {
	if !strings.HasPrefix(name, "a") {
		return 0, false
	}
	digits, _, ok := strings.Cut(name[1:], "-")
	n, err := strconv.Atoi(digits)
	return n, ok && err == nil
}

func checkpointName(id int64) string { return "chk-" + strconv.FormatInt(id, 10) }

func checkpointID(name string) (int64, bool) {
	digits, ok := strings.CutPrefix(name, "chk-")
	id, err := strconv.ParseInt(digits, 10, 64)
	return id, ok && err == nil && id > 0
}

// Target is an operator of the job that is to be restored.
type Target struct {
	UID, Name   string
	Parallelism int
	// MaxParallelism is the operator's; Explicit says that the user set it, else that of the
	// checkpoint is taken over.
	MaxParallelism int
	Explicit       bool
}

// Plan is what each operator is restored from.
type Plan struct {
	// Operators has the state of those that the checkpoint knows, by UID.
	Operators map[string]*Operator
	// MaxParallelism is what each target runs with, by UID.
	MaxParallelism map[string]int
	// Skipped are the operators whose state is left behind.
	Skipped []string
}

// Assign matches the state of a checkpoint to the operators of a job. State of an operator that
// the job lacks is an error unless allowNonRestored; an operator that the checkpoint lacks starts
// empty.
func Assign(m *Manifest, targets []Target, allowNonRestored bool) (*Plan, error) {
	p := &Plan{Operators: map[string]*Operator{}, MaxParallelism: map[string]int{}}
	byUID := map[string]*Operator{}
	for i := range m.Operators {
		byUID[m.Operators[i].UID] = &m.Operators[i]
	}
	var fresh []string // targets without state, for hints
	for _, t := range targets {
		o := byUID[t.UID]
		limit := t.MaxParallelism
		if o != nil && o.MaxParallelism > 0 && keyed(o) {
			if t.Explicit && o.MaxParallelism != limit {
				return nil, errs.Userf("operator '%s' (uid '%s') has max-parallelism %d, its state "+
					"was kept with %d", t.Name, t.UID, limit, o.MaxParallelism).
					At("%s %d", m.Kind, m.ID).Fix("set it to %d: keys cannot be spread anew",
					o.MaxParallelism)
			}
			limit = o.MaxParallelism
		}
		if err := state.CheckParallelism(limit, t.Parallelism); err != nil {
			return nil, errs.Userf("operator '%s' (uid '%s')", t.Name, t.UID).Wrap(err)
		}
		p.MaxParallelism[t.UID] = limit
		if o == nil {
			fresh = append(fresh, t.UID)
			continue
		}
		p.Operators[t.UID] = o
		delete(byUID, t.UID)
	}
	for _, uid := range sortedUIDs(byUID) {
		if byUID[uid].HasState() {
			p.Skipped = append(p.Skipped, uid)
		}
	}
	if len(p.Skipped) > 0 && !allowNonRestored {
		return nil, missing(m, byUID[p.Skipped[0]], p.Skipped, fresh)
	}
	return p, nil
}

func keyed(o *Operator) bool {
	for _, h := range o.Handles {
		if len(h.Files) > 0 {
			return true
		}
	}
	return false
}

func sortedUIDs(ops map[string]*Operator) []string {
	uids := make([]string, 0, len(ops))
	for uid := range ops {
		uids = append(uids, uid)
	}
	sort.Strings(uids)
	return uids
}

func missing(m *Manifest, o *Operator, all, fresh []string) error {
	what := fmt.Sprintf("it has state of operator '%s' (uid '%s'), which the job lacks", o.Name,
		o.UID)
	if len(all) > 1 {
		what += fmt.Sprintf("; so it does for %d more: '%s'", len(all)-1,
			strings.Join(all[1:], "', '"))
	}
	remedy := fmt.Sprintf("give the operator its old uid back with .uid('%s')", o.UID)
	if near := errs.Nearest(o.UID, fresh); near != "" {
		remedy += fmt.Sprintf(" (the job has '%s', which starts empty)", near)
	}
	return errs.Userf("%s", what).At("%s %d", m.Kind, m.ID).Fix("%s, or leave its state behind "+
		"with --allow-non-restored-state (execution.state-recovery.ignore-unclaimed-state)", remedy)
}
