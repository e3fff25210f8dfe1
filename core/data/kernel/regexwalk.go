package kernel

import (
	"math/bits"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// walker searches texts of ASCII for an expression by trying the ways through its program one after
// the other, in the order of preference that Go's engine and Java's have. It keeps no record of what
// it has tried, which makes it several times as fast as Go's where few ways are tried, and gives up
// where there are many.
type walker struct {
	prog  *syntax.Prog
	steps []step
	caps  []int
	stack []branch

	must   string // stands in each match, at most lead bytes (-1: unknown) behind its begin
	lead   int
	first  asciiSet // bytes that a match can begin with; all when it can be empty
	anchor bool     // matches begin at the begin of the text
}

// step is an instruction of the program.
type step struct {
	op   syntax.InstOp
	out  uint32
	arg  uint32
	set  asciiSet // of a step that reads a byte
	loop bool     // reads bytes of set as often as it can, then goes on at arg
}

// branch is where a walk goes on when the way taken leads nowhere: at pc with pos, or, behind a
// loop, also at each place before pos down to low. Where pc is undo, capture low gets pos back.
type branch struct {
	pc       uint32
	pos, low int
}

const undo = ^uint32(0)

// asciiSet is a set of bytes below 128.
type asciiSet [2]uint64

func (s *asciiSet) add(c byte)      { s[c>>6&1] |= 1 << (c & 63) }
func (s *asciiSet) has(c byte) bool { return s[c>>6&1]>>(c&63)&1 != 0 }

// newWalker makes a walker for a pattern of Go's dialect; nil: none.
func newWalker(pattern string) *walker {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	w := &walker{caps: make([]int, 2*(re.MaxCap()+1))}
	w.must, w.lead = literalOf(re)
	if w.prog, err = syntax.Compile(re.Simplify()); err != nil {
		return nil
	}
	w.anchor = w.prog.StartCond()&syntax.EmptyBeginText != 0
	w.steps = make([]step, len(w.prog.Inst))
	for i := range w.prog.Inst {
		in := &w.prog.Inst[i]
		s := &w.steps[i]
		s.op, s.out, s.arg = in.Op, in.Out, in.Arg
		switch in.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			s.op = syntax.InstRune
			for c := range byte(utf8.RuneSelf) {
				if in.MatchRune(rune(c)) {
					s.set.add(c)
				}
			}
		}
	}
	for i := range w.steps {
		s := &w.steps[i]
		if s.op != syntax.InstAlt {
			continue
		}
		if r := &w.steps[s.out]; r.op == syntax.InstRune && r.out == uint32(i) {
			s.loop, s.set = true, r.set
		}
	}
	w.begins(uint32(w.prog.Start), make([]bool, len(w.steps)))
	return w
}

// begins adds what can be read first from a step on to w.first.
func (w *walker) begins(pc uint32, seen []bool) {
	if seen[pc] {
		return
	}
	seen[pc] = true
	switch s := &w.steps[pc]; s.op {
	case syntax.InstAlt, syntax.InstAltMatch:
		w.begins(s.out, seen)
		w.begins(s.arg, seen)
	case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
		w.begins(s.out, seen)
	case syntax.InstRune:
		w.first[0] |= s.set[0]
		w.first[1] |= s.set[1]
	case syntax.InstMatch: // it can be empty
		w.first = asciiSet{^uint64(0), ^uint64(0)}
	}
}

// find looks for the first match, whose captures are then in w.caps. sure is false where it gave
// up: the text is not ASCII, or too many ways were tried.
func (w *walker) find(s string) (found, sure bool) {
	at := 0
	if w.must != "" {
		i := strings.Index(s, w.must)
		if i < 0 {
			return false, true
		}
		if w.lead >= 0 {
			at = max(i-w.lead, 0)
		}
	}
	if !isASCII(s) {
		return false, false
	}
	budget := 256 + 16*len(s)
	empty := w.first == asciiSet{^uint64(0), ^uint64(0)}
	for ; at <= len(s); at++ {
		if !empty && (at == len(s) || !w.first.has(s[at])) {
			if w.anchor {
				return false, true
			}
			continue
		}
		if found = w.match(s, at, &budget); found || budget < 0 {
			return found, budget >= 0
		}
		if w.anchor {
			break
		}
	}
	return false, true
}

