//! Writes the seeds of every target, and what was found before, to `fuzz/corpus/NAME`.

use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR"));
    for target in kopilka::fuzzing::targets() {
        let corpus = fuzz.join("corpus").join(target.name);
        fs::create_dir_all(&corpus)?;
        for (number, seed) in (target.seeds)().iter().enumerate() {
            fs::write(corpus.join(format!("seed-{number}")), seed)?;
        }
        let Ok(found) = fs::read_dir(fuzz.join("found").join(target.name)) else { continue };
        for entry in found {
            let entry = entry?;
            fs::copy(entry.path(), corpus.join(entry.file_name()))?;
        }
    }
    Ok(())
}
