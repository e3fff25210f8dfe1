package kinesis

import (
	"context"
	"crypto/tls"
	"errors"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

var awsOptions = []connector.Option{
	{Name: "aws.region", Type: "string",
		Doc: "Region of the stream; not set: AWS_REGION, or that of the profile."},
	{Name: "aws.endpoint", Type: "string",
		Doc: "Address of a service that speaks as Amazon's, 'http://host:4566'."},
	{Name: "aws.credentials.provider", Default: "AUTO",
		Type: "enum(AUTO|BASIC|PROFILE|ENV_VAR|ASSUME_ROLE|WEB_IDENTITY_TOKEN)",
		Doc: "Where keys come from. AUTO: the ones of 'aws.credentials.basic.*', if there are any, " +
			"else where Amazon's tools look: environment, profile, container, instance."},
	{Name: "aws.credentials.basic.accesskeyid", Type: "string", Doc: "Access key of BASIC."},
	{Name: "aws.credentials.basic.secretkey", Type: "string", Doc: "Secret key of BASIC."},
	{Name: "aws.credentials.basic.sessiontoken", Type: "string", Doc: "Token of keys that expire."},
	{Name: "aws.credentials.profile.name", Type: "string", Doc: "Name of the PROFILE."},
	{Name: "aws.credentials.profile.path", Type: "string", Doc: "File of the PROFILE."},
	{Name: "aws.credentials.role.arn", Type: "string",
		Doc: "Role to take over, of ASSUME_ROLE and WEB_IDENTITY_TOKEN."},
	{Name: "aws.credentials.role.sessionName", Type: "string", Default: "headrace",
		Doc: "Name of its session."},
	{Name: "aws.credentials.role.externalId", Type: "string", Doc: "External id of ASSUME_ROLE."},
	{Name: "aws.credentials.role.stsEndpoint", Type: "string", Doc: "Address of the service for it."},
	{Name: "aws.credentials.role.provider", Type: "enum(AUTO|BASIC|PROFILE|ENV_VAR)", Default: "AUTO",
		Doc: "Where the keys come from that take the role over."},
	{Name: "aws.credentials.webIdentityToken.file", Type: "string",
		Doc: "File of the token of WEB_IDENTITY_TOKEN."},
	{Name: "aws.credentials.provider.", Type: "string", Prefix: true,
		Doc: "The same settings as PyFlink's properties name them: " +
			"'aws.credentials.provider.basic.accesskeyid'."},
	{Name: "aws.trust.all.certificates", Type: "boolean", Default: "false",
		Doc: "Take every certificate, for tests."},
	{Name: "aws.http-client.max-concurrency", Type: "int",
		Doc: "Connections at a time; not set: any."},
	{Name: "aws.http-client.read-timeout", Type: "int", Default: "60000",
		Doc: "How long an answer may take, in ms."},
	{Name: "aws.http.protocol.version", Type: "enum(HTTP1_1|HTTP2)", Doc: "Without effect."},
}

// account is how requests are made.
type account struct {
	table   string
	config  aws.Config
	timeout time.Duration // of a request
}

// readAccount reads the options that begin with 'aws.'.
func readAccount(t *connector.Table) (*account, error) {
	o, err := sameNames(t)
	if err != nil {
		return nil, err
	}
	a := &account{table: t.Name,
		timeout: time.Duration(o.Int("aws.http-client.read-timeout", 60000, 1)) * time.Millisecond}
	loading := []func(*config.LoadOptions) error{
		config.WithHTTPClient(httpClient(o)),
		config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }), // see backoff
	}
	if r := o.String("aws.region", ""); r != "" {
		loading = append(loading, config.WithRegion(r))
	}
	provider := o.Enum("aws.credentials.provider", "AUTO", "AUTO", "BASIC", "PROFILE", "ENV_VAR",
		"ASSUME_ROLE", "WEB_IDENTITY_TOKEN")
	from := provider
	if provider == "ASSUME_ROLE" {
		from = o.Enum("aws.credentials.role.provider", "AUTO", "AUTO", "BASIC", "PROFILE", "ENV_VAR")
	}
	loading = append(loading, keys(o, from)...)
	if err := o.Err(); err != nil {
		return nil, err
	}
	if a.config, err = config.LoadDefaultConfig(context.Background(), loading...); err != nil {
		return nil, errs.Userf("table '%s'", t.Name).Wrap(err)
	}
	endpoint := o.String("aws.endpoint", "")
	if a.config.Region == "" {
		if endpoint == "" && os.Getenv("AWS_ENDPOINT_URL") == "" {
			return nil, errs.Userf("table '%s' names no region", t.Name).
				Fix("set 'aws.region', as 'eu-central-1', or AWS_REGION")
		}
		a.config.Region = "us-east-1" // a service that is not Amazon's does not care
	}
	if strings.HasSuffix(provider, "_ROLE") || strings.HasPrefix(provider, "WEB_") {
		a.role(o, provider)
	}
	if endpoint != "" {
		a.config.BaseEndpoint = aws.String(endpoint)
	}
	return a, o.Err()
}