// match walks through the program from a place in s.
func (w *walker) match(s string, at int, budget *int) bool {
	for i := range w.caps {
		w.caps[i] = -1
	}
	w.stack = append(w.stack[:0], branch{uint32(w.prog.Start), at, at})
	for len(w.stack) > 0 {
		b := &w.stack[len(w.stack)-1]
		pc, pos := b.pc, b.pos
		if pc == undo {
			w.caps[b.low] = pos
			w.stack = w.stack[:len(w.stack)-1]
			continue
		}
		if b.pos--; b.pos < b.low {
			w.stack = w.stack[:len(w.stack)-1]
		}
		if end := w.walk(s, pc, pos, budget); end >= 0 {
			w.caps[0], w.caps[1] = at, end
			return true
		}
		if *budget < 0 {
			return false
		}
	}
	return false
}

// walk follows one way until it matches or leads nowhere, which is -1.
func (w *walker) walk(s string, pc uint32, pos int, budget *int) (end int) {
	for *budget >= 0 {
		*budget--
		switch in := &w.steps[pc]; in.op {
		case syntax.InstRune:
			if pos == len(s) || !in.set.has(s[pos]) {
				return -1
			}
			pos++
			pc = in.out
		case syntax.InstAlt:
			if in.loop {
				from := pos
				for pos < len(s) && in.set.has(s[pos]) {
					pos++
				}
				if pos > from {
					w.stack = append(w.stack, branch{in.arg, pos - 1, from})
				}
				pc = in.arg
				continue
			}
			w.stack = append(w.stack, branch{in.arg, pos, pos})
			pc = in.out
		case syntax.InstAltMatch:
			w.stack = append(w.stack, branch{in.arg, pos, pos})
			pc = in.out
		case syntax.InstCapture:
			if int(in.arg) < len(w.caps) {
				w.stack = append(w.stack, branch{undo, w.caps[in.arg], int(in.arg)})
				w.caps[in.arg] = pos
			}
			pc = in.out
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.arg)&^surroundings(s, pos) != 0 {
				return -1
			}
			pc = in.out
		case syntax.InstNop:
			pc = in.out
		case syntax.InstMatch:
			return pos
		default: // InstFail
			return -1
		}
	}
	return -1
}

// surroundings says what is true of a place in a text of ASCII.
func surroundings(s string, pos int) syntax.EmptyOp {
	before, behind := rune(-1), rune(-1)
	if pos > 0 {
		before = rune(s[pos-1])
	}
	if pos < len(s) {
		behind = rune(s[pos])
	}
	return syntax.EmptyOpContext(before, behind)
}

func isASCII(s string) bool { return plainASCII(unsafe.Slice(unsafe.StringData(s), len(s))) }

// literalOf returns the longest text that stands in each match, as far as the outer structure of
// an expression tells, and how many bytes of a match can be before it: -1 is not known.
func literalOf(re *syntax.Regexp) (longest string, lead int) {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			longest = string(re.Rune)
		}
	case syntax.OpConcat, syntax.OpCapture, syntax.OpPlus:
		before := 0
		for _, sub := range re.Sub {
			if text, in := literalOf(sub); len(text) > len(longest) {
				longest, lead = text, plusWidth(before, in)
			}
			before = plusWidth(before, widest(sub))
		}
	}
	return longest, lead
}

// widest is how many characters a match of an expression can have: -1 is not known.
func widest(re *syntax.Regexp) int {
	n := 0
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpQuest:
		return widest(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			n = plusWidth(n, widest(sub))
		}
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			width := widest(sub)
			if width < 0 {
				return -1
			}
			n = max(n, width)
		}
	case syntax.OpRepeat:
		width := widest(re.Sub[0])
		if hi, lo := bits.Mul(uint(max(width, 0)), uint(max(re.Max, 0))); re.Max < 0 || width < 0 ||
			hi > 0 || lo > 1<<20 {
			return -1
		}
		return width * re.Max
	case syntax.OpStar, syntax.OpPlus:
		return -1
	}
	return n
}

func plusWidth(a, b int) int {
	if a < 0 || b < 0 {
		return -1
	}
	return a + b
}
