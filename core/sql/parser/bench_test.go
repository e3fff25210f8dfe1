package parser

import (
	"os"
	"testing"
)

// BenchmarkParse reads a file of 24 queries over an auction site, with its tables, sinks and
// views. The whole of planning has 50 ms for such a file, parsing a small part of that.
func BenchmarkParse(b *testing.B) {
	src, err := os.ReadFile("testdata/auction.sql")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(string(src)); err != nil {
			b.Fatal(err)
		}
	}
}

// TestAuction keeps the file of the benchmark readable.
func TestAuction(t *testing.T) {
	src, err := os.ReadFile("testdata/auction.sql")
	if err != nil {
		t.Fatal(err)
	}
	stmts, err := Parse(string(src))
	if err != nil {
		t.Fatal(err)
	}
	if len(stmts) != 31 {
		t.Errorf("%d statements", len(stmts))
	}
}
