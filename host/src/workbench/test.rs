//! Golden cases through a module: what came of each is held against what is expected.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind};

use super::case::Case;
use super::{Headers, Input, Line, WorkbenchError, Workpiece, difference, run};
use crate::fault;
use crate::transform::{Config, Engine, Module};

/// What to do with a case that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Tell,
    /// What came is what is expected from now on.
    Update,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    AsExpected,
    Differs(String),
    /// It differed, and what came has been written.
    Updated(String),
    /// There was nothing to hold against anything. Why.
    Failed(String),
}

/// One case through a module, configured as the case says.
pub fn test(engine: &Engine, module: &Module, case: &Case, differs: When) -> Verdict {
    try_test(engine, module, case, differs).unwrap_or_else(Verdict::Failed)
}

fn try_test(engine: &Engine, module: &Module, case: &Case, differs: When) -> Result<Verdict, String> {
    let config = Config::load_or_none(case.config.as_deref()).map_err(|error| fault::chain(&error))?;
    let workpiece = Workpiece::start(engine, module.clone(), &config).map_err(|error| fault::chain(&error))?;
    let unusable = |error: io::Error| format!("\"{}\": {error}", case.expected.display());
    let headers = headers(case)?;
    let came = all_of(&workpiece, &headers, case).map_err(|error| fault::chain(&error))?;
    let difference = match expected(case).map_err(unusable)? {
        Some(expected) => difference::between(&expected, &came),
        None => Some("there is no expected.jsonl yet; --update writes it\n".into()),
    };
    match (difference, differs) {
        (None, _) => Ok(Verdict::AsExpected),
        (Some(difference), When::Tell) => Ok(Verdict::Differs(difference)),
        (Some(difference), When::Update) => {
            let lines: String = came.iter().map(|line| format!("{line}\n")).collect();
            fs::write(&case.expected, lines).map_err(unusable)?;
            Ok(Verdict::Updated(difference))
        }
    }
}

fn headers(case: &Case) -> Result<Headers, String> {
    let Some(file) = &case.headers else { return Ok(Headers::default()) };
    let unusable = |why: &dyn Display| format!("\"{}\": {why}", file.display());
    let text = fs::read_to_string(file).map_err(|error| unusable(&error))?;
    Headers::read(&text).map_err(|error| unusable(&error))
}

fn all_of(workpiece: &Workpiece, headers: &Headers, case: &Case) -> Result<Vec<String>, WorkbenchError> {
    let mut came = Vec::new();
    let mut file = BufReader::new(File::open(&case.input).map_err(WorkbenchError::Unread)?);
    run(workpiece, &mut Input::posted(headers, &mut file), &mut |line: Line| {
        came.push(line.json());
        Ok(())
    })?;
    Ok(came)
}

fn expected(case: &Case) -> io::Result<Option<String>> {
    match fs::read_to_string(&case.expected) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}
