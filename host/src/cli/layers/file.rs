//! The configuration file: TOML, a section for each command and one for what they have in common.

use std::path::Path;

use clap::{Arg, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::options::{COMMON, SECTIONS, Shape, of_section, shape, written};

#[derive(Debug)]
pub struct File {
    pub name: String,
    pub entries: Vec<Entry>,
}

/// An option, as the file has it.
#[derive(Debug)]
pub struct Entry {
    pub section: String,
    pub option: String,
    pub values: Vec<Value>,
}

#[derive(Debug)]
pub struct Value {
    pub text: String,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub line: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("configuration file \"{file}\" cannot be read")]
    Unreadable { file: String, source: std::io::Error },
    #[error("{place}: this is not TOML: {why}")]
    Syntax { place: Place, why: String },
    #[error("{place}: there is no section [{name}]{hint}")]
    Section { place: Place, name: String, hint: String },
    #[error("{place}: [{section}] has no option \"{name}\"{hint}")]
    Option { place: Place, section: String, name: String, hint: String },
    #[error("{place}: {name} takes {wanted}, not {found}")]
    Type { place: Place, name: String, wanted: &'static str, found: &'static str },
}

type Node<'t> = Spanned<DeValue<'t>>;

/// The text, for places in it.
struct Reading<'t> {
    file: &'t str,
    text: &'t str,
    definition: &'t Command,
}

impl File {
    /// The definition has been built.
    pub fn read(path: &Path, definition: &Command) -> Result<Self, FileError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|source| FileError::Unreadable { file: name.clone(), source })?;
        let entries = Reading { file: &name, text: &text, definition }.entries()?;
        Ok(File { name, entries })
    }
}

impl Reading<'_> {
    fn entries(&self) -> Result<Vec<Entry>, FileError> {
        let table = DeTable::parse(self.text).map_err(|error| self.syntax(&error))?;
        let mut entries = Vec::new();
        for (name, section) in table.get_ref() {
            entries.extend(self.section(name.get_ref(), self.place(name.span().start), section)?);
        }
        Ok(entries)
    }

    fn section(&self, section: &str, place: Place, node: &Node<'_>) -> Result<Vec<Entry>, FileError> {
        let sections = [&[COMMON], &SECTIONS[..]].concat();
        if !sections.contains(&section) {
            let hint = hint(section, &sections);
            return Err(FileError::Section { place, name: section.into(), hint });
        }
        let table = node.get_ref().as_table();
        let table = table.ok_or_else(|| self.wrong(section, "options", node))?;
        let known = of_section(self.definition, section);
        let read = |(name, value): (&Spanned<_>, _)| self.entry(section, &known, name, value);
        table.iter().map(read).collect()
    }

    fn entry(
        &self,
        section: &str,
        known: &[&Arg],
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Node<'_>,
    ) -> Result<Entry, FileError> {
        let option = name.get_ref().to_string();
        let Some(arg) = known.iter().find(|arg| written(arg) == option) else {
            let names: Vec<&str> = known.iter().map(|arg| written(arg)).collect();
            let (place, hint) = (self.place(name.span().start), hint(&option, &names));
            return Err(FileError::Option { place, section: section.into(), name: option, hint });
        };
        let values = self.values(&format!("{section}.{option}"), shape(arg), value)?;
        Ok(Entry { section: section.into(), option, values })
    }

    fn values(&self, name: &str, shape: Shape, node: &Node<'_>) -> Result<Vec<Value>, FileError> {
        let place = self.place(node.span().start);
        match (shape, node.get_ref()) {
            (Shape::Texts | Shape::Pairs, DeValue::Array(array)) => {
                let each = array.iter().map(|node| self.values(name, Shape::Text, node));
                Ok(each.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
            }
            (Shape::Pairs, DeValue::Table(table)) => self.pairs(name, "", table),
            (Shape::Text | Shape::Texts | Shape::Pairs, DeValue::String(text)) => {
                Ok(vec![Value { text: text.to_string(), place }])
            }
            (Shape::Number, DeValue::Integer(number)) if number.radix() == 10 => {
                Ok(vec![Value { text: number.as_str().into(), place }])
            }
            (Shape::Switch, DeValue::Boolean(is)) => Ok(vec![Value { text: is.to_string(), place }]),
            _ => Err(self.wrong(name, wanted(shape), node)),
        }
    }

    /// A dot in a name that is not in quotes makes a table of it in TOML; here it is a dot.
    fn pairs(&self, name: &str, before: &str, table: &DeTable<'_>) -> Result<Vec<Value>, FileError> {
        let mut pairs = Vec::new();
        for (key, node) in table {
            let key = format!("{before}{}", key.get_ref());
            match node.get_ref() {
                DeValue::Table(table) => pairs.extend(self.pairs(name, &format!("{key}."), table)?),
                value => {
                    let value = plain(value).ok_or_else(|| self.wrong(&format!("{name}.{key}"), "a value", node))?;
                    let place = self.place(node.span().start);
                    pairs.push(Value { text: format!("{key}={value}"), place });
                }
            }
        }
        Ok(pairs)
    }

    fn wrong(&self, name: &str, wanted: &'static str, node: &Node<'_>) -> FileError {
        let found = match node.get_ref() {
            DeValue::String(_) => "text in quotes",
            DeValue::Integer(_) | DeValue::Float(_) => "a number without quotes",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        FileError::Type { place: self.place(node.span().start), name: name.into(), wanted, found }
    }

    fn syntax(&self, error: &toml::de::Error) -> FileError {
        let place = self.place(error.span().unwrap_or_default().start);
        FileError::Syntax { place, why: error.message().replace('\n', ", ") }
    }

    fn place(&self, offset: usize) -> Place {
        let before = self.text.as_bytes().iter().take(offset);
        Place { file: self.file.into(), line: 1 + before.filter(|byte| **byte == b'\n').count() }
    }
}

fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(is) => Some(is.to_string()),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

fn wanted(shape: Shape) -> &'static str {
    match shape {
        Shape::Switch => "true or false",
        Shape::Number => "a number without quotes",
        Shape::Text => "text in quotes",
        Shape::Texts => "text in quotes or a list of texts",
        Shape::Pairs => "a table or a list of texts such as KEY=VALUE",
    }
}

/// The known name that is nearest, where one is near enough to be meant.
fn hint(name: &str, known: &[&str]) -> String {
    let distance = |known: &&&str| strsim::damerau_levenshtein(&name.replace('_', "-"), known);
    let nearest = known.iter().min_by_key(distance).filter(|known| distance(known) <= known.len().div_ceil(3));
    match nearest {
        Some(nearest) => format!("; did you mean \"{nearest}\"?"),
        None => format!("; it may be one of: {}", known.join(", ")),
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}", self.file, self.line)
    }
}
