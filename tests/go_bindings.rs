//! The bindings of the mapper in Go are committed, so that Go alone builds it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use wit_bindgen_core::{Files, wit_parser::Resolve};

use crate::harness::languages::{example_in_go, files};
use crate::harness::workspace;

/// Of the command in the example's `main.go`.
const BINDINGS: &str = "bindings";

#[test]
fn the_bindings_of_the_mapper_in_go_are_those_that_wit_bindgen_makes_of_wit() {
    let (made, committed) = (made(), committed());
    if made != committed {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(BINDINGS);
        for (file, content) in &made {
            let file = place.join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, content).unwrap();
        }
        panic!("put those of {} in their place: {:?} and not {:?}", place.display(), made.keys(), committed.keys());
    }
}

fn made() -> BTreeMap<PathBuf, String> {
    let options = wit_bindgen_go::Opts {
        pkg_name: Some(format!("mapper/{BINDINGS}")),
        export_pkg_name: Some("mapper".to_owned()),
        ..Default::default()
    };
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(workspace().join("wit")).unwrap();
    let world = resolve.select_world(&[package], Some("mapper")).unwrap();
    let mut files = Files::default();
    options.build().generate(&mut resolve, world, &mut files).unwrap();
    files.iter().map(|(name, content)| (name.into(), String::from_utf8(content.to_vec()).unwrap())).collect()
}

fn committed() -> BTreeMap<PathBuf, String> {
    let place = example_in_go().join(BINDINGS);
    let named =
        |file: PathBuf| (file.strip_prefix(&place).unwrap().to_owned(), std::fs::read_to_string(&file).unwrap());
    files(&place).into_iter().map(named).collect()
}
