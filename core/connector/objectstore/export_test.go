package objectstore

// OpenS3 opens a bucket as a path does.
var OpenS3 = openS3
