package statetest

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
)

// entry is what the model knows of a key.
type entry struct {
	count  int64
	hasCnt bool
	text   string
	list   []string
	m      map[string]string
	timers map[int64]bool
}

func (e *entry) empty() bool {
	return !e.hasCnt && e.text == "" && len(e.list) == 0 && len(e.m) == 0 && len(e.timers) == 0
}

func (e *entry) String() string {
	var b strings.Builder
	if e.hasCnt {
		fmt.Fprintf(&b, "count=%d ", e.count)
	}
	fmt.Fprintf(&b, "text=%q list=%q map=", e.text, e.list)
	for _, k := range slices.Sorted(maps.Keys(e.m)) {
		fmt.Fprintf(&b, "%q:%q,", k, e.m[k])
	}
	fmt.Fprintf(&b, " timers=%v", slices.Sorted(maps.Keys(e.timers)))
	return b.String()
}

func (e *entry) clone() *entry {
	c := *e
	c.list = slices.Clone(e.list)
	c.m = maps.Clone(e.m)
	c.timers = maps.Clone(e.timers)
	return &c
}

// model is all keys, by their bytes.
type model map[string]*entry

func (m model) at(key string) *entry {
	e := m[key]
	if e == nil {
		e = &entry{m: map[string]string{}, timers: map[int64]bool{}}
		m[key] = e
	}
	return e
}

func (m model) clone() model {
	c := model{}
	for k, e := range m {
		if !e.empty() {
			c[k] = e.clone()
		}
	}
	return c
}

// lines is the model as sorted text, to be compared.
func (m model) lines() []string {
	var out []string
	for k, e := range m {
		if !e.empty() {
			out = append(out, fmt.Sprintf("%x: %s", k, e))
		}
	}
	sort.Strings(out)
	return out
}
