//! Primary keys: which fields make the key of a record type, and how a key is written.

use std::{cmp::Ordering, fmt, sync::Arc};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};

use crate::{Rejection, json::Json, rowset::Row};

/// The key rules of a module: of each record type that has one, the fields of its key. Cheap to clone.
///
/// As configuration: `{"PROJECT": ["BUSINESS_UNIT", "PROJECT_ID"]}`. Record types and fields are found whatever the case of
/// their letters; what goes out is spelled as in the rule.
///
/// ```
/// use ps_stream_sdk::KeyRules;
///
/// let rules = KeyRules::new([("PROJECT", ["BUSINESS_UNIT", "PROJECT_ID"])])?;
/// assert_eq!(rules.rule("project").unwrap().fields(), ["BUSINESS_UNIT", "PROJECT_ID"]);
/// assert!(rules.rule("VENDOR").is_none());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyRules {
    /// Sorted by record type, short ones first, whatever the case.
    rules: Arc<[Arc<KeyRule>]>,
}

/// The key rule of one record type.
///
/// ```
/// use ps_stream_sdk::{KeyRules, rowset};
///
/// let rules = KeyRules::new([("ACTIVITY", ["PROJECT_ID", "ACTIVITY_ID"])])?;
/// let document = "<Transaction><PROJECT><PROJECT_ID>007</PROJECT_ID>
///     <ACTIVITY class='R'><ACTIVITY_ID>A1</ACTIVITY_ID></ACTIVITY></PROJECT></Transaction>";
/// let rowset = rowset::read(document).unwrap();
/// let project = &rowset.rows[0];
/// let rule = rules.rule("ACTIVITY").unwrap();
/// assert_eq!(rule.key(&project.children[0], &[project]).unwrap(), r#"{"PROJECT_ID":"007","ACTIVITY_ID":"A1"}"#);
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRule {
    record_type: String,
    fields: Vec<String>,
}

impl KeyRules {
    /// Rules from pairs of a record type and the fields of its key. The error is for the person who wrote them.
    ///
    /// ```
    /// use ps_stream_sdk::KeyRules;
    ///
    /// let written = KeyRules::new([("PROJECT", ["PROJECT_ID"])])?;
    /// let configured: KeyRules = serde_json::from_str(r#"{"PROJECT": ["PROJECT_ID"]}"#).unwrap();
    /// assert_eq!(written, configured);
    /// let error = KeyRules::new([("PROJECT", ["PROJECT_ID"]), ("project", ["ID"])]).unwrap_err();
    /// assert_eq!(error, "record type \"project\" has two key rules");
    /// # Ok::<(), String>(())
    /// ```
    pub fn new<Type, Fields, Field>(rules: impl IntoIterator<Item = (Type, Fields)>) -> Result<Self, String>
    where
        Type: Into<String>,
        Fields: IntoIterator<Item = Field>,
        Field: Into<String>,
    {
        let rule = |(record_type, fields): (Type, Fields)| {
            KeyRule::new(record_type.into(), fields.into_iter().map(Into::into).collect())
        };
        Self::sorted(rules.into_iter().map(rule).collect::<Result<_, _>>()?)
    }

    /// The rule of a record type.
    pub fn rule(&self, record_type: &str) -> Option<&KeyRule> {
        self.shared_rule(record_type).map(AsRef::as_ref)
    }

    /// The same, to be kept.
    pub(crate) fn shared_rule(&self, record_type: &str) -> Option<&Arc<KeyRule>> {
        let order = |rule: &Arc<KeyRule>| compare(&rule.record_type, record_type);
        let found = self.rules.binary_search_by(order).ok()?;
        self.rules.get(found)
    }

    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    fn sorted(mut rules: Vec<KeyRule>) -> Result<Self, String> {
        rules.sort_by(|one, other| compare(&one.record_type, &other.record_type));
        for pair in rules.windows(2) {
            if let [one, other] = pair
                && compare(&one.record_type, &other.record_type).is_eq()
            {
                return Err(format!("record type \"{}\" has two key rules", other.record_type));
            }
        }
        Ok(Self { rules: rules.into_iter().map(Arc::new).collect() })
    }
}

