//! The test functions of the workspace, by name and crate.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::source;

/// Crate folders by test name.
pub fn by_name(root: &Path) -> HashMap<String, HashSet<String>> {
    let mut found: HashMap<String, HashSet<String>> = HashMap::new();
    for file in source::files(root, &["rs"]) {
        let folder = file.path.split('/').next().unwrap_or_default().replace('-', "_");
        for name in in_code(&file.code()) {
            found.entry(name).or_default().insert(folder.clone());
        }
    }
    found
}

/// Functions under an attribute that ends in `test`, with other attributes in between or not.
fn in_code(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut marked = false;
    for line in code.lines().map(str::trim) {
        if let Some(attribute) = line.strip_prefix("#[") {
            let path = attribute.split(['(', ']']).next().unwrap_or_default();
            marked |= path == "test" || path.ends_with("::test");
        }
        if let Some(name) = function(line) {
            if marked {
                names.push(name.to_owned());
            }
            marked = false;
        }
    }
    names
}

fn function(line: &str) -> Option<&str> {
    let rest = line.split_once("fn ")?.1;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    (end > 0).then(|| &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_marked_functions_are_tests() {
        let code = "#[test]\nfn a() {}\nfn b() {}\n#[tokio::test(flavor = \"multi_thread\")]\n#[expect(x)]\nasync fn c() {}";
        assert_eq!(in_code(code), ["a", "c"]);
    }
}
