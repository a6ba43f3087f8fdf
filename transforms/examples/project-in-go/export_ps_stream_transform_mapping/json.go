package export_ps_stream_transform_mapping

import (
	"bytes"
	"encoding/json"
	"strings"
)

// object is a JSON object whose members keep their order, which a map's do not.
type object struct {
	names   []string
	members map[string]any // a string, or []*object
}

// add puts a member at the end, unless there is one of that name.
func (o *object) add(name string, member any) bool {
	if _, taken := o.members[name]; taken {
		return false
	}
	if o.members == nil {
		o.members = map[string]any{}
	}
	o.names = append(o.names, name)
	o.members[name] = member
	return true
}

// addTo puts an object at the end of the member of that name, unless that is a string.
func (o *object) addTo(name string, item *object) bool {
	if o.add(name, []*object{item}) {
		return true
	}
	items, isArray := o.members[name].([]*object)
	if isArray {
		o.members[name] = append(items, item)
	}
	return isArray
}

func (o *object) json() string { return string(o.appendTo(nil)) }

func (o *object) appendTo(out []byte) []byte {
	out = append(out, '{')
	for i, name := range o.names {
		out = append(appendString(separated(out, i), name), ':')
		switch member := o.members[name].(type) {
		case string:
			out = appendString(out, member)
		case []*object:
			out = append(out, '[')
			for i, item := range member {
				out = item.appendTo(separated(out, i))
			}
			out = append(out, ']')
		}
	}
	return append(out, '}')
}

func separated(out []byte, index int) []byte {
	if index == 0 {
		return out
	}
	return append(out, ',')
}

// appendString leaves to encoding/json what has to be escaped, without what it escapes for web pages only.
func appendString(out []byte, text string) []byte {
	if !strings.ContainsFunc(text, isSpecial) {
		out = append(out, '"')
		out = append(out, text...)
		return append(out, '"')
	}
	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err)
	}
	return append(out, bytes.TrimSuffix(quoted.Bytes(), []byte("\n"))...)
}

func isSpecial(char rune) bool { return char < ' ' || char == '"' || char == '\\' }
