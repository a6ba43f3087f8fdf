//! What can be seen of a core module from outside.

use wasmparser::{Parser, Payload};

use super::preview1;
use crate::transform::kind::{Kind, PACKAGE, VERSION};

#[derive(Debug, Default)]
pub(super) struct Outline {
    /// It says itself which world it is of.
    described: bool,
    /// The world whose functions it exports.
    kind: Option<Kind>,
    /// It imports WASI preview 1.
    pub preview1: bool,
}

impl Outline {
    pub fn of(core: &[u8]) -> Result<Self, wasmparser::BinaryReaderError> {
        let mut outline = Outline::default();
        for payload in Parser::new(0).parse_all(core) {
            outline.add(payload?)?;
        }
        Ok(outline)
    }

    fn add(&mut self, payload: Payload<'_>) -> Result<(), wasmparser::BinaryReaderError> {
        match payload {
            Payload::CustomSection(section) => self.described |= section.name().starts_with("component-type"),
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    self.preview1 |= import?.module == preview1::NAME;
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    self.kind = self.kind.or(kind(export?.name));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The world it has to be told it is of.
    pub fn world(&self) -> Option<&'static str> {
        self.kind.filter(|_| !self.described).map(Kind::world)
    }
}

/// Of the module that exports a function of this name.
fn kind(function: &str) -> Option<Kind> {
    let interface = function.strip_prefix(PACKAGE)?.split_once('#')?.0.strip_suffix(VERSION)?;
    Kind::known_by(|known| known == interface)
}
