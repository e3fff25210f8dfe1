package objectstore_test

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector/objectstore"
)

// azure is as much of Azure's blob service as a client of block blobs asks for.
type azure struct {
	sync.Mutex
	blobs  map[string][]byte
	blocks map[string][]byte
}

func (a *azure) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.Lock()
	defer a.Unlock()
	if !strings.HasPrefix(r.Header.Get("Authorization"), "SharedKey account:") {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	key := strings.TrimPrefix(r.URL.Path, "/account/container")
	key = strings.TrimPrefix(key, "/")
	query := r.URL.Query()
	switch {
	case query.Get("comp") == "list":
		a.list(w, query.Get("prefix"))
	case r.Method == http.MethodPut && query.Get("comp") == "block":
		a.blocks[key+query.Get("blockid")], _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodPut && query.Get("comp") == "blocklist":
		var list struct{ Latest []string }
		if err := xml.NewDecoder(r.Body).Decode(&list); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		var all []byte
		for _, id := range list.Latest {
			all = append(all, a.blocks[key+id]...)
		}
		a.blobs[key] = all
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodPut:
		a.blobs[key], _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusCreated)
	default:
		a.one(w, r, key)
	}
}

// one answers for a blob that has to be there.
func (a *azure) one(w http.ResponseWriter, r *http.Request, key string) {
	data, ok := a.blobs[key]
	if !ok {
		w.Header().Set("x-ms-error-code", "BlobNotFound")
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("ETag", `"0x1"`)
	w.Header().Set("x-ms-blob-type", "BlockBlob")
	w.Header().Set("x-ms-creation-time", "Mon, 01 Jan 2024 00:00:00 GMT")
	if r.Method == http.MethodDelete {
		delete(a.blobs, key)
		w.WriteHeader(http.StatusAccepted)
		return
	}
	w.Header().Set("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")
	if area := r.Header.Get("x-ms-range"); area != "" {
		from, to := 0, len(data)-1
		if _, err := fmt.Sscanf(area, "bytes=%d-%d", &from, &to); err != nil && from == 0 {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if from >= len(data) {
			w.Header().Set("x-ms-error-code", "InvalidRange")
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return
		}
		to = min(to, len(data)-1)
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, len(data)))
		w.Header().Set("Content-Length", strconv.Itoa(to-from+1))
		w.WriteHeader(http.StatusPartialContent)
		w.Write(data[from : to+1])
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	if r.Method != http.MethodHead {
		w.Write(data)
	}
}

func (a *azure) list(w http.ResponseWriter, prefix string) {
	w.Header().Set("Content-Type", "application/xml")
	fmt.Fprint(w, `<?xml version="1.0"?><EnumerationResults><Blobs>`)
	for _, k := range slices.Sorted(maps.Keys(a.blobs)) {
		if strings.HasPrefix(k, prefix) {
			fmt.Fprintf(w, "<Blob><Name>%s</Name><Properties><Last-Modified>Mon, 01 Jan 2024 00:00:00 GMT"+
				"</Last-Modified><Creation-Time>Mon, 01 Jan 2024 00:00:00 GMT</Creation-Time><Etag>0x1</Etag><Content-Length>%d</Content-Length></Properties></Blob>", k,
				len(a.blobs[k]))
		}
	}
	fmt.Fprint(w, "</Blobs><NextMarker/></EnumerationResults>")
}

func TestAzureContainer(t *testing.T) {
	store := &azure{blobs: map[string][]byte{}, blocks: map[string][]byte{}}
	server := httptest.NewServer(store)
	t.Cleanup(server.Close)
	for k, v := range map[string]string{"AZURE_STORAGE_ACCOUNT": "account",
		"AZURE_STORAGE_KEY":    base64.StdEncoding.EncodeToString([]byte("key")),
		"AZURE_STORAGE_DOMAIN": strings.TrimPrefix(server.URL, "http://"), "AZURE_STORAGE_PROTOCOL": "http",
		"AZURE_STORAGE_IS_LOCAL_EMULATOR": "true"} {
		t.Setenv(k, v)
	}
	b, err := objectstore.OpenAzure("container@account.blob.core.windows.net")
	if err != nil {
		t.Fatal(err)
	}
	bucket(t, b)
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	if err := b.Put("large", bytes.NewReader(large)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(store.blobs["large"], large) || len(store.blocks) < 2 {
		t.Error("a large object did not come in blocks, or not whole")
	}
	if _, err := objectstore.OpenAzure("container@other.blob.core.windows.net"); err == nil ||
		!strings.Contains(err.Error(), "AZURE_STORAGE_ACCOUNT") {
		t.Error(err)
	}
}

func TestGoogleBucket(t *testing.T) {
	store := s3mem.New()
	if err := store.CreateBucket("contract"); err != nil {
		t.Fatal(err)
	}
	inner := gofakes3.New(store).Server()
	var encodings, signed sync.Map
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		encodings.Store(r.Header.Get("Accept-Encoding"), true)
		_, headers, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
		headers, _, _ = strings.Cut(headers, ",")
		signed.Store(headers, true)
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	for k, v := range map[string]string{"GS_ENDPOINT_URL": server.URL, "GS_ACCESS_KEY_ID": "id",
		"GS_SECRET_ACCESS_KEY": "secret", "AWS_CONFIG_FILE": "/dev/null",
		"AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true"} {
		t.Setenv(k, v)
	}
	b, err := objectstore.OpenGoogle("contract")
	if err != nil {
		t.Fatal(err)
	}
	bucket(t, b)
	signed.Range(func(headers, _ any) bool {
		if h := headers.(string); !strings.Contains(h, "host") || strings.Contains(h, "accept-encoding") {
			t.Error("signed are", h)
		}
		return true
	})
	for _, scheme := range []string{"gs", "azblob", "abfss", "wasbs"} {
		if !slices.Contains(fsys.Schemes(), scheme) {
			t.Error("no scheme", scheme)
		}
	}
}