impl KeyRule {
    fn new(record_type: String, fields: Vec<String>) -> Result<Self, String> {
        let is_topic = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if record_type.is_empty() || !record_type.bytes().all(is_topic) {
            return Err(format!(
                "key rule for record type {record_type:?}: a record type is letters, digits, \".\", \"_\" and \"-\""
            ));
        }
        if fields.is_empty() {
            return Err(format!("key rule for record type \"{record_type}\" names no field"));
        }
        for (index, field) in fields.iter().enumerate() {
            if field.trim().is_empty() {
                return Err(format!("key rule for record type \"{record_type}\" names a blank field"));
            }
            if fields.iter().take(index).any(|earlier| earlier.eq_ignore_ascii_case(field)) {
                return Err(format!("key rule for record type \"{record_type}\" names field \"{field}\" twice"));
            }
        }
        Ok(Self { record_type, fields })
    }

    /// The record type, as the rule spells it.
    pub fn record_type(&self) -> &str {
        &self.record_type
    }

    /// The fields of the key, in its order.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// The key of a row as JSON text. A field the row does not have is looked for in its ancestors, given outermost first,
    /// the nearest before the others.
    pub fn key(&self, row: &Row<'_>, ancestors: &[&Row<'_>]) -> Result<String, Rejection> {
        let mut values = Vec::with_capacity(self.fields.len());
        for name in &self.fields {
            let inherited = || ancestors.iter().rev().find_map(|ancestor| ancestor.field(name));
            values.push(row.field(name).or_else(inherited).ok_or_else(|| self.lacks(name, row))?);
        }
        self.json(&values).ok_or_else(|| {
            Rejection::invalid(format!(
                "the key of record type \"{}\" is blank: {}",
                self.record_type,
                self.fields.join(", ")
            ))
            .at(row.position)
        })
    }

    fn lacks(&self, name: &str, row: &Row<'_>) -> Rejection {
        let record_type = &self.record_type;
        Rejection::invalid(format!("record type \"{record_type}\" lacks its key field \"{name}\"")).at(row.position)
    }

    /// The key made of these values, one for each field of the rule: a JSON string where the rule has one field, an object
    /// where it has several. Nothing when all of them are blank.
    pub(crate) fn json<Value: AsRef<str>>(&self, values: &[Value]) -> Option<String> {
        if values.iter().all(|value| value.as_ref().trim().is_empty()) {
            return None;
        }
        let mut key = Json::with_room(64);
        if let [value] = values {
            key.string(value.as_ref());
            return Some(key.into_text());
        }
        key.mark(b'{');
        for (field, value) in self.fields.iter().zip(values) {
            key.member(field, value.as_ref());
        }
        key.mark(b'}');
        Some(key.into_text())
    }
}

fn compare(one: &str, other: &str) -> Ordering {
    let upper = |byte: u8| byte.to_ascii_uppercase();
    one.len().cmp(&other.len()).then_with(|| one.bytes().map(upper).cmp(other.bytes().map(upper)))
}

impl<'de> Deserialize<'de> for KeyRules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RulesVisitor)
    }
}

struct RulesVisitor;

impl<'de> Visitor<'de> for RulesVisitor {
    type Value = KeyRules;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("key rules: record types with the list of their key's fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<KeyRules, A::Error> {
        let mut rules = Vec::new();
        while let Some((record_type, fields)) = map.next_entry()? {
            rules.push(KeyRule::new(record_type, fields).map_err(Error::custom)?);
        }
        KeyRules::sorted(rules).map_err(Error::custom)
    }
}

#[cfg(test)]
mod tests;
