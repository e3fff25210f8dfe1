package function

func aggregateDeclarations() []*Aggregate { return nil }
func windowDeclarations() []*Window       { return nil }
func tableDeclarations() []*Table         { return nil }
