// Package hybrid reads several sources one after the other: files first, then the topic that goes
// on where they end. All readers have read a source to its end before any reads the next one.
package hybrid

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
)

func init() {
	connector.Register(&connector.Factory{
		Name: "hybrid",
		Doc: "Several sources, one after the other; all but the last are bounded. " +
			"`HybridSource` of the DataStream API makes it.",
		Options: []connector.Option{{Name: "sources", Type: "string", Required: true,
			Doc: "The sources as a JSON list of objects with `connector` and `options`."}},
		NewSource: newSource,
	})
}

// Source is the chain.
type Source struct {
	sources []connector.Source
}

var (
	_ connector.Pinned          = (*Source)(nil)
	_ connector.ChangelogSource = (*Source)(nil)
)

func newSource(t *connector.Table) (connector.Source, error) {
	var parts []struct {
		Connector string            `json:"connector"`
		Options   map[string]string `json:"options"`
	}
	if err := json.Unmarshal([]byte(t.Options["sources"]), &parts); err != nil {
		return nil, errs.Userf("table '%s': option 'sources' is no JSON list of sources", t.Name).Wrap(err).
			Fix(`write it as '[{"connector": "filesystem", "options": {"path": "…"}}, …]'`)
	}
	if len(parts) == 0 {
		return nil, errs.Userf("table '%s': option 'sources' names no source", t.Name)
	}
	s := &Source{}
	for i, p := range parts {
		child := *t
		child.Name = fmt.Sprintf("%s (source %d)", t.Name, i+1)
		child.Options = maps.Clone(p.Options)
		if child.Options == nil {
			child.Options = map[string]string{}
		}
		child.Options["connector"] = p.Connector
		src, err := connector.NewSource(&child)
		if err != nil {
			return nil, err
		}
		if i < len(parts)-1 && !src.Bounded() {
			return nil, errs.Userf("table '%s' has no end, and source %d follows it", child.Name, i+2).
				Fix("only the last source may be unbounded: give this one an end, as with set_bounded()")
		}
		if i > 0 && !src.Schema().Equal(s.sources[0].Schema()) {
			return nil, errs.Userf("table '%s' gives %s, the first source %s", child.Name,
				src.Schema().RowType(), s.sources[0].Schema().RowType())
		}
		s.sources = append(s.sources, src)
	}
	return s, nil
}

func (s *Source) last() int { return len(s.sources) - 1 }

// Schema implements connector.Source.
func (s *Source) Schema() *types.Schema { return s.sources[0].Schema() }

// Bounded implements connector.Source.
func (s *Source) Bounded() bool { return s.sources[s.last()].Bounded() }

// Pinned implements connector.Pinned.
func (s *Source) Pinned() bool {
	for _, src := range s.sources {
		if p, ok := src.(connector.Pinned); ok && p.Pinned() {
			return true
		}
	}
	return false
}

// Kinds implements connector.ChangelogSource.
func (s *Source) Kinds() connector.Kinds {
	var all connector.Kinds
	for _, src := range s.sources {
		all |= connector.KindsOf(src)
	}
	return all
}
