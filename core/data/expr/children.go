package expr

// WithChildren is e with other arguments, as Children lists them; their types must be the same
// but for nullability.
func WithChildren(e Expr, kids []Expr) Expr { return withChildren(e, kids) }
