// Package export_ps_stream_transform_mapping does what the transaction's id says; `look` answers with everything it could get
// hold of.
package export_ps_stream_transform_mapping

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"mapper/bindings/ps_stream_transform_mapping"
	"mapper/bindings/ps_stream_transform_types"

	"go.bytecodealliance.org/pkg/wit/types"
)

type result = wit_types.Result[[]ps_stream_transform_mapping.Change, ps_stream_transform_types.Rejection]

var deeds = map[string]func() any{"fail": fail, "look": look, "waste": waste, "wait": wait}

func MapBatch(batch []ps_stream_transform_mapping.Transaction) []result {
	var results []result
	for _, transaction := range batch {
		results = append(results, answer(transaction.TransactionId))
	}
	return results
}

func answer(id string) result {
	var value any = "good"
	deed, _, _ := strings.Cut(id, "-")
	if do, found := deeds[deed]; found {
		value = do()
	}
	row := ps_stream_transform_mapping.Row{RecordType: "UNRULY", Key: toJSON(id), Value: toJSON(value)}
	changes := []ps_stream_transform_mapping.Change{ps_stream_transform_mapping.MakeChangeUpsert(row)}
	return wit_types.Ok[[]ps_stream_transform_mapping.Change, ps_stream_transform_types.Rejection](changes)
}

func toJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func fail() any { panic("no such luck") }

func look() any {
	_, file := os.ReadFile("/etc/passwd")
	_, directory := os.ReadDir("/")
	_, network := net.Dial("tcp", "127.0.0.1:80")
	var random [8]byte
	rand.Read(random[:])
	return map[string]any{
		"environment": os.Environ(),
		"arguments":   os.Args,
		"file":        innermost(file),
		"directory":   innermost(directory),
		"network":     innermost(network),
		"time":        time.Now().Unix(),
		"random":      hex.EncodeToString(random[:]),
	}
}

func innermost(err error) string {
	for next := err; next != nil; next = errors.Unwrap(next) {
		err = next
	}
	return err.Error()
}

var last []byte

// Four times what an instance may have.
func waste() any {
	for range 1024 {
		last = make([]byte, 1<<20)
	}
	return fmt.Sprintf("1024 times %d bytes", len(last))
}

// Among goroutines, and for an hour.
func wait() any {
	begun := time.Now()
	waited := make(chan time.Duration)
	go func() {
		time.Sleep(time.Hour)
		waited <- time.Since(begun)
	}()
	return (<-waited).Truncate(time.Minute).String()
}
