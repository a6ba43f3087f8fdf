//! The namespaces in scope around a transaction, to be carried onto it: without them its prefixes would mean nothing.

use crate::{
    Rejection,
    xml::{Attribute, Start, local_name},
};

/// All declarations in scope together may be this long: they are written again on every transaction.
const MAX_BYTES: usize = 4 * 1024;

/// The declarations on the open elements, outermost first.
#[derive(Clone, Debug, Default)]
pub(super) struct Namespaces {
    declared: Vec<Declaration>,
}

#[derive(Clone, Debug)]
struct Declaration {
    depth: usize,
    /// `xmlns` or `xmlns:p`.
    name: Vec<u8>,
    /// ` xmlns:p="…"`, as it is written again; empty when it takes the default namespace back.
    written: Vec<u8>,
}

impl Namespaces {
    /// Remembers what an element at this depth declares.
    pub(super) fn declare(&mut self, depth: usize, start: &Start<'_>) -> Result<(), Rejection> {
        for attribute in start.attributes.clone().filter(declares_namespace) {
            let written = match attribute.value {
                b"" => Vec::new(),
                _ => [b" ", attribute.name, b"=", attribute.quoted].concat(),
            };
            self.declared.push(Declaration { depth, name: attribute.name.to_vec(), written });
        }
        match self.declared.iter().map(|declaration| declaration.name.len() + declaration.written.len()).sum::<usize>()
        {
            0..=MAX_BYTES => Ok(()),
            _ => Err(Rejection::too_large(format!("more than {MAX_BYTES} bytes of namespace declarations"))),
        }
    }

    /// The element at this depth has ended.
    pub(super) fn leave(&mut self, depth: usize) {
        while self.declared.last().is_some_and(|last| last.depth >= depth) {
            self.declared.pop();
        }
    }

    /// What is in scope and not declared on this element itself, as attributes.
    pub(super) fn missing_on(&self, start: &Start<'_>) -> Vec<u8> {
        let mut written = Vec::new();
        for (index, declaration) in self.declared.iter().enumerate() {
            let later = self.declared.iter().skip(index + 1).map(|other| other.name.as_slice());
            let own = start.attributes.clone().map(|attribute| attribute.name);
            if !later.chain(own).any(|name| name == declaration.name) {
                written.extend_from_slice(&declaration.written);
            }
        }
        written
    }
}

fn declares_namespace(attribute: &Attribute<'_>) -> bool {
    attribute.name == b"xmlns" || (attribute.name.starts_with(b"xmlns:") && local_name(attribute.name) != b"xml")
}
