package statetest

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/state"
)

// MaxParallelism is that of the suite's operator.
const MaxParallelism = 16

// job is an operator with p subtasks and its model.
type job struct {
	t       *testing.T
	rnd     *rand.Rand
	backend state.Backend
	files   *Files
	from    *Files // a savepoint that the stores were opened from
	dir     func() string
	budget  *state.Budget
	subs    []*subtask
	model   model
	id      int64
	attempt int
	now     int64
}

type subtask struct {
	store  state.Store
	keyed  state.Keyed
	count  *state.Value[int64]
	text   *state.Bytes
	list   *state.List
	m      *state.Map
	timers state.Timers
}

// saved is a complete snapshot and the model at its moment.
type saved struct {
	handles []state.Handle
	model   model
	files   *Files
}

func (j *job) open(parallelism int, from *saved) {
	j.closeAll()
	j.attempt++
	j.model = model{}
	var restore []state.Handle
	j.from = nil
	if from != nil {
		restore, j.model = from.handles, from.model.clone()
		if from.files != j.files {
			j.from = from.files
		}
	}
	for i := range parallelism {
		ctx := &state.StoreContext{OperatorInfo: state.OperatorInfo{JobID: "job", UID: "op",
			Subtask: i, Parallelism: parallelism, MaxParallelism: MaxParallelism,
			Attempt: j.attempt}, Files: j.files, FS: fsys.OS{}, Clock: clock.NewManual(0),
			Budget: j.budget}
		if j.dir != nil {
			ctx.Dir = fmt.Sprintf("%s/%d-%d", j.dir(), j.attempt, i)
		}
		if j.from != nil {
			ctx.RestoreFiles = j.from
		}
		store, err := j.backend.Open(ctx, restore)
		j.must(err)
		s := &subtask{store: store, keyed: store.Keyed(), count: state.NewValue[int64](""),
			text: state.NewBytes(state.Evolution{}), list: state.NewList(state.Evolution{}),
			m: state.NewMap(state.Evolution{})}
		j.must(s.keyed.Register("count", s.count))
		j.must(s.keyed.Register("text", s.text))
		j.must(s.keyed.Register("list", s.list))
		j.must(s.keyed.Register("map", s.m))
		s.timers = s.keyed.Timers("event")
		j.subs = append(j.subs, s)
	}
}

func (j *job) closeAll() {
	for _, s := range j.subs {
		j.must(s.store.Close())
	}
	j.subs = nil
}

func (j *job) must(err error) {
	j.t.Helper()
	if err != nil {
		j.t.Fatal(err)
	}
}

// key makes one of n keys: words, texts and keys in windows.
func key(n int) []byte {
	switch n % 3 {
	case 0:
		return []byte{3, 0x80, 0, 0, 0, 0, 0, byte(n >> 8), byte(n)}
	case 1:
		return fmt.Appendf(nil, "text-%d", n)
	}
	k := &state.Keys{}
	k.Append(fmt.Appendf(nil, "w%d", n/9), state.GroupOf(fmt.Appendf(nil, "w%d", n/9),
		MaxParallelism))
	win := &state.Keys{}
	win.AppendWindow(k, 0, int64(n), int64(n)+10)
	return win.Key(0)
}

func groupOf(n int) uint16 {
	k := key(n)
	if n%3 == 2 {
		k, _, _ = state.SplitWindow(k)
	}
	return state.GroupOf(k, MaxParallelism)
}

// batch resolves random keys per subtask and hands each row to f.
func (j *job) batch(keys, rows int, f func(s *subtask, slot int32, e *entry, key string)) {
	picked := make([][]int, len(j.subs))
	for range rows {
		n := j.rnd.IntN(keys)
		sub := state.SubtaskOf(MaxParallelism, len(j.subs), groupOf(n))
		picked[sub] = append(picked[sub], n)
	}
	for i, s := range j.subs {
		batch := &state.Keys{}
		for _, n := range picked[i] {
			batch.Append(key(n), groupOf(n))
		}
		slots, err := s.keyed.Resolve(batch, nil)
		j.must(err)
		for r, slot := range slots {
			f(s, slot, j.model.at(string(batch.Key(r))), string(batch.Key(r)))
		}
	}
}

