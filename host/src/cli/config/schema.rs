//! The JSON Schema of the configuration file, made of the definition of the command line.

use clap::{Arg, Command};
use serde_json::{Map, Value, json};

use crate::cli::layers::{COMMON, SECTIONS, Shape, of_section, shape, written};

pub fn of(mut definition: Command) -> Value {
    definition.build();
    let sections = [&[COMMON], &SECTIONS[..]].concat();
    let properties: Map<String, Value> =
        sections.iter().map(|name| ((*name).to_owned(), section(&definition, name))).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The configuration file of ps-stream",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

fn section(definition: &Command, name: &str) -> Value {
    let about = match definition.find_subcommand(name).and_then(Command::get_about) {
        Some(about) => about.to_string(),
        None => "Options that several commands have; those of a command's own section win over them".into(),
    };
    let options = of_section(definition, name);
    let options: Map<String, Value> = options.iter().map(|arg| (written(arg).to_owned(), option(arg))).collect();
    json!({ "description": about, "type": "object", "additionalProperties": false, "properties": options })
}

fn option(arg: &Arg) -> Value {
    let mut schema = form(arg);
    schema["description"] = json!(arg.get_help().map(ToString::to_string).unwrap_or_default());
    if let Some(default) = default(arg) {
        schema["default"] = default;
    }
    schema
}

fn form(arg: &Arg) -> Value {
    let text = json!({ "type": "string" });
    let texts = json!({ "type": "array", "items": text });
    match shape(arg) {
        Shape::Switch => json!({ "type": "boolean" }),
        Shape::Number => json!({ "type": "integer", "minimum": 0 }),
        Shape::Text if !arg.get_possible_values().is_empty() => {
            let values: Vec<String> = arg.get_possible_values().iter().map(|it| it.get_name().to_owned()).collect();
            json!({ "enum": values })
        }
        Shape::Text => text,
        Shape::Texts => json!({ "anyOf": [text, texts] }),
        Shape::Pairs => json!({ "anyOf": [text, texts, { "type": "object" }] }),
    }
}

fn default(arg: &Arg) -> Option<Value> {
    let value = arg.get_default_values().first()?.to_string_lossy().into_owned();
    Some(match shape(arg) {
        Shape::Switch => json!(value == "true"),
        Shape::Number => value.parse::<u64>().map_or_else(|_| json!(value), |number| json!(number)),
        Shape::Text | Shape::Texts | Shape::Pairs => json!(value),
    })
}
