// Package snapshot turns captures into files and handles, and back: what every back end's Store
// is, but for where it keeps the keys.
package snapshot

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/state"
)

// lists is the non-keyed state of a subtask.
type lists struct {
	byName map[string]*state.ListState
	names  []string
}

var _ state.OperatorState = (*lists)(nil)

func newLists(o *state.OperatorInfo, restore []state.Handle) *lists {
	l := &lists{byName: map[string]*state.ListState{}}
	for _, h := range restore {
		for i := range h.Lists {
			from := &h.Lists[i]
			if l.byName[from.Name] == nil {
				l.SetList(from.Name, from.Mode, spread(o, restore, from.Name, from.Mode))
			}
		}
	}
	return l
}

// spread returns the elements of a list that belong to the subtask.
func spread(o *state.OperatorInfo, handles []state.Handle, name string,
	mode state.Redistribute) [][]byte {
	var all [][]byte
	own, ownFound := [][]byte(nil), false
	for _, h := range handles {
		for _, l := range h.Lists {
			if l.Name != name {
				continue
			}
			all = append(all, l.Elements...)
			if h.Subtask == o.Subtask%h.Parallelism {
				own, ownFound = l.Elements, true
			}
			if mode == state.Broadcast && !ownFound {
				own = l.Elements // equal on all: any will do until one's own is met
			}
		}
	}
	switch {
	case mode == state.Broadcast:
		return own
	case mode == state.Union:
		return all
	case len(handles) > 0 && handles[0].Parallelism == o.Parallelism:
		return own
	}
	n := len(all)
	return all[o.Subtask*n/o.Parallelism : (o.Subtask+1)*n/o.Parallelism]
}

// List implements state.OperatorState.
func (l *lists) List(name string, mode state.Redistribute) ([][]byte, error) {
	s := l.byName[name]
	if s == nil {
		return nil, nil
	}
	if s.Mode != mode {
		return nil, errs.Userf("operator list %q was kept as %s and is now asked for as %s", name,
			s.Mode, mode).Fix("keep the kind of the list state, or give the new one another name")
	}
	return s.Elements, nil
}

// SetList implements state.OperatorState.
func (l *lists) SetList(name string, mode state.Redistribute, elements [][]byte) {
	if l.byName[name] == nil {
		at, _ := slices.BinarySearch(l.names, name)
		l.names = slices.Insert(l.names, at, name)
	}
	l.byName[name] = &state.ListState{Name: name, Mode: mode, Elements: elements}
}

func (l *lists) snapshot() []state.ListState {
	out := make([]state.ListState, 0, len(l.names))
	for _, n := range l.names {
		if s := l.byName[n]; len(s.Elements) > 0 {
			out = append(out, *s)
		}
	}
	return out
}
