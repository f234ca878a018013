//! Benchmark: time that a catalog lookup adds to a command.
//!
//! `cargo bench --bench catalog` runs the commands in turn, round by round, so that other load affects all of them
//! equally. It checks the output of each command but sets no time limit. The last column is the median of the
//! differences to `--version` in the same round.
#![allow(clippy::disallowed_methods, clippy::print_stdout)] // the rules are for the library

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mycli::internals::catalog::rows;

/// Number of runs of each command.
const ROUNDS: usize = 200;

/// Commands, each with a part of its output.
const CASES: [(&[&str], &str); 5] = [
    (&["--version"], "mycli"),
    (&["providers", "list"], ""),
    (&["providers", "show", "42-school"], "42 School"),
    (&["providers", "show", "zoom"], "Zoom"),
    (&["providers", "list", "--all"], "zoom"),
];

fn main() {
    let start = Instant::now();
    let count = rows().names().count();
    let scanned = start.elapsed();
    let start = Instant::now();
    assert!(rows().row("zoom").is_some());
    let parsed = start.elapsed();
    println!("{count} rows: scanned in {:.3} ms, one parsed in {:.3} ms", milliseconds(scanned), milliseconds(parsed));
    let home = tempfile::tempdir().expect("a temporary directory");
    let mut times = [const { Vec::new() }; CASES.len()];
    for _ in 0..ROUNDS {
        for ((arguments, printed), times) in CASES.iter().zip(&mut times) {
            let mut command = Command::new(env!("CARGO_BIN_EXE_mycli"));
            command.args(*arguments).env_clear().env("HOME", home.path()).stdin(Stdio::null());
            let start = Instant::now();
            let output = command.output().expect("the program starts");
            times.push(start.elapsed());
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && text.contains(printed), "unexpected output of {arguments:?}: {text}");
        }
    }
    println!("{:32}{:>10}{:>12}{:>16}", "", "min ms", "median ms", "beyond start ms");
    for ((arguments, _), these) in CASES.iter().zip(&times) {
        let beyond = these.iter().zip(&times[0]).map(|(these, start)| milliseconds(*these) - milliseconds(*start));
        let all: Vec<f64> = these.iter().map(|time| milliseconds(*time)).collect();
        let least = all.iter().copied().fold(f64::INFINITY, f64::min);
        println!("{:32}{least:10.2}{:12.2}{:16.2}", arguments.join(" "), median(all), median(beyond.collect()));
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
