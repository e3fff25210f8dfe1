package pebble

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/segment"
	"github.com/headrace/headrace/core/state/slots"
)

// The database has three parts, told apart by the first byte:
//
//	K group key               → body      the state of a key
//	D group key               →           the key was put dirty since the last capture
//	T list time group key     →           the key has, or had, a timer
const (
	stateSpace = 'K'
	dirtySpace = 'D'
	timerSpace = 'T'
)

type disk struct {
	db    *pebble.DB // nil: it has not been needed
	open  func() error
	dir   string
	fs    vfs.FS
	uid   string
	fault atomic.Pointer[error] // of a flush or compaction in the background
	dead  atomic.Bool           // pebble has given up: nothing of it may be waited for

	room *room

	used  bool // anything was put
	dirty bool // anything was put dirty since the last capture
	next  []nextTimer
	key   []byte
	other []byte
	at    []int32
}

// nextTimer is what is known of the earliest entry of a timer list.
type nextTimer struct {
	time  int64
	some  bool
	stale bool // has to be looked up
}

var _ slots.Disk = (*disk)(nil)

func (d *disk) backgroundError(err error) {
	d.fault.CompareAndSwap(nil, &err)
	d.room.give() // who waits for room would wait in vain
}

// check reports an error in the background before more is written than memory has room for.
func (d *disk) check() error {
	if err := d.fault.Load(); err != nil {
		return d.failed(*err)
	}
	return nil
}

func (d *disk) failed(err error) error {
	if err == nil {
		return nil
	}
	return errs.Transientf("state on disk in %s", d.dir).Wrap(err).At("operator '%s'", d.uid).
		Fix("check that the disk has space")
}

func appendKey(dst []byte, space byte, group uint16, key []byte) []byte {
	dst = binary.BigEndian.AppendUint16(append(dst, space), group)
	return append(dst, key...)
}

func appendTimer(dst []byte, list int, time int64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, timerSpace, byte(list)), uint64(time)^1<<63)
}

// timerHead is the length of an entry up to the group.
const timerHead = 10

// Get implements slots.Disk.
func (d *disk) Get(keys *state.Keys, at []int32, found func(i int32, body []byte) error) error {
	if !d.used {
		return nil
	}
	if len(at) < fewKeys {
		return d.getEach(keys, at, found)
	}
	it, err := d.db.NewIter(&pebble.IterOptions{LowerBound: []byte{stateSpace},
		UpperBound: []byte{stateSpace + 1}})
	if err != nil {
		return d.failed(err)
	}
	defer func() { _ = it.Close() }() // its errors have been seen
	d.at = append(d.at[:0], at...)
	slices.SortFunc(d.at, func(a, b int32) int {
		if c := int(keys.Groups[a]) - int(keys.Groups[b]); c != 0 {
			return c
		}
		return bytes.Compare(keys.Key(int(a)), keys.Key(int(b)))
	})
	for _, i := range d.at {
		d.key = appendKey(d.key[:0], stateSpace, keys.Groups[i], keys.Key(int(i)))
		if !it.SeekPrefixGE(d.key) {
			if err := it.Error(); err != nil {
				return d.failed(err)
			}
			continue
		}
		body, err := it.ValueAndErr()
		if err != nil {
			return d.failed(err)
		}
		if err := found(i, body); err != nil {
			return err
		}
	}
	return nil
}

// fewKeys are looked up one by one; for more an iterator pays, which goes on from key to key: in
// order they share blocks, and the tables need to be found once only.
const fewKeys = 16

