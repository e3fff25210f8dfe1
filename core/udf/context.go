package udf

// Context is what a function can learn about where it runs.
type Context struct {
	TaskName       string
	Subtask        int
	Parallelism    int
	MaxParallelism int
	Attempt        int
	// Zone is the session's time zone (table.local-time-zone), an IANA name; empty: UTC.
	// TIMESTAMP_LTZ values are datetimes of that zone in the function.
	Zone string
	// Parameters are the global job parameters (pipeline.global-job-parameters and the session's
	// configuration), what get_job_parameter reads.
	Parameters map[string]string
	// Metrics receives the metrics that functions register; nil drops them.
	Metrics Metrics
}

// Metrics takes the values of user metrics that changed: of SQL functions after each crossing, of a
// Process when it is to Report. name is the metric's full name below the operator: its groups and
// its name joined with ".".
type Metrics interface {
	// Count adds to a counter or meter.
	Count(name string, n int64)
	// Gauge sets a gauge.
	Gauge(name string, value float64)
	// Record adds values to a distribution.
	Record(name string, values []int64)
}
