package web

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// reader asks for one page after the other. Requests run in a goroutine.
type reader struct {
	src    *Source
	ctx    *connector.ReaderContext
	run    context.Context
	stop   context.CancelFunc
	at     *position // nil: there is no split
	noMore bool

	pages  chan page
	asking bool
	due    chan struct{} // closed when the next pass is due
	alarm  func() bool
	page   *page // that is given out
}

// page is an answer, or why there is none.
type page struct {
	rows *batch.Batch
	next string // where the next one is, "" where the answer does not say
	err  error
}

func newReader(s *Source, ctx *connector.ReaderContext) *reader {
	r := &reader{src: s, ctx: ctx, pages: make(chan page, 1)}
	r.run, r.stop = context.WithCancel(context.Background())
	return r
}

// Add implements connector.Reader.
func (r *reader) Add(splits []connector.Split) (err error) {
	for _, s := range splits {
		if r.at, err = decodePosition(s); err != nil {
			return err
		}
	}
	return nil
}

// NoMoreSplits implements connector.Reader.
func (r *reader) NoMoreSplits() { r.noMore = true }

// Poll implements connector.Reader.
func (r *reader) Poll(maxRows, _ int) (connector.Polled, error) {
	if r.at == nil {
		if r.noMore {
			return connector.Polled{Status: connector.Done}, nil
		}
		return connector.Polled{Status: connector.Starved}, nil
	}
	if r.page == nil && !r.take() {
		return connector.Polled{Status: connector.Waiting}, nil
	}
	if r.page.err != nil {
		return connector.Polled{}, r.page.err
	}
	n := min(r.page.rows.Len()-r.at.Rows, maxRows)
	if n <= 0 {
		r.turn()
		return connector.Polled{Split: "0"}, nil
	}
	b := r.page.rows.Slice(r.at.Rows, r.at.Rows+n)
	r.note(b)
	r.at.Rows += n
	if r.at.Rows == r.page.rows.Len() {
		r.turn()
	}
	return connector.Polled{Batch: b, Split: "0"}, nil
}

// take gets the page at the position, or asks for it; false: it is not there yet.
func (r *reader) take() bool {
	if r.at.Idle && !r.rested() {
		return false
	}
	select {
	case p := <-r.pages:
		r.page, r.asking = &p, false
		return true
	default:
	}
	if !r.asking {
		r.asking = true
		at := *r.at
		go func() {
			p := r.ask(&at)
			r.pages <- p // there is room: one request at a time
			r.ctx.Wake()
		}()
	}
	return false
}

// rested says whether the pause between two passes is over; it begins it when needed.
func (r *reader) rested() bool {
	if r.due == nil {
		due := make(chan struct{})
		r.due = due
		r.alarm = r.ctx.Clock.AfterFunc(r.src.interval, func() {
			close(due)
			r.ctx.Wake()
		})
	}
	select {
	case <-r.due:
		r.due, r.alarm, r.at.Idle = nil, nil, false
		return true
	default:
		return false
	}
}

// note keeps the largest value of the column of 'since.column'.
func (r *reader) note(b *batch.Batch) {
	if r.src.since < 0 {
		return
	}
	c := b.Cols[r.src.since]
	for i := range b.Len() {
		if c.IsNull(i) {
			continue
		}
		if c.Type.IsString() {
			if v := c.Str(i); v > r.at.Largest {
				r.at.Largest = strings.Clone(v)
			}
			continue
		}
		order := orderOf(c, i)
		if r.at.Largest == "" || order > r.at.Order {
			r.at.Order, r.at.Largest = order, sinceText(c, i)
		}
	}
}

func orderOf(c *batch.Column, i int) int64 {
	switch {
	case c.Type.Kind == types.Date:
		return int64(batch.Values[int32](c)[i])
	case c.Type.IsTimestamp():
		return batch.Values[int64](c)[i]
	}
	return kernel.IntAt(c, i)
}

func sinceText(c *batch.Column, i int) string {
	if c.Type.IsTimestamp() {
		zone := c.Type.Kind == types.TimestampLTZ
		return string(format.TimeStandard{ISO: true}.Append(nil, batch.Values[int64](c)[i],
			c.Type.Unit(), 0, zone))
	}
	return string(kernel.AppendText(nil, c, i, nil))
}

