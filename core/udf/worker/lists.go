package worker

import (
	"maps"
	"slices"

	"github.com/headrace/headrace/core/udf"
)

func writeLists(w *writer, lists map[string][][]byte) {
	w.num(int64(len(lists)))
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		w.text(name)
		w.num(int64(len(lists[name])))
		for _, e := range lists[name] {
			w.bytes(e)
		}
	}
}

// readLists reads operator states; its bytes are copied.
func readLists(r *reader) map[string][][]byte {
	out := map[string][][]byte{}
	for range r.int() {
		name := r.text()
		elements := [][]byte{}
		for range r.int() {
			if r.failed() != nil {
				return nil
			}
			elements = append(elements, append([]byte{}, r.bytes()...))
		}
		out[name] = elements
	}
	return out
}

func writeTimers(w *writer, ops []udf.TimerOp) {
	w.num(int64(len(ops)))
	for _, op := range ops {
		w.num(op.Time)
		w.num(int64(op.Slot))
		w.num(int64(op.Domain))
		w.flag(op.Delete)
	}
}

func readTimers(r *reader) []udf.TimerOp {
	var ops []udf.TimerOp
	for range r.int() {
		if r.failed() != nil {
			return nil
		}
		ops = append(ops, udf.TimerOp{Time: r.num(), Slot: int32(r.num()), Domain: uint8(r.num()),
			Delete: r.flag()})
	}
	return ops
}

func writeFired(w *writer, timers []udf.Fired) {
	w.num(int64(len(timers)))
	for _, t := range timers {
		w.num(t.Time)
		w.num(int64(t.Slot))
	}
}

func readFired(r *reader) []udf.Fired {
	var timers []udf.Fired
	for range r.int() {
		if r.failed() != nil {
			return nil
		}
		timers = append(timers, udf.Fired{Time: r.num(), Slot: int32(r.num())})
	}
	return timers
}
