package web_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	_ "github.com/headrace/headrace/core/connector/web" // registers itself
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	_ "github.com/headrace/headrace/core/format/csv" // likewise
	_ "github.com/headrace/headrace/core/format/json"
	_ "github.com/headrace/headrace/core/format/json/cdc"
)

var (
	i64, str = types.Of(types.BigInt), types.String()
	schema   = types.NewSchema(types.F("id", i64), types.F("name", str))
)

func table(kind, url string, options ...string) *connector.Table {
	t := &connector.Table{Name: "t", Schema: schema, Zone: "UTC",
		Options: map[string]string{"connector": kind, "format": "json"}}
	if url != "" {
		t.Options["url"] = url
	}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = options[i+1]
	}
	return t
}

func source(t testing.TB, tab *connector.Table) connector.Source {
	t.Helper()
	s, err := connector.NewSource(tab)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// objects are rows from a number on, as JSON.
func objects(from, to int) string {
	var all []string
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf(`{"id": %d, "name": "n%d"}`, i, i))
	}
	return "[" + strings.Join(all, ",\n") + "]"
}

func want(from, to int) []string {
	var all []string
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf("+I|%d|n%d", i, i))
	}
	return all
}

// pages serves 25 rows in pages of 10, in every way of paging.
func pages(t testing.TB) *httptest.Server {
	page := func(r *http.Request, key string, first int) (from, to, number int) {
		number = first
		if text := r.URL.Query().Get(key); text != "" {
			number, _ = strconv.Atoi(text)
		}
		from = min((number-first)*10, 25)
		return from, min(from+10, 25), number
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/number", func(w http.ResponseWriter, r *http.Request) {
		from, to, _ := page(r, "p", 0)
		fmt.Fprint(w, objects(from, to))
	})
	mux.HandleFunc("/cursor", func(w http.ResponseWriter, r *http.Request) {
		from, to, n := page(r, "c", 1)
		next := strconv.Quote(strconv.Itoa(n + 1))
		if to == 25 {
			next = "null"
		}
		fmt.Fprintf(w, `{"data": {"items": %s}, "meta": {"next": %s}}`, objects(from, to), next)
	})
	mux.HandleFunc("/address", func(w http.ResponseWriter, r *http.Request) {
		from, to, n := page(r, "at", 1)
		if to == 25 {
			fmt.Fprintf(w, `{"items": %s}`, objects(from, to))
			return
		}
		fmt.Fprintf(w, `{"items": %s, "next": "/address?at=%d"}`, objects(from, to), n+1)
	})
	mux.HandleFunc("/link", func(w http.ResponseWriter, r *http.Request) {
		from, to, n := page(r, "at", 1)
		if to < 25 {
			w.Header().Set("Link", fmt.Sprintf(`</link?at=1>; rel="first", </link?at=%d>; rel="next"`, n+1))
		}
		fmt.Fprint(w, strings.ReplaceAll(strings.Trim(objects(from, to), "[]"), ",\n", "\n"))
	})
	mux.HandleFunc("/csv", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "0,n0\r\n1,\"n\n1\"\n2,n2")
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func TestPagesConformance(t *testing.T) {
	s := pages(t)
	for _, options := range [][]string{
		{"url", s.URL + "/number?p={page}", "paging", "number", "paging.first", "0"},
		{"url", s.URL + "/cursor?c={cursor}", "paging", "cursor", "paging.path", "meta.next", "body.path",
			"data.items"},
		{"url", s.URL + "/address", "paging", "cursor", "paging.path", "next", "body.path", "items"},
		{"url", s.URL + "/link", "paging", "link", "body", "lines"},
	} {
		t.Run(options[1], func(t *testing.T) {
			connectortest.Bounded(t, func() connector.Source {
				return source(t, table("http", "", options...))
			}, want(0, 25), 5)
		})
	}
	got, err := connectortest.Start(t, source(t, table("http", s.URL+"/csv", "format", "csv")), 1,
		nil).All(10)
	if want := []string{"+I|0|n0", "+I|1|n\n1", "+I|2|n2"}; err != nil || !slices.Equal(got, want) {
		t.Error(got, err)
	}
}