// sameNames reads a table whose properties may have PyFlink's names.
func sameNames(t *connector.Table) (*connector.Options, error) {
	const long, short = "aws.credentials.provider.", "aws.credentials."
	values := maps.Clone(t.Options)
	var names []string
	for _, o := range awsOptions {
		if !o.Prefix {
			names = append(names, strings.Replace(o.Name, short, long, 1))
		}
	}
	for name, value := range t.Options {
		rest, ok := strings.CutPrefix(name, long)
		if !ok {
			continue
		}
		if !slices.Contains(names, name) {
			return nil, errs.Userf("table '%s': there is no property '%s'", t.Name, name).
				Fix("%s", errs.DidYouMean(name, names))
		}
		values[short+rest] = value
	}
	return connector.NewOptions(t.Name, "", values), nil
}

func httpClient(o *connector.Options) aws.HTTPClient {
	limit := int(o.Int("aws.http-client.max-concurrency", 0, 1))
	trusting := o.Bool("aws.trust.all.certificates", false)
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxConnsPerHost = limit
		t.MaxIdleConnsPerHost = 256 // a request at a time for each shard
		if trusting {
			if t.TLSClientConfig == nil {
				t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
			}
			t.TLSClientConfig.InsecureSkipVerify = true // as asked for
		}
	})
}

// keys says where keys come from.
func keys(o *connector.Options, provider string) []func(*config.LoadOptions) error {
	id, secret := "aws.credentials.basic.accesskeyid", "aws.credentials.basic.secretkey"
	switch {
	case provider == "BASIC" || provider == "AUTO" && o.Has(id):
		if !o.Has(id) || !o.Has(secret) {
			o.Fail("aws.credentials.provider", "complete without '"+id+"' and '"+secret+"'")
		}
		return []func(*config.LoadOptions) error{config.WithCredentialsProvider(
			credentials.NewStaticCredentialsProvider(o.String(id, ""), o.String(secret, ""),
				o.String("aws.credentials.basic.sessiontoken", "")))}
	case provider == "PROFILE":
		out := []func(*config.LoadOptions) error{
			config.WithSharedConfigProfile(o.String("aws.credentials.profile.name", "default"))}
		if path := o.String("aws.credentials.profile.path", ""); path != "" {
			out = append(out, config.WithSharedConfigFiles([]string{path}),
				config.WithSharedCredentialsFiles([]string{path}))
		}
		return out
	case provider == "ENV_VAR":
		env, err := config.NewEnvConfig()
		if err != nil || !env.Credentials.HasKeys() {
			o.Fail("aws.credentials.provider", "possible without AWS_ACCESS_KEY_ID and "+
				"AWS_SECRET_ACCESS_KEY in the environment")
		}
		return []func(*config.LoadOptions) error{config.WithCredentialsProvider(
			credentials.StaticCredentialsProvider{Value: env.Credentials})}
	}
	return nil
}

