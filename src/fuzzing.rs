//! What fuzzers drive: functions of every room that take bytes from outside, each with seeds to begin with. They
//! panic where a promise is broken. `fuzz/` gives them to libFuzzer, `cargo test` to seeded mutations.

use crate::{admin, api, journal};

/// A function that takes any bytes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// As its program in `fuzz/` is called.
    pub name: &'static str,
    pub run: fn(&[u8]),
    /// Bytes that it accepts, to be changed from there.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
#[must_use]
pub fn targets() -> Vec<Target> {
    [journal::fuzz_targets(), api::fuzz_targets(), admin::fuzz_targets()].concat()
}

/// Gives `bytes` to the target of this name.
///
/// # Panics
/// If a promise is broken, or there is no such target.
pub fn run(name: &str, bytes: &[u8]) {
    let target = targets().into_iter().find(|target| target.name == name);
    (target.expect("a target has this name").run)(bytes);
}

/// What stands in a file of lines, one seed each.
pub(crate) fn lines(text: &str) -> Vec<Vec<u8>> {
    text.lines().map(|line| line.as_bytes().to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::path::{Path, PathBuf};

    /// Changed inputs of one target.
    const ROUNDS: u64 = 3_000;
    const CHANGES_MAX: u32 = 6;
    const TELLING: [&[u8]; 14] = [
        b"\0",
        b"\xff",
        b"-",
        b"+",
        b"%",
        b"%00",
        b"\"",
        b"e9",
        b"\n",
        b"0000000000",
        b"9223372036854775808",
        b"\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xfd\xff\xff\xff\xff\xff\xff\xff\xff",
        "\u{feff}\u{2028}\u{d0}".as_bytes(),
    ];

    fn fuzz_folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
    }

    /// A number that the caller's environment may set.
    fn set(name: &str) -> Option<u64> {
        std::env::var(name).ok().and_then(|text| text.parse().ok())
    }

    /// What once broke a target: `fuzz/found/NAME/`.
    fn found(target: &Target) -> Vec<Vec<u8>> {
        let Ok(folder) = std::fs::read_dir(fuzz_folder().join("found").join(target.name)) else {
            return Vec::new();
        };
        folder.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
    }

    fn place(dice: &mut StdRng, length: usize) -> usize {
        if length == 0 { 0 } else { dice.random_range(0..length) }
    }

    fn changed(inputs: &[Vec<u8>], dice: &mut StdRng) -> Vec<u8> {
        let mut bytes = inputs[place(dice, inputs.len())].clone();
        for _ in 0..dice.random_range(1..=CHANGES_MAX) {
            let (from, to) = (place(dice, bytes.len()), place(dice, bytes.len()));
            let (from, to) = (from.min(to), from.max(to));
            match dice.random_range(0..7_u8) {
                0 if !bytes.is_empty() => bytes[from] ^= 1 << dice.random_range(0..8),
                1 if !bytes.is_empty() => bytes[from] = dice.random(),
                2 => bytes.truncate(to),
                3 => drop(bytes.drain(from..to)),
                4 => {
                    let twice = bytes[from..to].to_vec();
                    bytes.splice(to..to, twice);
                }
                5 => {
                    let other = &inputs[place(dice, inputs.len())];
                    let part = other[place(dice, other.len())..].to_vec();
                    bytes.splice(from..to, part);
                }
                _ => {
                    let telling = TELLING[place(dice, TELLING.len())];
                    bytes.splice(from..from, telling.iter().copied());
                }
            }
        }
        bytes
    }

    fn check(target: &Target, bytes: &[u8], what: &str) {
        let kept = catch_unwind(AssertUnwindSafe(|| (target.run)(bytes)));
        assert!(kept.is_ok(), "{} breaks on {what}: {}", target.name, hex::encode(bytes));
    }

    /// `KOPILKA_TEST_SEED` repeats a run, `KOPILKA_FUZZ_ROUNDS` makes it longer.
    #[test]
    fn no_target_breaks_on_what_is_near_its_seeds() {
        let seed = set("KOPILKA_TEST_SEED").unwrap_or_else(|| std::process::id().into());
        println!("KOPILKA_TEST_SEED={seed}");
        for target in targets() {
            let inputs = [(target.seeds)(), found(&target)].concat();
            assert!(!inputs.is_empty(), "{} has no seeds", target.name);
            inputs.iter().for_each(|input| check(&target, input, "a seed"));
            check(&target, &[], "nothing");
            let mut dice = StdRng::seed_from_u64(seed);
            for round in 0..set("KOPILKA_FUZZ_ROUNDS").unwrap_or(ROUNDS) {
                check(&target, &changed(&inputs, &mut dice), &format!("round {round} of {seed}"));
            }
        }
    }

    #[test]
    fn every_target_is_a_program_of_the_fuzzer() {
        let manifest = std::fs::read_to_string(fuzz_folder().join("Cargo.toml")).unwrap();
        for target in targets() {
            let name = target.name;
            let program = format!("[[bin]]\nname = \"{name}\"\npath = \"targets/{name}.rs\"\n");
            assert!(manifest.contains(&program), "fuzz/Cargo.toml lacks {name}");
            let path = fuzz_folder().join("targets").join(format!("{name}.rs"));
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(&format!("run(\"{name}\", bytes)")), "{}", path.display());
        }
        assert_eq!(manifest.matches("path = \"targets/").count(), targets().len());
    }
}
