package export_ps_stream_transform_module

import (
	"mapper/bindings/ps_stream_transform_types"

	"go.bytecodealliance.org/pkg/wit/types"
)

func Describe() ps_stream_transform_types.Description {
	return ps_stream_transform_types.Description{
		Name:    "unruly-in-go",
		Version: "0.0.1",
		Summary: "does what the transaction's id says",
	}
}

func Configure(config string) wit_types.Result[wit_types.Unit, string] {
	return wit_types.Ok[wit_types.Unit, string](wit_types.Unit{})
}
