package objectstore

// Open… open a bucket as a path does.
var (
	OpenS3     = openS3
	OpenAzure  = openAzure
	OpenGoogle = openGoogle
)
