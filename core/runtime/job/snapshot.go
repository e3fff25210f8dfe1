package job

import (
	"maps"
	"slices"
	"time"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/checkpoint"
	"github.com/headrace/headrace/core/runtime/element"
	"github.com/headrace/headrace/core/state"
)

// request is a snapshot that somebody asked for.
type request struct {
	savepoint bool
	dir       string
	stop      bool
	drain     bool
	final     bool // all tasks have ended: the last checkpoint, where there are any, and the end
	reply     func(path string, err error)
}

func (r *request) answer(path string, err error) {
	if r.reply != nil {
		r.reply(path, err)
	}
}

// pending is a snapshot under way.
type pending struct {
	request
	barrier    element.BarrierInfo
	stats      Snapshot // so far
	target     target
	unanswered int                             // enumerators that have not answered
	waiting    map[*run]bool                   // tasks whose handles are not there yet
	operators  map[string]*checkpoint.Operator // by uid
	stores     []state.Store                   // that took part
	manifest   *checkpoint.Manifest            // when it is being written
}

// snapshots takes the snapshots of a running job.
type snapshots struct {
	job       *Job
	exec      *execution
	conf      checkpointing
	pending   []*pending // by id
	queue     []request
	failures  int
	lastEnd   int64  // ms; when the last checkpoint ended, however it ended
	stopping  bool   // a stop has been asked for: no periodic checkpoints
	over      bool   // the last snapshot has been taken: the tasks are closing
	schedules int    // how often the next checkpoint has been put off
	urgent    bool   // a task has asked for a checkpoint before its time
	settled   func() // called when a manifest has been written, or could not be
}

// schedule has periodic checkpoints taken.
func (s *snapshots) schedule() {
	s.schedules++
	n := s.schedules
	if every := s.every(); every > 0 {
		s.job.after(every, func() {
			if n == s.schedules {
				s.schedule()
				s.periodic()
			}
		})
	}
}

// periodic takes a checkpoint, unless too many are under way or the last one has just ended.
func (s *snapshots) periodic() {
	if s.stopping || len(s.pending) >= s.conf.concurrent || len(s.queue) > 0 ||
		!s.exec.everywhere() || s.exec.unfinishedStage() != nil {
		return
	}
	pause := s.conf.minPause.Milliseconds()
	if now := s.job.opts.Clock.NowMs(); s.lastEnd > 0 && now-s.lastEnd < pause {
		return
	}
	s.begin(request{})
}

// early takes a checkpoint before its time, after those under way and the pause behind them.
func (s *snapshots) early() {
	if s.every() <= 0 || s.job.exec != s.exec {
		return // as in a backlog
	}
	s.urgent = true
	pause := s.conf.minPause.Milliseconds() + s.lastEnd - s.job.opts.Clock.NowMs()
	if s.lastEnd > 0 && pause > 0 {
		s.job.after(time.Duration(pause)*time.Millisecond, s.hasten)
		return
	}
	s.hasten()
}

func (s *snapshots) hasten() {
	if s.urgent && len(s.pending) == 0 {
		s.urgent = false
		s.periodic()
	}
}

// checkpointEarly is a task's wish for a checkpoint.
func (x *execution) checkpointEarly() {
	if p, ok := x.job.phase.(*running); ok && x.job.exec == x {
		p.snapshots.early()
	}
}

// ask takes a snapshot as soon as no other is under way.
func (s *snapshots) ask(r request) {
	if r.stop {
		s.stopping = true
	}
	if len(s.pending) > 0 {
		s.queue = append(s.queue, r)
		return
	}
	s.begin(r)
}