func (d *disk) getEach(keys *state.Keys, at []int32, found func(i int32, body []byte) error) error {
	for _, i := range at {
		d.key = appendKey(d.key[:0], stateSpace, keys.Groups[i], keys.Key(int(i)))
		body, closer, err := d.db.Get(d.key)
		if errors.Is(err, pebble.ErrNotFound) {
			continue
		}
		if err != nil {
			return d.failed(err)
		}
		err = found(i, body)
		if cerr := closer.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Put implements slots.Disk.
func (d *disk) Put(keys []slots.Evicted) error {
	if err := d.check(); err != nil || len(keys) == 0 {
		return err
	}
	if d.db == nil {
		if err := d.open(); err != nil {
			return err
		}
	}
	b := d.db.NewBatch()
	defer b.Close()
	// In order, each key enters the memtable beside the one before.
	slices.SortFunc(keys, func(a, b slots.Evicted) int {
		return cmp.Or(int(a.Group)-int(b.Group), bytes.Compare(a.Key, b.Key))
	})
	for i := range keys {
		k := &keys[i]
		d.key = appendKey(d.key[:0], stateSpace, k.Group, k.Key)
		if err := b.Set(d.key, k.Body, nil); err != nil {
			return d.failed(err)
		}
		if err := d.putTimers(b, k); err != nil {
			return d.failed(err)
		}
	}
	for i := range keys {
		k := &keys[i]
		if !k.Dirty {
			continue
		}
		d.dirty = true
		d.key = appendKey(d.key[:0], dirtySpace, k.Group, k.Key)
		if err := b.Set(d.key, nil, nil); err != nil {
			return d.failed(err)
		}
	}
	d.used = true
	return d.apply(b)
}

// apply writes a batch once memory has room for it, or says why there will be none.
func (d *disk) apply(b *pebble.Batch) error {
	d.room.take(int64(b.Len()))
	if err := d.check(); err != nil {
		return err
	}
	return d.failed(d.db.Apply(b, pebble.NoSync))
}

func (d *disk) putTimers(b *pebble.Batch, k *slots.Evicted) error {
	times := k.Times
	for list, n := range k.Counts {
		for _, time := range times[:n] {
			d.other = appendTimer(d.other[:0], list, time)
			d.other = binary.BigEndian.AppendUint16(d.other, k.Group)
			d.other = append(d.other, k.Key...)
			if err := b.Set(d.other, nil, nil); err != nil {
				return err
			}
			d.list(list)
			if next := &d.next[list]; !next.some || time < next.time {
				next.time, next.some = time, true
			}
		}
		times = times[n:]
	}
	return nil
}

func (d *disk) list(n int) {
	for len(d.next) <= n {
		d.next = append(d.next, nextTimer{})
	}
}

// Delete implements slots.Disk.
func (d *disk) Delete(key []byte, group uint16) error {
	if err := d.check(); err != nil || d.db == nil {
		return err
	}
	b := d.db.NewBatch()
	defer b.Close()
	d.key = appendKey(d.key[:0], stateSpace, group, key)
	if err := b.Delete(d.key, nil); err != nil {
		return d.failed(err)
	}
	if d.dirty {
		d.key[0] = dirtySpace
		if err := b.Delete(d.key, nil); err != nil {
			return d.failed(err)
		}
	}
	return d.apply(b)
}

// NextTimer implements slots.Disk.
func (d *disk) NextTimer(list int) (int64, bool) {
	if list >= len(d.next) {
		return 0, false
	}
	next := &d.next[list]
	if next.stale {
		*next = nextTimer{}
		err := d.scan(appendTimer(nil, list, -1<<63), []byte{timerSpace, byte(list) + 1},
			func(entry, _ []byte) (bool, error) {
				next.time = int64(binary.BigEndian.Uint64(entry[2:]) ^ 1<<63)
				next.some = true
				return false, nil
			})
		if err != nil {
			d.backgroundError(err) // the next Put or TakeTimers reports it
		}
	}
	return next.time, next.some
}

// TakeTimers implements slots.Disk.
func (d *disk) TakeTimers(list int, time int64, limit int, found func(key []byte, group uint16)) (
	more bool, err error) {
	if err := d.check(); err != nil || d.db == nil {
		return false, err
	}
	b := d.db.NewBatch()
	defer b.Close()
	from := appendTimer(nil, list, time)
	to := append(append([]byte(nil), from...), 0xff, 0xff, 0xff) // behind every group
	n := 0
	err = d.scan(from, to, func(entry, _ []byte) (bool, error) {
		if n == limit {
			more = true
			return false, nil
		}
		n++
		found(entry[timerHead+2:], binary.BigEndian.Uint16(entry[timerHead:]))
		return true, b.Delete(entry, nil)
	})
	if err == nil {
		err = d.apply(b)
	}
	d.list(list)
	d.next[list].stale = true
	return more, d.failed(err)
}

// scan calls f with the entries in [from, to) until it says to stop.
func (d *disk) scan(from, to []byte, f func(key, value []byte) (bool, error)) (err error) {
	it, err := d.db.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: to})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := it.Close(); err == nil {
			err = cerr
		}
	}()
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		if more, err := f(it.Key(), value); err != nil || !more {
			return err
		}
	}
	return it.Error()
}

