package ast

// create writes the CREATE statements.
func (f *formatter) create(s Statement) {
	switch s := s.(type) {
	case *CreateTable:
		f.createTable(s)
	case *CreateView:
		f.createHead(s.OrReplace, s.Temporary, false, "VIEW", s.IfNotExists)
		f.name(s.Name)
		if s.Columns != nil {
			f.add(" ")
			f.idents(s.Columns)
		}
		f.comment(s.Comment)
		f.asQuery(s.Query)
	case *CreateMaterializedTable:
		f.createMaterialized(s)
	case *CreateFunction:
		f.createFunction(s)
	case *CreateCatalog:
		f.createHead(false, false, false, "CATALOG", s.IfNotExists)
		f.ident(s.Name)
		f.comment(s.Comment)
		f.with(s.Options)
	case *CreateDatabase:
		f.createHead(false, false, false, "DATABASE", s.IfNotExists)
		f.name(s.Name)
		f.comment(s.Comment)
		f.with(s.Options)
	case *CreateConnection:
		f.createHead(false, s.Temporary, s.System, "CONNECTION", s.IfNotExists)
		f.name(s.Name)
		f.comment(s.Comment)
		f.with(s.Options)
	case *CreateModel:
		f.createHead(s.OrReplace, s.Temporary, false, "MODEL", s.IfNotExists)
		f.name(s.Name)
		column := func(c *ColumnDef) { f.element(c) }
		if s.Input != nil {
			f.add(" INPUT ")
			parenList(f, s.Input, column)
		}
		if s.Output != nil {
			f.add(" OUTPUT ")
			parenList(f, s.Output, column)
		}
		f.comment(s.Comment)
		f.with(s.Options)
		f.asQuery(s.As)
	}
}

// createHead writes CREATE up to IF NOT EXISTS.
func (f *formatter) createHead(orReplace, temporary, system bool, kind string, ifNot bool) {
	f.add("CREATE ")
	f.when(orReplace, "OR REPLACE ")
	f.when(temporary, "TEMPORARY ")
	f.when(system, "SYSTEM ")
	f.add(kind, " ")
	f.when(ifNot, "IF NOT EXISTS ")
}

// asQuery writes [ AS query].
func (f *formatter) asQuery(q *Query) {
	if q != nil {
		f.add(" AS ")
		f.query(q)
	}
}

// elements writes [ (elements)].
func (f *formatter) elements(elements []TableElement) {
	if elements != nil {
		f.add(" ")
		parenList(f, elements, f.element)
	}
}

// partitionedBy writes [ PARTITIONED BY (columns)].
func (f *formatter) partitionedBy(columns []Ident) {
	if columns != nil {
		f.add(" PARTITIONED BY ")
		f.idents(columns)
	}
}

func (f *formatter) createTable(s *CreateTable) {
	if s.Replace {
		f.add("REPLACE TABLE ")
		f.when(s.IfNotExists, "IF NOT EXISTS ")
	} else {
		f.createHead(s.OrReplace, s.Temporary, false, "TABLE", s.IfNotExists)
	}
	f.name(s.Name)
	f.elements(s.Elements)
	f.comment(s.Comment)
	if s.Distribution != nil {
		f.add(" DISTRIBUTED")
		f.distribution(s.Distribution)
	}
	f.partitionedBy(s.PartitionedBy)
	f.with(s.Options)
	if s.Like != nil {
		f.add(" LIKE ")
		f.name(s.Like.Table)
		for i, o := range s.Like.Options {
			f.add(map[bool]string{true: " (", false: " "}[i == 0], o.Merge, " ", o.Feature)
		}
		f.when(s.Like.Options != nil, ")")
	}
	f.asQuery(s.As)
}

// distribution writes [ BY …][ INTO n BUCKETS].
func (f *formatter) distribution(d *Distribution) {
	if d.Columns != nil {
		f.add(" BY ", d.Kind)
		f.idents(d.Columns)
	}
	if d.Buckets >= 0 {
		f.add(" INTO ")
		f.number(d.Buckets)
		f.add(" BUCKETS")
	}
}

// element writes a column, a watermark or a constraint.
func (f *formatter) element(e TableElement) {
	switch e := e.(type) {
	case *ColumnName:
		f.ident(e.Name)
	case *ColumnDef:
		f.column(e)
	case *Watermark:
		f.add("WATERMARK FOR ")
		f.name(e.Column)
		f.add(" AS ")
		f.expr(e.Expr)
	case *Constraint:
		if e.Name != nil {
			f.add("CONSTRAINT ")
			f.ident(*e.Name)
			f.add(" ")
		}
		f.add(map[bool]string{false: "PRIMARY KEY", true: "UNIQUE"}[e.Unique])
		if e.Columns != nil {
			f.add(" ")
			f.idents(e.Columns)
		}
		f.when(e.Enforcement != "", " "+string(e.Enforcement))
	}
}

