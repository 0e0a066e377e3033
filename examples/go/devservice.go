// Package visits tests a program against a development service of openrooms, with Go's standard library alone.
package visits

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const startTime = 30 * time.Second

// DevService is a development service for tests.
type DevService struct {
	Endpoint string
	key      []byte
	process  *exec.Cmd
	ended    chan struct{}
}

// Start starts `openrooms dev` on free ports; folder is an empty folder for its data.
func Start(folder string, command ...string) (*DevService, error) {
	if len(command) == 0 {
		command = []string{"openrooms"}
	}
	file := filepath.Join(folder, "ready.json")
	options := []string{"dev", "--http-port", "0", "--https-port", "0", "--livekit", "simulated"}
	options = append(options, "--data", filepath.Join(folder, "data"), "--ready-file", file)
	process := exec.Command(command[0], append(command[1:], options...)...)
	if err := process.Start(); err != nil {
		return nil, err
	}
	service := &DevService{process: process, ended: make(chan struct{})}
	go func() { process.Wait(); close(service.ended) }()
	if err := service.waitUntilReady(file); err != nil {
		service.Stop()
		return nil, err
	}
	return service, nil
}

func (service *DevService) waitUntilReady(file string) error {
	for end := time.Now().Add(startTime); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		select {
		case <-service.ended:
			return fmt.Errorf("openrooms dev has ended")
		default:
		}
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		var ready struct{ HTTP, ConnectionString string }
		if err := json.Unmarshal(text, &ready); err != nil {
			return err
		}
		_, key, _ := strings.Cut(ready.ConnectionString, "accesskey=")
		service.Endpoint = strings.TrimSuffix(ready.HTTP, "/")
		service.key, err = base64.StdEncoding.DecodeString(key)
		return err
	}
	return fmt.Errorf("openrooms dev was not ready within %s", startTime)
}

// Stop ends the service.
func (service *DevService) Stop() {
	service.process.Process.Signal(os.Interrupt)
	select {
	case <-service.ended:
	case <-time.After(10 * time.Second):
		service.process.Process.Kill()
	}
}

// Reset begins anew: no rooms, users, subscriptions, events, faults or requests; the machine's time.
func (service *DevService) Reset() error {
	return service.Send("DELETE", "/openrooms/dev/state", nil, nil)
}

// Advance moves the clock.
func (service *DevService) Advance(amount time.Duration) error {
	return service.Send("POST", "/openrooms/dev/clock:advance", map[string]any{"seconds": amount.Seconds()}, nil)
}

// AddFault injects a fault: map[string]any{"operation": "create_room", "times": 1, "status": 429}.
func (service *DevService) AddFault(fault map[string]any) error {
	return service.Send("POST", "/openrooms/dev/faults", fault, nil)
}

// Send sends a signed request with a JSON body (nil: none), and decodes the answer into answer (nil: nowhere).
func (service *DevService) Send(method, target string, body, answer any) error {
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequest(method, service.Endpoint+target, bytes.NewReader(content))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	service.sign(request.Header, method, request.URL, content)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %d %s", method, target, response.StatusCode, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}

func (service *DevService) sign(header http.Header, method string, address *url.URL, content []byte) {
	hash := sha256.Sum256(content)
	digest := base64.StdEncoding.EncodeToString(hash[:])
	date := time.Now().UTC().Format(http.TimeFormat)
	mac := hmac.New(sha256.New, service.key)
	fmt.Fprintf(mac, "%s\n%s\n%s;%s;%s", method, address.RequestURI(), date, address.Host, digest)
	signature := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	header.Set("x-ms-date", date)
	header.Set("x-ms-content-sha256", digest)
	header.Set("Authorization", "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="+signature)
}
