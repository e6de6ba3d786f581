// net/http: a goroutine for each batch; as many of them as lanes run at once, over one client.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

type task struct {
	Batches        string
	BatchCount     int `json:"batch_count"`
	Concurrency    int
	Due            *string
	Reuse          bool
	Warm           bool
	Timeout        float64 `json:"timeout_s"`
	ConnectTimeout float64 `json:"connect_timeout_s"`
	Verify         bool
	CaFile         *string `json:"ca_file"`
	Redirects      int
	Proxy          *string
}

type request struct {
	Method  string
	URL     string
	Headers [][2]string
	Body    *string
	Expect  *int
}

type experiment struct {
	told    *bufio.Reader
	says    *bufio.Writer
	task    task
	batches [][]request
	due     []int64
	client  *http.Client
	begun   time.Time     // when "go" was read
	late    time.Duration // how long before that it was given
	lock    sync.Mutex
	records []any
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (e *experiment) say(line any) {
	check(json.NewEncoder(e.says).Encode(line))
	check(e.says.Flush())
}

func (e *experiment) hear(into any) {
	line, err := e.told.ReadBytes('\n')
	check(err)
	check(json.Unmarshal(line, into))
}

func readLines[T any](path string) (items []T) {
	file, err := os.Open(path)
	check(err)
	defer file.Close()
	for decoder := json.NewDecoder(file); decoder.More(); {
		var item T
		check(decoder.Decode(&item))
		items = append(items, item)
	}
	return items
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func (e *experiment) makeClient() {
	dialer := &net.Dialer{Timeout: seconds(e.task.ConnectTimeout)}
	transport := &http.Transport{
		DialContext:         dialer.DialContext,
		DisableKeepAlives:   !e.task.Reuse,
		DisableCompression:  true,
		MaxIdleConnsPerHost: e.task.Concurrency, // by default 2
		MaxConnsPerHost:     e.task.Concurrency,
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: !e.task.Verify},
		TLSNextProto:        map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1
	}
	if e.task.CaFile != nil {
		pem, err := os.ReadFile(*e.task.CaFile)
		check(err)
		transport.TLSClientConfig.RootCAs = x509.NewCertPool()
		transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem)
	}
	if e.task.Proxy != nil {
		proxy, err := url.Parse(*e.task.Proxy)
		check(err)
		transport.Proxy = http.ProxyURL(proxy)
	}
	e.client = &http.Client{Transport: transport, Timeout: seconds(e.task.Timeout),
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if e.task.Redirects == 0 {
				return http.ErrUseLastResponse
			}
			if len(via) > e.task.Redirects {
				return errRedirects
			}
			return nil
		}}
}

var errRedirects = errors.New("too many redirects")

func errorOf(err error) string {
	var dns *net.DNSError
	var operation *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded) || os.IsTimeout(err):
		return "timed out"
	case errors.Is(err, errRedirects):
		return "too many redirects"
	case errors.As(err, &dns):
		return "could not resolve: " + err.Error()
	case errors.As(err, &operation) && operation.Op == "dial":
		return "could not connect: " + err.Error()
	case strings.Contains(err.Error(), "x509") || strings.Contains(err.Error(), "tls:"):
		return "tls failed: " + err.Error()
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE) || strings.Contains(err.Error(), "server closed"):
		return "connection lost: " + err.Error()
	}
	return "bad response: " + err.Error()
}

// exchange gives the status, and how many bytes the body had.
func (e *experiment) exchange(r *request) (int, int64, error) {
	var body io.Reader
	if r.Body != nil {
		body = strings.NewReader(*r.Body)
	}
	asked, err := http.NewRequest(r.Method, r.URL, body)
	if err != nil {
		return 0, 0, err
	}
	for _, header := range r.Headers {
		if strings.EqualFold(header[0], "Host") {
			asked.Host = header[1]
		}
		asked.Header.Add(header[0], header[1])
	}
	response, err := e.client.Do(asked)
	if err != nil {
		return 0, 0, err
	}
	defer response.Body.Close()
	size, err := io.Copy(io.Discard, response.Body)
	return response.StatusCode, size, err
}

func (e *experiment) now() int64 { return int64(time.Since(e.begun) + e.late) }

// send tells whether the batch is to go on.
func (e *experiment) send(batch, place, lane int) bool {
	r := &e.batches[batch%len(e.batches)][place]
	started := e.now()
	status, size, err := e.exchange(r)
	record := []any{batch, place, lane, started, nil, e.now(), status, size, nil}
	if err != nil {
		record[6], record[8] = nil, errorOf(err)
	}
	e.lock.Lock()
	e.records = append(e.records, record)
	e.lock.Unlock()
	if err != nil {
		return false
	}
	if r.Expect != nil {
		return status == *r.Expect
	}
	return status < 400
}

func (e *experiment) runBatch(batch, lane int) {
	for place := range e.batches[batch%len(e.batches)] {
		if !e.send(batch, place, lane) {
			return
		}
	}
}

func (e *experiment) run(isTimed bool) {
	var all sync.WaitGroup
	free := make(chan int, e.task.Concurrency)
	for lane := 0; lane < e.task.Concurrency; lane++ {
		free <- lane
	}
	for batch := 0; batch < e.task.BatchCount; batch++ {
		if isTimed && e.due != nil {
			time.Sleep(time.Duration(e.due[batch] - e.now()))
		}
		lane := <-free
		all.Add(1)
		go func(batch int) {
			defer all.Done()
			e.runBatch(batch, lane)
			free <- lane
		}(batch)
	}
	all.Wait()
}

// monotonicNs is CLOCK_MONOTONIC, which package time has, and does not show.
func monotonicNs() int64 {
	var time syscall.Timespec
	_, _, _ = syscall.Syscall(syscall.SYS_CLOCK_GETTIME, 1, uintptr(unsafe.Pointer(&time)), 0)
	return time.Nano()
}

// readClock lays Go's clock beside the experiment's, until nothing comes in between.
func (e *experiment) readClock(goNs int64) {
	for tries := 0; tries < 1000; tries++ {
		before := monotonicNs()
		e.begun = time.Now()
		after := monotonicNs()
		e.late = time.Duration(before - goNs)
		if after-before < int64(5*time.Microsecond) {
			break
		}
	}
}

func main() {
	e := experiment{told: bufio.NewReader(os.NewFile(3, "told")), says: bufio.NewWriter(os.NewFile(4, "says"))}
	e.say(map[string]any{"harness": 1, "client": "net/http", "runtime": "Go " + runtime.Version()[2:]})
	e.hear(&e.task)
	e.batches = readLines[[]request](e.task.Batches)
	if e.task.Due != nil {
		e.due = readLines[int64](*e.task.Due)
	}
	e.makeClient()
	if e.task.Warm {
		e.run(false)
		e.records = nil
	}
	e.say(map[string]any{"state": "ready"})
	var start struct{ Go int64 }
	e.hear(&start)
	e.readClock(start.Go)
	e.run(true)
	e.say(map[string]any{"state": "done"})
	for _, record := range e.records {
		check(json.NewEncoder(e.says).Encode(record))
	}
	e.say(map[string]any{"state": "end"})
	_, _ = io.Copy(io.Discard, e.told)
}