// role has the keys come from a role.
func (a *account) role(o *connector.Options, provider string) {
	arn := o.String("aws.credentials.role.arn", "")
	if arn == "" {
		o.Fail("aws.credentials.provider", "complete without 'aws.credentials.role.arn'")
		return
	}
	session := o.String("aws.credentials.role.sessionName", "headrace")
	client := sts.NewFromConfig(a.config, func(s *sts.Options) {
		s.Retryer = aws.NopRetryer{}
		if at := o.String("aws.credentials.role.stsEndpoint", ""); at != "" {
			s.BaseEndpoint = aws.String(at)
		}
	})
	if provider == "ASSUME_ROLE" {
		a.config.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(client, arn,
			func(r *stscreds.AssumeRoleOptions) {
				r.RoleSessionName = session
				if id := o.String("aws.credentials.role.externalId", ""); id != "" {
					r.ExternalID = aws.String(id)
				}
			}))
		return
	}
	file := o.String("aws.credentials.webIdentityToken.file", os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE"))
	if file == "" {
		o.Fail("aws.credentials.provider", "complete without 'aws.credentials.webIdentityToken.file'")
		return
	}
	a.config.Credentials = aws.NewCredentialsCache(stscreds.NewWebIdentityRoleProvider(client, arn,
		stscreds.IdentityTokenFile(file),
		func(r *stscreds.WebIdentityRoleOptions) { r.RoleSessionName = session }))
}

// check gets keys, so that their lack is said before anything is asked.
func (a *account) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	if a.config.Credentials == nil {
		return errs.Userf("table '%s' has no credentials", a.table).Fix("%s", keysRemedy)
	}
	if _, err := a.config.Credentials.Retrieve(ctx); err != nil && ctx.Err() == nil {
		return errs.Userf("table '%s' has no credentials", a.table).Wrap(err).Fix("%s", keysRemedy)
	}
	return nil
}

const keysRemedy = "set 'aws.credentials.basic.accesskeyid' and " +
	"'aws.credentials.basic.secretkey', or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"

// codes of errors, by what can be done about them.
var (
	passingCodes = []string{"ProvisionedThroughputExceededException", "LimitExceededException",
		"KMSThrottlingException", "ThrottlingException", "Throttling", "RequestLimitExceeded",
		"SlowDown", "InternalFailure", "InternalFailureException", "InternalServerError",
		"ServiceUnavailable", "ServiceUnavailableException", "ResourceInUseException",
		"ExpiredNextTokenException", "RequestTimeout", "RequestTimeoutException"}
	accessCodes = []string{"AccessDeniedException", "AccessDenied", "UnrecognizedClientException",
		"InvalidClientTokenId", "InvalidSignatureException", "IncompleteSignature",
		"MissingAuthenticationToken", "SignatureDoesNotMatch", "ExpiredToken", "ExpiredTokenException"}
)

const notFound = "ResourceNotFoundException"

func codeOf(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	return ""
}

// wrap marks an error of a request: what is about.
func (a *account) wrap(err error, what string) error {
	var answer smithy.APIError
	e := errs.Transientf("table '%s': %s", a.table, what).Wrap(err)
	if !errors.As(err, &answer) {
		return e // nobody answered, or no service of Amazon's
	}
	switch code := answer.ErrorCode(); {
	case slices.Contains(passingCodes, code), answer.ErrorFault() == smithy.FaultServer:
		return e
	case slices.Contains(accessCodes, code):
		e.Mark = errs.User
		return e.Fix("check the credentials and their rights")
	}
	var status interface{ HTTPStatusCode() int }
	if errors.As(err, &status) && (status.HTTPStatusCode() >= 500 || status.HTTPStatusCode() == 429) {
		return e
	}
	e.Mark = errs.User
	return e
}

// again makes a request until it works, ctx ends, or the error is one that does not pass. refused
// hears of an error after which the request is made again.
func (a *account) again(
	ctx context.Context, b backoff, what string, refused func(err error, pause time.Duration),
	request func(ctx context.Context) error,
) error {
	for try := 0; ; try++ {
		limited, cancel := context.WithTimeout(ctx, a.timeout)
		err := request(limited)
		cancel()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		marked := a.wrap(err, what)
		if errs.MarkOf(marked) != errs.Transient || try >= b.retries {
			return marked
		}
		pause := b.pause(try)
		refused(marked, pause)
		if !sleep(ctx, pause) {
			return ctx.Err()
		}
	}
}

// sleep waits; false: ctx has ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
