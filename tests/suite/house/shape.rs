//! Walls inside a room, read from the syntax tree: no circle of files, `gather` calls nothing of
//! `plan`, one name for one type, and parameters that are not bundled into tuples.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use syn::visit::{self, Visit};

use super::sources;

/// Names that say the same thing in every planner.
const SHARED_TYPES: &[&str] = &["Action", "Facts", "Rules"];

// What stood before these walls were built. Nothing may be added, and what is mended goes: a row that
// no longer applies fails the test.

/// `commands/provision/plan/mod.rs` → `commands::provision::plan`.
fn module_of(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    path.split('/').map(str::to_owned).collect()
}

/// What these walls need to know of a file.
#[derive(Debug)]
struct FileShape {
    /// The paths of ours that it names, from the root of the crate.
    paths: Vec<Vec<String>>,
    items: Items,
}

/// Every file of the program by its module path.
#[derive(Debug)]
struct Modules {
    files: BTreeMap<Vec<String>, FileShape>,
}

impl Modules {
    fn parse(sources: &[(String, String)]) -> Self {
        let parse = |(file, text): &(String, String)| {
            let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
            let module = module_of(file);
            let mut named = NamedPaths::in_module(&module);
            named.visit_file(&parsed);
            let mut items = Items::default();
            items.visit_file(&parsed);
            let paths = named.paths;
            (module, FileShape { paths, items })
        };
        Self {
            files: sources.iter().map(parse).collect(),
        }
    }

    /// The file that a path leads into: the longest beginning that is a module.
    fn file_of(&self, path: &[String]) -> Option<&[String]> {
        (1..=path.len())
            .rev()
            .find_map(|length| self.files.get_key_value(&path[..length]))
            .map(|(module, _)| module.as_slice())
    }

    /// Which files each file names. A module and those inside it are one concept: no arrow.
    fn arrows(&self) -> BTreeMap<&[String], BTreeSet<&[String]>> {
        let others = |module: &Vec<String>, shape: &FileShape| {
            let named = shape.paths.iter().filter_map(|path| self.file_of(path));
            named
                .filter(|other| !module.starts_with(other) && !other.starts_with(module))
                .collect()
        };
        let files = self.files.iter();
        files
            .map(|(module, shape)| (module.as_slice(), others(module, shape)))
            .collect()
    }

    /// The types that share their name, with their homes.
    fn shared_types(&self) -> BTreeMap<&str, Vec<String>> {
        let mut homes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (module, shape) in &self.files {
            for name in &shape.items.types {
                homes.entry(name).or_default().push(module.join("::"));
            }
        }
        homes.retain(|name, homes| homes.len() > 1 && !SHARED_TYPES.contains(name));
        homes
    }

    /// The functions with a tuple among their parameters, as `module: function`.
    fn bundles(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (module, shape) in &self.files {
            let named = shape.items.bundles.iter();
            found.extend(named.map(|function| format!("{}: {function}", module.join("::"))));
        }
        found
    }
}

/// Paths of ours that a file names, from the root of the crate. Tests are passed over.
#[derive(Debug)]
struct NamedPaths {
    module: Vec<String>,
    /// What `use` gives a short name, so that `name::item` can be followed.
    aliases: BTreeMap<String, Vec<String>>,
    paths: Vec<Vec<String>>,
}

impl NamedPaths {
    fn in_module(module: &[String]) -> Self {
        Self {
            module: module.to_vec(),
            aliases: BTreeMap::new(),
            paths: Vec::new(),
        }
    }

    /// A path as written, from the root of the crate; none when it does not begin with a word that
    /// says so.
    fn resolve_path(&self, written: &[String]) -> Option<Vec<String>> {
        let mut base = match written.first()?.as_str() {
            "crate" => Vec::new(),
            "self" | "super" => self.module.clone(),
            first => self.aliases.get(first)?.clone(),
        };
        for (at, word) in written.iter().enumerate() {
            match word.as_str() {
                "super" => {
                    base.pop()?;
                }
                "self" | "crate" => {}
                _ if at == 0 => {}
                _ => base.push(word.clone()),
            }
        }
        Some(base)
    }