func TestPollingForWhatIsNew(t *testing.T) {
	var mu sync.Mutex
	rows, asked := 3, []string{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		since := r.URL.Query().Get("since")
		if n := len(asked); n == 0 || asked[n-1] != since {
			asked = append(asked, since)
		}
		from, _ := strconv.Atoi(since)
		fmt.Fprint(w, objects(min(from+1, rows), rows))
		rows = min(rows+2, 9)
	}))
	t.Cleanup(s.Close)
	src := source(t, table("http", s.URL+"?since={since}", "poll.interval", "1 ms", "since.column", "id",
		"since.initial", "-1"))
	if src.Bounded() {
		t.Fatal("a source that is polled does not end")
	}
	deadline := time.Now().Add(120 * time.Second)
	read := func(r *connectortest.Run, n int) {
		for len(r.Rows) < n {
			if _, err := r.Step(2); err != nil || time.Now().After(deadline) {
				t.Fatal(r.Rows, err)
			}
		}
	}
	first := connectortest.Start(t, src, 1, nil)
	read(first, 4) // in the middle of a page
	state, seen := first.Checkpoint(), slices.Clone(first.Rows)
	first.Close()
	second := connectortest.Start(t, src, 1, state)
	read(second, 9-len(seen))
	second.Close()
	if got := append(seen, second.Rows...); !slices.Equal(got, want(0, 9)) {
		t.Error(got)
	}
	mu.Lock()
	defer mu.Unlock()
	if asked[0] != "-1" || asked[1] != "2" || !slices.IsSorted(asked[1:]) {
		t.Error(asked)
	}
}

func TestSourceTriesAgainAndSaysWhatIsWrong(t *testing.T) {
	var mu sync.Mutex
	tries := 0
	mux := http.NewServeMux()
	mux.HandleFunc("/later", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if tries++; tries < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if user, password, _ := r.BasicAuth(); user != "me" || password != "secret" ||
			r.Header.Get("X-Shop") != "7" || r.Method != http.MethodPost {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, `[{"id": 1, "name": %q}]`, body)
	})
	mux.HandleFunc("/bad", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `[{"id": 1}, {"id": "x"}]`)
	})
	mux.HandleFunc("/lines", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "{\"id\": 1}\n{\"id\": \"x\"}\n")
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	got, err := connectortest.Start(t, source(t, table("http", s.URL+"/later", "username", "me", "password",
		"secret", "headers.X-Shop", "7", "request.method", "POST", "request.body", "q")), 1, nil).All(5)
	if err != nil || !slices.Equal(got, []string{"+I|1|q"}) {
		t.Error(got, err)
	}
	for path, parts := range map[string][]string{
		"/bad":     {"answer of " + s.URL + "/bad", "field 'id'", "x"},
		"/lines":   {"/lines, line 2", "field 'id'"},
		"/nowhere": {"HTTP status 404 Not Found: 404 page not found"},
	} {
		options := []string{"body", "document"}
		if path == "/lines" {
			options[1] = "lines"
		}
		_, err := connectortest.Start(t, source(t, table("http", s.URL+path, options...)), 1, nil).All(5)
		for _, p := range parts {
			if err == nil || !strings.Contains(err.Error(), p) {
				t.Errorf("%s: %s: %v", path, p, err)
			}
		}
	}
	_, err = connectortest.Start(t, source(t, table("http", "http://127.0.0.1:1/x", "request.max-retries",
		"1")), 1, nil).All(5)
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Error(err)
	}
}

// rows are the rows of numbers.
func rows(from, to int) *batch.Batch {
	b := batch.NewRowBuilder(schema, to-from)
	for i := from; i < to; i++ {
		batch.Append(b.Cols[0], int64(i))
		b.Cols[1].AppendString(fmt.Sprint("n", i))
	}
	return b.Finish()
}

