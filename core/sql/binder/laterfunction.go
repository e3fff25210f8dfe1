package binder

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/catalog"
)

const languageOption = "language"

// LaterFunction is a function that CREATE FUNCTION could not load: it is loaded when it is used.
func LaterFunction(path, language string) *planpb.Function {
	return &planpb.Function{Path: path, Options: map[string]string{languageOption: language}}
}

// described is what a function is; one that CREATE FUNCTION could not load is loaded now.
func (b *Binder) described(f *catalog.Function) (*planpb.Function, error) {
	if f.Spec.GetKind() != "" {
		return f.Spec, nil
	}
	if l := f.Spec.GetOptions()[languageOption]; l != "" && l != "PYTHON" {
		return nil, errs.Userf("function '%s' is in %s: functions are in Python", f.Path.Name, l).
			Fix("write CREATE FUNCTION … AS 'module.attribute' LANGUAGE PYTHON")
	}
	if b.Describe == nil {
		return nil, errs.Userf("there is no Python in this host to load '%s' from", f.Spec.GetPath())
	}
	spec, err := b.Describe(f.Spec.GetPath())
	if err != nil {
		return nil, err
	}
	spec.Name = f.Path.Name
	f.Spec = spec
	return spec, nil
}
