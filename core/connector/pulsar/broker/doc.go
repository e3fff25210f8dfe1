// Package broker is a client of Apache Pulsar's binary protocol: it looks topics up, consumes
// and produces entries, and begins and ends transactions. Transactions are known by their ids
// alone, so that another process can end one.
package broker
