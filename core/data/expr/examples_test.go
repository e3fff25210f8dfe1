package expr_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/types"
)

// sample parses the expressions that stand as examples in declarations and in the tables of this
// package: calls, literals, CAST(x AS t) and one binary operator between two operands.
type sample struct {
	toks []string
}

func tokenize(s string) []string {
	var out []string
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ':
			i++
		case c == '\'':
			j := i + 1
			for j < len(s) && (s[j] != '\'' || j+1 < len(s) && s[j+1] == '\'') {
				if s[j] == '\'' {
					j++
				}
				j++
			}
			out = append(out, s[i:j+1])
			i = j + 1
		case strings.ContainsRune("(),", rune(c)):
			out = append(out, string(c))
			i++
		default:
			j := i
			for j < len(s) && !strings.ContainsRune(" (),'", rune(s[j])) {
				j++
			}
			out = append(out, s[i:j])
			i = j
		}
	}
	return out
}

func parseSample(text string) (expr.Expr, error) {
	p := &sample{toks: tokenize(text)}
	e, err := p.binary()
	if err == nil && len(p.toks) > 0 {
		err = fmt.Errorf("rest %q", p.toks)
	}
	return e, err
}

func (p *sample) peek() string {
	if len(p.toks) == 0 {
		return ""
	}
	return p.toks[0]
}

func (p *sample) next() string {
	t := p.peek()
	if len(p.toks) > 0 {
		p.toks = p.toks[1:]
	}
	return t
}

// binary reads operand [operator operand]; operators may be several words.
func (p *sample) binary() (expr.Expr, error) {
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	var op []string
	for p.peek() != "" && p.peek() != ")" && p.peek() != "," {
		name := strings.Join(append(op, p.peek()), " ")
		if p.peek() == "AS" {
			return left, nil
		}
		if len(op) > 0 {
			if _, ok := function.Lookup(strings.Join(op, " ")); ok {
				if _, longer := function.Lookup(name); !longer && !prefixOfOperator(name) {
					break
				}
			}
		}
		op = append(op, p.next())
	}
	if op == nil {
		return left, nil
	}
	name := strings.Join(op, " ")
	args := []expr.Expr{left}
	if p.peek() == "(" && strings.HasSuffix(name, "IN") {
		p.next()
		more, err := p.list()
		if err != nil {
			return nil, err
		}
		args = append(args, more...)
	} else if p.peek() != "" && p.peek() != ")" && p.peek() != "," {
		right, err := p.operand()
		if err != nil {
			return nil, err
		}
		args = append(args, right)
	}
	return expr.NewCall(name, args...)
}

func prefixOfOperator(name string) bool {
	for _, f := range function.Scalars() {
		if strings.HasPrefix(f.Name, name+" ") {
			return true
		}
	}
	return false
}

func (p *sample) list() ([]expr.Expr, error) {
	var out []expr.Expr
	for p.peek() != ")" {
		e, err := p.binary()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		if p.peek() == "," {
			p.next()
		}
		if p.peek() == "" {
			return nil, fmt.Errorf("no )")
		}
	}
	p.next()
	return out, nil
}

func (p *sample) operand() (expr.Expr, error) {
	t := p.next()
	switch {
	case t == "(":
		e, err := p.binary()
		p.next()
		return e, err
	case t == "-" || t == "+":
		e, err := p.operand()
		if err != nil {
			return nil, err
		}
		return expr.NewCall("unary "+t, e)
	case t[0] == '\'':
		return expr.Text(strings.ReplaceAll(t[1:len(t)-1], "''", "'")), nil
	case t == "NULL":
		return expr.Null(types.Of(types.Null)), nil
	case t == "TRUE" || t == "FALSE":
		return expr.Bool(t == "TRUE"), nil
	case t == "CAST" || t == "TRY_CAST":
		return p.cast(t == "TRY_CAST")
	case t == "CASE":
		return p.caseWhen()
	case (t == "DATE" || t == "TIME" || t == "TIMESTAMP") && p.peek() != "" && p.peek()[0] == '\'':
		text := strings.Trim(p.next(), "'")
		typ := t
		if t == "TIMESTAMP" {
			_, frac, _ := strings.Cut(text, ".")
			typ = "TIMESTAMP(" + strconv.Itoa(len(frac)) + ")"
		}
		e, err := expr.NewCast(expr.Text(text), types.MustParse(typ), false)
		return expr.Fold(nil, e), err
	case p.peek() == "(":
		p.next()
		args, err := p.list()
		if err != nil {
			return nil, err
		}
		return expr.NewCall(t, args...)
	}
	return expr.Number(t)
}

