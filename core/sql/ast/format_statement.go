package ast

// statement writes any statement.
func (f *formatter) statement(s Statement) {
	switch s := s.(type) {
	case *QueryStmt:
		f.query(s.Query)
	case *Insert, *Update, *Delete, *Truncate, *Analyze, *CallProcedure:
		f.change(s)
	case *Explain, *Execute, *StatementSet, *BeginStatementSet, *EndStatementSet, *CompilePlan,
		*ExecutePlan:
		f.planned(s)
	case *Alter:
		f.add("ALTER ", string(s.Kind), " ")
		f.when(s.IfExists, "IF EXISTS ")
		f.name(s.Name)
		f.add(" ")
		f.alterAction(s.Action)
	case *Drop:
		f.add("DROP ")
		f.when(s.Temporary, "TEMPORARY ")
		f.when(s.System, "SYSTEM ")
		f.add(string(s.Kind), " ")
		f.when(s.IfExists, "IF EXISTS ")
		f.name(s.Name)
		f.when(s.Cascade, " CASCADE")
		f.when(s.Restrict, " RESTRICT")
	case *Show, *Describe, *Use, *Set, *Reset, *LoadModule, *UnloadModule, *Jar, *StopJob:
		f.session(s)
	default:
		f.create(s)
	}
}

// planned writes the statements around queries and inserts.
func (f *formatter) planned(s Statement) {
	switch s := s.(type) {
	case *Explain:
		f.add("EXPLAIN ")
		commaList(f, s.Details, func(d string) { f.add(d) })
		f.when(s.Details != nil, " ")
		f.statement(s.Stmt)
	case *Execute:
		f.add("EXECUTE ")
		f.statement(s.Stmt)
	case *StatementSet:
		f.add("STATEMENT SET BEGIN ")
		for _, ins := range s.Inserts {
			f.statement(ins)
			f.add("; ")
		}
		f.add("END")
	case *BeginStatementSet:
		f.add("BEGIN STATEMENT SET")
	case *EndStatementSet:
		f.add("END")
	case *CompilePlan:
		f.add("COMPILE ")
		f.when(s.Execute, "AND EXECUTE ")
		f.add("PLAN ", QuoteString(s.File))
		f.when(s.IfNotExists, " IF NOT EXISTS")
		f.add(" FOR ")
		f.statement(s.Stmt)
	case *ExecutePlan:
		f.add("EXECUTE PLAN ", QuoteString(s.File))
	}
}

// change writes the statements that change or measure data.
func (f *formatter) change(s Statement) {
	switch s := s.(type) {
	case *Insert:
		f.insert(s)
	case *Update:
		f.add("UPDATE ")
		f.target(s.Table, s.Hints, s.Alias)
		f.add(" SET ")
		commaList(f, s.Set, func(a *Assignment) {
			f.ident(a.Column)
			f.add(" = ")
			f.expr(a.Value)
		})
		f.clause(" WHERE ", s.Where)
	case *Delete:
		f.add("DELETE FROM ")
		f.target(s.Table, s.Hints, s.Alias)
		f.clause(" WHERE ", s.Where)
	case *Truncate:
		f.add("TRUNCATE TABLE ")
		f.name(s.Table)
	case *Analyze:
		f.add("ANALYZE TABLE ")
		f.name(s.Table)
		f.partition(s.Partition)
		f.add(" COMPUTE STATISTICS")
		f.when(s.AllColumns, " FOR ALL COLUMNS")
		if s.Columns != nil {
			f.add(" FOR COLUMNS ")
			commaList(f, s.Columns, f.ident)
		}
	case *CallProcedure:
		f.add("CALL ")
		f.name(s.Call.Name)
		f.arguments(s.Call)
	}
}

func (f *formatter) insert(s *Insert) {
	switch {
	case s.Upsert:
		f.add("UPSERT INTO ")
	case s.Overwrite:
		f.add("INSERT OVERWRITE ")
	default:
		f.add("INSERT INTO ")
	}
	f.name(s.Table)
	f.hints(s.Hints)
	f.partition(s.Partition)
	if s.Columns != nil {
		f.add(" ")
		parenList(f, s.Columns, f.name)
	}
	f.add(" ")
	f.query(s.Query)
	f.when(s.OnConflict != "", " ON CONFLICT DO "+s.OnConflict)
}

// target writes the table that UPDATE or DELETE changes.
func (f *formatter) target(table *Name, hints []*Hint, alias *Ident) {
	f.name(table)
	f.hints(hints)
	if alias != nil {
		f.add(" AS ")
		f.ident(*alias)
	}
}

// session writes the statements about the session and the catalog.
func (f *formatter) session(s Statement) {
	switch s := s.(type) {
	case *Show:
		f.show(s)
	case *Describe:
		f.add("DESCRIBE ")
		if s.Kind == JobObject {
			f.add("JOB ", QuoteString(s.Job))
			return
		}
		f.add(string(s.Kind), " ")
		f.when(s.Extended, "EXTENDED ")
		f.name(s.Name)
	case *Use:
		switch {
		case s.Modules != nil:
			f.add("USE MODULES ")
			commaList(f, s.Modules, f.ident)
			return
		case s.Kind == CatalogObject:
			f.add("USE CATALOG ")
		default:
			f.add("USE ")
		}
		f.name(s.Name)
	case *Set:
		f.add("SET")
		if s.Option != nil {
			f.add(" ")
			f.option(*s.Option)
		}
	case *Reset:
		f.add("RESET")
		if s.Key != nil {
			f.add(" ")
			f.str(s.Key)
		}
	case *LoadModule:
		f.add("LOAD MODULE ")
		f.ident(s.Name)
		f.with(s.Options)
	case *UnloadModule:
		f.add("UNLOAD MODULE ")
		f.ident(s.Name)
	case *Jar:
		f.add(map[bool]string{false: "ADD JAR ", true: "REMOVE JAR "}[s.Remove],
			QuoteString(s.Path))
	case *StopJob:
		f.add("STOP JOB ", QuoteString(s.Job))
		f.when(s.Savepoint, " WITH SAVEPOINT")
		f.when(s.Drain, " WITH DRAIN")
	}
}

func (f *formatter) show(s *Show) {
	f.add("SHOW ", s.What)
	if s.Name != nil {
		f.add(map[bool]string{false: " ", true: " FROM "}[s.What == "COLUMNS"])
		f.name(s.Name)
	}
	if s.From != nil {
		f.add(" FROM ")
		f.name(s.From)
	}
	f.partition(s.Partition)
	if s.Like != nil {
		f.when(s.Like.Not, " NOT")
		f.add(" ", string(s.Like.Kind), " ", QuoteString(s.Like.Pattern))
	}
}
