package socket

import (
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/types"
	_ "github.com/headrace/headrace/core/format/json"
	_ "github.com/headrace/headrace/core/format/raw"
)

// serve sends the pieces to the first client, then closes.
func serve(t *testing.T, pieces ...string) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer l.Close()
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		for _, p := range pieces {
			c.Write([]byte(p))
		}
	}()
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

func table(port string, t types.Type, options ...string) *connector.Table {
	tbl := &connector.Table{Name: "t", Schema: types.NewSchema(types.F("value", t)),
		Options: map[string]string{"connector": "socket", "hostname": "127.0.0.1", "port": port}}
	for i := 0; i < len(options); i += 2 {
		tbl.Options[options[i]] = options[i+1]
	}
	return tbl
}

func TestRecords(t *testing.T) {
	for _, c := range []struct {
		t       types.Type
		options []string
		pieces  []string
		want    []string
	}{
		{types.String(), nil, []string{"a\nb", "c\r\n", "\nd"}, []string{"+I|a", "+I|bc", "+I|", "+I|d"}},
		{types.String(), []string{"delimiter", "::"}, []string{"a:", ":b::"}, []string{"+I|a", "+I|b"}},
		{types.Of(types.Int), []string{"format", "json"}, []string{`{"value":1}` + "\n"}, []string{"+I|1"}},
	} {
		src, err := connector.NewSource(table(serve(t, c.pieces...), c.t, c.options...))
		if err != nil {
			t.Fatal(err)
		}
		got, err := connectortest.Start(t, src, 2, nil).All(2)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q, %v; want %q", got, err, c.want)
		}
	}
}

func TestBadRecordAndNoServer(t *testing.T) {
	src, err := connector.NewSource(table(serve(t, "{x\n"), types.Of(types.Int), "format", "json"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := connectortest.Start(t, src, 1, nil).All(2); err == nil ||
		!strings.Contains(err.Error(), "connection to 127.0.0.1:") {
		t.Error(err)
	}
	src, err = connector.NewSource(table("1", types.String()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := connectortest.Start(t, src, 1, nil).All(2); err == nil ||
		!strings.Contains(err.Error(), "start the server first") {
		t.Error(err)
	}
	if _, err := connector.NewSource(table("70000", types.String())); err == nil {
		t.Error("port 70000")
	}
}

func TestBadRecordsAreLeftOutOrWritten(t *testing.T) {
	lines := []string{`{"value":1}` + "\n", "{x\n", `{"value":2}` + "\n" + `{"value":"y"}` + "\n", `{"value":3}`}
	fs := fsys.NewMem()
	for _, policy := range []string{"skip", "dead-letter"} {
		tbl := table(serve(t, lines...), types.Of(types.Int), "format", "json", "scan.decode-error.policy",
			policy, "scan.decode-error.path", "/dead")
		tbl.FS = fs
		src, err := connector.NewSource(tbl)
		if err != nil {
			t.Fatal(err)
		}
		got, err := connectortest.Start(t, src, 1, nil).All(2)
		if want := []string{"+I|1", "+I|2", "+I|3"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", policy, got, err)
		}
	}
	var dead string
	names, err := fs.List("/dead")
	for _, n := range names {
		data, rerr := fsys.ReadFile(fs, "/dead/"+n)
		if rerr != nil {
			t.Fatal(rerr)
		}
		dead += string(data)
	}
	if err != nil || strings.Count(dead, "\n") != 2 || !strings.Contains(dead, `"record":"{x"`) ||
		!strings.Contains(dead, `"record":"{\"value\":\"y\"}"`) {
		t.Error(dead, err)
	}
}

// What the server sends to the second attempt is read by it: a checkpoint holds that there is a
// connection to make, and nothing of what came over the first one.
func TestRestoredReaderConnectsAgain(t *testing.T) {
	for _, parallelism := range []int{1, 3} {
		tbl := table(serve(t, "a\n", "b\n", "c"), types.String())
		src, err := connector.NewSource(tbl)
		if err != nil {
			t.Fatal(err)
		}
		first := connectortest.Start(t, src, 2, nil)
		for len(first.Rows) < 2 {
			if more, err := first.Step(1); err != nil || !more {
				t.Fatal(more, err)
			}
		}
		state := first.Checkpoint()
		first.Close()
		tbl.Options["port"] = serve(t, "d\ne")
		if src, err = connector.NewSource(tbl); err != nil {
			t.Fatal(err)
		}
		second := connectortest.Start(t, src, parallelism, state)
		got, err := second.All(5)
		if want := []string{"+I|d", "+I|e"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// A checkpoint behind the end holds no connection.
func TestNothingIsReadAgainBehindTheEnd(t *testing.T) {
	src, err := connector.NewSource(table(serve(t, "a\nb\n"), types.String()))
	if err != nil {
		t.Fatal(err)
	}
	run := connectortest.Start(t, src, 1, nil)
	for more := true; more; {
		if more, err = run.Step(10); err != nil {
			t.Fatal(err)
		}
	}
	state := run.Checkpoint()
	run.Close()
	if got, err := connectortest.Start(t, src, 2, state).All(10); err != nil || len(got) > 0 {
		t.Error(got, err)
	}
}