// begin starts a snapshot: first the enumerators of the sources, then barriers.
func (s *snapshots) begin(r request) {
	if r.final && !s.exec.final {
		s.finish()
		return
	}
	if v := s.exec.unfinishedStage(); v != nil {
		r.answer("", errs.Transientf("no snapshot can be taken before '%s' has processed all its "+
			"input", v.Name).Fix("ask again later"))
		return
	}
	if !s.exec.everywhere() {
		r.answer("", errs.Transientf("no snapshot can be taken while tasks are not running").
			Fix("ask again when the job is RUNNING"))
		return
	}
	for _, x := range s.exec.runs {
		if x.done {
			r.answer("", errs.Userf("no snapshot can be taken: task '%s' has finished", x.task.Name).
				Fix("have tasks stay until the job ends: switch %s on, and checkpoints for jobs with "+
					"end-of-stream windows", config.CheckpointAfterFinish.Key))
			return
		}
	}
	j := s.job
	id := j.nextID
	j.nextID++
	p := &pending{request: r, waiting: map[*run]bool{}, unanswered: len(s.exec.coordinators),
		operators: map[string]*checkpoint.Operator{}}
	p.barrier = element.BarrierInfo{ID: id, TimestampMs: j.opts.Clock.NowMs(),
		Savepoint: r.savepoint, Stop: r.stop, Drain: r.drain, Full: !s.conf.incremental,
		Unaligned: s.conf.unaligned && s.conf.alignFor == 0 && !r.savepoint}
	var err error
	if p.target, err = j.storage.target(id, r.savepoint, r.dir); err != nil {
		r.answer("", err)
		s.failed(r, err)
		return
	}
	for _, x := range s.exec.runs {
		p.waiting[x] = true
		for _, n := range x.vertex.Nodes {
			p.operators[n.UID] = &checkpoint.Operator{UID: n.UID, Name: n.Name,
				Parallelism: x.vertex.Parallelism, MaxParallelism: x.vertex.MaxParallelism}
		}
	}
	p.stats = Snapshot{ID: id, Savepoint: r.savepoint, StartMs: p.barrier.TimestampMs,
		Subtasks: len(s.exec.runs)}
	s.pending = append(s.pending, p)
	j.count(func(c *SnapshotCounts) { c.Begun++ })
	j.after(s.conf.timeout, func() {
		s.abort(id, errs.Transientf("checkpoint %d was not complete after %v", id, s.conf.timeout))
	})
	if s.conf.unaligned && s.conf.alignFor > 0 && !r.savepoint {
		j.after(s.conf.alignFor, func() { s.urge(id) })
	}
	for _, c := range s.exec.coordinators {
		c.Snapshot(id, func(state []byte, err error) {
			j.tell(func() { s.enumerated(id, c, state, err) })
		})
	}
	if p.unanswered == 0 {
		s.inject(p)
	}
}

// urge has the barriers of a checkpoint that has not got through overtake what is in flight.
func (s *snapshots) urge(id int64) {
	if p := s.find(id); p != nil && p.unanswered == 0 {
		for _, x := range s.exec.runs {
			x.task.Urge(id)
		}
	}
}

func (s *snapshots) find(id int64) *pending {
	for _, p := range s.pending {
		if p.barrier.ID == id && s.job.exec == s.exec {
			return p
		}
	}
	return nil
}

func (s *snapshots) enumerated(id int64, c *coordinator, data []byte, err error) {
	p := s.find(id)
	switch {
	case p == nil:
	case err != nil:
		s.abort(id, err)
	default:
		// The first byte tells an empty state from none.
		p.operators[c.node.UID].Coordinator = append([]byte{1}, data...)
		if p.unanswered--; p.unanswered == 0 {
			s.inject(p)
		}
	}
}

func (s *snapshots) inject(p *pending) {
	if p.drain {
		for _, x := range s.exec.runs {
			x.task.Hold() // the end comes before the barrier
		}
	}
	for _, x := range s.exec.runs {
		if x.vertex.Source() || whole(x.vertex) {
			b := p.barrier
			x.task.Trigger(&b)
		}
	}
}

// commit writes the manifest of the oldest snapshot that has everything, one at a time: so they
// become complete in order.
func (s *snapshots) commit() {
	var p *pending
	for _, x := range s.pending {
		if x.manifest != nil {
			return
		}
		if p == nil && x.unanswered == 0 && len(x.waiting) == 0 {
			p = x
		}
	}
	if p == nil {
		return
	}
	j := s.job
	p.manifest = p.describe(j)
	j.beside("complete checkpoint", func() {
		path, err := p.target.commit(p.manifest)
		j.tell(func() { s.complete(p.barrier.ID, path, err) })
	})
}

// describe makes the manifest, with operators, subtasks and handles in order.
func (p *pending) describe(j *Job) *checkpoint.Manifest {
	m := &checkpoint.Manifest{JobID: j.ID, JobName: j.Name, ID: p.barrier.ID,
		Kind: checkpoint.Checkpoint, StartMs: p.barrier.TimestampMs, EndMs: j.opts.Clock.NowMs(),
		Attempt: j.storage.firstStart + j.exec.attempt, Stop: p.stop}
	if p.savepoint {
		m.Kind = checkpoint.Savepoint
	}
	for _, uid := range slices.Sorted(maps.Keys(p.operators)) {
		o := p.operators[uid]
		slices.Sort(o.Ended)
		slices.SortFunc(o.Handles, func(a, b state.Handle) int { return a.Subtask - b.Subtask })
		m.Operators = append(m.Operators, *o)
	}
	return m
}

