package session

import (
	"encoding/json"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/sql/catalog"
)

// statistics answers with what is known of a table's rows in JSON, "" where nothing is, after
// putting what given says, if anything, in its place.
func (s *Session) statistics(path []string, given string) (*Answer, error) {
	t, _, err := s.catalog.Lookup(path)
	if err != nil {
		return nil, err
	}
	a := &Answer{Kind: "success"}
	if t == nil { // a view
		return a, nil
	}
	if given != "" {
		changed := *t
		changed.Statistics = &catalog.Statistics{}
		if err := json.Unmarshal([]byte(given), changed.Statistics); err != nil {
			return nil, errs.Internalf("statistics in JSON: %v", err)
		}
		if err := s.catalog.PutTable(&changed, true); err != nil {
			return nil, err
		}
		t = &changed
	}
	if t.Statistics != nil {
		text, err := json.Marshal(t.Statistics)
		if err != nil {
			return nil, err
		}
		a.Text = string(text)
	}
	return a, nil
}
