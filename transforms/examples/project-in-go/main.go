// A mapper to copy from, in Go: rows of record type PROJECT, the same that the stock mapper makes of them.
//
// The bindings are made of wit/. What they want of a module is in the two packages beside them, whose names they prescribe.
package main

//go:generate wit-bindgen go ../../../wit -w mapper --out-dir bindings --pkg-name mapper/bindings --export-pkg-name mapper

import _ "mapper/bindings/wit_exports"

// Never called: a module has no start, only functions.
func main() {}