func (f *formatter) column(c *ColumnDef) {
	f.name(c.Name)
	if c.Computed != nil {
		f.add(" AS ")
		f.expr(c.Computed)
	} else {
		f.add(" ")
		f.typ(c.Type)
	}
	if c.Metadata {
		f.add(" METADATA")
		if c.MetadataKey != nil {
			f.add(" FROM ")
			f.str(c.MetadataKey)
		}
		f.when(c.Virtual, " VIRTUAL")
	}
	if c.Constraint != nil {
		f.add(" ")
		f.element(c.Constraint)
	}
	f.comment(c.Comment)
	switch {
	case c.Position == nil:
	case c.Position.After == nil:
		f.add(" FIRST")
	default:
		f.add(" AFTER ")
		f.name(c.Position.After)
	}
}

func (f *formatter) createMaterialized(s *CreateMaterializedTable) {
	f.add("CREATE ")
	f.when(s.OrAlter, "OR ALTER ")
	f.add("MATERIALIZED TABLE ")
	f.name(s.Name)
	f.elements(s.Elements)
	f.comment(s.Comment)
	if s.Distribution != nil {
		f.add(" DISTRIBUTED")
		f.distribution(s.Distribution)
	}
	f.partitionedBy(s.PartitionedBy)
	f.with(s.Options)
	if s.StartMode != nil {
		f.add(" START_MODE = ", s.StartMode.Kind)
		if s.StartMode.Arg != nil {
			f.add("(")
			f.expr(s.StartMode.Arg)
			f.add(")")
		}
	}
	if s.Freshness != nil {
		f.add(" FRESHNESS = ")
		f.expr(s.Freshness)
	}
	f.when(s.RefreshMode != "", " REFRESH_MODE = "+s.RefreshMode)
	f.asQuery(s.Query)
}

func (f *formatter) createFunction(s *CreateFunction) {
	if s.Alter {
		f.add("ALTER ")
		f.when(s.Temporary, "TEMPORARY ")
		f.when(s.System, "SYSTEM ")
		f.add("FUNCTION ")
		f.when(s.IfNotExists, "IF EXISTS ")
	} else {
		f.createHead(s.OrReplace, s.Temporary, s.System, "FUNCTION", s.IfNotExists)
	}
	f.name(s.Name)
	f.add(" AS ", QuoteString(s.Identifier))
	f.when(s.Language != "", " LANGUAGE "+s.Language)
	if s.Resources != nil {
		f.add(" USING ")
		commaList(f, s.Resources, func(r Resource) { f.add(r.Kind, " ", QuoteString(r.Path)) })
	}
	f.with(s.Options)
}

// alterAction writes what an Alter does.
func (f *formatter) alterAction(a AlterAction) {
	switch a := a.(type) {
	case *Rename:
		f.add("RENAME TO ")
		f.name(a.To)
	case *RenameColumn:
		f.add("RENAME ")
		f.name(a.From)
		f.add(" TO ")
		f.ident(a.To)
	case *SetOptions:
		f.add("SET ")
		parenList(f, a.Options, f.option)
	case *ResetOptions:
		f.add("RESET ")
		parenList(f, a.Keys, f.str)
	case *SetComment:
		f.add("COMMENT ")
		f.str(a.Comment)
	case *AddElements:
		f.addOrModify(a.Modify)
		if a.Parens {
			parenList(f, a.Elements, f.element)
		} else {
			f.element(a.Elements[0])
		}
	case *AddDistribution:
		f.addOrModify(a.Modify)
		f.add("DISTRIBUTION")
		f.distribution(a.Distribution)
	case *AddPartitions:
		f.add("ADD")
		f.when(a.IfNotExists, " IF NOT EXISTS")
		for _, p := range a.Partitions {
			f.partition(p.Items)
			f.with(p.Options)
		}
	case *SetQuery:
		f.add("AS ")
		f.query(a.Query)
	default:
		f.alterDrop(a)
	}
}

func (f *formatter) addOrModify(modify bool) {
	f.add(map[bool]string{false: "ADD ", true: "MODIFY "}[modify])
}

// alterDrop writes the DROP actions and those of materialized tables.
func (f *formatter) alterDrop(a AlterAction) {
	switch a := a.(type) {
	case *DropColumns:
		f.add("DROP ")
		parenList(f, a.Columns, f.name)
	case *DropConstraint:
		if a.Name == nil {
			f.add("DROP PRIMARY KEY")
		} else {
			f.add("DROP CONSTRAINT ")
			f.ident(*a.Name)
		}
	case *DropWatermark:
		f.add("DROP WATERMARK")
	case *DropDistribution:
		f.add("DROP DISTRIBUTION")
	case *DropPartitions:
		f.add("DROP")
		f.when(a.IfExists, " IF EXISTS")
		for i, p := range a.Partitions {
			f.when(i > 0, ",")
			f.partition(p.Items)
		}
	case *Suspend:
		f.add("SUSPEND")
	case *Resume:
		f.add("RESUME")
		f.with(a.Options)
	case *Refresh:
		f.add("REFRESH")
		f.partition(a.Partition)
	case *SetFreshness:
		f.add("SET FRESHNESS = ")
		f.expr(a.Freshness)
	case *SetRefreshMode:
		f.add("SET REFRESH_MODE = ", a.Mode)
	}
}
