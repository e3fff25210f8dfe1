package cassandra_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fake speaks as much of version 4 of the native protocol as the sink needs. Its tables have the
// columns id and v; the notes of the write-ahead log are a table too.
type fake struct {
	t    *testing.T
	port string

	mu       sync.Mutex
	prepared []string
	conns    []net.Conn
	rows     map[string]cell // by id
	notes    map[string][]byte
	refuse   int    // EXECUTEs of rows to be refused
	code     uint32 // with this error
	runs     int    // EXECUTEs of rows
}

type cell struct {
	v  string
	at int64
}

func serve(t *testing.T) *fake {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{t: t, rows: map[string]cell{}, notes: map[string][]byte{}}
	_, f.port, _ = net.SplitHostPort(l.Addr().String())
	t.Cleanup(func() { l.Close(); f.hangUp() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f.mu.Lock()
			f.conns = append(f.conns, c)
			f.mu.Unlock()
			go f.talk(c)
		}
	}()
	return f
}

func (f *fake) hangUp() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.conns {
		c.Close()
	}
	f.conns = nil
}

// visible is what the table holds.
func (f *fake) visible() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for _, id := range slices.Sorted(maps.Keys(f.rows)) {
		out = append(out, "+I|"+id+"|"+f.rows[id].v)
	}
	return out
}

// ran is how many statements of rows have come.
func (f *fake) ran() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.runs
}

func (f *fake) talk(c net.Conn) {
	head := make([]byte, 9)
	for {
		if _, err := io.ReadFull(c, head); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[5:]))
		if _, err := io.ReadFull(c, body); err != nil {
			return
		}
		op, answer := byte(0), message(nil)
		if head[0] == 4 {
			op, answer = f.answer(head[4], message(body))
		} else { // as the real one does: on stream 0
			head[2], head[3] = 0, 0
			answer.refusal(0x0A, fmt.Sprintf("Invalid or unsupported protocol version (%d); supported "+
				"versions are (3/v3, 4/v4)", head[0]))
		}
		out := append([]byte{0x84, 0, head[2], head[3], op}, 0, 0, 0, 0)
		binary.BigEndian.PutUint32(out[5:], uint32(len(answer)))
		if _, err := c.Write(append(out, answer...)); err != nil {
			return
		}
	}
}

// answer returns an opcode and a body.
func (f *fake) answer(op byte, in message) (byte, message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out message
	switch op {
	case 1, 0x0B: // STARTUP, REGISTER: READY
		return 2, nil
	case 5: // OPTIONS: SUPPORTED
		out.short(0)
		return 6, out
	case 7: // QUERY: RESULT
		f.query(string(in[4:4+binary.BigEndian.Uint32(in)]), &out)
		return 8, out
	case 9: // PREPARE: RESULT
		f.prepare(string(in[4:4+binary.BigEndian.Uint32(in)]), &out)
		return 8, out
	case 0x0A: // EXECUTE
		return f.execute(in)
	}
	out.refusal(0x0A, "what?")
	return 0, out
}

// Types of columns.
const (
	bigint  = 2
	varchar = 13
	uuid    = 12
	inet    = 16
)

func (f *fake) query(text string, out *message) {
	text = strings.TrimSpace(text)
	switch {
	case strings.HasPrefix(text, "SELECT schema_version"):
		out.table([]string{"schema_version"}, []uint16{uuid}, []string{strings.Repeat("2", 16)})
	case strings.HasPrefix(text, "SELECT") && strings.Contains(text, "system.local"):
		out.table([]string{"key", "cluster_name", "data_center", "rack", "release_version",
			"partitioner", "rpc_address", "host_id", "schema_version"},
			[]uint16{varchar, varchar, varchar, varchar, varchar, varchar, inet, uuid, uuid},
			[]string{"local", "c", "d", "r", "3.11.0", "org.apache.cassandra.dht.Murmur3Partitioner",
				"\x7f\x00\x00\x01", strings.Repeat("1", 16), strings.Repeat("2", 16)})
	case strings.HasPrefix(text, "SELECT"):
		out.table([]string{"none"}, []uint16{varchar}, nil)
	default:
		out.long(1) // void
	}
}

