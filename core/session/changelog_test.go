package session

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// changelogDir has statements and what Flink's EXPLAIN CHANGELOG_MODE says of them (record.py).
var changelogDir = filepath.FromSlash("../../tests/conformance/changelog")

var explainedNode = regexp.MustCompile(`(?m)^[ :|+-]*(?:Exchange\([^)]*\) )?([\w: ]+)\(.*changelogMode=\[([\w,]*)\]`)

// family gives operators of the two engines that do one thing one name; "" for those that pass
// modes on.
var family = map[string]string{
	"GroupAggregate": "aggregate", "Join": "join", "IntervalJoin": "interval join",
	"TemporalJoin": "temporal join", "WindowJoin": "window join", "Rank": "rank",
	"Deduplicate": "rank", "SortLimit": "rank", "WindowRank": "rank",
	"WindowDeduplicate": "rank", "OverAggregate": "over", "Sort": "sort",
	"TemporalSort": "sort", "Limit": "rank", "Match": "match",
	"WindowAggregate": "window aggregate", "GlobalWindowAggregate": "window aggregate",
	"GroupWindowAggregate": "window aggregate", "SinkUpsertMaterializer": "materialize",
}

// outline is the mode that leaves the plan (of what the sink reads) and those of its stateful
// operators, from the root down.
func outline(nodes [][2]string) string {
	var out []string
	for _, n := range nodes {
		if n[1] == "NONE" {
			continue
		}
		if len(out) == 0 {
			out = append(out, "out "+n[1])
		}
		if f := family[n[0]]; f != "" {
			out = append(out, f+" "+n[1])
		}
	}
	return strings.Join(out, ", ")
}

// TestChangelogModesAreFlinks compares the modes of 104 statements. What differs is listed with the
// reason in deviations.txt: "statement", then "  # reason".
func TestChangelogModesAreFlinks(t *testing.T) {
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(changelogDir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	s := Open(Options{})
	defer s.Close()
	for _, ddl := range strings.Split(strings.TrimSpace(read("tables.sql")), ";\n") {
		call(t, s, ddl)
	}
	var flink map[string][][2]string
	if err := json.Unmarshal([]byte(read("expected.json")), &flink); err != nil {
		t.Fatal(err)
	}
	deviates := map[string]bool{}
	for _, line := range strings.Split(read("deviations.txt"), "\n") {
		if line != "" && !strings.HasPrefix(line, " ") {
			deviates[line] = true
		}
	}
	agree := 0
	for _, sql := range strings.Split(strings.TrimSpace(read("statements.sql")), ";\n") {
		want, got := outline(flink[sql]), ""
		if flink[sql][0][0] == "refused" {
			want = "refused"
		}
		if a, err := s.executeSQL(t.Context(), "EXPLAIN CHANGELOG_MODE "+sql); err == nil {
			var nodes [][2]string
			for _, m := range explainedNode.FindAllStringSubmatch(a.Text, -1) {
				nodes = append(nodes, [2]string{m[1], m[2]})
			}
			got = outline(nodes)
		} else {
			got = "refused: " + err.Error()
		}
		switch same := got == want; {
		case !same && !deviates[sql]:
			t.Errorf("%s\n  is %s\n not %s", sql, got, want)
		case same && deviates[sql]:
			t.Errorf("%s\n is listed in deviations.txt, and agrees", sql)
		case same:
			agree++
		}
	}
	t.Logf("%d of %d agree", agree, len(flink))
}
