//! The floor plan as a test: the folders on disk are the plan, imports look down, outside crates come
//! in only where they are let in, and every file says what it is for.

use std::fs;
use std::path::{Path, PathBuf};

/// A room, the crates it may use, and whether it is pure. In order: a room may use those below it.
struct Room {
    name: &'static str,
    crates: &'static [&'static str],
    pure: bool,
}

const PLAN: &[Room] = &[
    Room {
        name: "admin",
        crates: &[
            "actix",
            "axum",
            "base64",
            "clap",
            "csv",
            "hdrhistogram",
            "hex",
            "hmac",
            "http_body_util",
            "httparse",
            "indicatif",
            "opentelemetry",
            "opentelemetry_otlp",
            "opentelemetry_sdk",
            "reqwest",
            "rust_decimal",
            "rustix",
            "chrono",
            "chrono_tz",
            "serde",
            "serde_json",
            "sha2",
            "tokio",
            "toml",
            "tower",
            "tracing_opentelemetry",
            "tracing_subscriber",
        ],
        pure: false,
    },
    Room {
        name: "api",
        crates: &[
            "axum",
            "base64",
            "chrono",
            "hex",
            "hmac",
            "http_body",
            "http_body_util",
            "arc_swap",
            "hyper",
            "hyper_util",
            "ipnet",
            "ring",
            "rustls",
            "tokio_rustls",
            "prometheus_client",
            "serde",
            "serde_json",
            "sha2",
            "socket2",
            "swagger_ui_redist",
            "tokio",
            "tower",
            "x509_parser",
        ],
        pure: false,
    },
    Room {
        name: "courier",
        crates: &[
            "base64",
            "hex",
            "hmac",
            "prometheus_client",
            "reqwest",
            "ring",
            "rustls",
            "rustls_native_certs",
            "serde",
            "serde_json",
            "sha2",
            "tokio",
        ],
        pure: false,
    },
    Room {
        name: "engine",
        crates: &[
            "actix",
            "arc_swap",
            "dashmap",
            "hmac",
            "prometheus_client",
            "rand",
            "sha2",
            "tokio",
        ],
        pure: false,
    },
    Room {
        name: "journal",
        crates: &[
            "bincode",
            "crc32fast",
            "fastbloom",
            "hex",
            "hmac",
            "ring",
            "rustix",
            "serde",
            "serde_json",
            "sha2",
            "sled",
            "zstd",
        ],
        pure: false,
    },
    Room { name: "ledger", crates: &["chrono", "chrono_tz", "rust_decimal"], pure: true },
    Room { name: "values", crates: &["chrono", "rust_decimal", "smol_str", "subtle"], pure: true },
];

/// Crates that may enter every room, and those that the pure ones must do without.
const EVERYWHERE: &[&str] = &["thiserror"];
const EVERYWHERE_BUT_PURE: &[&str] = &["tracing"];
/// Crates of tests, benches and of `main.rs`.
const ELSEWHERE: &[&str] = &[
    "criterion",
    "jsonschema",
    "proptest",
    "serde_saphyr",
    "rcgen",
    "tempfile",
    "mimalloc",
    "tikv_jemallocator",
];

/// The only files that may name actix: it is in maintenance and could be replaced there.
const ACTIX_FILES: &[&str] = &["engine/arbiters.rs", "engine/shell.rs"];

/// What a pure room may not even mention.
const IMPURE: &[&str] = &[
    "HashMap",
    "HashSet",
    "async ",
    ".await",
    "Mutex",
    "std::time",
    "std::thread",
    "std::fs",
    "std::net",
    "std::env",
    "SystemTime",
    "Instant::now",
];

const LINES_MAX: usize = 400;

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The code of a file without comments and without its tests.
fn code(text: &str) -> String {
    let before_tests = text.split("#[cfg(test)]\nmod").next().unwrap_or(text);
    before_tests
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Whether a file is compiled for tests alone: its module, or one above it, is declared so.
fn is_of_tests(path: &Path) -> bool {
    let declared = |name: &str, folder: &Path| {
        let text = fs::read_to_string(folder.join("mod.rs")).unwrap_or_default();
        let declaration = format!("mod {name};");
        let mut lines = text.lines().zip(text.lines().skip(1));
        lines.any(|(before, line)| before == "#[cfg(test)]" && line.ends_with(&declaration))
    };
    path.ancestors().take_while(|place| place.starts_with(root().join("src"))).any(|place| {
        let name = place.file_stem().unwrap_or_default().to_string_lossy();
        place.parent().is_some_and(|folder| declared(&name, folder))
    })
}

fn each_source(mut check: impl FnMut(&Room, usize, &str, &str)) {
    for (level, room) in PLAN.iter().enumerate() {
        let of_rooms = sources(&root().join("src").join(room.name));
        for path in of_rooms.into_iter().filter(|path| !is_of_tests(path)) {
            let name =
                path.strip_prefix(root().join("src")).unwrap().to_string_lossy().into_owned();
            check(room, level, &name, &fs::read_to_string(&path).unwrap());
        }
    }
}

/// Names right after a path prefix such as `crate::` in code.
fn named_after<'a>(code: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(prefix).filter_map(move |(index, _)| {
        let boundary = code[..index]
            .chars()
            .next_back()
            .is_none_or(|before| !before.is_alphanumeric() && before != '_');
        let rest = &code[index + prefix.len()..];
        let end =
            rest.find(|next: char| !next.is_alphanumeric() && next != '_').unwrap_or(rest.len());
        boundary.then(|| &rest[..end])
    })
}

