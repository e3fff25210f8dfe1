package kernel

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
)

// randomPattern writes a pattern of a few levels.
func randomPattern(rnd *rand.Rand, depth int) string {
	atoms := []string{"a", "b", "ab", "abc", ".", "[^a]", "[ab]*", "[^b]+", "^", "$", `\b`, "(?i:B)",
		"a??", "b*?", "", "(?m:^)", `\d`, "ä"}
	if depth == 0 {
		return atoms[rnd.IntN(len(atoms))]
	}
	sub := func() string { return randomPattern(rnd, depth-1) }
	switch rnd.IntN(8) {
	case 0:
		return "(" + sub() + "|" + sub() + ")"
	case 1:
		return "(" + sub() + ")"
	case 2:
		return "(?:" + sub() + ")" + []string{"*", "+", "?", "*?", "+?", "{1,3}"}[rnd.IntN(6)]
	case 3:
		return sub() + "abc" + sub()
	}
	return sub() + sub()
}

// The walker finds what Go's engine finds, or says that it is not sure.
func TestWalkerIsGo(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 9))
	sure := 0
	const rounds = 30_000
	for range rounds {
		pattern := randomPattern(rnd, 1+rnd.IntN(3))
		re, err := regexp.Compile(pattern)
		if err != nil {
			continue
		}
		r, err := compileRegex(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			var text strings.Builder
			for range rnd.IntN(20) {
				text.WriteString([]string{"a", "b", "c", "abc", "A", "B", "1", " ", "\n", "ä"}[rnd.IntN(10)])
			}
			s := text.String()
			if rnd.IntN(2) == 0 {
				s = strings.ReplaceAll(s, "ä", "a")
			}
			if _, ok := r.walk.find(s); ok {
				sure++
			}
			want := re.FindStringSubmatchIndex(s)
			if got := r.Groups(s); !slices.Equal(got, want) || r.Match(s) != (want != nil) {
				t.Fatalf("%q in %q: %v, want %v", pattern, s, got, want)
			}
		}
	}
	if sure < 2*rounds {
		t.Fatalf("sure of %d only", sure)
	}
}

// Where many ways lead nowhere the walker gives up soon.
func TestWalkerGivesUp(t *testing.T) {
	r, err := compileRegex(`(a*)*(a*)*b\d`)
	if err != nil {
		t.Fatal(err)
	}
	s := strings.Repeat("a", 5000) + "b"
	if _, sure := r.walk.find(s); sure {
		t.Error("it is sure")
	}
	if r.Match(s) || !r.Match(s+"1") {
		t.Error("wrong")
	}
}

func TestLiteralOf(t *testing.T) {
	for pattern, want := range map[string]string{
		`(&|^)channel_id=([^&]*)`: "channel_id= 1", `a(bc|d)efg`: "efg 3", `x*yz`: "yz -1",
		`(?:ab){2,3}cde`: "cde 6", `a|b`: " 0", `(?i)abc`: " 0", `(ab)+`: "ab 0", "foo(bar|baz)quux": "quux 6", "ab{2,3}c": "a 0", `.[a-z]{2}k`: "k 3",
	} {
		re, err := syntax.Parse(pattern, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		text, lead := literalOf(re)
		if got := fmt.Sprint(text, " ", lead); got != want {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
}

func BenchmarkRegexGroups(b *testing.B) {
	r, err := compileRegex(`(&|^)channel_id=([^&]*)`)
	if err != nil {
		b.Fatal(err)
	}
	const text = "https://www.nexmark.com/abo_/cbab/_aa/item.htm?query=1&channel_id=1342177280"
	b.ReportAllocs()
	for b.Loop() {
		if r.Groups(text) == nil {
			b.Fatal("no match")
		}
	}
}
