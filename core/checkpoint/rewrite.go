package checkpoint

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/segment"
	"github.com/headrace/headrace/core/state/snapshot"
)

// Edit gives keys of one state other values.
type Edit struct {
	UID, State string
	Keys       []EditedKey
}

// EditedKey is the new value of one key, both encoded; without a value the key has none any more.
// Group is its key group, -1 where that is to be found by its bytes: those of a key without a
// window.
type EditedKey struct {
	Key, Value []byte
	Group      int
}

// Operator finds an operator by its uid, or by its name if only one has it.
func (s *Snapshot) Operator(uid string) (*Operator, error) {
	var known []string
	named := -1
	for i := range s.Manifest.Operators {
		o := &s.Manifest.Operators[i]
		if o.UID == uid {
			return o, nil
		}
		known = append(known, o.UID)
		if o.Name == uid {
			if named >= 0 {
				return nil, errs.Userf("%s has several operators named '%s'", s.Path, uid).
					Fix("give the uid: one of %s", strings.Join(known, ", "))
			}
			named = i
		}
	}
	if named >= 0 {
		return &s.Manifest.Operators[named], nil
	}
	return nil, errs.Userf("%s has no state of an operator '%s'", s.Path, uid).
		Fix("%s", hint(uid, known))
}

func hint(name string, known []string) string {
	if len(known) == 0 {
		return "it has none"
	}
	if near := errs.DidYouMean(name, known); near != "" {
		return near
	}
	return "it has " + strings.Join(known, ", ")
}

// HasState says what is wrong when an operator has no such keyed state.
func (s *Snapshot) HasState(uid, name string) error {
	_, _, done, err := s.keyed(uid, name)
	if err == nil {
		done()
	}
	return err
}

// keyed opens the keyed state of an operator; at is the column of the state of that name. done ends
// the reading.
func (s *Snapshot) keyed(uid, name string) (src segment.Source, at int, done func(), err error) {
	o, err := s.Operator(uid)
	if err != nil {
		return nil, 0, nil, err
	}
	columns, src, done, err := snapshot.Read(s.Files, o.Handles)
	if err != nil {
		return nil, 0, nil, err
	}
	if at, err = stateOf(o, columns, name); err != nil {
		done()
	}
	return src, at, done, err
}

// EachKey calls f with every key that has the state, in order of (group, key).
func (s *Snapshot) EachKey(
	uid, name string, f func(group uint16, key, value []byte) error,
) error {
	src, at, done, err := s.keyed(uid, name)
	if err != nil {
		return err
	}
	defer done()
	for src.Next() {
		r := src.Record()
		var value []byte
		parts := 0
		snapshot.EachValue(r.Body, func(column int, _ bool, v []byte) {
			if column == at {
				value, parts = v, parts+1
			}
		})
		if parts > 1 {
			return errs.Userf("state '%s' of %s is kept in parts", name, uid).
				Fix("only states that Python functions declare can be read by key")
		}
		if parts == 1 {
			if err := f(r.Group, r.Key, value); err != nil {
				return err
			}
		}
	}
	return src.Err()
}

func stateOf(o *Operator, columns []state.ColumnInfo, name string) (int, error) {
	known := make([]string, len(columns))
	for i, c := range columns {
		if c.Name == name {
			return i, nil
		}
		known[i] = c.Name
	}
	return 0, errs.Userf("operator %s has no keyed state '%s'", o.UID, name).
		Fix("%s", hint(name, known))
}

// Rewrite writes a savepoint below target that is this snapshot with edits, and returns its path.
// Operators without edits are copied as they are.
func (s *Snapshot) Rewrite(fs fsys.FS, target, unique string, edits []Edit) (string, error) {
	m := *s.Manifest
	w, err := NewSavepoint(fs, target, m.JobID, unique)
	if err != nil {
		return "", err
	}
	m.Kind, m.Operators = Savepoint, slices.Clone(m.Operators)
	byUID := map[string][]Edit{}
	for _, e := range edits {
		o, err := s.Operator(e.UID)
		if err != nil {
			return "", w.give(err)
		}
		byUID[o.UID] = append(byUID[o.UID], e)
	}
	for i := range m.Operators {
		o := &m.Operators[i]
		if o.Handles, err = s.rewritten(w, o, i, byUID[o.UID]); err != nil {
			return "", w.give(err)
		}
	}
	if err := w.Commit(&m); err != nil {
		return "", w.give(err)
	}
	return w.Path(), nil
}

// give abandons the savepoint for an error.
func (s *SavepointWriter) give(err error) error {
	if left := s.Abandon(); left != nil {
		return errs.Transientf("%s stays behind", s.Path()).Wrap(err)
	}
	return err
}