// Scan implements slots.Disk.
func (d *disk) Scan() (segment.Source, func(), error) {
	if d.db == nil {
		return segment.NewMerge(nil), func() {}, nil
	}
	snap := d.db.NewSnapshot()
	src, done, err := d.source(snap, stateSpace)
	return src, func() { done(); snap.Close() }, err
}

// After implements slots.Disk.
func (d *disk) After(position []byte, n int, keys *state.Keys) (next []byte, err error) {
	if !d.used {
		return nil, nil
	}
	from := position
	if from == nil {
		from = []byte{stateSpace}
	}
	err = d.scan(from, []byte{stateSpace + 1}, func(key, _ []byte) (bool, error) {
		if n == 0 {
			next = append([]byte(nil), key...)
			return false, nil
		}
		n--
		keys.Append(key[3:], binary.BigEndian.Uint16(key[1:]))
		return true, nil
	})
	return next, d.failed(err)
}

// Capture implements slots.Disk.
func (d *disk) Capture() (slots.DiskCapture, error) {
	if !d.dirty {
		return nil, d.check()
	}
	c := &capture{disk: d, snap: d.db.NewSnapshot()}
	err := d.db.DeleteRange([]byte{dirtySpace}, []byte{dirtySpace + 1}, pebble.NoSync)
	if err != nil {
		c.snap.Close()
		return nil, d.failed(err)
	}
	d.dirty = false
	return c, nil
}

func (d *disk) close() error {
	if d.dead.Load() { // Close would wait for a flush that has ended for good
		_ = d.fs.RemoveAll(d.dir)
		return d.check()
	}
	if d.db == nil {
		return nil
	}
	err := d.db.Close()
	if rerr := d.fs.RemoveAll(d.dir); err == nil {
		err = rerr
	}
	return d.failed(err)
}

type capture struct {
	disk *disk
	snap *pebble.Snapshot
}

// Source implements slots.DiskCapture.
func (c *capture) Source() (segment.Source, func(), error) {
	return c.disk.source(c.snap, dirtySpace)
}

// Close implements slots.DiskCapture.
func (c *capture) Close() error { return c.snap.Close() }

// source reads the keys of a space, and their states, as of a snapshot.
func (d *disk) source(snap *pebble.Snapshot, space byte) (segment.Source, func(), error) {
	it, err := snap.NewIter(&pebble.IterOptions{LowerBound: []byte{space},
		UpperBound: []byte{space + 1}})
	if err != nil {
		return nil, func() {}, d.failed(err)
	}
	s := &source{disk: d, it: it}
	if space == stateSpace {
		return s, func() { _ = it.Close() }, nil
	}
	s.states, err = snap.NewIter(&pebble.IterOptions{LowerBound: []byte{stateSpace},
		UpperBound: []byte{stateSpace + 1}})
	if err != nil {
		_ = it.Close()
		return nil, func() {}, d.failed(err)
	}
	return s, func() { _, _ = it.Close(), s.states.Close() }, nil
}

type source struct {
	disk *disk
	it   *pebble.Iterator
	// states follows it from key to key where it has keys alone, else it is nil.
	states *pebble.Iterator
	begun  bool
	rec    segment.Record
	key    []byte
	err    error
}

// Next implements segment.Source.
func (s *source) Next() bool {
	for s.err == nil {
		ok := false
		if s.begun {
			ok = s.it.Next()
		} else {
			s.begun, ok = true, s.it.First()
		}
		if !ok {
			s.err = s.disk.failed(s.it.Error())
			return false
		}
		s.key = append(s.key[:0], s.it.Key()...)
		s.rec = segment.Record{Group: binary.BigEndian.Uint16(s.key[1:]), Key: s.key[3:]}
		if s.states == nil {
			s.rec.Body, s.err = s.it.ValueAndErr()
			s.err = s.disk.failed(s.err)
			return s.err == nil
		}
		if s.state() {
			return true
		}
	}
	return false
}

// state looks up the body of a dirty key; false when it has been dropped since.
func (s *source) state() bool {
	s.key[0] = stateSpace
	if !s.states.SeekPrefixGE(s.key) {
		s.err = s.disk.failed(s.states.Error())
		return false
	}
	s.rec.Body, s.err = s.states.ValueAndErr()
	s.err = s.disk.failed(s.err)
	return s.err == nil
}

// Record implements segment.Source.
func (s *source) Record() segment.Record { return s.rec }

// Err implements segment.Source.
func (s *source) Err() error { return s.err }
