package elasticsearch_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/connector"
	_ "github.com/headrace/headrace/core/connector/elasticsearch" // registers itself
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	_ "github.com/headrace/headrace/core/format/json" // likewise
	_ "github.com/headrace/headrace/core/format/raw"
)

// server keeps documents as Elasticsearch does, and is strict about what a bulk request holds.
type server struct {
	*httptest.Server
	mu        sync.Mutex
	documents map[string]map[string]any // by index/id
	requests  int
	sizes     []int
	unwell    int            // so many requests are answered with 503
	busy      map[string]int // so many actions of a document are refused with 429
	user      string
	typed     bool
}

func start(t *testing.T) *server {
	s := &server{documents: map[string]map[string]any{}, busy: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.requests++
		if s.unwell > 0 {
			s.unwell--
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		user, password, _ := r.BasicAuth()
		if user+":"+password != s.user+":" && user+":"+password != s.user {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/_bulk") ||
			r.Header.Get("Content-Type") != "application/x-ndjson" {
			http.Error(w, "no bulk request: "+r.URL.Path, http.StatusBadRequest)
			return
		}
		s.bulk(w, r.Body)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) bulk(w io.Writer, body io.Reader) {
	var items []any
	bad := false
	lines := bufio.NewScanner(body)
	for lines.Scan() {
		var head map[string]map[string]string
		if err := json.Unmarshal(lines.Bytes(), &head); err != nil || len(head) != 1 {
			_, _ = fmt.Fprintf(w, "bad action %s", lines.Text())
			return
		}
		for verb, at := range head {
			source := map[string]any{}
			if verb != "delete" {
				lines.Scan()
				if err := json.Unmarshal(lines.Bytes(), &source); err != nil {
					_, _ = fmt.Fprintf(w, "bad source %s", lines.Text())
					return
				}
			}
			status := s.do(verb, at, source)
			item := map[string]any{"_index": at["_index"], "_id": at["_id"], "status": status}
			if status >= 300 {
				bad = true
				item["error"] = map[string]any{"type": "refused", "reason": "so it is"}
			}
			items = append(items, map[string]any{verb: item})
		}
	}
	s.sizes = append(s.sizes, len(items))
	_ = json.NewEncoder(w).Encode(map[string]any{"took": 1, "errors": bad, "items": items})
}

func (s *server) do(verb string, at map[string]string, source map[string]any) int {
	key := at["_index"] + "/" + at["_id"]
	if (at["_type"] != "") != s.typed {
		return 400
	}
	if s.busy[key] > 0 {
		s.busy[key]--
		return 429
	}
	switch verb {
	case "index":
		s.documents[fmt.Sprintf("%s/#%d", at["_index"], len(s.documents))] = source
	case "update":
		document, _ := source["doc"].(map[string]any)
		if document["name"] == "bad" {
			return 400
		}
		if s.documents[key] == nil {
			if source["doc_as_upsert"] != true {
				return 404
			}
			s.documents[key] = map[string]any{}
		}
		maps.Copy(s.documents[key], document)
	case "delete":
		if s.documents[key] == nil {
			return 404
		}
		delete(s.documents, key)
	default:
		return 400
	}
	return 200
}

func (s *server) want(t *testing.T, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var got []string
	for key, document := range s.documents {
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, key+" "+string(text))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

var schema = types.NewSchema(types.F("id", types.Of(types.BigInt)), types.F("shop", types.String()),
	types.F("name", types.String()), types.F("at", types.WithPrecision(types.TimestampLTZ, 3)))

func table(url string, options ...string) *connector.Table {
	t := &connector.Table{Name: "t", Schema: schema, PrimaryKey: []string{"id", "shop"}, Zone: "Europe/Berlin",
		Options: map[string]string{"connector": "elasticsearch-7", "hosts": url, "index": "things"}}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = options[i+1]
		if options[i+1] == "" {
			delete(t.Options, options[i])
		}
	}
	return t
}

func rows(kind types.RowKind, name string, ids ...int64) *batch.Batch {
	b := batch.NewRowBuilder(schema, len(ids))
	for _, id := range ids {
		batch.Append(b.Cols[0], id)
		b.Cols[1].AppendString("s")
		b.Cols[2].AppendString(name)
		batch.Append(b.Cols[3], int64(1704063600000)+id*86400000) // 2023-12-31 23:00 UTC and id days
	}
	out := b.Finish()
	out.Kinds = slices.Repeat([]types.RowKind{kind}, len(ids))
	return out
}

// write writes batches, each with a checkpoint behind it.
func write(t *testing.T, tab *connector.Table, batches ...*batch.Batch) error {
	t.Helper()
	s, err := connector.NewSink(tab)
	if err != nil {
		t.Fatal(err)
	}
	wake := make(chan struct{}, 1)
	w, err := s.NewWriter(&connector.WriterContext{Parallelism: 1, Clock: clock.System{}, Log: slog.Default(),
		Wake: func() {
			select {
			case wake <- struct{}{}:
			default:
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}()
	for i, b := range batches {
		for !w.Ready() {
			<-wake
		}
		if err := w.Write(b); err != nil {
			return err
		}
		for {
			done, err := w.Flush(i == len(batches)-1)
			if err != nil {
				return err
			}
			if done {
				break
			}
			<-wake
		}
	}
	return nil
}

func TestKeyedRowsAreUpsertsAndDeletions(t *testing.T) {
	s := start(t)
	err := write(t, table(s.URL), rows(types.Insert, "a", 1, 2, 3), rows(types.UpdateAfter, "b", 2),
		rows(types.Delete, "a", 3, 4), rows(types.Insert, "a", 1))
	if err != nil {
		t.Fatal(err)
	}
	s.want(t, `things/1_s {"at":"2024-01-01 23:00:00Z","id":1,"name":"a","shop":"s"}`,
		`things/2_s {"at":"2024-01-02 23:00:00Z","id":2,"name":"b","shop":"s"}`)
}

func TestRowsWithoutKeyAreDocumentsOfTheirOwn(t *testing.T) {
	s := start(t)
	tab := table(s.URL, "index", "log-{name}-{at|yyyy.MM}")
	tab.PrimaryKey = nil
	if err := write(t, tab, rows(types.Insert, "a", 0, 0)); err != nil {
		t.Fatal(err)
	}
	s.want(t, `log-a-2024.01/#0 {"at":"2023-12-31 23:00:00Z","id":0,"name":"a","shop":"s"}`,
		`log-a-2024.01/#1 {"at":"2023-12-31 23:00:00Z","id":0,"name":"a","shop":"s"}`)
}

func TestOnlyWhatWasRefusedIsTriedAgain(t *testing.T) {
	s := start(t)
	s.unwell, s.busy["things/2_s"] = 2, 1
	err := write(t, table(s.URL, "sink.bulk-flush.backoff.strategy", "CONSTANT",
		"sink.bulk-flush.backoff.delay", "1 ms"), rows(types.Insert, "a", 1, 2, 3))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.documents) != 3 || !slices.Equal(s.sizes, []int{3, 1}) {
		t.Errorf("%d documents, requests of %v actions", len(s.documents), s.sizes)
	}
}

func TestRequestsAreCutBySizeAndRows(t *testing.T) {
	s := start(t)
	if err := write(t, table(s.URL, "sink.bulk-flush.max-size", "300 bytes",
		"sink.bulk-flush.max-actions", "4"), rows(types.Insert, "a", 1, 2, 3, 4, 5)); err != nil {
		t.Fatal(err)
	}
	if len(s.documents) != 5 || slices.Max(s.sizes) > 2 {
		t.Errorf("%d documents, requests of %v actions", len(s.documents), s.sizes)
	}
}

func TestTheNextHostIsTakenWhenOneDoesNotAnswer(t *testing.T) {
	s := start(t)
	s.user = "me:secret"
	gone := httptest.NewServer(nil)
	gone.Close()
	if err := write(t, table(gone.URL+"; "+strings.TrimPrefix(s.URL, "http://"), "username", "me",
		"password", "secret", "connection.path-prefix", "/v1"), rows(types.Insert, "a", 1)); err != nil {
		t.Fatal(err)
	}
	s.want(t, `things/1_s {"at":"2024-01-01 23:00:00Z","id":1,"name":"a","shop":"s"}`)
}

func TestVersionSixHasTypes(t *testing.T) {
	s := start(t)
	s.typed = true
	if err := write(t, table(s.URL, "connector", "elasticsearch-6", "document-type", "thing"),
		rows(types.Insert, "a", 1)); err != nil {
		t.Fatal(err)
	}
	if len(s.documents) != 1 {
		t.Error(s.documents)
	}
}

func TestElementsThatAreMapsAreDocuments(t *testing.T) {
	s := start(t)
	maps := types.NewSchema(types.F("f", types.MapOf(types.String(), types.String())))
	tab := &connector.Table{Name: "sink", Schema: maps, Stream: true, Options: map[string]string{
		"connector": "elasticsearch-7", "hosts": s.URL, "index-field": "kind", "document-id.field": "id"}}
	b := batch.NewRowBuilder(maps, 2)
	for _, id := range []string{"7", "8"} {
		b.Cols[0].Child(0).AppendString("id")
		b.Cols[0].Child(1).AppendString(id)
		b.Cols[0].Child(0).AppendString("kind")
		b.Cols[0].Child(1).AppendString("k" + id)
		b.Cols[0].CloseList()
	}
	if err := write(t, tab, b.Finish()); err != nil {
		t.Fatal(err)
	}
	s.want(t, `k7/7 {"id":"7","kind":"k7"}`, `k8/8 {"id":"8","kind":"k8"}`)
}

func TestWhatTheServerRefusesFailsTheJob(t *testing.T) {
	s := start(t)
	for want, tab := range map[string]*connector.Table{
		"refused to update a document (status 400)": table(s.URL),
		"who are you?": table(s.URL, "username", "x"),
	} {
		err := write(t, tab, rows(types.Insert, "bad", 1))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	s.unwell = 1
	if err := write(t, table(s.URL), rows(types.Insert, "a", 1)); err == nil ||
		!strings.Contains(err.Error(), "not now") {
		t.Error(err)
	}
}

func TestWrongOptions(t *testing.T) {
	for want, options := range map[string][]string{
		"one of 'index' and 'index-field'":      {"index", ""},
		"names 'nme', which is no column":       {"index", "x-{nme}"},
		"braces in 'index'":                     {"index", "x-{name"},
		"only dates and timestamps have a form": {"index", "x-{name|yyyy}"},
		"there is no column 'ix'":               {"index", "", "index-field", "ix"},
		"'document-id.field' and a PRIMARY":     {"document-id.field", "id"},
		"'hosts' is empty":                      {"hosts", ";"},
		"'password' needs 'username'":           {"password", "x"},
		"not one of none, at-least-once":        {"sink.delivery-guarantee", "exactly-once"},
		"documents cannot have the format":      {"format", "raw"},
	} {
		_, err := connector.NewSink(table("http://localhost:9200", options...))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
