// Package export_ps_stream_transform_module is what every module has, of either kind.
package export_ps_stream_transform_module

import (
	"mapper/bindings/ps_stream_transform_types"

	"go.bytecodealliance.org/pkg/wit/types"
)

func Describe() ps_stream_transform_types.Description {
	return ps_stream_transform_types.Description{
		Name:         "project-in-go",
		Version:      "1.0.0",
		Summary:      "PROJECT rows, mapped in Go",
		RecordTypes:  []string{"PROJECT"},
		ConfigSchema: "", // or a JSON Schema: then Configure gets what fits it
	}
}

// Configure has nothing to do here. Otherwise: keep what json.Unmarshal makes of it, or refuse it with
// wit_types.Err[wit_types.Unit]("why").
func Configure(config string) wit_types.Result[wit_types.Unit, string] {
	return wit_types.Ok[wit_types.Unit, string](wit_types.Unit{})
}
