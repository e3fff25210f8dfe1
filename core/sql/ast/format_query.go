package ast

// query writes a complete query.
func (f *formatter) query(q *Query) {
	if q.With != nil {
		f.add("WITH ")
		f.when(q.With.Recursive, "RECURSIVE ")
		commaList(f, q.With.CTEs, func(c *CTE) {
			f.ident(c.Name)
			if c.Columns != nil {
				f.add(" ")
				f.idents(c.Columns)
			}
			f.add(" AS (")
			f.query(c.Query)
			f.add(")")
		})
		f.add(" ")
	}
	f.body(q.Body, 0)
	f.orderBy(q.OrderBy)
	if q.Limit != nil {
		f.add(" LIMIT ")
		f.expr(q.Limit)
	}
	if q.Offset != nil {
		f.add(" OFFSET ")
		f.expr(q.Offset)
	}
}

// setPower is the binding power of a set operation.
func setPower(kind SetOpKind) int {
	if kind == Intersect {
		return 2
	}
	return 1
}

// body writes the body of a query where set operations must bind at least as tight as power.
func (f *formatter) body(b QueryBody, power int) {
	switch b := b.(type) {
	case *Query:
		f.add("(")
		f.query(b)
		f.add(")")
	case *Select:
		f.selectBody(b)
	case *Values:
		f.add("VALUES ")
		commaList(f, b.Rows, func(r *RowExpr) {
			f.when(r.Keyword, "ROW")
			parenList(f, r.Items, f.expr)
		})
	case *TableQuery:
		f.add("TABLE ")
		f.name(b.Name)
	case *SetOp:
		p := setPower(b.Kind)
		if p < power {
			f.add("(")
			defer f.add(")")
		}
		f.body(b.Left, p)
		f.add(" ", string(b.Kind), " ")
		f.when(b.All, "ALL ")
		f.body(b.Right, p+1)
	}
}

func (f *formatter) selectBody(s *Select) {
	f.add("SELECT")
	f.hints(s.Hints)
	f.when(s.Stream, " STREAM")
	f.when(s.Quantifier != "", " "+string(s.Quantifier))
	f.add(" ")
	commaList(f, s.Items, f.selectItem)
	if s.From != nil {
		f.add(" FROM ")
		f.tableRef(s.From)
	}
	f.clause(" WHERE ", s.Where)
	if s.GroupBy != nil {
		f.add(" GROUP BY ")
		f.when(s.GroupBy.Quantifier != "", string(s.GroupBy.Quantifier)+" ")
		commaList(f, s.GroupBy.Items, f.groupItem)
	}
	f.clause(" HAVING ", s.Having)
	if s.Windows != nil {
		f.add(" WINDOW ")
		commaList(f, s.Windows, func(w *NamedWindow) {
			f.ident(w.Name)
			f.add(" AS ")
			f.window(w.Window)
		})
	}
	f.clause(" QUALIFY ", s.Qualify)
}

// clause writes word and expression if there is one.
func (f *formatter) clause(word string, x Expr) {
	if x != nil {
		f.add(word)
		f.expr(x)
	}
}

func (f *formatter) selectItem(s *SelectItem) {
	f.expr(s.Expr)
	if s.Alias != nil {
		f.add(" AS ")
		f.ident(*s.Alias)
	}
}

func (f *formatter) groupItem(g GroupItem) {
	switch g := g.(type) {
	case *GroupExpr:
		f.expr(g.Expr)
	case *GroupSet:
		parenList(f, g.Exprs, f.expr)
	case *Grouping:
		f.add(string(g.Kind), " ")
		parenList(f, g.Items, f.groupItem)
	}
}

// tableRef writes an item of FROM.
func (f *formatter) tableRef(t TableRef) {
	switch t := t.(type) {
	case *TableName:
		f.name(t.Name)
		f.hints(t.Hints)
		if t.AsOf != nil {
			f.add(" FOR SYSTEM_TIME AS OF ")
			f.operand(t.AsOf, powerAdd)
		}
		if t.Sample != nil {
			f.add(" TABLESAMPLE ",
				map[bool]string{false: "SYSTEM (", true: "BERNOULLI ("}[t.Sample.Bernoulli])
			f.expr(t.Sample.Percent)
			f.add(")")
			if t.Sample.Seed != nil {
				f.add(" REPEATABLE (")
				f.expr(t.Sample.Seed)
				f.add(")")
			}
		}
		f.alias(t.Alias)
	case *DerivedTable:
		f.when(t.Lateral, "LATERAL ")
		f.add("(")
		f.query(t.Query)
		f.add(")")
		f.alias(t.Alias)
	case *TableFunction:
		f.when(t.Lateral, "LATERAL ")
		f.add("TABLE(")
		f.functionName(t.Call)
		f.arguments(t.Call)
		f.add(")")
		f.alias(t.Alias)
	case *Unnest:
		f.when(t.Lateral, "LATERAL ")
		f.add("UNNEST")
		parenList(f, t.Exprs, f.expr)
		f.when(t.Ordinality, " WITH ORDINALITY")
		f.alias(t.Alias)
	case *Join:
		f.join(t)
	case *MatchRecognize:
		f.match(t)
	}
}

