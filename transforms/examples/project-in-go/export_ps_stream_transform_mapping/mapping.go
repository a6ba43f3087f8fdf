// Package export_ps_stream_transform_mapping is what a mapper has: here the contract, in project.go the rows.
package export_ps_stream_transform_mapping

import (
	"errors"
	"fmt"

	"mapper/bindings/ps_stream_transform_mapping"
	"mapper/bindings/ps_stream_transform_types"

	"go.bytecodealliance.org/pkg/wit/types"
)

type (
	change    = ps_stream_transform_mapping.Change
	rejection = ps_stream_transform_types.Rejection
	result    = wit_types.Result[[]change, rejection]
)

const (
	malformed  = ps_stream_transform_types.RejectionKindMalformed
	unexpected = ps_stream_transform_types.RejectionKindUnexpected
	invalid    = ps_stream_transform_types.RejectionKindInvalid
)

// rejected is the error for input that is no good.
type rejected struct {
	kind   ps_stream_transform_types.RejectionKind
	reason string
}

func (r *rejected) Error() string { return r.reason }

func reject(kind ps_stream_transform_types.RejectionKind, format string, args ...any) error {
	return &rejected{kind, fmt.Sprintf(format, args...)}
}

func MapBatch(batch []ps_stream_transform_mapping.Transaction) []result {
	results := make([]result, len(batch))
	for i, transaction := range batch {
		results[i] = answer(transaction.Document)
	}
	return results
}

// Any other error is a crash of this module, and ps-stream names it so.
func answer(document string) result {
	changes, err := changesOf(document)
	if no := (*rejected)(nil); errors.As(err, &no) {
		return wit_types.Err[[]change](rejection{Kind: no.kind, Reason: no.reason, Position: wit_types.None[uint64]()})
	}
	if err != nil {
		panic(err)
	}
	return wit_types.Ok[[]change, rejection](changes)
}

func upsert(recordType, key, value string) change {
	row := ps_stream_transform_mapping.Row{RecordType: recordType, Key: key, Value: value}
	return ps_stream_transform_mapping.MakeChangeUpsert(row)
}

func tombstone(recordType, key string) change {
	gone := ps_stream_transform_mapping.PrimaryKey{RecordType: recordType, Key: key}
	return ps_stream_transform_mapping.MakeChangeTombstone(gone)
}
