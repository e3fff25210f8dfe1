package broker

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
)

// Auth is how a client proves who it is.
type Auth struct {
	method string // "" : it does not
	text   func() (string, error)
}

// NewAuth makes an Auth from the name of one of Pulsar's plugins and its parameters, as
// "token:…", "file:///…", "key1:val1,key2:val2" or a JSON object. The certificates of the plugin for
// TLS are returned as files.
func NewAuth(plugin, parameters string) (a Auth, cert, key string, err error) {
	p := parseParameters(parameters)
	switch name := plugin[strings.LastIndex(plugin, ".")+1:]; name {
	case "":
		return Auth{}, "", "", nil
	case "AuthenticationToken", "token":
		a, err = tokenAuth(parameters, p)
		return a, "", "", err
	case "AuthenticationBasic", "basic":
		if p["userId"] == "" {
			return Auth{}, "", "", fmt.Errorf(`it needs parameters {"userId": "…", "password": "…"}`)
		}
		text := p["userId"] + ":" + p["password"]
		return Auth{"basic", func() (string, error) { return text, nil }}, "", "", nil
	case "AuthenticationTls", "tls":
		if p["tlsCertFile"] == "" || p["tlsKeyFile"] == "" {
			return Auth{}, "", "", fmt.Errorf("it needs parameters 'tlsCertFile:…,tlsKeyFile:…'")
		}
		return Auth{"tls", func() (string, error) { return "", nil }}, p["tlsCertFile"],
			p["tlsKeyFile"], nil
	}
	return Auth{}, "", "", fmt.Errorf("it is none of AuthenticationToken, AuthenticationBasic and " +
		"AuthenticationTls")
}

func tokenAuth(text string, p map[string]string) (Auth, error) {
	if t, ok := p["token"]; ok {
		text = t
	} else if f, ok := p["file"]; ok {
		text = "file:" + f
	}
	if path, ok := strings.CutPrefix(text, "file:"); ok {
		path = "/" + strings.TrimLeft(path, "/")
		read := func() (string, error) { // again each time: tokens are renewed
			b, err := os.ReadFile(path)
			return strings.TrimSpace(string(b)), err
		}
		_, err := read()
		return Auth{"token", read}, err
	}
	text = strings.TrimPrefix(text, "token:")
	if text == "" {
		return Auth{}, fmt.Errorf("it needs parameters 'token:…' or 'file:///…'")
	}
	return Auth{"token", func() (string, error) { return text, nil }}, nil
}

// parseParameters reads "key1:val1,key2:val2" or a JSON object.
func parseParameters(s string) map[string]string {
	out := map[string]string{}
	if strings.HasPrefix(strings.TrimSpace(s), "{") && json.Unmarshal([]byte(s), &out) == nil {
		return out
	}
	for _, pair := range strings.Split(s, ",") {
		if k, v, ok := strings.Cut(pair, ":"); ok {
			out[strings.TrimSpace(k)] = strings.TrimSpace(v)
		}
	}
	return out
}

func (a Auth) data() (method string, data []byte, err error) {
	if a.method == "" {
		return "", nil, nil
	}
	text, err := a.text()
	return a.method, []byte(text), err
}

// Sign puts the proof into a request to the administrative interface.
func (a Auth) Sign(r *http.Request) error {
	method, data, err := a.data()
	if err != nil {
		return err
	}
	switch method {
	case "token":
		r.Header.Set("Authorization", "Bearer "+string(data))
	case "basic":
		user, password, _ := strings.Cut(string(data), ":")
		r.SetBasicAuth(user, password)
	}
	return nil
}
