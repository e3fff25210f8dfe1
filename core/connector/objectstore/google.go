package objectstore

import (
	"context"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"gocloud.dev/blob/s3blob"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
)

// googleAddress is the interface of Google Cloud Storage that speaks S3.
const googleAddress = "https://storage.googleapis.com"

// openGoogle opens a bucket of Google Cloud Storage with an HMAC key, from GS_ACCESS_KEY_ID and
// GS_SECRET_ACCESS_KEY or where the AWS tools look. Google's own SDK would double the library and
// take 22 MB of memory of every process.
func openGoogle(name string) (fsys.Bucket, error) {
	ctx := context.Background()
	options := []func(*config.LoadOptions) error{config.WithRegion("auto")}
	if id, key := os.Getenv("GS_ACCESS_KEY_ID"), os.Getenv("GS_SECRET_ACCESS_KEY"); id != "" {
		options = append(options, config.WithCredentialsProvider(
			credentials.NewStaticCredentialsProvider(id, key, "")))
	} else if os.Getenv("AWS_ACCESS_KEY_ID") == "" && os.Getenv("AWS_PROFILE") == "" {
		return nil, errs.Userf("bucket '%s' of Google Cloud Storage needs an HMAC key", name).
			Fix("set GS_ACCESS_KEY_ID and GS_SECRET_ACCESS_KEY")
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, errs.Userf("bucket '%s' cannot be opened", name).Wrap(err)
	}
	address := googleAddress
	if a := os.Getenv("GS_ENDPOINT_URL"); a != "" {
		address = a
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.BaseEndpoint, o.UsePathStyle = aws.String(address), true
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		o.APIOptions = append(o.APIOptions, unsignedEncoding)
	})
	b, err := s3blob.OpenBucket(ctx, client, name, nil)
	if err != nil {
		return nil, errs.Userf("bucket '%s' cannot be opened", name).Wrap(err)
	}
	return New(b), nil
}

// unsignedEncoding leaves Accept-Encoding, which Google's front end changes on the way, out of what
// is signed.
func unsignedEncoding(stack *middleware.Stack) error {
	const header, signing = "Accept-Encoding", "Signing"
	type key struct{}
	take := middleware.FinalizeMiddlewareFunc("TakeEncoding", func(ctx context.Context,
		in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		if r, ok := in.Request.(*smithyhttp.Request); ok {
			ctx = middleware.WithStackValue(ctx, key{}, r.Header.Get(header))
			r.Header.Del(header)
		}
		return next.HandleFinalize(ctx, in)
	})
	give := middleware.FinalizeMiddlewareFunc("GiveEncoding", func(ctx context.Context,
		in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		value, _ := middleware.GetStackValue(ctx, key{}).(string)
		if r, ok := in.Request.(*smithyhttp.Request); ok && value != "" {
			r.Header.Set(header, value)
		}
		return next.HandleFinalize(ctx, in)
	})
	if err := stack.Finalize.Insert(take, signing, middleware.Before); err != nil {
		return err
	}
	return stack.Finalize.Insert(give, signing, middleware.After)
}
