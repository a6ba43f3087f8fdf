package export_ps_stream_transform_mapping

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// XML is read here, because with encoding/xml the whole takes four times as long. A transaction is well-formed and has no
// document type: wit/mapper.wit says so. What would be misread all the same is refused. Texts are parts of the document,
// not copies.

// element is an XML element. Names are without their prefix; text is what stands directly in one without elements.
type element struct {
	name     string
	class    string
	text     string
	elements []*element
}

var errCutOff = errors.New("the document is cut off, or is several")

func readElement(document string) (*element, error) {
	rest := newlines.Replace(document)
	top := &element{}
	open := []*element{top}
	for {
		escaped, markup, found := strings.Cut(rest, "<")
		text, err := unescape(escaped)
		if err != nil {
			return nil, err
		}
		open[len(open)-1].add(text)
		if !found {
			break
		}
		if open, rest, err = readMarkup(open, markup); err != nil {
			return nil, err
		}
	}
	if len(open) != 1 || len(top.elements) != 1 {
		return nil, errCutOff
	}
	return top.elements[0], nil
}

var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// readMarkup takes what begins with "<", and gives what is open and the rest after it.
func readMarkup(open []*element, markup string) ([]*element, string, error) {
	last := open[len(open)-1]
	var inside, rest string
	found := false
	switch {
	case strings.HasPrefix(markup, "!--"):
		_, rest, found = strings.Cut(markup[len("!--"):], "-->")
	case strings.HasPrefix(markup, "![CDATA["):
		inside, rest, found = strings.Cut(markup[len("![CDATA["):], "]]>")
		last.add(inside)
	case strings.HasPrefix(markup, "!"):
		return nil, "", errors.New("a document type in a transaction")
	case strings.HasPrefix(markup, "?"):
		_, rest, found = strings.Cut(markup, "?>")
	case strings.HasPrefix(markup, "/"):
		inside, rest, found = strings.Cut(markup[1:], ">")
		if localName(strings.TrimSpace(inside)) != last.name || len(open) == 1 {
			return nil, "", fmt.Errorf("%q is not ended by %q", last.name, inside)
		}
		open = open[:len(open)-1]
	default:
		inside, rest, found = cutTag(markup)
		started, empty := startedBy(inside)
		last.elements = append(last.elements, started)
		if !empty {
			open = append(open, started)
		}
	}
	if !found {
		return nil, "", errCutOff
	}
	return open, rest, nil
}

// cutTag finds the end of a start tag; there may be a ">" in the value of an attribute.
func cutTag(markup string) (tag, rest string, found bool) {
	quote := byte(0)
	for i := range len(markup) {
		switch char := markup[i]; {
		case quote != 0:
			if char == quote {
				quote = 0
			}
		case char == '"' || char == '\'':
			quote = char
		case char == '>':
			return markup[:i], markup[i+1:], true
		}
	}
	return markup, "", false
}

func startedBy(tag string) (started *element, empty bool) {
	tag, empty = strings.CutSuffix(tag, "/")
	end := strings.IndexAny(tag, " \t\n")
	if end < 0 {
		return &element{name: localName(tag)}, empty
	}
	return &element{name: localName(tag[:end]), class: classIn(tag[end:])}, empty
}

// classIn finds the attribute of that name among all.
func classIn(attributes string) string {
	for {
		name, after, found := strings.Cut(attributes, "=")
		after = strings.TrimSpace(after)
		if !found || after == "" {
			return ""
		}
		value, rest, _ := strings.Cut(after[1:], after[:1])
		if strings.TrimSpace(name) == "class" {
			return strings.TrimSpace(value)
		}
		attributes = rest
	}
}

func unescape(text string) (string, error) {
	plain, rest, found := strings.Cut(text, "&")
	if !found {
		return text, nil
	}
	var unescaped strings.Builder
	for found {
		name, after, _ := strings.Cut(rest, ";")
		char, err := referenced(name)
		if err != nil {
			return "", err
		}
		unescaped.WriteString(plain + char)
		plain, rest, found = strings.Cut(after, "&")
	}
	return unescaped.String() + plain, nil
}

var entities = map[string]string{"lt": "<", "gt": ">", "amp": "&", "quot": `"`, "apos": "'"}

func referenced(name string) (string, error) {
	if char, known := entities[name]; known {
		return char, nil
	}
	digits, base := strings.TrimPrefix(name, "#"), 10
	if hexadecimal, isHexadecimal := strings.CutPrefix(digits, "x"); isHexadecimal {
		digits, base = hexadecimal, 16
	}
	code, err := strconv.ParseUint(digits, base, 21)
	if err != nil || digits == name {
		return "", fmt.Errorf("%q is no reference", name)
	}
	return string(rune(code)), nil
}

func localName(name string) string { return name[strings.IndexByte(name, ':')+1:] }

// add is for text; what stands around elements says nothing.
func (e *element) add(text string) {
	if len(e.elements) == 0 {
		e.text += text
	}
}

// textOf finds the text of the field of this name.
func (e *element) textOf(field string) (text string, found bool) {
	for _, element := range e.elements {
		if strings.EqualFold(element.name, field) {
			return element.text, true
		}
	}
	return "", false
}
