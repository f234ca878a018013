//! What a look into the catalogue costs a command, beside the start of the program.
//!
//! `cargo bench --bench catalog` runs the commands in turn, round by round, so that what else the machine does falls on
//! all of them alike. It demands that each prints what it should and nothing about how long it takes: that is for the
//! reader to judge, by the last column, which is the middle of the differences of each round to `--version` in it.
#![allow(clippy::disallowed_methods, clippy::print_stdout)] // a benchmark is a program of its own

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mycli::catalog::rows;

/// How often each command runs.
const ROUNDS: usize = 200;

/// A command, and what it prints.
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
    println!(
        "{count} rows: found in {:.3} ms, one of them read in {:.3} ms",
        milliseconds(scanned),
        milliseconds(parsed)
    );
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    let mut times = [const { Vec::new() }; CASES.len()];
    for _ in 0..ROUNDS {
        for ((arguments, printed), times) in CASES.iter().zip(&mut times) {
            let mut command = Command::new(env!("CARGO_BIN_EXE_mycli"));
            command.args(*arguments).env_clear().env("HOME", home.path()).stdin(Stdio::null());
            let start = Instant::now();
            let output = command.output().expect("it starts");
            times.push(start.elapsed());
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && text.contains(printed), "{arguments:?} prints something else: {text}");
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
