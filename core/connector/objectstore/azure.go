package objectstore

import (
	"context"
	"os"
	"strings"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/azureblob" // the scheme azblob

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
)

// openAzure opens a container: its name, or (as Hadoop's paths have it) container@account.host. The
// account and its key come from AZURE_STORAGE_ACCOUNT, …_KEY, …_SAS_TOKEN and their like, or, without
// a key, from where Azure's own tools look.
func openAzure(name string) (fsys.Bucket, error) {
	container, host, _ := strings.Cut(name, "@")
	account, _, _ := strings.Cut(host, ".")
	if set := os.Getenv("AZURE_STORAGE_ACCOUNT"); account != "" && account != set &&
		os.Getenv("AZURE_STORAGE_CONNECTION_STRING") == "" {
		return nil, errs.Userf("container '%s' is of the account '%s', and AZURE_STORAGE_ACCOUNT is '%s'",
			container, account, set).Fix("set it, and AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN")
	}
	if set := os.Getenv("AZURE_STORAGE_ACCOUNT") + os.Getenv("AZURE_STORAGE_CONNECTION_STRING"); set == "" {
		return nil, errs.Userf("container '%s' needs an account", container).
			Fix("set AZURE_STORAGE_ACCOUNT, and AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN")
	}
	b, err := blob.OpenBucket(context.Background(), "azblob://"+container)
	if err != nil {
		return nil, errs.Userf("container '%s' cannot be opened", container).Wrap(err)
	}
	return New(b), nil
}
