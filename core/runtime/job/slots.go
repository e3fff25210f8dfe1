package job

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/runtime/compile"
	"github.com/headrace/headrace/core/state"
)

// SlotGroups is the setting of what slots of each sharing group have, as JSON: an object of Resources
// by name. Groups that are not there share what the job has.
const SlotGroups = "$internal.slot-sharing-groups"

// Resources are what one slot of a sharing group has. A slot holds one subtask of each vertex of its
// group. Memory is in bytes.
type Resources struct {
	CPU      float64            `json:"cpu"`
	Heap     int64              `json:"heap"`
	OffHeap  int64              `json:"offHeap"`
	Managed  int64              `json:"managed"`  // 0: it shares what the job has
	External map[string]float64 `json:"external"` // gpu and the like
}

func resourcesOf(cfg config.Map) (map[string]Resources, error) {
	text := cfg[SlotGroups]
	if text == "" {
		return nil, nil
	}
	var groups map[string]Resources
	if err := json.Unmarshal([]byte(text), &groups); err != nil {
		return nil, errs.Internalf("%s does not decode", SlotGroups).Wrap(err)
	}
	return groups, nil
}

// groupOf is the sharing group of a vertex.
func groupOf(v *compile.Vertex) string { return v.Nodes[0].SlotGroup }

// slotsOf is how many slots each group needs: as many as its widest vertex has subtasks.
func slotsOf(l *compile.Layout, parallelism func(*compile.Vertex) int) map[string]int {
	n := map[string]int{}
	for _, v := range l.Vertices {
		n[groupOf(v)] = max(n[groupOf(v)], parallelism(v))
	}
	return n
}

// affordable says whether the slots of all groups find room on this machine, and lists what is
// missing if they do not.
func (j *Job) affordable(parallelism func(*compile.Vertex) int) error {
	groups, err := resourcesOf(j.cfg)
	if err != nil || len(groups) == 0 {
		return err
	}
	var cpu float64
	var managed, task int64
	external := map[string]float64{}
	for name, n := range slotsOf(j.layout, parallelism) {
		r := groups[name]
		cpu += float64(n) * r.CPU
		managed += int64(n) * r.Managed
		task += int64(n) * (r.Heap + r.OffHeap)
		for kind, amount := range r.External {
			external[kind] += float64(n) * amount
		}
	}
	var missing []string
	if have := float64(runtime.NumCPU()); cpu > have {
		missing = append(missing, fmt.Sprintf("%g of %g cores", cpu-have, cpu))
	}
	bytes := func(what string, want, have int64) {
		if have > 0 && want > have {
			missing = append(missing, fmt.Sprintf("%s of %s %s", mebi(want-have), mebi(want), what))
		}
	}
	bytes("managed memory", managed, j.memory.budget.Limit())
	bytes("task memory", task, memory.Available())
	for _, kind := range slices.Sorted(maps.Keys(external)) {
		have, err := strconv.ParseFloat(cmp.Or(j.cfg["external-resource."+kind+".amount"], "0"), 64)
		if err != nil {
			return errs.Userf("external-resource.%s.amount is no number", kind)
		}
		if want := external[kind]; want > have {
			missing = append(missing, fmt.Sprintf("%g of %g %s", want-have, want, kind))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return errs.Userf("the slot sharing groups of job '%s' ask for more than there is: %s missing",
		j.Name, strings.Join(missing, ", ")).Fix("ask for less, lower the parallelism, or raise " +
		"taskmanager.memory.managed.size, external-resource.<name>.amount")
}

func mebi(n int64) string { return fmt.Sprintf("%.4g mb", float64(n)/(1<<20)) }

// slot is the managed memory of one slot of a group that has its own.
type slot struct {
	budget *memory.Budget
	state  *state.Budget
	held   *memory.Account // of the job's budget, all of it
}

type slotID struct {
	group   string
	subtask int
}

// slotOf is the slot of a subtask; nil: it shares what the job has. Tasks call it, too.
func (j *Job) slotOf(v *compile.Vertex, subtask int) *slot {
	id := slotID{groupOf(v), subtask}
	j.mu.Lock()
	defer j.mu.Unlock()
	if s, ok := j.memory.slots[id]; ok {
		return s
	}
	managed := j.groups[id.group].Managed
	if managed <= 0 {
		return nil
	}
	name := fmt.Sprintf("slot %d of %s", subtask+1, id.group)
	s := &slot{budget: memory.New(managed), held: j.memory.budget.Open(name)}
	s.held.Add(managed)
	s.state = state.NewBudget(managed).Under(s.budget.Open("state of " + name))
	if j.memory.slots == nil {
		j.memory.slots = map[slotID]*slot{}
	}
	j.memory.slots[id] = s
	return s
}

// budgetOf is the managed memory of the operators of a subtask.
func (j *Job) budgetOf(v *compile.Vertex, subtask int) *memory.Budget {
	if s := j.slotOf(v, subtask); s != nil {
		return s.budget
	}
	return j.memory.budget
}

// stateBudgetOf is that of its keyed state.
func (j *Job) stateBudgetOf(v *compile.Vertex, subtask int) *state.Budget {
	if s := j.slotOf(v, subtask); s != nil {
		return s.state
	}
	return j.memory.store()
}
