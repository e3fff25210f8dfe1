package job

import (
	"fmt"

	"github.com/headrace/headrace/core/runtime/task"
	"github.com/headrace/headrace/core/state"
)

// write is the captures of a task that wait to be written.
type write struct {
	snapshot *task.Snapshot
	target   target
}

// captured takes the synchronous part of a task's snapshot and has it written.
func (s *snapshots) captured(x *run, snap *task.Snapshot) {
	p := s.find(snap.Barrier.ID)
	if p == nil {
		discard(snap)
		return
	}
	p.note(snap)
	if snap.EndedPorts != 0 {
		o := p.operators[x.vertex.Nodes[0].UID]
		if o.EndedPorts == nil {
			o.EndedPorts = map[int]uint64{}
		}
		o.EndedPorts[x.subtask] = snap.EndedPorts
	}
	if snap.Ended {
		for _, n := range x.vertex.Nodes {
			o := p.operators[n.UID]
			o.Ended = append(o.Ended, x.subtask)
		}
	}
	for _, c := range snap.Captures {
		p.stores = append(p.stores, c.Store)
	}
	x.writes = append(x.writes, write{snap, p.target})
	if len(x.writes) == 1 {
		s.write(x)
	}
}

// note adds a task's part to what is shown of the snapshot.
func (p *pending) note(snap *task.Snapshot) {
	st := &p.stats
	st.Unaligned = st.Unaligned || snap.Barrier.Unaligned
	st.AlignMs = max(st.AlignMs, snap.AlignNs/1e6)
	st.SyncMs = max(st.SyncMs, snap.SyncNs/1e6)
	st.InFlightBytes += int64(len(snap.InFlight))
}

// write has the oldest captures of a task written: a store writes its captures in order.
func (s *snapshots) write(x *run) {
	j, w := s.job, x.writes[0]
	j.beside("write "+x.task.Name, func() {
		handles := make([]state.Handle, 0, len(w.snapshot.Captures))
		var err error
		for _, c := range w.snapshot.Captures {
			if err != nil {
				c.Capture.Discard()
				continue
			}
			var h state.Handle
			if h, err = c.Capture.Write(w.target); err == nil {
				handles = append(handles, h)
			}
		}
		if err == nil && len(w.snapshot.InFlight) > 0 {
			err = writeInFlight(x, w, handles)
		}
		j.tell(func() {
			s.written(w.snapshot.Barrier.ID, x, handles, err)
			x.writes = x.writes[1:]
			if len(x.writes) > 0 {
				s.write(x)
			}
		})
	})
}

// writeInFlight writes the rows that a barrier has overtaken and adds the file to the handle of the
// task's head.
func writeInFlight(x *run, w write, handles []state.Handle) error {
	head := x.vertex.Nodes[0].UID
	f, err := w.target.Create(w.snapshot.Barrier.ID, fmt.Sprintf("inflight-%s-%d", head, x.subtask),
		false)
	if err != nil {
		return err
	}
	if _, err := f.Write(w.snapshot.InFlight); err != nil {
		f.Abort()
		return err
	}
	ref, err := f.Commit()
	if err != nil {
		return err
	}
	for i := range handles {
		if handles[i].UID == head {
			handles[i].Channels = append(handles[i].Channels, ref)
		}
	}
	return nil
}

func (s *snapshots) written(id int64, x *run, handles []state.Handle, err error) {
	p := s.find(id)
	if p == nil {
		return
	}
	if err != nil {
		s.abort(id, err)
		return
	}
	delete(p.waiting, x)
	for _, h := range handles {
		o := p.operators[h.UID]
		o.Handles = append(o.Handles, h)
		if !p.savepoint {
			s.job.storage.use(id, &h)
		}
	}
	s.commit()
}

// maintain has the files of incremental checkpoints merged where that pays.
func (s *snapshots) maintain(stores []state.Store) {
	if !s.conf.incremental {
		return
	}
	j := s.job
	j.beside("merge state files", func() {
		for _, store := range stores {
			if err := store.Maintain(); err != nil {
				j.log.Warn("state files could not be merged", "job", j.ID, "error", err)
			}
		}
	})
}
