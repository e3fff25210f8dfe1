package python

/*
#include "numbers.h"
*/
import "C"

// Numbers is a list of plain ints or floats (of says which class) as a bytearray of 8 bytes each;
// None when not all items are exactly of the class and fit. The GIL is held.
func Numbers(list, of Object) (Object, error) { return result(C.hr_numbers(list.p, of.p)) }
