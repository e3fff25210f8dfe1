package checkpoint

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/state/snapshot"
)

// Contents is what a checkpoint or savepoint holds, for people and tools.
type Contents struct {
	Kind      Kind               `json:"kind"`
	ID        int64              `json:"id"`
	JobID     string             `json:"jobId"`
	JobName   string             `json:"jobName"`
	Path      string             `json:"path"`
	Writer    string             `json:"writer"`
	EndMs     int64              `json:"endMs"`
	Files     int                `json:"files"`
	Bytes     int64              `json:"bytes"`
	Operators []OperatorContents `json:"operators"`
}

// OperatorContents is the state of one operator.
type OperatorContents struct {
	UID            string         `json:"uid"`
	Name           string         `json:"name"`
	Parallelism    int            `json:"parallelism"`
	MaxParallelism int            `json:"maxParallelism"`
	Keys           int64          `json:"keys"`
	States         []KeyedState   `json:"states,omitempty"`
	Lists          []ListContents `json:"lists,omitempty"`
}

// KeyedState is one keyed state: how many keys have it, and the bytes of its values.
type KeyedState struct {
	Name  string `json:"name"`
	Type  string `json:"type,omitempty"` // "" where it does not say
	Keys  int64  `json:"keys"`
	Bytes int64  `json:"bytes"`
}

// ListContents is one operator list over all subtasks.
type ListContents struct {
	Name     string `json:"name"`
	Mode     string `json:"mode"`
	Elements int    `json:"elements"`
	Bytes    int64  `json:"bytes"`
}

// Inspect reads all state of a snapshot.
func (s *Snapshot) Inspect() (*Contents, error) {
	m := s.Manifest
	c := &Contents{Kind: m.Kind, ID: m.ID, JobID: m.JobID, JobName: m.JobName, Path: s.Path,
		Writer: m.Writer, EndMs: m.EndMs, Files: len(m.Files()), Bytes: m.SizeBytes()}
	for i := range m.Operators {
		o, err := s.inspect(&m.Operators[i])
		if err != nil {
			return nil, err
		}
		c.Operators = append(c.Operators, o)
	}
	return c, nil
}

func (s *Snapshot) inspect(o *Operator) (OperatorContents, error) {
	out := OperatorContents{UID: o.UID, Name: o.Name, Parallelism: o.Parallelism,
		MaxParallelism: o.MaxParallelism}
	for _, h := range o.Handles {
		for _, l := range h.Lists {
			mode := l.Mode.String()
			at := slices.IndexFunc(out.Lists, func(c ListContents) bool { return c.Name == l.Name })
			if at < 0 {
				at = len(out.Lists)
				out.Lists = append(out.Lists, ListContents{Name: l.Name, Mode: mode})
			}
			out.Lists[at].Elements += len(l.Elements)
			for _, e := range l.Elements {
				out.Lists[at].Bytes += int64(len(e))
			}
		}
	}
	columns, src, done, err := snapshot.Read(s.Files, o.Handles)
	if err != nil {
		return out, err
	}
	defer done()
	for _, c := range columns {
		out.States = append(out.States, KeyedState{Name: c.Name, Type: readable(c.Type)})
	}
	for src.Next() {
		out.Keys++
		out.count(src.Record().Body)
	}
	return out, src.Err()
}

// count adds the values of a key.
func (o *OperatorContents) count(body []byte) {
	snapshot.EachValue(body, func(column int, first bool, v []byte) {
		if first {
			o.States[column].Keys++
		}
		o.States[column].Bytes += int64(len(v))
	})
}

// readable writes the row types in the type of a state as SQL has them.
func readable(descriptor string) string {
	kind, row, ok := strings.Cut(descriptor, " ")
	var t types.Type
	if !ok || json.Unmarshal([]byte(row), &t) != nil {
		return descriptor
	}
	return kind + " " + t.String()
}