// complete: the manifest is durable, the snapshot counts.
func (s *snapshots) complete(id int64, path string, err error) {
	p := s.find(id)
	if p == nil {
		return
	}
	m := p.manifest
	if err != nil {
		p.manifest = nil
		s.abort(id, err)
		s.settled()
		return
	}
	for _, older := range slices.Clone(s.pending) {
		if older.barrier.ID < id && !older.savepoint {
			s.abort(older.barrier.ID, errs.Transientf("checkpoint %d was overtaken by %d",
				older.barrier.ID, id))
		}
	}
	s.remove(p)
	j := s.job
	if !p.savepoint {
		s.failures = 0
		clean := j.storage.completed(m, path)
		j.beside("clean checkpoints", func() {
			if err := clean(); err != nil {
				j.log.Warn("old checkpoints could not be deleted", "job", j.ID, "error", err)
			}
		})
		s.maintain(p.stores)
		s.exec.settled()
		for _, c := range s.exec.coordinators {
			c.Completed(id)
		}
	}
	j.tookSnapshot(p, m, path)
	for _, x := range s.exec.runs {
		x.task.CheckpointComplete(id)
	}
	if p.final || p.stop {
		s.finish()
	}
	p.answer(path, nil)
	s.commit()
	s.next()
	s.settled()
}

// finish lets all tasks close, which have ended or are to stop where they are.
func (s *snapshots) finish() {
	s.over = true
	for _, x := range s.exec.runs {
		x.task.Finish()
	}
}

// committing says that a manifest is being written.
func (s *snapshots) committing() bool {
	return slices.ContainsFunc(s.pending, func(p *pending) bool { return p.manifest != nil })
}

// interrupt gives up, without blaming them, the snapshots that tasks have to do something for yet:
// a region is to be restarted.
func (s *snapshots) interrupt(err error) {
	for _, p := range slices.Clone(s.pending) {
		if p.manifest == nil {
			s.withdraw(p, err)
			p.answer("", err)
		}
	}
	for i := range s.queue {
		s.queue[i].answer("", err)
	}
	s.queue = nil
}

// abort gives a snapshot up.
func (s *snapshots) abort(id int64, err error) {
	p := s.find(id)
	if p == nil || p.manifest != nil {
		return
	}
	s.withdraw(p, err)
	p.answer("", err)
	s.failed(p.request, err)
	s.commit()
	s.next()
}

// withdraw has everybody forget a snapshot.
func (s *snapshots) withdraw(p *pending, err error) {
	id := p.barrier.ID
	s.remove(p)
	s.job.lostSnapshot(p, err)
	for _, x := range s.exec.runs {
		x.task.CheckpointAborted(id)
	}
	for _, c := range s.exec.coordinators {
		c.Aborted(id)
	}
	s.job.beside("discard checkpoint", p.target.abandon)
}

// failed counts failures of checkpoints; too many in a row fail the job.
func (s *snapshots) failed(r request, err error) {
	j := s.job
	j.log.Warn("checkpoint failed", "job", j.ID, "error", err)
	if r.stop {
		s.stopping = false
	}
	if r.drain {
		j.phase.broken(j, errs.Transientf("the job could not be stopped after it was drained").
			Wrap(err))
		return
	}
	if r.savepoint {
		return
	}
	s.lastEnd = j.opts.Clock.NowMs()
	if s.failures++; s.failures > s.conf.tolerable {
		j.phase.broken(j, errs.Transientf("checkpoints failed %d times in a row", s.failures).
			Wrap(err).Fix("raise execution.checkpointing.tolerable-failed-checkpoints if that may be"))
	} else if r.final {
		s.ask(request{final: true})
	}
}

func (s *snapshots) remove(p *pending) {
	for i, x := range s.pending {
		if x == p {
			s.pending = append(s.pending[:i:i], s.pending[i+1:]...)
			break
		}
	}
	s.lastEnd = s.job.opts.Clock.NowMs()
}

func (s *snapshots) next() {
	if len(s.pending) > 0 || s.over || s.job.exec != s.exec {
		return
	}
	if len(s.queue) == 0 {
		if s.urgent {
			s.early()
		}
		return
	}
	r := s.queue[0]
	s.queue = s.queue[1:]
	s.begin(r)
}

// drop answers everything that is under way: the attempt is over.
func (s *snapshots) drop(err error) {
	for _, p := range s.pending {
		s.job.lostSnapshot(p, err)
		if p.manifest == nil {
			s.job.beside("discard checkpoint", p.target.abandon)
		}
		p.answer("", err)
	}
	for i := range s.queue {
		s.queue[i].answer("", err)
	}
	s.pending, s.queue = nil, nil
}