func (p *sample) cast(try bool) (expr.Expr, error) {
	p.next()
	e, err := p.binary()
	if err != nil {
		return nil, err
	}
	p.next() // AS
	depth, text := 0, ""
	for depth > 0 || p.peek() != ")" {
		t := p.next()
		depth += strings.Count(t, "(") - strings.Count(t, ")")
		text += t + " "
	}
	p.next()
	typ, err := types.Parse(text)
	if err != nil {
		return nil, err
	}
	return expr.NewCast(e, typ, try)
}

func (p *sample) caseWhen() (expr.Expr, error) {
	var args []expr.Expr
	for p.peek() != "END" {
		p.next()
		e, err := p.until()
		if err != nil {
			return nil, err
		}
		args = append(args, e)
	}
	p.next()
	return expr.NewCall("CASE", args...)
}

// until reads an expression up to the next word of CASE.
func (p *sample) until() (expr.Expr, error) {
	n := 0
	for n < len(p.toks) && !strings.Contains(" WHEN THEN ELSE END ", " "+p.toks[n]+" ") {
		n++
	}
	sub := &sample{toks: p.toks[:n]}
	p.toks = p.toks[n:]
	return sub.binary()
}

// check evaluates "expression → result" for a literal, and over a column of the same value, which
// must agree.
func check(t *testing.T, line string) {
	t.Helper()
	text, want, ok := strings.Cut(line+" ", " → ")
	want = strings.TrimSuffix(want, " ")
	if !ok {
		t.Errorf("no → in %q", line)
		return
	}
	e, err := parseSample(text)
	if bad, ok := strings.CutPrefix(want, "error: "); ok && err != nil &&
		strings.Contains(err.Error(), bad) {
		return
	}
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return
	}
	p, err := expr.Compile(e)
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return
	}
	one := table(t, []string{"INT", "1"})
	c, err := p.Eval(newContext(), one)
	switch {
	case err != nil && strings.HasPrefix(want, "error: "):
		if !strings.Contains(err.Error(), want[len("error: "):]) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
		return
	case err != nil:
		t.Errorf("%s: %v", text, err)
		return
	}
	if got := texts(c); got != want {
		t.Errorf("%s = %s, want %s", text, got, want)
	}
	if !c.Type.Equal(e.Type()) {
		t.Errorf("%s has type %s, not %s", text, c.Type, e.Type())
	}
	checkColumns(t, text, want, e)
}

// checkColumns evaluates e with every literal that is not a constant of its function put into a
// column, with a null row: null in, null out, for functions of one argument at least.
func checkColumns(t *testing.T, text, want string, e expr.Expr) {
	t.Helper()
	call, ok := e.(*expr.Call)
	if !ok || len(call.Args) == 0 || call.Fn.Determinism != function.Pure {
		return
	}
	l, ok := call.Args[0].(*expr.Literal)
	if !ok || l.IsNull() || len(call.Args) > 1 && strings.HasPrefix(want, "error") {
		return
	}
	if name := call.Fn.Name; name == "TIMESTAMPDIFF" || name == "TIMESTAMPADD" || name == "EXTRACT" ||
		name == "TYPEOF" || name == "TRIM" || name == "MAP" || strings.HasPrefix(name, "JSON_") {
		return
	}
	args := append([]expr.Expr{expr.NewColumn(0, "x", l.T.Nullable(true))}, call.Args[1:]...)
	moved, err := expr.NewCallOf(call.Fn, args...)
	if err != nil {
		t.Errorf("%s over a column: %v", text, err)
		return
	}
	col := l.Value.WithType(l.T.Nullable(true))
	b := batchOf(col, 3)
	if got := eval(t, moved, b); strings.Split(got+",", ",NULL")[0] != want &&
		!strings.HasPrefix(got, want+",") {
		t.Errorf("%s over a column = %s, want %s first", text, got, want)
	}
}

func TestExamplesOfDeclarations(t *testing.T) {
	n := 0
	for _, f := range function.Scalars() {
		for _, line := range strings.Split(f.Example, "\n") {
			if line != "" {
				check(t, line)
				n++
			}
		}
		if strings.HasPrefix(f.Name, "$") { // of plans alone
			continue
		}
		if f.Doc == "" || f.Syntax == "" || f.Category == "" {
			t.Errorf("%s: documentation is missing", f.Name)
		}
	}
	if n < 150 {
		t.Errorf("only %d examples", n)
	}
}
