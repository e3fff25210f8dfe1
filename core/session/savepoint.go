package session

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/checkpoint"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan/planpb"
)

// stateSchema is the form of keyed state outside of a job: keys and values as they are encoded.
var stateSchema = types.NewSchema(types.F("key", types.Of(types.Varbinary)),
	types.F("key_group", types.Of(types.Int)), types.F("value", types.Of(types.Varbinary).Nullable(true)))

// stateBatch is how many keys a batch of a state has.
const stateBatch = 8192

// savepointRequest serves a request about a savepoint or checkpoint. It reads files.
func (s *Session) savepointRequest(r *planpb.SavepointRequest) (*Answer, error) {
	from, err := checkpoint.OpenSnapshot(fsys.Machine{}, r.GetPath())
	if err != nil {
		return nil, err
	}
	switch r.GetVerb() {
	case "contents":
		c, err := from.Inspect()
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(c)
		return &Answer{Kind: "text", Text: string(text)}, err
	case "check":
		return success, from.HasState(r.GetUid(), r.GetState())
	case "state":
		return s.stateRows(from, r.GetUid(), r.GetState())
	case "write":
		edits := make([]checkpoint.Edit, len(r.GetEdits()))
		for i, e := range r.GetEdits() {
			if edits[i], err = s.edit(e); err != nil {
				return nil, err
			}
		}
		unique := fmt.Sprintf("%012x", time.Now().UnixNano()&(1<<48-1))
		path, err := from.Rewrite(fsys.Machine{}, r.GetTarget(), unique, edits)
		return &Answer{Kind: "success", Path: path}, err
	}
	return nil, errs.Internalf("unknown verb '%s'", r.GetVerb())
}

// stateRows makes a result of the keys that have a state.
func (s *Session) stateRows(from *checkpoint.Snapshot, uid, name string) (*Answer, error) {
	res := &result{}
	b := batch.NewRowBuilder(stateSchema, stateBatch)
	err := from.EachKey(uid, name, func(group uint16, key, value []byte) error {
		b.Cols[0].AppendBytes(key)
		batch.Append(b.Cols[1], int32(group))
		b.Cols[2].AppendBytes(value)
		if b.Len() == stateBatch {
			res.rows = append(res.rows, b.Finish())
			b = batch.NewRowBuilder(stateSchema, stateBatch)
		}
		return nil
	})
	if b.Len() > 0 {
		res.rows = append(res.rows, b.Finish())
	}
	if err != nil {
		for _, b := range res.rows {
			b.Release()
		}
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.handle("state")
	s.results[h] = res
	return &Answer{Kind: "rows", Handle: h, Schema: stateSchema.RowType().Nullable(true).String()}, nil
}

// edit takes the rows of an edit out of the session.
func (s *Session) edit(e *planpb.StateEdit) (checkpoint.Edit, error) {
	s.mu.Lock()
	src, ok := s.sources[e.GetHandle()]
	delete(s.sources, e.GetHandle())
	s.mu.Unlock()
	out := checkpoint.Edit{UID: e.GetUid(), State: e.GetState()}
	if !ok {
		return out, errs.Internalf("there are no rows under '%s'", e.GetHandle())
	}
	defer src.Release()
	for _, b := range src.Batches() {
		for i := range b.Len() {
			k := checkpoint.EditedKey{Key: append([]byte(nil), b.Cols[0].Bytes(i)...),
				Group: int(batch.Values[int32](b.Cols[1])[i])}
			if !b.Cols[2].IsNull(i) {
				k.Value = append([]byte(nil), b.Cols[2].Bytes(i)...)
			}
			out.Keys = append(out.Keys, k)
		}
	}
	return out, nil
}
