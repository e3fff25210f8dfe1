package job

import (
	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/state"
)

// managed is the memory that a job shares out: to its operators, and to their keyed state.
type managed struct {
	budget *memory.Budget
	state  *state.Budget // nil: a job without one
	held   *memory.Account
	// each is the limit of a store; 0: only all of them together have one.
	each int64
	// slots are those of sharing groups that have memory of their own.
	slots map[slotID]*slot
}

// storeBytes is the least that a store keeps in memory, and storeShare the part of the machine's
// budget, unless the budget has a size of its own.
const (
	storeBytes = 128 << 20
	storeShare = 8
)

// openMemory makes the budget that taskmanager.memory.managed.size asks for; jobs that ask for
// none share that of the machine.
func (j *Job) openMemory() error {
	size, err := config.ManagedMemory.Get(j.cfg)
	if err != nil {
		return err
	}
	m := managed{budget: memory.Machine()}
	m.each = max(storeBytes, m.budget.Limit()/storeShare)
	if size > 0 {
		m.budget, m.each = memory.New(size), 0
	}
	m.held = m.budget.Open("state of " + j.Name)
	m.state = state.NewBudget(size).Under(m.held)
	j.memory = m
	g := j.opts.Metrics.Group("memory")
	g.Gauge("managedMemoryUsed", func() int64 { return m.budget.Used() })
	g.Gauge("managedMemoryLimit", func() int64 { return m.budget.Limit() })
	return nil
}

// store is the budget of one store.
func (m *managed) store() *state.Budget {
	if m.state == nil || m.each == 0 {
		return m.state
	}
	return m.state.Share(m.each)
}

func (m *managed) close() {
	m.held.Close()
	for _, s := range m.slots {
		s.held.Close()
	}
}

// Memory lists who holds how much of the job's managed memory, those with the most first. Jobs
// without taskmanager.memory.managed.size share one budget, so other jobs of the process are among
// them. Slots with memory of their own hold all of it; who has what of that follows them.
func (j *Job) Memory() []memory.Holder {
	all := j.memory.budget.Holders()
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, s := range j.memory.slots {
		all = append(all, s.budget.Holders()...)
	}
	return all
}
