package job

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/runtime/compile"
)

// externalResources is what functions read as a job parameter to know the external resources of
// their slot: a JSON object of lists of indexes, by the name of the resource.
const externalResources = "$internal.external-resources"

// settings are the job's settings, with the external resources of a subtask's slot.
func (j *Job) settings(v *compile.Vertex, subtask int) config.Map {
	const prefix, suffix = "external-resource.", ".amount"
	found := map[string][]int{}
	for key, amount := range j.cfg {
		name, ours := strings.CutPrefix(key, prefix)
		name, sum := strings.CutSuffix(name, suffix)
		if !ours || !sum {
			continue
		}
		if n, err := strconv.ParseFloat(amount, 64); err == nil && n > 0 {
			found[name] = j.indexes(name, n, v, subtask)
		}
	}
	if len(found) == 0 {
		return j.cfg
	}
	text, err := json.Marshal(found)
	if err != nil {
		return j.cfg // lists of numbers always encode
	}
	cfg := maps.Clone(j.cfg)
	cfg[externalResources] = string(text)
	return cfg
}

// indexes are those of amount units of a resource that are a subtask's: slots get theirs one after
// the other, in order of the groups' names. A group that asks for none sees all, as in Flink.
func (j *Job) indexes(name string, amount float64, v *compile.Vertex, subtask int) []int {
	from, to := 0.0, amount
	if each := j.groups[groupOf(v)].External[name]; each > 0 {
		slots := slotsOf(j.layout, func(v *compile.Vertex) int { return v.Parallelism })
		for _, group := range slices.Sorted(maps.Keys(slots)) {
			if group == groupOf(v) {
				break
			}
			from += float64(slots[group]) * j.groups[group].External[name]
		}
		from += float64(subtask) * each
		to = from + each
	}
	const slack = 1e-9 // of sums of fractions
	out := []int{}
	for i := math.Floor(from + slack); i < to-slack; i++ {
		out = append(out, int(i))
	}
	return out
}
