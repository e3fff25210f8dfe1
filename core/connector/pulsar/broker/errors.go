package broker

import (
	"errors"
	"fmt"
)

// Error is what a broker answers when it does not do what it was asked for.
type Error struct {
	Code    int32
	Message string
}

// The codes that decide what happens next.
const (
	UnknownError          = 0
	AuthenticationError   = 3
	AuthorizationError    = 4
	ServiceNotReady       = 6
	UnsupportedVersion    = 10
	TopicNotFound         = 11
	SubscriptionNotFound  = 12
	TopicTerminated       = 15
	InvalidTopicName      = 17
	IncompatibleSchema    = 18
	InvalidTxnStatus      = 21
	NotAllowed            = 22
	TransactionNotFound   = 24
	ProducerFenced        = 25
	coordinatorNotFound   = 20
	producerBlockedQuota  = 7
	producerQuotaExceeded = 8
)

var names = map[int32]string{UnknownError: "unknown error", 1: "metadata error",
	2: "persistence error", AuthenticationError: "authentication failed",
	AuthorizationError: "not authorized", 5: "consumer busy", ServiceNotReady: "service not ready",
	producerBlockedQuota: "backlog quota exceeded", producerQuotaExceeded: "backlog quota exceeded",
	9: "checksum error", UnsupportedVersion: "unsupported version", TopicNotFound: "no such topic",
	SubscriptionNotFound: "no such subscription", 13: "no such consumer", 14: "too many requests",
	TopicTerminated: "topic terminated", 16: "producer busy", InvalidTopicName: "invalid topic name",
	IncompatibleSchema: "incompatible schema", 19: "consumer not assigned",
	coordinatorNotFound: "no transaction coordinator", InvalidTxnStatus: "invalid transaction status",
	NotAllowed: "not allowed", 23: "transaction conflict",
	TransactionNotFound: "no such transaction", ProducerFenced: "producer fenced"}

func (e *Error) Error() string {
	name := names[e.Code]
	if name == "" {
		name = fmt.Sprintf("error %d", e.Code)
	}
	if e.Message == "" {
		return name
	}
	return name + ": " + e.Message
}

// Is says whether err is a broker's answer of the code.
func Is(err error, code int32) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// Fatal says that asking again will not help.
func Fatal(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case AuthenticationError, AuthorizationError, UnsupportedVersion, TopicTerminated,
		InvalidTopicName, IncompatibleSchema, NotAllowed, ProducerFenced:
		return true
	}
	return false
}

// errClosed is the error of requests on a connection that has ended.
var errClosed = errors.New("the connection is closed")
