package web

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
)

var sourceOptions = append([]connector.Option{
	{Name: "request.method", Type: "enum(GET|POST|PUT|PATCH)",
		Doc: "Method; not set: GET to read, POST to write."},
	{Name: "request.body", Type: "string", Doc: "Body of the requests of a source."},
	{Name: "request.max-retries", Type: "int", Default: "5",
		Doc: "How often a source asks again that got no answer or one of 408, 425, 429, 500, 502, 503 " +
			"and 504, with growing pauses, or those of Retry-After."},
	{Name: "poll.interval", Type: "duration",
		Doc: "Ask again this long after the last page. Not set: the source is read once and ends."},
	{Name: "since.column", Type: "string",
		Doc: "Column whose largest value so far takes the place of '{since}' in the address."},
	{Name: "since.initial", Type: "string", Default: "",
		Doc: "What takes the place of '{since}' before there is a row."},
	{Name: "paging", Type: "enum(none|number|cursor|link)", Default: "none",
		Doc: "How the pages of an answer are asked for: there is one; '{page}' in the address counts, " +
			"until a page is empty; the document says where the next page is ('paging.path'); the " +
			"header Link does (rel=\"next\")."},
	{Name: "paging.first", Type: "int", Default: "1", Doc: "First number of '{page}'."},
	{Name: "paging.path", Type: "string",
		Doc: "Where a JSON document has the next page: its address, or what takes the place of " +
			"'{cursor}' in the address ('' for the first page). The last page has null or nothing there."},
}, readingOptions...)

// Source asks a service for rows.
type Source struct {
	*reading
	client   *client
	body     []byte
	retries  int64
	interval time.Duration
	since    int // column, -1: none
	initial  string
	paging   string
	first    int64
	next     []string // where the document has the next page
}

var (
	_ connector.Source          = (*Source)(nil)
	_ connector.ChangelogSource = (*Source)(nil)
)

func newSource(t *connector.Table) (*Source, error) {
	o := t.OptionReader()
	c, err := newClient(t, o, o.Enum("request.method", "GET", "GET", "POST", "PUT", "PATCH"))
	if err != nil {
		return nil, err
	}
	r, err := newReading(t, o)
	if err != nil {
		return nil, err
	}
	s := &Source{reading: r, client: c, retries: o.Int("request.max-retries", 5, 0), since: -1,
		interval: o.Duration("poll.interval", 0), initial: o.String("since.initial", ""),
		paging: o.Enum("paging", "none", "none", "number", "cursor", "link"),
		first:  o.Int("paging.first", 1, 0)}
	if body := o.String("request.body", ""); body != "" {
		s.body = []byte(body)
	}
	if path := o.String("paging.path", ""); path != "" {
		s.next = splitPath(path)
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	return s, s.check(o)
}

// check finds options that contradict each other.
func (s *Source) check(o *connector.Options) error {
	t := s.table
	column := o.String("since.column", "")
	if column != "" {
		if s.since = t.Schema.Index(column); s.since < 0 {
			return errs.Userf("table '%s': 'since.column' = '%s' is no column", t.Name, column).
				Fix("%s", errs.DidYouMean(column, t.Schema.Names()))
		}
		if k := t.Schema.Fields[s.since].Type; !k.IsInteger() && !k.IsString() && !k.IsTimestamp() &&
			k.Kind != types.Date {
			return errs.Userf("table '%s': 'since.column' = '%s' of type %s has no order that an address "+
				"could name", t.Name, column, k).Fix("name a number, string, date or timestamp")
		}
	}
	for _, p := range []struct {
		mark string
		set  bool
		name string
	}{
		{"{since}", s.since >= 0, "'since.column'"},
		{"{page}", s.paging == "number", "'paging' = 'number'"},
	} {
		if has := strings.Contains(s.client.url+string(s.body), p.mark); has != p.set {
			return errs.Userf("table '%s': '%s' in 'url' or 'request.body' and %s go together", t.Name,
				p.mark, p.name)
		}
	}
	if (s.paging == "cursor") != (s.next != nil) {
		return errs.Userf("table '%s': 'paging' = 'cursor' and 'paging.path' go together", t.Name)
	}
	if s.paging == "cursor" && s.lines {
		return errs.Userf("table '%s': 'paging' = 'cursor' needs a JSON document", t.Name)
	}
	return nil
}

// Schema implements connector.Source.
func (s *Source) Schema() *types.Schema { return s.table.Schema }

// Bounded implements connector.Source.
func (s *Source) Bounded() bool { return s.interval == 0 }

// Kinds implements connector.ChangelogSource.
func (s *Source) Kinds() connector.Kinds { return max(s.format.Reads, connector.InsertOnly) }

// position is how far a source has been read. It is the state of its one split.
type position struct {
	Version int
	// Since is what stands for {since} in the requests of this pass, Largest the largest value of
	// the column, by its order, in it.
	Since, Largest string
	Order          int64
	Page           int64  // number of the page
	Cursor         string // where the page is, "" for the first
	Rows           int    // of the page that have been given out
	Idle           bool   // the pass is over: wait for the next
}

const positionVersion = 1

func (p *position) encode() connector.Split {
	state, err := json.Marshal(p)
	if err != nil {
		panic(err) // text and numbers
	}
	return connector.Split{ID: "0", State: state}
}

func decodePosition(s connector.Split) (*position, error) {
	p := &position{}
	if err := json.Unmarshal(s.State, p); err != nil || p.Version != positionVersion {
		return nil, errs.Corruptf("the position of a source over HTTP cannot be read").Wrap(err)
	}
	return p, nil
}

func (s *Source) start() *position {
	return &position{Version: positionVersion, Since: s.initial, Page: s.first}
}

// NewEnumerator implements connector.Source: one reader asks.
func (s *Source) NewEnumerator(
	_ *connector.EnumeratorContext, restored []byte,
) (connector.Enumerator, error) {
	return connector.NewListEnumerator([]connector.Split{s.start().encode()}, restored)
}

// NewReader implements connector.Source.
func (s *Source) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	return newReader(s, ctx), nil
}

// pageText is the number of a page as it stands in an address.
func pageText(n int64) string { return strconv.FormatInt(n, 10) }
