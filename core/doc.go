// Package core is headrace's engine: pure Go, no C, no Python. There are two journeys through it.
//
//	a program   SQL text ─► sql/parser ─┐
//	            Table API ─► planpb ────┴► sql/binder ─► sql/logical ─► sql/rule ─► sql/physical ─┐
//	            DataStream API ─► planpb ─► plan/lower ──────────────────────────────────────────┴► plan ─► runtime/compile ─► runtime/job ─► runtime/task
//	a row       connector ─► format ─► batch ─► watermark ─► operator chain ─► exchange ─► barrier alignment ─► task loop ─► operator + state
//	            ─► [arrowbridge ─► pyudf ─► CPython ─► back] ─► sink ─► checkpoint ─► commit
//
// SQL, the Table API and the DataStream API all lower to one graph, core/plan; the runtime starts
// from that graph and knows no SQL. Python is reached through core/udf, which core declares and
// pyudf implements. core/session puts the two journeys together for one user.
//
// tests/lint/layers.txt says who may import whom.
package core
