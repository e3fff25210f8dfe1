package pulsar

import (
	"slices"
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

const scheme = "persistent://"

// fullName is a topic's name with all of its parts, as 'persistent://public/default/t'.
func fullName(name string) (string, bool) {
	rest, ok := strings.CutPrefix(name, scheme)
	if !ok && strings.Contains(name, "://") {
		return "", false
	}
	switch parts := strings.Count(rest, "/"); {
	case parts == 0 && !ok:
		rest = "public/default/" + rest
	case parts < 2:
		return "", false
	}
	return scheme + rest, !strings.HasSuffix(rest, "/") && !strings.HasPrefix(rest, "/")
}

// readTopics reads 'topics'.
func readTopics(t *connector.Table, o *connector.Options) ([]string, error) {
	var out []string
	for _, name := range strings.Split(o.String("topics", ""), ";") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		full, ok := fullName(name)
		if !ok && strings.HasPrefix(name, "non-persistent://") {
			return nil, errs.Userf("table '%s': topic '%s' keeps no messages", t.Name, name).
				Fix("nothing could be read again after a failure: use a persistent topic")
		}
		if !ok {
			return nil, errs.Userf("table '%s': '%s' is no name of a topic", t.Name, name).
				Fix("write 'topic', 'tenant/namespace/topic' or 'persistent://tenant/namespace/topic'")
		}
		if !slices.Contains(out, full) {
			out = append(out, full)
		}
	}
	return out, nil
}

// isPartition says whether the name is that of one partition of a topic.
func isPartition(topic string) bool {
	_, number, ok := cutLast(topic, "-partition-")
	_, err := strconv.ParseUint(number, 10, 31)
	return ok && err == nil
}

// whole is the topic that a partition is of.
func whole(topic string) string {
	if isPartition(topic) {
		topic, _, _ = cutLast(topic, "-partition-")
	}
	return topic
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
