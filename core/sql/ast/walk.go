package ast

import (
	"reflect"
	"sync"
)

// Walk calls visit for n and then for the nodes below it, from left to right, as long as visit
// returns true; false leaves out what is below that node.
func Walk(n Node, visit func(Node) bool) {
	if n == nil {
		return
	}
	if v := reflect.ValueOf(n); v.Kind() == reflect.Pointer && !v.IsNil() {
		walkValue(v, visit)
	}
}

// walkValue visits the node a pointer points to, and then its fields.
func walkValue(v reflect.Value, visit func(Node) bool) {
	if n, ok := v.Interface().(Node); ok && !visit(n) {
		return
	}
	walkFields(v.Elem(), visit)
}

func walkFields(v reflect.Value, visit func(Node) bool) {
	for _, i := range childFields(v.Type()) {
		walkField(v.Field(i), visit)
	}
}

func walkField(v reflect.Value, visit func(Node) bool) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			walkField(v.Elem(), visit)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			walkValue(v, visit)
		}
	case reflect.Struct:
		walkFields(v, visit)
	case reflect.Slice:
		for i := range v.Len() {
			walkField(v.Index(i), visit)
		}
	}
}

var nodeType = reflect.TypeFor[Node]()

// childFieldCache maps a struct type to the fields that may hold nodes.
var childFieldCache sync.Map

// childFields are the indexes of the fields of a struct type that may hold nodes.
func childFields(t reflect.Type) []int {
	if cached, ok := childFieldCache.Load(t); ok {
		return cached.([]int)
	}
	var out []int
	for i := range t.NumField() {
		if mayHoldNodes(t.Field(i).Type) {
			out = append(out, i)
		}
	}
	childFieldCache.Store(t, out)
	return out
}

// mayHoldNodes reports whether values of a type are, or contain, pointers to nodes.
func mayHoldNodes(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice:
		return mayHoldNodes(t.Elem())
	case reflect.Pointer, reflect.Interface:
		return t.Implements(nodeType)
	case reflect.Struct:
		for i := range t.NumField() {
			if mayHoldNodes(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}