// mutate changes one key in one way.
func (j *job) mutate(s *subtask, slot int32, e *entry, key string) {
	one := []int32{slot}
	word := fmt.Sprint(j.rnd.IntN(1000))
	switch j.rnd.IntN(12) {
	case 0, 1:
		*s.count.At(slot) += 3
		e.count, e.hasCnt = e.count+3, true
	case 2:
		s.text.Set(slot, []byte(word))
		e.text = word
	case 3, 4:
		for range 1 + 20*j.rnd.IntN(2) {
			s.list.Append(slot, []byte(word+"-element-of-a-list"))
			e.list = append(e.list, word+"-element-of-a-list")
		}
	case 5:
		if n := j.rnd.IntN(3) * j.rnd.IntN(2); n <= len(e.list) {
			s.list.DropFirst(slot, n)
			e.list = e.list[n:]
		}
	case 6, 7:
		// Large enough maps for chunks and deltas come about on the keys that are hit often.
		for i := range 20 {
			k := fmt.Sprintf("k%d", j.rnd.IntN(300))
			v := fmt.Sprintf("%s-%d-padding-padding", word, i)
			s.m.Put(slot, []byte(k), []byte(v))
			e.m[k] = v
		}
	case 8:
		k := fmt.Sprintf("k%d", j.rnd.IntN(300))
		_, had := e.m[k]
		if got := s.m.Delete(slot, []byte(k)); got != had {
			j.t.Fatalf("delete %s of %x: %v, want %v", k, key, got, had)
		}
		delete(e.m, k)
	case 9:
		time := j.now + int64(j.rnd.IntN(40))
		s.timers.Register(slot, time)
		s.timers.Register(slot, time)
		e.timers[time] = true
	case 10:
		time := j.now + int64(j.rnd.IntN(40))
		s.timers.Delete(slot, time)
		delete(e.timers, time)
	case 11:
		if j.rnd.IntN(3) == 0 {
			s.keyed.Drop(one)
			*e = entry{m: map[string]string{}, timers: map[int64]bool{}}
			return
		} else {
			s.m.Clear(one)
			s.list.Clear(one)
			e.m, e.list = map[string]string{}, nil
		}
	}
	if !e.empty() || j.rnd.IntN(2) == 0 {
		s.keyed.MarkDirty(one)
	}
	if e.empty() {
		// An operator that has emptied a state says so.
		s.keyed.MarkDirty(one)
	}
}

// fire takes the due timers in small portions and compares them with the model's.
func (j *job) fire(step int64) {
	j.now += step
	for i, s := range j.subs {
		type due struct {
			time  int64
			group uint16
			key   string
		}
		var want, got []due
		for k, e := range j.model {
			for time := range e.timers {
				g := groupOfKey(k)
				if time <= j.now && state.SubtaskOf(MaxParallelism, len(j.subs), g) == i {
					want = append(want, due{time, g, k})
				}
			}
		}
		sort.Slice(want, func(a, b int) bool {
			x, y := want[a], want[b]
			if x.time != y.time {
				return x.time < y.time
			}
			return x.group < y.group || x.group == y.group && x.key < y.key
		})
		for {
			timers, err := s.timers.Due(j.now, 3)
			j.must(err)
			if len(timers) == 0 {
				break
			}
			for _, tm := range timers {
				k, g := s.keyed.Key(tm.Slot)
				got = append(got, due{tm.Time, g, string(k)})
				delete(j.model.at(string(k)).timers, tm.Time)
			}
		}
		if fmt.Sprintf("%x", got) != fmt.Sprintf("%x", want) {
			j.t.Fatalf("timers until %d of subtask %d:\n got %x\nwant %x", j.now, i, got, want)
		}
	}
}

func groupOfKey(k string) uint16 {
	if k[0] == 'w' {
		base, _, _ := state.SplitWindow([]byte(k))
		return state.GroupOf(base, MaxParallelism)
	}
	return state.GroupOf([]byte(k), MaxParallelism)
}

// snapshot captures all subtasks and writes what was captured; full ones go to files of their own.
func (j *job) snapshot(full bool) *saved {
	j.id++
	out := &saved{model: j.model.clone(), files: j.files}
	if full && j.rnd.IntN(2) == 0 {
		out.files = NewFiles() // a savepoint; else a checkpoint that is not incremental
	}
	for _, s := range j.subs {
		c, err := s.store.Capture(state.CaptureOptions{ID: j.id, Full: full})
		j.must(err)
		h, err := c.Write(out.files)
		j.must(err)
		out.handles = append(out.handles, h)
	}
	return out
}

// check compares everything with the model, in order.
func (j *job) check() {
	j.t.Helper()
	got := model{}
	for i, s := range j.subs {
		lastGroup, last := -1, ""
		err := s.keyed.Each(func(slots []int32) error {
			for _, slot := range slots {
				k, g := s.keyed.Key(slot)
				if int(g) < lastGroup || int(g) == lastGroup && string(k) <= last {
					return fmt.Errorf("key %x (group %d) comes after %x (%d)", k, g, last, lastGroup)
				}
				if state.SubtaskOf(MaxParallelism, len(j.subs), g) != i {
					return fmt.Errorf("subtask %d holds group %d", i, g)
				}
				lastGroup, last = int(g), string(k)
				s.read(slot, got.at(string(k)))
				for time := range j.model.at(string(k)).timers {
					got[string(k)].timers[time] = true // compared by fire
				}
			}
			return nil
		})
		j.must(err)
	}
	a, b := got.lines(), j.model.lines()
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			j.t.Fatalf("line %d of %d, %d:\n got %s\nwant %s", i, len(a), len(b), line(a, i),
				line(b, i))
		}
	}
}

func line(l []string, i int) string {
	if i < len(l) {
		return l[i]
	}
	return "nothing"
}

func (s *subtask) read(slot int32, e *entry) {
	e.count, e.hasCnt = s.count.Get(slot)
	if v, ok := s.text.Get(slot); ok {
		e.text = string(v)
	}
	s.list.Range(slot, func(_ int, v []byte) bool {
		e.list = append(e.list, string(v))
		return true
	})
	s.m.Range(slot, nil, nil, func(k, v []byte) bool {
		e.m[string(k)] = string(v)
		return true
	})
}