func TestSink(t *testing.T) {
	var mu sync.Mutex
	var bodies, kinds []string
	trouble := []int{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if len(trouble) > 0 {
			w.WriteHeader(trouble[0])
			fmt.Fprint(w, "no row 7 here")
			trouble = trouble[1:]
			return
		}
		body, _ := io.ReadAll(r.Body)
		bodies = append(bodies, string(body))
		kinds = append(kinds, r.Method+" "+r.Header.Get("Content-Type")+" "+r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(s.Close)
	sent := func() []string {
		mu.Lock()
		defer mu.Unlock()
		out := bodies
		bodies = nil
		return out
	}
	if err := connectortest.Write(t, table("http", s.URL, "sink.buffer-flush.max-rows", "3", "bearer-token", "tok"),
		rows(0, 2), rows(2, 6)); err != nil {
		t.Fatal(err)
	}
	got := sent()
	var all []map[string]any
	for _, b := range got {
		var part []map[string]any
		if err := json.Unmarshal([]byte(b), &part); err != nil || len(part) > 3 {
			t.Fatal(b, err)
		}
		all = append(all, part...)
	}
	if len(got) != 3 || len(all) != 6 || all[5]["name"] != "n5" || kinds[0] != "POST application/json Bearer tok" {
		t.Error(got, kinds)
	}
	if err := connectortest.Write(t, table("http", s.URL, "sink.request-mode", "single", "request.method", "PUT"),
		rows(0, 2)); err != nil {
		t.Fatal(err)
	}
	if got := sent(); !slices.Equal(got, []string{`{"id":0,"name":"n0"}`, `{"id":1,"name":"n1"}`}) {
		t.Error(got)
	}
	mu.Lock()
	trouble = []int{503, 429}
	mu.Unlock()
	changes := rows(0, 2)
	changes.Kinds = []types.RowKind{types.Insert, types.Delete}
	if err := connectortest.Write(t, table("http", s.URL, "format", "debezium-json"), changes); err != nil {
		t.Fatal(err)
	}
	if got := sent(); len(got) != 1 || strings.Count(got[0], "\n") != 2 || !strings.Contains(got[0], `"op":"d"`) {
		t.Error(got)
	}
	mu.Lock()
	trouble = []int{422}
	mu.Unlock()
	if err := connectortest.Write(t, table("http", s.URL), rows(0, 2)); err == nil ||
		!strings.Contains(err.Error(), "HTTP status 422 Unprocessable Entity: no row 7 here") {
		t.Error(err)
	}
}

func TestSinkAtLeastOnce(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var body []struct {
			ID   int64
			Name string
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		for _, row := range body {
			seen = append(seen, fmt.Sprintf("+I|%d|%s", row.ID, row.Name))
		}
	}))
	t.Cleanup(s.Close)
	connectortest.AtLeastOnce(t, func() connector.Sink {
		sink, err := connector.NewSink(table("http", s.URL, "sink.buffer-flush.max-rows", "2"))
		if err != nil {
			t.Fatal(err)
		}
		return sink
	}, [3]*batch.Batch{rows(0, 3), rows(3, 8), rows(8, 9)}, false, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(seen)
	})
}

