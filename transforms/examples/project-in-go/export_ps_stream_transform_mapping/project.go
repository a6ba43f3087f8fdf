package export_ps_stream_transform_mapping

import (
	"slices"
	"strings"
)

// A transaction is
//
//	<Transaction>
//	  <PROJECT class="R"> fields, then child rows, each followed by its PSCAMA </PROJECT>
//	  <PSCAMA class="R"><AUDIT_ACTN>A</AUDIT_ACTN></PSCAMA>
//	</Transaction>
//
// where a PSCAMA says what happened to the rows before it, back to the PSCAMA before.

const recordType = "PROJECT"

var keyFields = []string{"BUSINESS_UNIT", "PROJECT_ID"}

type effect int

const (
	stays effect = iota
	isNow
	isGone
)

// What AUDIT_ACTN means for a table of rows.
var effects = map[string]effect{
	"":  isNow,  // a row of a copy
	"A": isNow,  // added
	"C": isNow,  // changed
	"N": isNow,  // the row under its new key
	"D": isGone, // deleted
	"K": isGone, // the row under its old key
	"O": stays,  // what a changed row was before
}

// row is an element with what is said of it; "" where nothing is.
type row struct {
	*element
	action string
}

func changesOf(document string) ([]change, error) {
	transaction, err := readElement(document)
	if err != nil {
		return nil, reject(malformed, "%v", err)
	}
	if !strings.EqualFold(transaction.name, "Transaction") {
		return nil, reject(unexpected, `not a transaction: the root element is "%s"`, transaction.name)
	}
	if marksFullSync(transaction) {
		return nil, nil
	}
	rows := rowsOf(transaction)
	if len(rows) == 0 {
		return nil, reject(unexpected, "a transaction without rows")
	}
	return changesOfRows(rows)
}

func changesOfRows(rows []row) ([]change, error) {
	var changes []change
	taken := map[string]bool{}
	for _, row := range rows {
		key, err := row.key()
		if err != nil {
			return nil, err
		}
		// Keys may swap: an old key that another row has taken since is not gone.
		switch row.action {
		case "A", "N":
			taken[key] = true
		case "K":
			if taken[key] {
				continue
			}
		}
		changes, err = row.appendChange(changes, key)
		if err != nil {
			return nil, err
		}
	}
	return changes, nil
}

func (r row) appendChange(changes []change, key string) ([]change, error) {
	effect, err := r.effect()
	if err != nil {
		return nil, err
	}
	switch effect {
	case isNow:
		value, err := r.value()
		if err != nil {
			return nil, err
		}
		return append(changes, upsert(recordType, key, value.json())), nil
	case isGone:
		return append(changes, tombstone(recordType, key)), nil
	default:
		return changes, nil
	}
}

func (r row) effect() (effect, error) {
	effect, known := effects[r.action]
	if !known {
		const reason = `audit action "%.10s" of record type "%s" is not one of A, C, D, K, N, O`
		return stays, reject(invalid, reason, r.action, r.name)
	}
	return effect, nil
}

func (r row) key() (string, error) {
	if !strings.EqualFold(r.name, recordType) {
		return "", reject(invalid, `record type "%s" has no key rule`, r.name)
	}
	key, blank := object{}, true
	for _, field := range keyFields {
		text, found := r.textOf(field)
		if !found {
			return "", reject(invalid, `record type "%s" lacks its key field "%s"`, recordType, field)
		}
		blank = blank && strings.TrimSpace(text) == ""
		key.add(field, text)
	}
	if blank {
		return "", reject(invalid, `the key of record type "%s" is blank: %s`, recordType, strings.Join(keyFields, ", "))
	}
	return key.json(), nil
}

// value has the row's fields as text; then its child rows, always as arrays, without those that are gone.
func (r row) value() (*object, error) {
	value := &object{}
	for _, element := range r.elements {
		if isField(element) && !value.add(element.name, element.text) {
			return nil, reject(invalid, `a field twice in one row of record type "%s"`, r.name)
		}
	}
	for _, child := range rowsOf(r.element) {
		effect, err := child.effect()
		if err != nil {
			return nil, err
		}
		if effect != isNow {
			continue
		}
		row, err := child.value()
		if err != nil {
			return nil, err
		}
		if !value.addTo(child.name, row) {
			return nil, reject(invalid, `"%s" is both a field and a child row of record type "%s"`, child.name, r.name)
		}
	}
	return value, nil
}

// rowsOf finds the rows directly in an element, each with its audit action.
func rowsOf(parent *element) []row {
	var rows []row
	decided := 0
	for _, element := range parent.elements {
		if isControl(element) {
			action, _ := element.textOf("AUDIT_ACTN")
			if strings.TrimSpace(action) == "" {
				action = ""
			}
			for ; decided < len(rows); decided++ {
				rows[decided].action = action
			}
		} else if !isField(element) {
			rows = append(rows, row{element, ""})
		}
	}
	return rows
}

// marksFullSync tells whether a full copy begins or ends here: then its rows are no data.
func marksFullSync(transaction *element) bool {
	return slices.ContainsFunc(transaction.elements, func(element *element) bool {
		flag, _ := element.textOf("MSG_SEQ_FLG")
		return isControl(element) && (flag == "H" || flag == "T")
	})
}

func isControl(element *element) bool { return strings.EqualFold(element.name, "PSCAMA") }

// isField: a row has class="R" or elements in it.
func isField(element *element) bool {
	return len(element.elements) == 0 && !strings.EqualFold(element.class, "R") && !isControl(element)
}
