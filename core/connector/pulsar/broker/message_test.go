package broker

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// TestEntries: what is packed comes out again, alone and in batches, by every compression.
func TestEntries(t *testing.T) {
	list := []Message{
		{Value: []byte("one"), Key: []byte("k"), EventTime: 17,
			Properties: []Property{{"a", "b"}, {"c", ""}}},
		{Value: nil, OrderingKey: []byte{0, 255}},
		{Value: []byte{}, Key: []byte{}},
		{Value: []byte(strings.Repeat("many ", 2000)), EventTime: 18},
	}
	noise := make([]byte, 1000)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	for _, n := range []int{1, 14, 15, 16, 269, 270, 1000} { // LZ4 cannot pack these
		list = append(list, Message{Value: noise[:n]})
	}
	for kind := range Compressions {
		for from := range list {
			check(t, Entry{Messages: list[from : from+1], Single: true}, Compression(kind))
			check(t, Entry{Messages: list[from:]}, Compression(kind))
		}
	}
}

func check(t *testing.T, e Entry, c Compression) {
	t.Helper()
	b, err := e.encode("p", 7, 99, c)
	if err != nil {
		t.Fatal(err)
	}
	got, n, err := decodeEntry(ID{3, 4, -1}, nil, b)
	if err != nil || n != len(e.Messages) || len(got) != n {
		t.Fatal(len(got), n, err)
	}
	for i, want := range e.Messages {
		want.ID, want.Last = ID{3, 4, int32(i)}, i == n-1
		if e.Single {
			want.ID.Batch = -1
		}
		want.PublishTime, want.Producer, want.Sequence = 99, "p", 7
		if !reflect.DeepEqual(got[i], want) {
			t.Fatalf("%s: message %d of %d: %+v, want %+v", Compressions[c], i, n, got[i], want)
		}
	}
	b[len(b)-1]++
	if _, _, err := decodeEntry(ID{}, nil, b); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Error("a wrong checksum was not seen:", err)
	}
}

// TestLeft: of a batch that was acknowledged in part, the rest is read.
func TestLeft(t *testing.T) {
	e := Entry{}
	for i := range 70 {
		e.Messages = append(e.Messages, Message{Value: fmt.Append(nil, i)})
	}
	b, err := e.encode("p", 0, 0, None)
	if err != nil {
		t.Fatal(err)
	}
	got, n, err := decodeEntry(ID{}, []int64{1 << 5, 1 << 3}, b)
	if err != nil || n != 70 || len(got) != 2 || got[0].ID.Batch != 5 || got[1].ID.Batch != 67 {
		t.Error(got, n, err)
	}
}

// TestMurmur: the values are those of the reference implementation.
func TestMurmur(t *testing.T) {
	for key, want := range map[string]int32{"": 0, "hello": 0x248bfa47, "hello, world": 0x149bbb7f,
		"The quick brown fox jumps over the lazy dog": 0x2e4ff723} {
		if got := Murmur([]byte(key)); got != want {
			t.Errorf("%q: %#x, want %#x", key, got, want)
		}
	}
	if got := JavaHash([]byte("polygenelubricants")); got != 0 { // Java's is the smallest int
		t.Error(got)
	}
	if got := JavaHash([]byte("Aa")); got != 2112 {
		t.Error(got)
	}
}

func TestIDs(t *testing.T) {
	for _, id := range []ID{{1, 2, -1}, {1 << 40, 0, 5}, Earliest} {
		b, err := id.AppendID(nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ParseID(b); err != nil || got != id {
			t.Error(got, id, err)
		}
	}
	if Earliest.Compare(ID{0, 0, -1}) >= 0 || (ID{1, 2, 3}).Compare(ID{1, 2, 4}) >= 0 ||
		(ID{1, 2, -1}).Compare(ID{1, 2, 0}) >= 0 || Latest.Compare(ID{9, 9, 9}) <= 0 {
		t.Error("identifiers are not in order")
	}
}

// FuzzEntry: bytes from the network never bring the decoder down.
func FuzzEntry(f *testing.F) {
	for kind := range Compressions {
		e := Entry{Messages: []Message{{Value: []byte("a"), Key: []byte("k")}, {}}}
		b, err := e.encode("p", 0, 0, Compression(kind))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, int64(-1))
		f.Add(b[6:], int64(1)) // without a checksum
	}
	f.Fuzz(func(t *testing.T, b []byte, left int64) {
		list, n, err := decodeEntry(ID{}, []int64{left}, b)
		if err == nil && len(list) > n {
			t.Errorf("%d messages of %d", len(list), n)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	e := Entry{}
	for range 1000 {
		e.Messages = append(e.Messages, Message{Value: make([]byte, 100), Key: []byte("key")})
	}
	entry, err := e.encode("p", 0, 0, None)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(entry)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := decodeEntry(ID{}, nil, entry); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	e := Entry{}
	for range 1000 {
		e.Messages = append(e.Messages, Message{Value: make([]byte, 100), Key: []byte("key")})
	}
	b.SetBytes(100_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.encode("p", 0, 0, None); err != nil {
			b.Fatal(err)
		}
	}
}
