package export_ps_stream_transform_mapping

import (
	"encoding/xml"
	"strings"
)

// element is any element of XML; text is all that stands directly in it.
type element struct {
	XMLName  xml.Name
	Class    string     `xml:"class,attr"`
	Text     string     `xml:",chardata"`
	Elements []*element `xml:",any"`
}

// name is without its prefix.
func (e *element) name() string { return e.XMLName.Local }

// textOf finds the text of the field of this name.
func (e *element) textOf(field string) (text string, found bool) {
	for _, element := range e.Elements {
		if strings.EqualFold(element.name(), field) {
			return element.Text, true
		}
	}
	return "", false
}
