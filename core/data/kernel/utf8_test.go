package kernel

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// The answers are those of Java's new String(bytes, UTF_8).
func TestAppendUTF8(t *testing.T) {
	for in, want := range map[string]string{
		"":                     "",
		"aé😀":                  "aé😀",
		"\ufffd":               "\ufffd",
		"a\xff\xfeb":           "a\ufffd\ufffdb",
		"\xe2\x82":             "\ufffd",
		"\xe2\x82a":            "\ufffda",
		"\xe2a":                "\ufffda",
		"\xf0\x9f\x98":         "\ufffd",
		"\xf0\x9f\x98\xf0\x9f": "\ufffd\ufffd",
		"\xc0\x80":             "\ufffd\ufffd",
		"\xe0\x80\x80":         "\ufffd\ufffd\ufffd",
		"\xed\xa0\x80":         "\ufffd",
		"\xf5\x80":             "\ufffd\ufffd",
		"\xf4\x90\x80\x80":     "\ufffd\ufffd\ufffd\ufffd",
		"x\xc3":                "x\ufffd",
	} {
		if got := string(AppendUTF8(nil, []byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestIsText(t *testing.T) {
	for n := range 100 {
		for at := range n {
			b := []byte(strings.Repeat("x", n))
			if !IsText(b) {
				t.Fatal(n)
			}
			b[at] = 0xc3
			if at+1 < n {
				b[at+1] = byte(at)
			}
			if IsText(b) != utf8.Valid(b) {
				t.Fatal(n, at)
			}
		}
	}
}