func (s *Snapshot) rewritten(
	w *SavepointWriter, o *Operator, number int, edits []Edit,
) ([]state.Handle, error) {
	out := slices.Clone(o.Handles)
	for i := range out {
		h := &out[i]
		if len(h.Channels) > 0 {
			return nil, errs.Userf("%s holds records in flight", s.Path).
				Fix("take a savepoint: it holds none")
		}
		if len(edits) > 0 {
			h.Files = nil // all keys come together in a handle of their own
			continue
		}
		var err error
		name := fmt.Sprintf("op%d-%d", number, i)
		if h.Files, err = s.copied(w, name, h.Files); err != nil {
			return nil, err
		}
	}
	if len(edits) == 0 {
		return out, nil
	}
	columns, src, done, err := snapshot.Read(s.Files, o.Handles)
	if err != nil {
		return nil, err
	}
	defer done()
	changes, err := changesOf(o, columns, edits)
	if err != nil {
		return nil, err
	}
	info := state.OperatorInfo{JobID: s.Manifest.JobID, UID: o.UID, MaxParallelism: o.MaxParallelism}
	h, err := snapshot.Write(w, s.Manifest.ID, info, columns, &edited{src: src, changes: changes})
	return append(out, h), err
}

func (s *Snapshot) copied(
	w *SavepointWriter, name string, refs []state.FileRef,
) ([]state.FileRef, error) {
	var out []state.FileRef
	for i, ref := range refs {
		r, err := s.Files.Open(ref)
		if err != nil {
			return nil, err
		}
		made, err := copyFile(w, s.Manifest.ID, fmt.Sprintf("%s-%d", name, i), r)
		r.Close()
		if err != nil {
			return nil, err
		}
		made.Groups = ref.Groups
		out = append(out, made)
	}
	return out, nil
}

func copyFile(
	w *SavepointWriter, id int64, name string, r fsys.Reader,
) (state.FileRef, error) {
	f, err := w.Create(id, name, false)
	if err != nil {
		return state.FileRef{}, err
	}
	defer f.Abort()
	if _, err := io.Copy(f, io.NewSectionReader(r, 0, r.Size())); err != nil {
		return state.FileRef{}, writeError(name, err)
	}
	return f.Commit()
}

// change is what a key gets: its new values by column, nil where it loses one.
type change struct {
	group  uint16
	key    []byte
	values map[int][]byte
}

func changesOf(o *Operator, columns []state.ColumnInfo, edits []Edit) ([]change, error) {
	byKey := map[string]*change{}
	for _, e := range edits {
		at, err := stateOf(o, columns, e.State)
		if err != nil {
			return nil, err
		}
		for _, k := range e.Keys {
			c := byKey[string(k.Key)]
			if c == nil {
				c = &change{group: uint16(k.Group), key: k.Key, values: map[int][]byte{}}
				if k.Group < 0 || k.Group >= o.MaxParallelism {
					c.group = state.GroupOf(k.Key, o.MaxParallelism)
				}
				byKey[string(k.Key)] = c
			}
			c.values[at] = k.Value
		}
	}
	out := make([]change, 0, len(byKey))
	for _, c := range byKey {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.group, b.group), bytes.Compare(a.key, b.key))
	})
	return out, nil
}

// edited is a source with changes put in.
type edited struct {
	src     segment.Source
	changes []change
	rec     segment.Record
	held    bool // src's record comes behind the changes
	ended   bool
}

// Next implements segment.Source.
func (e *edited) Next() bool {
	for {
		if !e.held && !e.ended {
			e.held = e.src.Next()
			e.ended = !e.held
		}
		if e.ended && (len(e.changes) == 0 || e.src.Err() != nil) {
			return false
		}
		if e.take() && len(e.rec.Body) > 0 {
			return true
		}
	}
}

// take makes the next record; false where a change has left nothing of it.
func (e *edited) take() bool {
	order := 1 // the source's record comes first
	if e.ended {
		order = -1
	} else if len(e.changes) > 0 {
		r := e.src.Record()
		c := &e.changes[0]
		order = cmp.Or(cmp.Compare(c.group, r.Group), bytes.Compare(c.key, r.Key))
	}
	if order > 0 {
		e.rec, e.held = e.src.Record(), false
		return true
	}
	c := e.changes[0]
	e.changes = e.changes[1:]
	var old []byte
	if order == 0 {
		old, e.held = e.src.Record().Body, false
	}
	e.rec = segment.Record{Group: c.group, Key: c.key, Body: c.body(old)}
	return true
}

// body is what a key holds with the change; columns are in order.
func (c *change) body(old []byte) []byte {
	type part struct {
		column int
		delta  bool
		value  []byte
	}
	var parts []part
	for {
		column, delta, v, rest, ok := segment.NextEntry(old)
		if !ok {
			break
		}
		if _, changed := c.values[column]; !changed {
			parts = append(parts, part{column, delta, v})
		}
		old = rest
	}
	for column, v := range c.values {
		if len(v) > 0 {
			parts = append(parts, part{column, false, v})
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(a.column, b.column) })
	var out []byte
	for _, p := range parts {
		out = segment.AppendEntry(out, p.column, p.delta, p.value)
	}
	return out
}

// Record implements segment.Source.
func (e *edited) Record() segment.Record { return e.rec }

// Err implements segment.Source.
func (e *edited) Err() error { return e.src.Err() }