fn crates_of_the_manifest() -> Vec<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = matches!(line, "[dependencies]" | "[dev-dependencies]");
        } else if let Some((name, _)) =
            line.split_once('=').filter(|_| inside && !line.starts_with('#'))
        {
            names.push(name.trim().replace('-', "_"));
        }
    }
    names
}

#[test]
fn the_folders_on_disk_are_the_plan() {
    let mut folders: Vec<String> = fs::read_dir(root().join("src"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    folders.sort();
    let mut planned: Vec<&str> = PLAN.iter().map(|room| room.name).collect();
    planned.sort_unstable();
    assert_eq!(folders, planned);
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for room in PLAN {
        assert!(
            map.contains(&format!("`{}/`", room.name)),
            "ARCHITECTURE.md does not know {}",
            room.name
        );
    }
}

#[test]
fn imports_look_down() {
    each_source(|room, level, name, text| {
        let code = code(text);
        for hidden in ["crate::{", "crate::*", "super::super"] {
            assert!(!code.contains(hidden), "{name}: {hidden} hides a dependency");
        }
        for used in named_after(&code, "crate::") {
            let place = PLAN.iter().position(|other| other.name == used);
            assert!(
                place.is_none_or(|place| place >= level),
                "{name}: {} looks up at {used}",
                room.name
            );
        }
    });
}

#[test]
fn outside_crates_come_in_only_where_they_are_let_in() {
    let manifest = crates_of_the_manifest();
    assert!(manifest.len() > 20, "the manifest is read");
    let welcome = |name: &str| {
        PLAN.iter().any(|room| room.crates.contains(&name))
            || EVERYWHERE.contains(&name)
            || EVERYWHERE_BUT_PURE.contains(&name)
            || ELSEWHERE.contains(&name)
    };
    for name in &manifest {
        assert!(welcome(name), "{name} is in Cargo.toml but no room lets it in");
    }
    each_source(|room, _, name, text| {
        let code = code(text);
        for outside in &manifest {
            let let_in = room.crates.contains(&outside.as_str())
                || EVERYWHERE.contains(&outside.as_str())
                || (EVERYWHERE_BUT_PURE.contains(&outside.as_str()) && !room.pure);
            let path = format!("{outside}::");
            let used = named_after(&code, &path).next().is_some();
            assert!(let_in || !used, "{name}: {outside} is not let into {}", room.name);
        }
        let actix = named_after(&code, "actix::").next().is_some();
        assert!(
            !actix || room.name == "admin" || ACTIX_FILES.contains(&name),
            "{name}: actix has its files"
        );
    });
}

#[test]
fn pure_rooms_are_pure() {
    each_source(|room, _, name, text| {
        if room.pure {
            let code = code(text);
            for word in IMPURE {
                assert!(!code.contains(word), "{name}: {word} has no place in {}", room.name);
            }
        }
    });
}

#[test]
fn every_file_says_what_it_is_for_and_is_one_thing() {
    for folder in ["src", "tests", "benches"] {
        for path in sources(&root().join(folder)) {
            let text = fs::read_to_string(&path).unwrap();
            let name = path.display();
            assert!(text.starts_with("//! "), "{name} does not say what it is for");
            let lines = text.lines().count();
            assert!(lines <= LINES_MAX, "{name} has {lines} lines");
        }
    }
}

#[test]
fn every_bench_is_one_that_measures() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let folder = root().join("benches");
    // What lies deeper is a module that benches share.
    for path in sources(&folder).iter().filter(|path| path.parent() == Some(folder.as_path())) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let entry = format!("[[bench]]\nname = \"{name}\"\nharness = false\n");
        assert!(manifest.contains(&entry), "{name} would run as a test and measure nothing");
    }
}

/// What a text has between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_place_that_the_map_names_is_there() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let in_a_room =
        |name: &&str| PLAN.iter().any(|room| name.starts_with(&format!("{}/", room.name)));
    let places: Vec<&str> = quoted(&map).filter(in_a_room).collect();
    assert!(places.len() > 80, "the map is read");
    for place in places {
        let path = root().join("src").join(place);
        let there = path.exists() || path.with_extension("rs").exists();
        assert!(there, "ARCHITECTURE.md names {place}");
    }
}
