//! `ps-stream transform inspect`, as typed.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::{not_loaded, printed};
use crate::cli::Failure;
use crate::cli::modules::Modules;
use crate::contract::Description;
use crate::transform::{Access, Form, Inspection, Size};

/// Show what a module says of itself and what it needs
#[derive(Debug, Args)]
#[command(
    after_long_help = "Exit status: 0 when it could be asked, 1 when not, with the reason, 2 when it was typed wrongly."
)]
pub struct Inspect {
    /// The module
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,

    /// Write JSON, with the configuration schema
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    modules: Modules,
}

impl Inspect {
    pub fn execute(self) -> Result<(), Failure> {
        let engine = self.modules.engine()?;
        let inspection = Inspection::of(&engine, &self.file).map_err(not_loaded)?;
        printed(if self.json { writeln!(io::stdout(), "{}", json(&inspection)) } else { tell(&inspection) })
    }
}

fn tell(inspection: &Inspection) -> io::Result<()> {
    let description = &inspection.description;
    let mut out = io::stdout().lock();
    let mut line = |name: &str, value: &str| writeln!(out, "{name:<14}{value}");
    line("name", &format!("{} {}", description.name, description.version))?;
    line("summary", &description.summary)?;
    line("kind", &inspection.module.kind.to_string())?;
    line("contract", &Inspection::contract())?;
    line("file", &format!("{} of {}", form(inspection), Size(inspection.length)))?;
    line("hash", &inspection.module.identity.hash)?;
    line("memory", &format!("{} when it was asked what it is", inspection.memory))?;
    line("record types", &record_types(description))?;
    line("configuration", schema(description))?;
    for export in &inspection.exports {
        line("export", export)?;
    }
    for import in &inspection.imports {
        let gets = if import.access == Access::Given { "" } else { " (gets nothing of it)" };
        line("import", &format!("{}{gets}", import.name))?;
    }
    Ok(())
}

pub fn json(inspection: &Inspection) -> Value {
    let description = &inspection.description;
    let imports = |access| inspection.imports.iter().filter(move |i| i.access == access).map(|i| i.name.as_str());
    json!({
        "name": description.name,
        "version": description.version,
        "summary": description.summary,
        "kind": inspection.module.kind.to_string(),
        "contract": Inspection::contract(),
        "form": match inspection.form { Form::Component => "component", Form::CoreModule => "core module" },
        "bytes": inspection.length,
        "hash": inspection.module.identity.hash.to_string(),
        "memory_bytes": inspection.memory.0,
        "record_types": description.record_types,
        "config_schema": serde_json::from_str::<Value>(&description.config_schema).ok(),
        "exports": inspection.exports,
        "imports": imports(Access::Given).collect::<Vec<_>>(),
        "denied_imports": imports(Access::Denied).collect::<Vec<_>>(),
    })
}

pub fn form(inspection: &Inspection) -> &'static str {
    match inspection.form {
        Form::Component => "a component",
        Form::CoreModule => "a core module",
    }
}

pub fn described(description: &Description) -> String {
    format!("{} {}: {}", description.name, description.version, description.summary)
}

fn record_types(description: &Description) -> String {
    if description.record_types.is_empty() { "any".into() } else { description.record_types.join(", ") }
}

fn schema(description: &Description) -> &'static str {
    if description.config_schema.is_empty() { "none" } else { "by a schema (--json shows it)" }
}
