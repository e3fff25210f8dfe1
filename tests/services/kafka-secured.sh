#!/bin/sh
# Apache Kafka whose one client listener is SASL_SSL. DIR/ca.pem is what clients trust, DIR/broker.pem
# its key and certificate; user and password are 'test' and 'secret', for PLAIN and SCRAM. See kafka.sh.
SECURED=1
. "$(dirname "$0")/kafka.sh"