    fn add_use(&mut self, tree: &syn::UseTree, before: &mut Vec<String>) {
        match tree {
            syn::UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.add_use(&path.tree, before);
                before.pop();
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_use(tree, before);
                }
            }
            syn::UseTree::Name(name) => self.add_name(&name.ident, &name.ident, before),
            syn::UseTree::Rename(rename) => self.add_name(&rename.ident, &rename.rename, before),
            syn::UseTree::Glob(_) => self.paths.extend(self.resolve_path(before)),
        }
    }

    fn add_name(&mut self, ident: &syn::Ident, alias: &syn::Ident, before: &[String]) {
        let mut written = before.to_vec();
        let mut alias = alias.to_string();
        if ident != "self" {
            written.push(ident.to_string());
        } else if alias == "self" {
            alias = before.last().cloned().unwrap_or_default();
        }
        if let Some(path) = self.resolve_path(&written) {
            self.aliases.insert(alias, path.clone());
            self.paths.push(path);
        }
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let list = attribute.meta.require_list();
        attribute.path().is_ident("cfg") && list.is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

impl<'ast> Visit<'ast> for NamedPaths {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_test(&item.attrs) {
            self.add_use(&item.tree, &mut Vec::new());
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let words = path.segments.iter().map(|one| one.ident.to_string());
            let written: Vec<String> = words.collect();
            self.paths.extend(self.resolve_path(&written));
        }
        visit::visit_path(self, path);
    }
}

/// Groups of files of one room that name each other in a circle.
fn circles(modules: &Modules) -> Vec<Vec<String>> {
    let arrows = modules.arrows();
    let reach: BTreeMap<&[String], BTreeSet<&[String]>> = arrows
        .keys()
        .map(|from| {
            let mut seen = BTreeSet::new();
            let mut open = vec![*from];
            while let Some(at) = open.pop() {
                let same_room = arrows[at].iter().filter(|to| to[0] == from[0]);
                open.extend(same_room.filter(|to| seen.insert(**to)));
            }
            (*from, seen)
        })
        .collect();
    let mut found = BTreeSet::new();
    for (from, to) in &reach {
        if to.contains(from) {
            let circle = to.iter().filter(|other| reach[**other].contains(from));
            found.insert(circle.map(|module| module.join("::")).collect());
        }
    }
    found.into_iter().collect()
}

/// Whether a module is the part of a command or a shared room that gathers.
fn gathers(module: &[String]) -> bool {
    module.len() > 1 && module[1..].iter().any(|word| word == "gather")
}

/// Functions of `plan` that `gather` calls, as `module: path`.
fn planner_calls(modules: &Modules) -> Vec<String> {
    let mut found = BTreeSet::new();
    let gathering = modules.files.iter();
    for (module, shape) in gathering.filter(|(module, _)| gathers(module)) {
        let of_plan = |path: &&Vec<String>| {
            let begins_small = |word: &String| word.starts_with(char::is_lowercase);
            let mut inside = path.iter().rev().skip(1);
            inside.any(|word| word == "plan")
                && path.iter().all(begins_small)
                && !modules.files.contains_key(*path)
        };
        let calls = shape.paths.iter().filter(of_plan);
        found.extend(calls.map(|path| format!("{}: {}", module.join("::"), path.join("::"))));
    }
    found.into_iter().collect()
}

/// Types, and functions with a tuple among their parameters.
#[derive(Debug, Default)]
struct Items {
    types: BTreeSet<String>,
    bundles: Vec<String>,
    functions: usize,
}