func (f *fake) prepare(text string, out *message) {
	text = strings.TrimSpace(text)
	at := slices.Index(f.prepared, text)
	if at < 0 {
		at, f.prepared = len(f.prepared), append(f.prepared, text)
	}
	kinds := []uint16{bigint, varchar}
	if strings.Contains(text, ".checkpoints") {
		kinds = []uint16{varchar, varchar, bigint, bigint}
	}
	kinds = kinds[:strings.Count(text, "?")]
	out.long(4)
	out.text(fmt.Sprint(at))
	out.long(1) // columns of one table
	out.long(len(kinds))
	out.long(0) // no parts of the partition key
	out.text("ks")
	out.text("t")
	for i, k := range kinds {
		out.text(fmt.Sprint("c", i))
		out.short(int(k))
	}
	out.long(4) // nothing is known of the result
	out.long(0)
}

func (f *fake) execute(in message) (byte, message) {
	var out message
	id := in.word(0)
	at := 2 + id
	var number int
	fmt.Sscan(string(in[2:at]), &number)
	text, flags := f.prepared[number], in[at+2]
	at += 3
	n := 0
	if flags&1 != 0 {
		n = in.word(at)
		at += 2
	}
	values := make([][]byte, n)
	unset := make([]bool, n)
	for i := range values {
		size := int(int32(binary.BigEndian.Uint32(in[at:])))
		at += 4
		unset[i] = size == -2
		if size >= 0 {
			values[i] = in[at : at+size]
			at += size
		}
	}
	for flag, size := range map[byte]int{4: 4, 0x10: 2} {
		if flags&flag != 0 {
			at += size
		}
	}
	stamp := int64(0)
	if flags&0x20 != 0 {
		stamp = int64(binary.BigEndian.Uint64(in[at:]))
	}
	if strings.Contains(text, ".checkpoints") {
		key := fmt.Sprintf("%s/%s/%x", values[0], values[1], values[2])
		if strings.HasPrefix(text, "INSERT") {
			f.notes[key] = values[3]
			out.long(1)
		} else if v, ok := f.notes[key]; ok {
			out.table([]string{"checkpoint_id"}, []uint16{bigint}, []string{string(v)})
		} else {
			out.table([]string{"checkpoint_id"}, []uint16{bigint}, nil)
		}
		return 8, out
	}
	if strings.HasPrefix(text, "SELECT") {
		f.query(text, &out)
		return 8, out
	}
	f.runs++
	if f.refuse > 0 {
		f.refuse--
		out.refusal(f.code, "not now")
		return 0, out
	}
	f.apply(text, values, unset, stamp)
	out.long(1)
	return 8, out
}

func (f *fake) apply(text string, values [][]byte, unset []bool, at int64) {
	id := fmt.Sprint(int64(binary.BigEndian.Uint64(values[0])))
	old, ok := f.rows[id]
	switch {
	case ok && old.at > at:
	case strings.HasPrefix(text, "DELETE"):
		delete(f.rows, id)
	case unset[1]:
		f.rows[id] = cell{old.v, at}
	case values[1] == nil:
		f.rows[id] = cell{"null", at}
	default:
		f.rows[id] = cell{string(values[1]), at}
	}
}

// message is a body being written or read.
type message []byte

func (m *message) short(n int) { *m = binary.BigEndian.AppendUint16(*m, uint16(n)) }
func (m *message) long(n int)  { *m = binary.BigEndian.AppendUint32(*m, uint32(n)) }

func (m *message) text(s string) {
	m.short(len(s))
	*m = append(*m, s...)
}

func (m message) word(at int) int { return int(binary.BigEndian.Uint16(m[at:])) }

func (m *message) refusal(code uint32, text string) {
	m.long(int(code))
	m.text(text)
}

// table is a result of no row or one.
func (m *message) table(names []string, kinds []uint16, row []string) {
	m.long(2)
	m.long(1) // columns of one table
	m.long(len(names))
	m.text("ks")
	m.text("t")
	for i, n := range names {
		m.text(n)
		m.short(int(kinds[i]))
	}
	if row == nil {
		m.long(0)
		return
	}
	m.long(1)
	for _, v := range row {
		m.long(len(v))
		*m = append(*m, v...)
	}
}
