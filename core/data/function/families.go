package function

// scalarFamilies lists the declarations in the order of the reference page.
func scalarFamilies() [][]*Scalar {
	return [][]*Scalar{
		comparisonFunctions(), regexFunctions(), logicalFunctions(), arithmeticFunctions(),
		mathFunctions(), randomFunctions(), stringFunctions(), editFunctions(),
		textFunctions(), encodingFunctions(),
		{printfFunction()}, hashFunctions(), temporalFunctions(), dateFormatFunctions(),
		arrayFunctions(), constructFunctions(), jsonFunctions(), bitmapFunctions(), variantFunctions(),
	}
}