impl<'ast> Visit<'ast> for Items {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.types.insert(item.ident.to_string());
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.types.insert(item.ident.to_string());
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.types.insert(item.ident.to_string());
        visit::visit_item_trait(self, item);
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.functions += 1;
        let bundles = signature.inputs.iter().any(|input| {
            matches!(input, syn::FnArg::Typed(typed) if matches!(*typed.pat, syn::Pat::Tuple(_)))
        });
        if bundles {
            self.bundles.push(signature.ident.to_string());
        }
    }
}

fn modules() -> &'static Modules {
    static MODULES: LazyLock<Modules> = LazyLock::new(|| Modules::parse(&sources()));
    &MODULES
}

fn planted(files: &[(&str, &str)]) -> Modules {
    let owned = files
        .iter()
        .map(|(file, text)| ((*file).to_owned(), (*text).to_owned()));
    Modules::parse(&owned.collect::<Vec<_>>())
}

#[test]
fn files_of_a_room_name_each_other_in_no_circle() {
    let modules = modules();
    let arrows: usize = modules.arrows().values().map(BTreeSet::len).sum();
    assert!(arrows > 500, "only {arrows} arrows were found");
    assert_eq!(circles(modules), Vec::<Vec<String>>::new());
}

#[test]
fn a_planted_circle_is_found() {
    let circle = planted(&[
        ("http/a.rs", "use super::b::two; fn one() { two() }"),
        ("http/b.rs", "use super::c; fn two() { c::three() }"),
        ("http/c.rs", "fn three() { crate::http::a::one() }"),
        ("http/d.rs", "use super::c::three;"),
        ("http/mod.rs", "mod a; fn all() { a::one() }"),
    ]);
    assert_eq!(circles(&circle), [["http::a", "http::b", "http::c"]]);
    let line = planted(&[
        (
            "http/a.rs",
            "use super::b::two; #[cfg(test)] mod tests { use super::super::b; }",
        ),
        (
            "http/b.rs",
            "#[cfg(test)] mod tests { use super::super::a::one; }",
        ),
    ]);
    assert_eq!(circles(&line), Vec::<Vec<String>>::new());
}

#[test]
fn gather_calls_no_function_of_plan() {
    let modules = modules();
    let gathering = modules
        .files
        .keys()
        .filter(|module| gathers(module))
        .count();
    assert!(gathering > 10, "only {gathering} files gather");
    assert_eq!(planner_calls(modules), Vec::<String>::new());
}

#[test]
fn a_planted_call_of_the_planner_is_found() {
    let text = "use super::plan::{Facts, key}; fn read() { key::of(); super::plan::decide(); }";
    let plan = "pub(super) mod key; struct Facts;";
    let modules = planted(&[
        ("commands/x/gather.rs", text),
        ("commands/x/plan/mod.rs", plan),
        ("commands/x/plan/key.rs", ""),
    ]);
    let calls = [
        "commands::x::gather: commands::x::plan::decide",
        "commands::x::gather: commands::x::plan::key::of",
    ];
    assert_eq!(planner_calls(&modules), calls);
}

#[test]
fn a_type_has_a_name_of_its_own() {
    let modules = modules();
    let types: usize = modules
        .files
        .values()
        .map(|shape| shape.items.types.len())
        .sum();
    assert!(types > 300, "only {types} types were found");
    assert_eq!(modules.shared_types(), BTreeMap::new());
    let both = [("http/a.rs", "struct One;"), ("state/a.rs", "enum One {}")];
    let homes = vec!["http::a".to_owned(), "state::a".to_owned()];
    assert_eq!(planted(&both).shared_types(), [("One", homes)].into());
}

#[test]
fn no_parameter_bundles_others_into_a_tuple() {
    let modules = modules();
    let functions: usize = modules
        .files
        .values()
        .map(|shape| shape.items.functions)
        .sum();
    assert!(functions > 1_000, "only {functions} functions were found");
    assert_eq!(modules.bundles(), Vec::<String>::new());
    let bundle = [("http/a.rs", "impl X { fn one(&self, (a, b): (u8, u8)) {} }")];
    assert_eq!(planted(&bundle).bundles(), ["http::a: one"]);
}
