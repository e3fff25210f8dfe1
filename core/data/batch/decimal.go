package batch

import "github.com/apache/arrow/go/v16/arrow/decimal128"

// DecimalFromWords makes an unscaled value of its two's complement halves.
func DecimalFromWords(high int64, low uint64) Decimal { return decimal128.New(high, low) }