func TestLookup(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := strings.Trim(r.URL.Query().Get("id")+strings.TrimPrefix(r.URL.Path, "/user/"), "/")
		switch id {
		case "1":
			fmt.Fprint(w, `{"id": 1, "name": "ada"}`)
		case "2":
			fmt.Fprint(w, `[{"name": "bob"}, {"id": 2, "name": "eve"}, {"id": 3, "name": "of another key"}]`)
		case "4":
			w.WriteHeader(http.StatusNoContent)
		case "5":
			fmt.Fprint(w, `{"id": "five"}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	find := func(url string, ids ...int64) ([]string, error) {
		src, err := connector.NewLookup(table("http", url))
		if err != nil {
			t.Fatal(err)
		}
		if src, err = src.Project([]int{1, 0}); err != nil {
			t.Fatal(err)
		}
		l, err := src.NewLookup(&connector.LookupContext{Keys: []int{1}, Clock: clock.System{},
			Log: slog.Default(), Concurrency: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		b := batch.NewBuilder(i64, len(ids))
		for _, id := range ids {
			batch.Append(b, id)
		}
		keys := batch.New(types.NewSchema(types.F("id", i64)), []*batch.Column{b.Finish()}, len(ids))
		found, err := l.Find(t.Context(), keys)
		if err != nil || found.Rows == nil {
			return nil, err
		}
		out := connectortest.Text(found.Rows)
		for i, of := range found.Of {
			out[i] = fmt.Sprint(of, " ", out[i])
		}
		return out, nil
	}
	rows := []string{"0 +I|bob|2", "0 +I|eve|2", "3 +I|ada|1"}
	for _, url := range []string{s.URL, s.URL + "/user/{id}"} {
		if got, err := find(url, 2, 3, 4, 1); err != nil || !slices.Equal(got, rows) {
			t.Error(url, got, err)
		}
	}
	if _, err := find(s.URL, 1, 5); err == nil || !strings.Contains(err.Error(), "?id=5") ||
		!strings.Contains(err.Error(), "five") {
		t.Error(err)
	}
}

// hook is a webhook that is read by a test.
type hook struct {
	t      *testing.T
	url    string
	reader connector.Reader
	wake   chan struct{}
	rows   []string
}

func open(t *testing.T, checkpoints bool, options ...string) *hook {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	src := source(t, table("webhook", "", append(options, "port", port, "path", "/in")...))
	h := &hook{t: t, url: "http://127.0.0.1:" + port + "/in", wake: make(chan struct{}, 1)}
	h.reader, err = src.NewReader(&connector.ReaderContext{Parallelism: 1, Clock: clock.System{},
		Log: slog.Default(), Checkpoints: checkpoints, Wake: func() {
			select {
			case h.wake <- struct{}{}:
			default:
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.reader.Add([]connector.Split{{ID: "0"}}); err != nil {
		t.Fatal(err)
	}
	return h
}

// read polls until there are n rows.
func (h *hook) read(n int) {
	h.t.Helper()
	for len(h.rows) < n {
		p, err := h.reader.Poll(2, 1<<20)
		if err != nil {
			h.t.Fatal(err)
		}
		if p.Batch != nil {
			h.rows = append(h.rows, connectortest.Text(p.Batch)...)
		}
		if p.Status != connector.Waiting {
			continue
		}
		select {
		case <-h.wake:
		case <-time.After(120 * time.Second):
			h.t.Fatal("no rows come")
		}
	}
}

// post sends in a goroutine; the channel gets the status and the answer.
func (h *hook) post(body string, header ...string) chan string {
	out := make(chan string, 1)
	go func() {
		req, _ := http.NewRequest(http.MethodPost, h.url, strings.NewReader(body))
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		got, err := http.DefaultClient.Do(req)
		if err != nil {
			out <- err.Error()
			return
		}
		defer got.Body.Close()
		text, _ := io.ReadAll(got.Body)
		out <- strings.TrimSpace(fmt.Sprint(got.StatusCode, " ", string(text)))
	}()
	return out
}

func TestWebhookThanksWhenACheckpointIsComplete(t *testing.T) {
	h := open(t, true)
	first := h.post(objects(0, 3))
	h.read(2)
	begin := func(id int64) {
		h.reader.(connector.Numbered).CheckpointBegins(id)
		if _, err := h.reader.Snapshot(); err != nil {
			t.Fatal(err)
		}
	}
	complete := func(id int64) {
		if err := h.reader.(connector.CheckpointListener).CheckpointComplete(id); err != nil {
			t.Fatal(err)
		}
	}
	begin(1) // in the middle of the request
	h.read(3)
	begin(2)
	second := h.post(objects(3, 4))
	h.read(4)
	begin(3)
	complete(1)
	select {
	case got := <-first:
		t.Fatal("thanked too early: ", got)
	case got := <-second:
		t.Fatal("thanked too early: ", got)
	default:
	}
	complete(2)
	if got := <-first; got != "204" {
		t.Error(got)
	}
	third := h.post(objects(4, 5)) // never taken
	complete(3)
	if got := <-second; got != "204" {
		t.Error(got)
	}
	if !slices.Equal(h.rows, want(0, 4)) {
		t.Error(h.rows)
	}
	<-h.wake // the third has come
	if err := h.reader.Close(); err != nil {
		t.Error(err)
	}
	if got := <-third; !strings.HasPrefix(got, "503") {
		t.Error(got)
	}
}

func TestWebhookRefusals(t *testing.T) {
	h := open(t, false, "bearer-token", "tok", "max-body", "100 b", "max-pending", "1", "max-wait", "1 ms")
	defer h.reader.Close()
	auth := []string{"Authorization", "Bearer tok"}
	for body, want := range map[string]string{
		`[{"id": "x"}]`:          "400 ",
		strings.Repeat("x", 200): "413 ",
		"":                       "204",
		"[]":                     "204",
	} {
		if got := <-h.post(body, auth...); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", body, got)
		}
	}
	if got := <-h.post(`[{"id": "x"}]`, auth...); !strings.Contains(got, "field 'id'") {
		t.Error(got)
	}
	if got := <-h.post(objects(0, 1)); !strings.HasPrefix(got, "401") {
		t.Error(got)
	}
	got, err := http.Get(h.url)
	if err != nil || got.StatusCode != http.StatusMethodNotAllowed {
		t.Error(got, err)
	}
	got.Body.Close()
	waits := h.post(objects(0, 1), auth...)
	<-h.wake // it is in the queue, which is full now
	if got := <-h.post(objects(1, 2), auth...); !strings.HasPrefix(got, "503") {
		t.Error(got)
	}
	h.read(1)
	if got := <-waits; got != "204" {
		t.Error(got)
	}
}

func TestBadOptions(t *testing.T) {
	const url = "http://127.0.0.1:1/x"
	for want, options := range map[string][]string{
		"no address of a web server":               {"url", "ftp://x"},
		"did you mean 'paging'":                    {"pagin", "number"},
		"not one of none, number, cursor, link":    {"paging", "x"},
		"'{page}' in 'url'":                        {"paging", "number"},
		"'{since}' in 'url'":                       {"url", url + "?a={since}"},
		"'since.column' = 'idd' is no column":      {"since.column", "idd"},
		"'paging' = 'cursor' and 'paging.path' go": {"paging", "cursor"},
		"'username' and 'bearer-token'":            {"username", "a", "bearer-token", "b"},
		"'body.path' is for documents":             {"body.path", "a", "body", "lines"},
		"there is no format 'jsn'":                 {"format", "jsn"},
		"needs the option 'port'":                  {"connector", "webhook"},
		"'port' = '70000' is not at most 65535":    {"connector", "webhook", "port", "70000"},
	} {
		tab := table("http", url, options...)
		if tab.Options["connector"] == "webhook" {
			delete(tab.Options, "url")
		}
		if _, err := connector.NewSource(tab); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := connector.NewSink(table("http", url, "request.method", "GET")); err == nil ||
		!strings.Contains(err.Error(), "POST, PUT or PATCH") {
		t.Error(err)
	}
	src := source(t, table("webhook", "", "port", "8080", "acknowledge", "checkpoint"))
	if _, err := src.NewReader(&connector.ReaderContext{}); err == nil ||
		!strings.Contains(err.Error(), "execution.checkpointing.interval") {
		t.Error(err)
	}
}