// alias writes [ AS name [(columns)]].
func (f *formatter) alias(a *Alias) {
	if a == nil {
		return
	}
	f.add(" AS ")
	f.ident(a.Name)
	if a.Columns != nil {
		f.add(" ")
		f.idents(a.Columns)
	}
}

func (f *formatter) join(j *Join) {
	f.tableRef(j.Left)
	if j.Kind == CommaJoin {
		f.add(", ")
	} else {
		f.add(" ")
		f.when(j.Natural, "NATURAL ")
		f.add(string(j.Kind), " JOIN ")
	}
	if _, nested := j.Right.(*Join); nested {
		f.add("(")
		f.tableRef(j.Right)
		f.add(")")
	} else {
		f.tableRef(j.Right)
	}
	f.clause(" ON ", j.On)
	if j.Using != nil {
		f.add(" USING ")
		f.idents(j.Using)
	}
}

// match writes MATCH_RECOGNIZE.
func (f *formatter) match(m *MatchRecognize) {
	if _, nested := m.Input.(*Join); nested {
		f.add("(")
		f.tableRef(m.Input)
		f.add(")")
	} else {
		f.tableRef(m.Input)
	}
	f.add(" MATCH_RECOGNIZE (")
	if m.PartitionBy != nil {
		f.add("PARTITION BY ")
		commaList(f, m.PartitionBy, f.expr)
		f.add(" ")
	}
	if m.OrderBy != nil {
		f.add("ORDER BY ")
		commaList(f, m.OrderBy, f.orderItem)
		f.add(" ")
	}
	if m.Measures != nil {
		f.add("MEASURES ")
		commaList(f, m.Measures, func(x *Measure) {
			f.when(x.Semantics != "", x.Semantics+" ")
			f.expr(x.Expr)
			f.add(" AS ")
			f.ident(x.Name)
		})
		f.add(" ")
	}
	if m.RowsGiven {
		f.add(map[bool]string{false: "ONE ROW", true: "ALL ROWS"}[m.AllRows], " PER MATCH ")
	}
	if m.Skip != nil {
		f.add("AFTER MATCH SKIP ", string(m.Skip.Kind), " ")
		if m.Skip.Kind == SkipToFirst || m.Skip.Kind == SkipToLast {
			f.ident(m.Skip.Variable)
			f.add(" ")
		}
	}
	f.add("PATTERN (")
	f.when(m.StrictStart, "^ ")
	f.pattern(m.Pattern, 0)
	f.when(m.StrictEnd, " $")
	f.add(") ")
	if m.Within != nil {
		f.add("WITHIN ")
		f.expr(m.Within)
		f.add(" ")
	}
	if m.Subsets != nil {
		f.add("SUBSET ")
		commaList(f, m.Subsets, func(s *Subset) {
			f.ident(s.Name)
			f.add(" = ")
			f.idents(s.Variables)
		})
		f.add(" ")
	}
	f.add("DEFINE ")
	commaList(f, m.Defines, func(d *Define) {
		f.ident(d.Variable)
		f.add(" AS ")
		f.expr(d.Cond)
	})
	f.add(")")
	f.alias(m.Alias)
}

// pattern writes a pattern; power is 1 inside a sequence and 2 in front of a quantifier.
func (f *formatter) pattern(p Pattern, power int) {
	items := func(items []Pattern, sep string, own int) {
		if power >= own {
			f.add("(")
			defer f.add(")")
		}
		for i, item := range items {
			if i > 0 {
				f.add(sep)
			}
			f.pattern(item, own)
		}
	}
	switch p := p.(type) {
	case *PatternVar:
		f.ident(Ident{Name: p.Name})
	case *PatternAlt:
		items(p.Items, " | ", 1)
	case *PatternConcat:
		items(p.Items, " ", 2)
	case *PatternRepeat:
		f.repeat(p, power)
	case *PatternExclude:
		f.add("{- ")
		f.pattern(p.Item, 0)
		f.add(" -}")
	case *PatternPermute:
		f.add("PERMUTE")
		parenList(f, p.Items, func(item Pattern) { f.pattern(item, 0) })
	}
}

// repeat writes a quantified pattern.
func (f *formatter) repeat(r *PatternRepeat, power int) {
	if power > 2 {
		f.add("(")
		defer f.add(")")
	}
	f.pattern(r.Item, 3)
	switch {
	case r.Min == 0 && r.Max == -1:
		f.add("*")
	case r.Min == 1 && r.Max == -1:
		f.add("+")
	case r.Min == 0 && r.Max == 1:
		f.add("?")
	default:
		f.add("{")
		f.number(r.Min)
		if r.Max != r.Min {
			f.add(",")
			if r.Max >= 0 {
				f.number(r.Max)
			}
		}
		f.add("}")
	}
	f.when(r.Reluctant, "?")
}
