//! What a module says of itself and what it needs, for a person who wonders what a file is.

use std::path::Path;

use super::component;
use super::engine::Engine;
use super::kind::{Kind, PACKAGE, VERSION};
use super::load_error::LoadError;
use super::module::{self, Module};
use super::size::Size;
use super::warm;
use crate::contract::{Description, mapper::Mapper, splitter::Splitter};

#[derive(Debug)]
pub struct Inspection {
    pub module: Module,
    pub description: Description,
    pub form: Form,
    /// Of the file, in bytes.
    pub length: usize,
    pub exports: Vec<String>,
    pub imports: Vec<Import>,
    /// What an instance had taken when it was asked what it is.
    pub memory: Size,
}

/// How a module comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Component,
    /// It is made a component when it is loaded.
    CoreModule,
}

#[derive(Debug, Clone)]
pub struct Import {
    pub name: String,
    pub access: Access,
}

/// What a module gets of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It is part of the contract.
    Given,
    /// It is WASI: told that there is nothing, or stopped.
    Denied,
}

impl Inspection {
    pub fn of(engine: &Engine, path: &Path) -> Result<Self, LoadError> {
        let bytes = module::read(path)?;
        let module = Module::compile(engine, &path.display().to_string(), &bytes)?;
        let (description, memory) = describe(&module)?;
        let world = module.component.component_type();
        Ok(Inspection {
            form: if component::is_component(&bytes) { Form::Component } else { Form::CoreModule },
            length: bytes.len(),
            exports: world.exports(&engine.inner).map(|(name, _)| name.to_owned()).collect(),
            imports: world.imports(&engine.inner).map(|(name, _)| import(name)).collect(),
            memory: Size(memory),
            description,
            module,
        })
    }

    /// The contract it is of, with the contract's version.
    pub fn contract() -> String {
        format!("{}{}", PACKAGE.trim_end_matches('/'), VERSION)
    }
}

/// What a module says of itself, and the memory it had taken by then.
fn describe(module: &Module) -> Result<(Description, usize), LoadError> {
    match module.kind {
        Kind::Splitter => warm::describe::<Splitter>(module),
        Kind::Mapper => warm::describe::<Mapper>(module),
    }
}

impl Module {
    /// What it says of itself.
    pub fn description(&self) -> Result<Description, LoadError> {
        Ok(describe(self)?.0)
    }
}

fn import(name: &str) -> Import {
    let access = if name.starts_with(PACKAGE) { Access::Given } else { Access::Denied };
    Import { name: name.to_owned(), access }
}