// turn goes on to the next page or, behind the last one, to the next pass.
func (r *reader) turn() {
	p, at := r.page, r.at
	r.page = nil
	more := p.next != ""
	if r.src.paging == "number" {
		more = p.rows.Len() > 0
	}
	at.Rows = 0
	if more {
		at.Page++
		at.Cursor = p.next
		return
	}
	if r.src.interval == 0 {
		r.at = nil
		return
	}
	at.Page, at.Cursor, at.Idle = r.src.first, "", true
	if at.Largest != "" {
		at.Since = at.Largest
	}
}

// address is where the page at a position is, and the body of the request.
func (s *Source) address(at *position) (string, []byte) {
	fill := func(text string, escape func(string) string) string {
		return strings.NewReplacer("{since}", escape(at.Since), "{page}", pageText(at.Page),
			"{cursor}", escape(at.Cursor)).Replace(text)
	}
	var body []byte
	if s.body != nil {
		body = []byte(fill(string(s.body), func(s string) string { return s }))
	}
	whole := strings.HasPrefix(at.Cursor, "http://") || strings.HasPrefix(at.Cursor, "https://") ||
		strings.HasPrefix(at.Cursor, "/") || strings.HasPrefix(at.Cursor, "?")
	if at.Cursor != "" && whole {
		base, err := url.Parse(fill(s.client.url, url.QueryEscape))
		if err == nil {
			if next, err := base.Parse(at.Cursor); err == nil {
				return next.String(), body
			}
		}
	}
	return fill(s.client.url, url.QueryEscape), body
}

// ask sends the request for a page, again while its failures may pass.
func (r *reader) ask(at *position) page {
	s := r.src
	address, body := s.address(at)
	pause := 200 * time.Millisecond
	for try := int64(0); ; try++ {
		got, err := s.client.send(r.run, address, kindOf(s.format.Name), body)
		if err == nil {
			return s.read(got, address)
		}
		if r.run.Err() != nil || errs.MarkOf(err) != errs.Transient || try >= s.retries {
			return page{err: err}
		}
		r.ctx.Log.Warn("http: no answer; asking again", "table", s.table.Name, "error", err)
		wait := pause
		var refused *statusError
		if errors.As(err, &refused) {
			wait = cmp.Or(refused.after, pause)
		}
		if !r.sleep(wait) {
			return page{err: err}
		}
		pause = min(2*pause, 30*time.Second)
	}
}

// sleep waits; false: the reader has been closed.
func (r *reader) sleep(d time.Duration) bool {
	over := make(chan struct{})
	stop := r.ctx.Clock.AfterFunc(d, func() { close(over) })
	select {
	case <-over:
		return true
	case <-r.run.Done():
		stop()
		return false
	}
}

// read decodes an answer and finds the next page.
func (s *Source) read(got *response, address string) page {
	rows, err := s.rows(got.body, "answer of "+address)
	p := page{rows: rows, err: err}
	if err != nil {
		return p
	}
	switch s.paging {
	case "cursor":
		if p.next, err = textAt(got.body, s.next); err != nil {
			p.err = errs.Dataf("answer of %s: it has no '%s'", address, strings.Join(s.next, ".")).Wrap(err)
		}
	case "link":
		p.next = nextLink(got.header.Values("Link"))
	}
	return p
}

// nextLink finds <address>; rel="next".
func nextLink(headers []string) string {
	for _, h := range headers {
		for link := range strings.SplitSeq(h, ",") {
			address, params, ok := strings.Cut(link, ";")
			address = strings.TrimSpace(address)
			rel := strings.ReplaceAll(strings.ReplaceAll(params, " ", ""), `"`, "")
			if ok && strings.HasPrefix(address, "<") && strings.HasSuffix(address, ">") &&
				strings.Contains(";"+rel+";", ";rel=next;") {
				return address[1 : len(address)-1]
			}
		}
	}
	return ""
}

// Snapshot implements connector.Reader.
func (r *reader) Snapshot() ([]connector.Split, error) {
	if r.at == nil {
		return nil, nil
	}
	return []connector.Split{r.at.encode()}, nil
}

// Close implements connector.Reader.
func (r *reader) Close() error {
	r.stop()
	if r.alarm != nil {
		r.alarm()
	}
	r.src.client.http.CloseIdleConnections()
	return nil
}
